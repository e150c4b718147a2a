// SPDX-License-Identifier: ISC
// A login and its host: a bridge killed at any moment of a login costs the user
// nothing, a host never waits for an answer to its handshake, and leaving is
// quick whatever the login is at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { assertOwnError, textOf } from './lib/expect.js';
import { behind, gate } from './lib/scripted-as.js';
import { until, withScripted } from './lib/signin.js';

const HANDSHAKE_MS = 8000;
const call = (host) => host.request('tools/call', { name: 'echo', arguments: { n: 1 } });
const exchanges = (place) => place.as.forms.filter(({ grant_type: type }) => type === 'authorization_code').length;

/** Lets the nth time wait at `held`, all others pass. */
function nth(n, held) {
  let seen = 0;
  return (exchange, request, next) => {
    seen += 1;
    return seen === n ? behind(held)(exchange, request, next) : next();
  };
}

const isInitialize = ({ json }) => json?.method === 'initialize';

function holdInitialize(place, n, held) {
  const wait = nth(n, held);
  place.server.guard = (exchange, request, next) => (isInitialize(request) ? wait(exchange, request, next) : next());
}

/** Each moment prepares the place and resolves when it has come. */
const before = {
  'the server has not answered yet': async (place, held) => {
    holdInitialize(place, 1, held);
    place.start().initialize().catch(() => {});
    await held.reached;
  },
  'the resource metadata are on the way': async (place, held) => {
    place.server.onMetadata = nth(1, held);
    place.start().initialize().catch(() => {});
    await held.reached;
  },
  'the metadata of the authorization server are on the way': async (place, held) => {
    place.as.on.metadata = nth(1, held);
    place.start().initialize().catch(() => {});
    await held.reached;
  },
  'the registration is on the way': async (place, held) => {
    place.as.on.register = nth(1, held);
    place.start().initialize().catch(() => {});
    await held.reached;
  },
};

const visit = (place) => { place.visiting = place.finish(); };

const after = {
  'the opener has just been started': async (place) => {
    place.start().initialize().catch(() => {});
    await place.opener.tab();
  },
  'the tab has been open for a while': async (place) => {
    place.start().initialize().catch(() => {});
    await place.opener.tab();
    await sleep(500);
  },
  'the user is typing the password': async (place, held) => {
    place.as.on.authorize = nth(1, held);
    place.start().initialize().catch(() => {});
    visit(place);
    await held.reached;
  },
  'the code is on the way': async (place, held) => {
    place.as.on.token = nth(1, held);
    place.start().initialize().catch(() => {});
    visit(place);
    await held.reached;
  },
  'the first request goes out again': async (place, held) => {
    holdInitialize(place, 2, held);
    place.start().initialize().catch(() => {});
    visit(place);
    await held.reached;
  },
  'two hosts wait, and both are killed': async (place) => {
    place.start().initialize().catch(() => {});
    await place.opener.tab();
    place.start().initialize().catch(() => {});
    await until(() => place.server.refused === 2, 'the second');
    await sleep(300);
  },
};

async function assertServes(host, opened) {
  await opened;
  assert.equal(textOf(await call(host)), '{"n":1}');
  await host.stop();
}

async function killThere(moment, place) {
  const held = gate();
  await moment(place, held);
  await Promise.all(place.hosts.map((host) => host.kill('SIGKILL')));
  held.open();
}

function assertOnce(place) {
  assert.equal(place.opener.count, 1, 'tabs');
  assert.equal(place.as.hitsOf('authorize'), 1);
  assert.equal(exchanges(place), 1, 'code exchanges');
}

for (const [name, moment] of Object.entries(before)) {
  test(`A-057 A-114 killed while ${name}: the next start opens the only tab`, async () => {
    await withScripted({}, async (place) => {
      await killThere(moment, place);
      const next = place.start();
      const opened = next.initialize();
      assert.match((await place.finish()).text, /You are signed in/);
      await assertServes(next, opened);
      assertOnce(place);
    });
  });
}

for (const [name, moment] of Object.entries(after)) {
  test(`A-057 A-114 killed while ${name}: the first tab serves the next start`, async () => {
    await withScripted({}, async (place) => {
      await killThere(moment, place);
      const page = await (place.visiting ?? place.finish());
      assert.match(page.text, /You are signed in/);
      const { refused } = place.server;
      const next = place.start();
      await assertServes(next, next.initialize());
      assertOnce(place);
      assert.equal(place.server.refused, refused, 'the token was found in the store');
    });
  });
}

test('A-114 A-057 a start during a login attaches to it', async () => {
  await withScripted({}, async (place) => {
    await killThere(after['the tab has been open for a while'], place);
    const next = place.start();
    const opened = next.initialize();
    await until(() => place.server.refused === 2, 'the second start');
    await sleep(500);
    await place.finish();
    await assertServes(next, opened);
    assertOnce(place);
  });
});

// What the login is at, brought about by a place; the host then says hello.
const states = {
  'before the server answers': (place, held) => { holdInitialize(place, 1, held); },
  'looking for the authorization server': (place, held) => { place.server.onMetadata = behind(held); },
  'reading its metadata': (place, held) => { place.as.on.metadata = behind(held); },
  registering: (place, held) => { place.as.on.register = behind(held); },
  'waiting for the user': () => {},
  'waiting beside another bridge': async (place) => {
    place.start().initialize().catch(() => {});
    await place.opener.tab();
  },
  'exchanging the code': async (place, held) => {
    place.as.on.token = behind(held);
    place.opener.tab().then((url) => place.person.signIn(url)).catch(() => {});
  },
  renewing: async (place, held) => {
    await (await place.signedIn()).stop();
    place.as.access.clear();
    place.as.on.token = behind(held);
  },
  'after the user said no': async (place) => {
    place.as.on.authorize = (exchange, { query }) => exchange.send(302, {
      Location: `${query.redirect_uri}?error=access_denied&state=${query.state}&iss=${encodeURIComponent(place.as.issuer)}`,
    });
    place.start().initialize().catch(() => {});
    await place.finish();
    await sleep(300);
  },
};

