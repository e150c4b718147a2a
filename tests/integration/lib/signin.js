// SPDX-License-Identifier: ISC
// A place where signing in happens: an authorization server, an MCP server that
// trusts it, a state directory, an opener, and any number of bridges there.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { authServer } from '../servers/authserver.js';
import { protectedServer } from '../servers/protected.js';
import { scratchDir, timeScale } from './bridge.js';
import { Opener, Person } from './browser.js';
import { Host, runBridge } from './host.js';
import { scriptedAs, scriptedResource } from './scripted-as.js';

/** Tokens that live for so many seconds are over after `outlive()`. */
export const shortLife = 2 * timeScale;
export const outlive = () => sleep(shortLife * 1000 + 500);

class Place {
  hosts = [];
  opener = new Opener();
  state = scratchDir();

  /** Bridges and commands get `args`; `person` signs in. */
  constructor(as, server, { args = [], person = new Person() } = {}) {
    Object.assign(this, { as, server, args, person });
  }

  get url() { return this.server.url; }
  get env() { return { XDG_STATE_HOME: this.state, ...this.opener.env }; }

  /** A bridge that is sooner or later done away with. */
  start({ args = [], env = {}, ...options } = {}) {
    const host = new Host({
      url: this.url, args: ['--auth-timeout', '30', ...this.args, ...args], env: { ...this.env, ...env }, ...options,
    });
    this.hosts.push(host);
    return host;
  }

  /** A command of the program: { code, stdout, stderr }. */
  run(command, ...args) {
    const connecting = command === 'status' ? [] : this.args;
    return runBridge([command, ...connecting, ...args, this.url], { env: this.env });
  }

  /** Finishes the sign-in in the nth tab; the last page. */
  async finish(n = 1, options) { return this.person.signIn(await this.opener.tab(n), options); }

  /** A bridge that is signed in and open. */
  async signedIn(options) {
    const host = this.start(options);
    const opened = host.initialize();
    await this.finish(this.opener.count + 1);
    await opened;
    return host;
  }

  /** Everything the store holds of one kind, parsed. */
  records(kind) {
    const dir = `${this.state}/mcp-bridge/${kind}`;
    try {
      return readdirSync(dir).filter((name) => name.endsWith('.json')).map((name) => JSON.parse(readFileSync(`${dir}/${name}`, 'utf8')));
    } catch {
      return [];
    }
  }

  async close() {
    for (const host of this.hosts) {
      await host.discard();
      host.child.stderr?.destroy(); // an authorizer may still hold the other end
    }
    await this.server.close();
    await this.as.close();
  }
}

/** `use(place)`, and all is closed; options of Place. */
export async function withPlace(as, server, use, options) {
  const place = new Place(as, server, options);
  try {
    return await use(place);
  } finally {
    await place.close();
  }
}

/** `use(place)` with real servers; options of authServer, `server` those of protectedServer. */
export async function withRealServers({ server, ...options }, use) {
  const as = await authServer(options);
  return withPlace(as, await protectedServer(as, server), use);
}

/** `use(place)` with scripted ones. */
export async function withScripted({ as: asOptions = {}, server = {} } = {}, use) {
  const as = await scriptedAs(asOptions);
  return withPlace(as, await scriptedResource(as, server), use);
}

/** A file as a user has it, with a secret in it. */
export function userFile(content, { mode = 0o600 } = {}) {
  const path = join(scratchDir(), 'secret');
  writeFileSync(path, content, { mode });
  return path;
}

/** Nobody was asked anything, and none of the secrets stands where others read. */
export function assertSilent(place, ...secrets) {
  assert.equal(place.opener.count, 0, 'a browser opened');
  assert.equal(place.as.hitsOf('authorize') + place.as.hitsOf('register'), 0);
  for (const host of place.hosts) {
    for (const text of secrets) assert.ok(!`${host.stderr}${host.lines.join('\n')}`.includes(text), 'a secret got out');
  }
}

/** Waits until `test()` is truthy. */
export async function until(test, what, { timeout = 5000 } = {}) {
  for (const end = performance.now() + timeout * timeScale; performance.now() < end; await sleep(20)) {
    const value = await test();
    if (value) return value;
  }
  throw new Error(`waited in vain for ${what}`);
}
