// SPDX-License-Identifier: ISC
// The browser and the person in front of it. Opener is what $BROWSER names: it
// notes how it was started and opens nothing. Person goes where the opener was
// sent: follows redirects, keeps cookies, fills in forms.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchDir, timeScale } from './bridge.js';

// Each launch becomes a file: one fact a line, written at once.
const script = (rest) => `#!/bin/sh
dir=\${0%/*}
(ls -l /proc/$$/fd > "$dir/fds.$$")
{
sed -n 's/.* \\([0-9]* -> \\)/fd \\1/p' "$dir/fds.$$"
for word; do printf 'arg %s\\n' "$word"; done
printf 'parent %s\\n' "$(tr '\\0' ' ' < /proc/$PPID/cmdline)"
printf 'session %s %s\\n' "$$" "$(cut -d' ' -f6 /proc/$$/stat)"
printf 'parent-session %s %s\\n' "$PPID" "$(cut -d' ' -f6 /proc/$PPID/stat)"
env | sed 's/^/env /'
} > "$dir/noting.$$"
mv "$dir/noting.$$" "$dir/launch.$(date +%s%N).$$"
${rest}
`;

export class Opener {
  /** `rest` is what the script does after that, such as failing. */
  constructor({ rest = 'exit 0' } = {}) {
    this.dir = scratchDir();
    this.command = join(this.dir, 'browser');
    writeFileSync(this.command, script(rest));
    chmodSync(this.command, 0o755);
    this.env = { BROWSER: this.command };
  }

  /** Every launch so far, in order. */
  get launches() {
    const names = readdirSync(this.dir).filter((name) => name.startsWith('launch.')).sort();
    return names.map((name) => {
      const lines = readFileSync(join(this.dir, name), 'utf8').split('\n');
      const all = (kind) => lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
      return {
        args: all('arg'), fds: all('fd'), env: all('env'), session: all('session')[0].split(' '),
        parent: all('parent')[0], parentSession: all('parent-session')[0].split(' '),
      };
    });
  }

  get count() { return this.launches.length; }

  /** The address of the nth tab, which may be still to come. */
  async tab(n = 1, { timeout = 10_000 } = {}) {
    for (const end = performance.now() + timeout * timeScale; performance.now() < end; await sleep(20)) {
      const { launches } = this;
      if (launches.length >= n) return launches[n - 1].args[0];
    }
    throw new Error(`${this.count} tabs, ${n} were expected`);
  }
}

/**
 * One HTTP exchange that follows nothing and adds nothing: { status, headers,
 * text }. `via` { port, ca } is where every https site is to be found.
 */
export function exchange(url, { method = 'GET', headers = {}, body, via } = {}) {
  const { protocol, host, hostname, pathname, search } = new URL(url);
  const remote = via !== undefined && protocol === 'https:';
  const options = remote
    ? { host: '127.0.0.1', port: via.port, ca: via.ca, servername: hostname, path: `${pathname}${search}`, headers: { Host: host, ...headers } }
    : { headers };
  return new Promise((resolve, reject) => {
    const request = (remote ? https : http).request(...(remote ? [] : [url]), { method, agent: false, ...options }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({
        url: String(url), status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString(),
      }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

const attribute = (tag, name) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1].replaceAll('&amp;', '&');

export class Person {
  cookies = new Map();

  /** A browser on another machine: is this URL out of its reach? */
  cannotReach = undefined;

  /** `via` as for exchange. */
  constructor({ login = 'anna', via } = {}) {
    Object.assign(this, { login, via });
  }

  async #get(url, options = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...options.headers, 'Sec-Fetch-Mode': 'navigate', ...(cookie ? { Cookie: cookie } : {}) };
    const answer = await exchange(url, { ...options, headers, via: this.via });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  /** Goes to an address and on, until a page comes that is no redirect. */
  async visit(url, options) {
    let answer = await this.#get(url, options);
    for (let hops = 0; answer.status >= 300 && answer.status < 400; hops += 1) {
      if (hops === 20) throw new Error(`too many redirects at ${url}`);
      const next = new URL(answer.headers.location, answer.url);
      if (this.cannotReach?.(next)) return { url: next.href, status: 0, headers: {}, text: '' };
      answer = await this.#get(next);
    }
    return answer;
  }

  /** Fills in the form of a page and sends it off. */
  submit(page, choice) {
    const form = /<form\b[^>]*>/.exec(page.text)[0];
    const fields = new URLSearchParams();
    for (const [tag] of page.text.matchAll(/<input\b[^>]*>/g)) {
      const name = attribute(tag, 'name');
      const typed = { login: this.login, password: 'secret', user_code: this.code }[name];
      fields.set(name, attribute(tag, 'value') ?? typed ?? '');
    }
    fields.set('choice', choice);
    return this.visit(new URL(attribute(form, 'action'), page.url), {
      method: 'POST', body: fields.toString(), headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
  }

  /** Enters a code that a device shows, logs in and consents; the page at the end. */
  async enter({ code, uri }, options) {
    this.code = code;
    return this.#fill(await this.submit(await this.visit(uri), 'accept'), options);
  }

  /** Logs in and consents, or denies; the page at the end. */
  async signIn(url, options) { return this.#fill(await this.visit(url), options); }

  // A page that asks for a code once more has not liked the last one.
  async #fill(first, { deny = false } = {}) {
    let page = first;
    while (page.text.includes('<form') && !page.text.includes('deviceInputForm')) {
      page = await this.submit(page, deny && page.text.includes('value="deny"') ? 'deny' : 'accept');
    }
    return page;
  }
}
