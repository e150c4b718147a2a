// SPDX-License-Identifier: ISC
// A long day: SOAK_BRIDGES bridges (50) for SOAK_MINUTES (30) under a mixed load of
// SOAK_RATE calls a second (700; Infinity: as many as there is room for), with
// tokens that live for 5 s, server restarts, link cuts and killed hosts. No answer
// may be lost, repeated or out of order; the memory and the descriptors of the
// bridges that live through all of it must stay flat.
import { fork } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureNode22 } from '../integration/lib/node22.js';

ensureNode22();

const { scratchDir } = await import('../integration/lib/bridge.js');
const { Opener, Person } = await import('../integration/lib/browser.js');
const { Host } = await import('../integration/lib/host.js');

const BRIDGES = Number(process.env.SOAK_BRIDGES || 50);
const MINUTES = Number(process.env.SOAK_MINUTES || 30);
const MORTAL = Math.ceil(BRIDGES / 5); // these are killed now and then
const RATE = Number(process.env.SOAK_RATE || 700);
const AT_ONCE = 4; // calls under way in each
const PACE_MS = (BRIDGES * AT_ONCE * 1000) / RATE; // from one of them to the next
const GROWTH = 1.02;
const DAY_MS = MINUTES * 60_000;
const [RESTART_MS, CUT_MS, KILL_MS, SAMPLE_MS] = [31_000, 17_000, 7_000, Math.min(10_000, DAY_MS / 40)];

const server = fork(fileURLToPath(new URL('server.js', import.meta.url)), ['5']);
const { url } = await new Promise((resolve) => server.once('message', resolve));
const opener = new Opener();
const env = { XDG_STATE_HOME: scratchDir(), ...opener.env };

const totals = { calls: 0, results: 0, errors: {}, kills: 0, restarts: 0, cuts: 0 };
const problems = [];
const problem = (text) => { if (problems.length < 50) problems.push(text); };
/** What a cut may cost: the outcome of a call is then not known. */
const excused = /^(stream\.lost|net\.unreachable|upstream\.http|auth\.login_pending|auth\.rejected)$/;
let disturbedUntil = 0;
const disturb = () => { disturbedUntil = performance.now() + 5000; };

/** A host that keeps no messages, and judges each as it comes. */
class Bridge {
  waiting = new Map();
  progress = new Map();
  serial = 0;

  constructor(number) {
    this.number = number;
    this.start();
  }

  start() {
    const host = new Host({ url, args: ['--auth-timeout', '60', '--hold-timeout', '30', '--no-sign-in-tool'], env, onChunk: (chunk) => this.feed(chunk) });
    this.host = host;
    this.rest = '';
    this.dead = false;
    host.exited.then((exit) => {
      if (this.host === host && !this.dead) problem(`bridge ${this.number} ended: ${JSON.stringify(exit)} ${host.stderr}`);
    });
  }

  feed(chunk) {
    const lines = (this.rest + chunk.toString('latin1')).split('\n');
    this.rest = lines.pop();
    for (const line of lines) this.take(JSON.parse(line));
  }

  take(message) {
    if (message.method === 'notifications/progress') return this.takeProgress(message.params);
    if (message.method !== undefined) return undefined;
    const waiting = this.waiting.get(message.id);
    if (!waiting) return problem(`bridge ${this.number}: an answer to ${message.id}, which waits for none`);
    this.waiting.delete(message.id);
    return waiting(message);
  }

  takeProgress({ progressToken, progress }) {
    const last = this.progress.get(progressToken);
    if (last === undefined) problem(`bridge ${this.number}: progress after the answer, or of nobody`);
    // Below 1 it is the bridge's own, while a sign-in is waited for.
    else if (progress <= last || (progress >= 1 && progress !== Math.floor(last) + 1)) problem(`bridge ${this.number}: progress ${progress} after ${last}`);
    this.progress.set(progressToken, progress);
  }

  ask(method, params) {
    const id = `${method}-${++this.serial}`;
    const { host } = this;
    return new Promise((resolve) => {
      const timer = setTimeout(() => { this.waiting.delete(id); problem(`bridge ${this.number}: no answer to ${id}`); resolve({}); }, 90_000);
      this.waiting.set(id, (message) => { clearTimeout(timer); resolve(message); });
      host.send({ jsonrpc: '2.0', id, method, params });
      host.exited.then(() => { clearTimeout(timer); this.waiting.delete(id); resolve({}); });
    });
  }

