// SPDX-License-Identifier: ISC
// Networks that lose, delay and end, and machines that sleep.
import assert from 'node:assert/strict';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { legacyServer, rpc } from '../../integration/lib/scripted.js';
import { ask, attack, pause } from '../attack.js';
import { link, lose, mend, shape, swallow, unshape } from '../namespace.js';

const ok = (exchange, { json: { id } }) => exchange.json(rpc.ok(id, { content: [] }));

/** Twenty calls at once while `begin` is in force; each must be answered `well`. */
function weather(id, what, { begin, end, must = 'all answered', kinds = [], during = () => {}, slow = true }) {
  return {
    id: `network-${id}`, what, must: [must], slow, inside: true, alone: true,
    async run(trial) {
      const server = await trial.use(legacyServer({ on: { GET: (exchange) => { exchange.sse(); }, 'tools/call': ok } }));
      const host = trial.host({ url: server.url, args: ['--request-timeout', '20', '--connect-timeout', '5'] });
      await host.initialize();
      if (begin(server) === false) return `skip: the kernel cannot do ${id}`;
      trial.defer(end);
      const ids = Array.from({ length: 20 }, (_, n) => `call ${n}`);
      const going = Promise.all(ids.map((one) => host.request('tools/call', { name: 'x' }, { id: one, timeout: 60_000 })));
      await during();
      const got = await going;
      end();
      for (const one of ids) assert.equal(host.answersTo(one).length, 1, one);
      for (const { error } of got.filter(({ result }) => !result)) assert.ok(kinds.includes(error.data?.kind), JSON.stringify(error));
      assert.equal(await ask(host, 'ping', undefined, { id: 'after', timeout: 30_000 }), 'result');
      await trial.end(host);
      return got.every(({ result }) => result) || kinds.length > 0 ? must : 'some failed';
    },
  };
}

const lossy = [5, 20, 40].map((percent) => weather(`loss-${percent}`, `${percent} % of the packets lost`, {
  begin: () => lose(percent), end: mend, kinds: percent > 20 ? ['net.timeout', 'net.unreachable', 'stream.lost'] : [],
}));
const shaped = [
  ['delay', 'netem delay 100ms 50ms'], ['reorder', 'netem delay 10ms reorder 25% 50%'], ['twice', 'netem duplicate 20%'],
  ['damage', 'netem corrupt 2%'], ['rate', 'tbf rate 400kbit burst 16kb latency 400ms'],
].map(([id, rule]) => weather(id, `traffic shaped by ${rule}`, { begin: () => shape(rule), end: unshape }));

const cuts = [
  weather('cut-short', 'a link cut for a second', {
    begin: () => link(false), end: () => link(true), during: async () => { await sleep(1000); link(true); },
    kinds: ['net.unreachable', 'stream.lost', 'net.timeout'], must: 'one answer each',
  }),
  weather('blackhole', 'a server that vanished without a word', {
    begin: (server) => swallow(server.port), end: mend, during: async () => {}, kinds: ['net.timeout', 'net.unreachable', 'stream.lost'], must: 'one answer each',
  }),
  weather('blackhole-short', 'a server that is gone for three seconds', {
    begin: (server) => swallow(server.port), end: mend, during: async () => { await sleep(3000); mend(); },
  }),
];

/** A relay that holds every piece back for `ms`, as a far link does. */
async function farLink(port, ms) {
  const sockets = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    const later = (to) => (chunk) => setTimeout(() => { if (!to.destroyed) to.write(chunk); }, ms);
    near.on('data', later(far));
    far.on('data', later(near));
    for (const [one, other] of [[near, far], [far, near]]) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => setTimeout(() => other.destroy(), ms));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    close: () => { for (const socket of sockets) socket.destroy(); return new Promise((resolve) => server.close(resolve)); },
  };
}

const far = {
  id: 'network-far', what: 'a link of 300 ms each way', must: ['result'],
  async run(trial) {
    const server = await trial.use(legacyServer());
    const relay = await trial.use(farLink(server.port, 300));
    const host = trial.host({ url: `http://127.0.0.1:${relay.port}/mcp` });
    await host.initialize();
    const outcome = await ask(host, 'tools/call', { name: 'echo', arguments: {} });
    await trial.end(host);
    return outcome;
  },
};

/** A bridge that sleeps while `server` goes on, as with a closed lid. */
function sleeper(id, what, must, respond, { ms = 1500, slow } = {}) {
  return {
    id: `suspend-${id}`, what, must: [must].flat(), slow,
    async run(trial) {
      let stop;
      const asleep = new Promise((resolve) => { stop = resolve; });
      const server = await trial.use(legacyServer({ on: { 'tools/call': (exchange, request) => { stop(); return respond(exchange, request, server); } } }));
      const host = trial.host({ url: server.url, args: ['--request-timeout', '30'] });
      await host.initialize();
      const going = ask(host, 'tools/call', { name: 'x' }, { timeout: 30_000 });
      await asleep;
      host.child.kill('SIGSTOP');
      await sleep(ms);
      host.child.kill('SIGCONT');
      const outcome = await going;
      assert.equal(await ask(host, 'ping', undefined, { id: 'after' }), 'result');
      await trial.end(host);
      return outcome;
    },
  };
}

const lost = ['stream.lost', 'net.unreachable'];
const suspends = [
  sleeper('answered', 'the answer came while it slept', 'result', (exchange, request) => sleep(200).then(() => ok(exchange, request))),
  sleeper('dropped', 'the connection was dropped while it slept', lost, (exchange) => sleep(200).then(() => exchange.hangUp())),
  sleeper('reset', 'the connection was reset while it slept', lost, (exchange) => sleep(200).then(() => exchange.reset())),
  sleeper('restart', 'the server was started anew while it slept', lost, async (exchange, request, server) => { await sleep(200); server.state.session = 'session-2'; server.dropConnections(); }),
  sleeper('flood', 'a thousand events came while it slept', 'result', async (exchange, { json: { id } }) => {
    const events = exchange.sse();
    for (let n = 0; n < 1000; n += 1) events.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: n } });
    events.send(rpc.ok(id, {}));
    events.end();
  }),
];

const vanished = attack('peer-reboot', 'a server whose connections all died between two calls', 'result', ok, {
  then: async (host, server) => {
    for (let n = 0; n < 3; n += 1) {
      server.dropConnections();
      await pause(20);
      assert.equal(await ask(host, 'tools/call', { name: 'x' }, { id: `again ${n}` }), 'result');
    }
  },
});

export const cases = [far, ...suspends, vanished, ...lossy, ...shaped, ...cuts];
