// SPDX-License-Identifier: ISC
// One case of the adversary: a server (or what lies before it) that does one
// wrong thing to one request, and a host that must get exactly one answer to
// it, and then the next, from a bridge that stays small.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { instrumented, timeScale } from '../integration/lib/bridge.js';
import { Host, clientInfo } from '../integration/lib/host.js';
import { legacyServer } from '../integration/lib/scripted.js';

export const MEMORY_MB = 64;
/** A message may have 64 MB, and is held while it grows. */
const LARGE_MB = 128;

/** "result", the kind of the bridge's own error, or "theirs" for the server's. */
export function outcomeOf({ result, error }) {
  if (result) return 'result';
  return error.data?.source === 'mcp-bridge' ? error.data.kind : 'theirs';
}

function peakMb(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** What a case works with; everything opened through it is closed at its end. */
export class Trial {
  peakMb = 0;
  #closing = [];

  defer(close) { this.#closing.push(close); }

  async use(promised) {
    const thing = await promised;
    this.defer(() => thing.close());
    return thing;
  }

  host(options) {
    const host = new Host(options);
    this.defer(() => host.discard());
    return host;
  }

  /** The bridge has done its part: memory is looked at, and it goes as it should. */
  async end(host, { large = false } = {}) {
    const mb = peakMb(host.pid);
    if (!large) this.peakMb = Math.max(this.peakMb, mb);
    if (!instrumented) assert.ok(mb < (large ? LARGE_MB : MEMORY_MB), `${Math.round(mb)} MB`);
    await host.stop();
  }

  async close() {
    for (const close of this.#closing.reverse()) await close();
  }
}

export const initializeParams = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };

/** Asks, and says what came of it: exactly one answer, and once more a moment later. */
export async function ask(host, method, params, { id = 'asked', timeout = 15_000 } = {}) {
  const outcome = outcomeOf(await host.request(method, params, { id, timeout }));
  await sleep(5);
  assert.equal(host.answersTo(id).length, 1, `answers to ${method}`);
  return outcome;
}

/**
 * A case in which `respond` (exchange, request, next) answers the method `on`.
 * `must` is the one right outcome, or those that are. `large`: what is sent
 * may fill memory by right. `after`: what may come of the next request. `slow`: left out of the quick run. `then`: more
 * to look at, (host, server). `name`: the server's name where it is not to be
 * this machine, for which the bridge makes exceptions.
 */
export function attack(id, what, must, respond, {
  on = 'tools/call', after = ['result'], args = ['--request-timeout', '2', '--connect-timeout', '2'], large, slow, then, name, server: serverOptions = {}, host: hostOptions = {},
  params = on === 'tools/call' ? { name: 'echo', arguments: { n: 1 } } : undefined, timeout,
} = {}) {
  return {
    id, what, must: [must].flat(), slow, inside: name !== undefined,
    async run(trial) {
      const server = await trial.use(legacyServer({ ...serverOptions, on: { ...serverOptions.on, [on]: respond } }));
      const host = trial.host({ url: name ? `http://${name}:${server.port}/mcp` : server.url, args: name ? ['--allow-http', ...args] : args, ...hostOptions });
      if (on !== 'initialize') await host.initialize();
      const outcome = await ask(host, on === 'GET' ? 'tools/list' : on, on === 'initialize' ? initializeParams : params, { timeout });
      if (on !== 'initialize') assert.ok(after.includes(await ask(host, 'ping', undefined, { id: 'after' })), 'the next request');
      await then?.(host, server);
      assert.equal(host.answersTo('asked').length, 1, 'a second answer came later');
      await trial.end(host, { large });
      assert.equal(server.error, undefined);
      return outcome;
    },
  };
}

/** Waits as the test of an instrumented build must. */
export const pause = (ms) => sleep(ms * timeScale);