  async open() {
    for (let tries = 0; tries < 5; tries += 1) {
      const { result } = await this.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'soak', version: '1' } });
      if (result) return this.host.notify('notifications/initialized');
      await sleep(500);
    }
    return problem(`bridge ${this.number} does not open`);
  }

  async call(n) {
    const name = n % 10 === 0 ? 'slow' : ['plain', 'streamed'][n % 2];
    const progressToken = `p${this.serial}`;
    this.progress.set(progressToken, 0);
    const began = performance.now();
    const { result, error } = await this.ask('tools/call', { name, arguments: { n, of: this.number }, _meta: { progressToken } });
    const seen = this.progress.get(progressToken);
    this.progress.delete(progressToken);
    totals.calls += 1;
    if (result) {
      totals.results += 1;
      if (result.content[0].text !== JSON.stringify({ n, of: this.number })) problem(`bridge ${this.number}: the answer of another call`);
      if (name === 'streamed' && seen !== 3) problem(`bridge ${this.number}: ${seen} of 3 notifications`);
    } else if (error) {
      const kind = error.data?.kind ?? String(error.code);
      totals.errors[kind] = (totals.errors[kind] ?? 0) + 1;
      if (!excused.test(kind) || began > disturbedUntil) problem(`bridge ${this.number}: ${JSON.stringify(error)}`);
    }
  }

  async work(until) {
    while (performance.now() < until) {
      await this.open();
      const { host } = this;
      let n = 0;
      await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        while (performance.now() < until && this.host === host && !this.dead) {
          const pause = sleep(PACE_MS);
          await this.call(n++);
          await pause;
        }
      }));
      if (this.dead) this.start();
    }
  }

  kill() {
    this.dead = true;
    totals.kills += 1;
    this.host.child.kill('SIGKILL');
  }
}

/** Resident megabytes and descriptors of all that live through the day. */
function measure(bridges) {
  let [rss, fds] = [0, 0];
  for (const { host } of bridges) {
    rss += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${host.pid}/status`, 'utf8'))[1]) / 1024;
    try {
      fds += readdirSync(`/proc/${host.pid}/fd`).length;
    } catch { /* it is undumpable, and we are not root */ }
  }
  return { rss, fds };
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const person = (async () => {
  const visitor = new Person();
  for (let seen = 0; server.connected; await sleep(50)) {
    for (const { args } of opener.launches.slice(seen)) {
      seen += 1;
      visitor.signIn(args[0]).catch(() => {});
    }
  }
})();

const until = performance.now() + DAY_MS;
const bridges = Array.from({ length: BRIDGES }, (_, number) => new Bridge(number));
const lasting = bridges.slice(MORTAL);
const samples = [];
const timers = [
  setInterval(() => { disturb(); totals.restarts += 1; server.send('restart'); }, RESTART_MS),
  setInterval(() => { disturb(); totals.cuts += 1; server.send('cut'); }, CUT_MS),
  setInterval(() => bridges[totals.kills % MORTAL].kill(), KILL_MS),
  setInterval(() => samples.push(measure(lasting)), SAMPLE_MS),
  setInterval(() => console.log(`# ${Math.round((until - performance.now()) / 60_000)} min to go: ${totals.calls} calls, ${problems.length} problems, ${samples.at(-1)?.rss.toFixed(0)} MB, ${samples.at(-1)?.fds} descriptors`), 60_000),
];
await Promise.all(bridges.map((bridge) => bridge.work(until)));
timers.forEach(clearInterval);

let failed = 0;
const must = (good, what) => {
  if (!good) failed += 1;
  console.log(`${good ? 'ok' : 'not ok'} ${what}`);
};
// The first minute, in which buffers find their size, counts for nothing.
const settled = samples.slice(Math.ceil(samples.length / 10));
const quarter = Math.floor(settled.length / 4);
const [first, last] = [settled.slice(0, quarter), settled.slice(-quarter)];
const compared = (what) => [median(first.map((one) => one[what])), median(last.map((one) => one[what]))];
const [rss1, rss2] = compared('rss');
const [fds1, fds2] = compared('fds');
for (const text of problems) console.log(`# ${text}`);
must(problems.length === 0, `no answer lost, repeated or out of order: ${totals.calls} calls, ${totals.results} results, errors while disturbed ${JSON.stringify(totals.errors)}`);
must(rss2 <= rss1 * GROWTH, `memory of ${lasting.length} bridges: ${rss1.toFixed(1)} MB in the first quarter, ${rss2.toFixed(1)} MB in the last`);
must(fds2 <= fds1 * GROWTH, `descriptors: ${fds1} in the first quarter, ${fds2} in the last`);
const exits = await Promise.all(bridges.map(({ host }) => host.closeStdin().then(({ code }) => code, (error) => String(error))));
must(exits.every((code) => code === 0), `all leave well: ${[...new Set(exits)]}`);
console.log(`# ${totals.restarts} server restarts, ${totals.cuts} link cuts, ${totals.kills} killed hosts, ${opener.count} sign-ins`);
console.log(`${4 - failed} passed, ${failed} failed`);
server.send('end');
void person;
process.exit(failed > 0 ? 1 : 0);