async function greetAndLeave(name, prepare) {
  await withScripted({}, async (place) => {
    const held = gate();
    await prepare(place, held);
    const host = place.start();
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } };
    const answer = await host.request('initialize', params, { id: 'hello', timeout: HANDSHAKE_MS });
    if (answer.result) {
      assert.equal(answer.result.protocolVersion, '2025-11-25', name);
      assert.ok(answer.result.serverInfo.name, name);
    } else {
      assert.equal(answer.error.data?.source, 'mcp-bridge', name);
    }
    host.notify('notifications/initialized');
    const { ms } = await host.stop();
    assert.ok(ms < 1000 * timeScale, `${name}: left after ${ms} ms`);
    held.open();
  });
}

test('A-057 initialize is answered within 8 s, and leaving takes less than 1 s, in every state of a login', async () => {
  const results = await Promise.allSettled(Object.entries(states).map(async ([name, prepare]) => {
    try {
      await greetAndLeave(name, prepare);
    } catch (error) {
      throw new Error(`${name}: ${error.message}`);
    }
  }));
  assert.deepEqual(results.filter(({ reason }) => reason).map(({ reason }) => reason.message), []);
});

test('leaving takes less than 1 s also before the handshake is answered', async () => {
  await Promise.all(Object.entries(states).map(async ([name, prepare]) => withScripted({}, async (place) => {
    const held = gate();
    await prepare(place, held);
    const host = place.start();
    host.initialize().catch(() => {});
    host.request('tools/list').catch(() => {});
    await sleep(700);
    const { ms } = await host.stop();
    assert.ok(ms < 1000 * timeScale, `${name}: left after ${ms} ms`);
    held.open();
  })));
});

test('A-057 after a provisional handshake the lists are announced once the user has signed in', async () => {
  await withScripted({ server: { instructions: 'Real' } }, async (place) => {
    const host = place.start();
    const provisional = await host.initialize();
    assert.ok(provisional.capabilities.tools.listChanged);
    assert.notEqual(provisional.instructions, 'Real');
    const listed = host.request('tools/list');
    await place.finish();
    await host.waitForMethod('notifications/tools/list_changed');
    assert.equal((await listed).result.tools[0].name, 'echo');
    assert.equal(textOf(await call(host)), '{"n":1}');
    await host.stop();
    assert.equal(place.opener.count, 1);
    const next = place.start();
    assert.equal((await next.initialize()).instructions, 'Real');
    await next.stop();
  });
});

test('A-057 a server that was met before answers the handshake from memory', async () => {
  await withScripted({ server: { instructions: 'Real' } }, async (place) => {
    await (await place.signedIn()).stop();
    place.as.access.clear();
    place.as.refresh.clear();
    const host = place.start();
    const before = performance.now();
    assert.equal((await host.initialize()).instructions, 'Real');
    assert.ok(performance.now() - before < 2000 * timeScale);
    await place.finish(2);
    await host.waitForMethod('notifications/tools/list_changed');
    assert.equal(textOf(await call(host)), '{"n":1}');
    await host.stop();
  });
});

const greeted = { open: ['initialize', 'notifications/initialized'] };

test('A-057 A-111 A-117 a request is held for --hold-timeout, with progress, then told to come back', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = place.start({ args: ['--hold-timeout', '6'] });
    await host.initialize();
    const params = { name: 'echo', arguments: { n: 2 }, _meta: { progressToken: 'p' } };
    const answer = await host.request('tools/call', params);
    assertOwnError(answer, 'auth.login_pending', -31407);
    assert.ok(answer.ms > 5800 && answer.ms < 7500 * timeScale, `after ${answer.ms} ms`);
    assert.equal(answer.error.data.retryable, true);
    assert.ok(answer.error.data.retryAfter > 0);
    const progress = host.messages.filter(({ method }) => method === 'notifications/progress');
    assert.ok(progress.length >= 1);
    assert.ok(progress.every(({ params: { progressToken } }) => progressToken === 'p'));
    const url = await place.opener.tab();
    assert.ok(!JSON.stringify(host.messages).includes(url), 'the address leads to state');
    const again = host.request('tools/call', params);
    await place.finish();
    assert.equal(textOf(await again), '{"n":2}');
    await host.stop();
    assert.equal(place.server.state.executed, 1);
    assert.equal(place.opener.count, 1);
  });
});

test('A-057 a cancelled request does not end the login', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = place.start();
    await host.initialize();
    host.send({ jsonrpc: '2.0', id: 'gone', method: 'tools/call', params: { name: 'echo', arguments: {} } });
    const url = await place.opener.tab();
    host.notify('notifications/cancelled', { requestId: 'gone' });
    await sleep(200);
    assert.match((await place.person.signIn(url)).text, /You are signed in/);
    assert.equal(textOf(await call(host)), '{"n":1}');
    await host.stop();
    assert.equal(host.answersTo('gone').length, 0);
    assert.equal(place.server.state.executed, 1);
    assert.equal(place.opener.count, 1);
  });
});
