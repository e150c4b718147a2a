// SPDX-License-Identifier: ISC
// Authorization and resource servers that are hostile, broken or in trouble:
// what must not happen (a tab, a token request, a loop), and what the host is
// told. lib/scripted-as.js does right but for the one thing each case is about.
import assert from 'node:assert/strict';
import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchDir, timeScale } from './lib/bridge.js';
import { Opener, exchange as http } from './lib/browser.js';
import { assertOwnError, textOf } from './lib/expect.js';
import { rpc } from './lib/scripted.js';
import { until, withScripted } from './lib/signin.js';

const greeted = { open: ['initialize', 'notifications/initialized'] };
const call = (host, options) => host.request('tools/call', { name: 'echo', arguments: { n: 1 } }, options);
const grants = (place, type) => place.as.forms.filter((form) => form.grant_type === type).length;

/** One tool call on a server where only the handshake is free. */
async function refusedCall(place, options) {
  const host = place.start(options);
  await host.initialize();
  const answer = await call(host);
  return { host, answer };
}

async function leave(host) {
  await host.stop();
}

/* -- discovery ------------------------------------------------------------- */

const endpoints = {
  'javascript:': () => 'javascript:alert(1)//',
  'file:': () => 'file:///etc/passwd',
  'data:': () => 'data:text/html,x',
  'http: elsewhere': () => 'http://evil.example/authorize',
  userinfo: () => 'https://good.example@evil.example/authorize',
  'a line break': () => 'https://evil.example/\r\nX: y',
  'an option': () => '--help',
};

for (const [name, endpoint] of Object.entries(endpoints)) {
  test(`A-046 an authorization endpoint with ${name} opens nothing`, async () => {
    await withScripted({ as: { metadata: { authorization_endpoint: endpoint() } }, server: greeted }, async (place) => {
      const { host, answer } = await refusedCall(place);
      assertOwnError(answer, 'auth.policy', -31411);
      const { message, data: { action = '' } } = answer.error;
      assert.ok(!(message + action).includes(endpoint()), 'nobody is sent there');
      assert.equal(place.opener.count, 0);
      await leave(host);
    });
  });
}

test('A-047 A-048 shell metacharacters stay in a redirect', async () => {
  const marker = `/tmp/mcp-bridge-pwned-${process.pid}`;
  const hostile = `/authorize/$(touch ${marker})/;touch\${IFS}${marker}|\`touch ${marker}\`/'"&--flag`;
  await withScripted({ server: greeted }, async (place) => {
    place.as.metadata.authorization_endpoint = encodeURI(`${place.as.issuer}${hostile}`).replaceAll('%60', '`');
    const host = place.start();
    await host.initialize();
    const answer = call(host);
    answer.catch(() => {});
    const url = await Promise.race([place.opener.tab(), answer.then(() => null)]);
    if (url) {
      assert.deepEqual(place.opener.launches[0].args, [url]);
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}$/);
      const start = await http(url);
      assert.equal(start.status, 302);
      assert.ok(start.headers.location.startsWith(`${place.as.issuer}/authorize/`));
      assert.equal(start.headers['cache-control'], 'no-store');
      assert.equal(start.headers['referrer-policy'], 'no-referrer');
    } else {
      assertOwnError(await answer, 'auth.policy', -31411);
    }
    assert.ok(!existsSync(marker));
    await host.discard();
  });
});

test('A-023 an authorization server without PKCE is refused, and named; an option insists', async () => {
  await withScripted({ as: { metadata: { code_challenge_methods_supported: undefined } }, server: greeted }, async (place) => {
    const { host, answer } = await refusedCall(place);
    assertOwnError(answer, 'auth.policy', -31411);
    assert.match(JSON.stringify(answer.error), /assume-pkce-s256/);
    assert.equal(place.as.hitsOf('authorize') + place.opener.count, 0);
    await leave(host);

    const insisting = place.start({ args: ['--assume-pkce-s256'] });
    await insisting.initialize();
    const served = call(insisting);
    await place.finish();
    assert.equal(textOf(await served), '{"n":1}');
    await leave(insisting);
  });
});

test('A-013 A-014 metadata of another resource are fatal', async () => {
  for (const resource of ['https://evil.example/mcp', 'mcp123', 'mcp/longer', 'mcp#x']) {
    await withScripted({ server: greeted }, async (place) => {
      place.server.prm.resource = resource.startsWith('https') ? resource : `${place.server.origin}/${resource}`;
      const { host, answer } = await refusedCall(place);
      assertOwnError(answer, 'auth.policy', -31411);
      assert.deepEqual(place.as.hits, {}, resource);
      assert.equal(place.opener.count, 0);
      await leave(host);
    });
  }
});

test('A-021 a document of another issuer is discarded', async () => {
  await withScripted({ as: { metadata: { issuer: 'https://other.example' } }, server: greeted }, async (place) => {
    const { host, answer } = await refusedCall(place);
    assert.equal(answer.error.data.source, 'mcp-bridge');
    assert.ok([-31410, -31411].includes(answer.error.code), JSON.stringify(answer.error));
    assert.equal(place.as.hitsOf('register') + place.opener.count, 0);
    await leave(host);
  });
});

test('A-018 trouble with the resource metadata is not their absence', async () => {
  await withScripted({ server: greeted }, async (place) => {
    place.server.onMetadata = (exchange) => exchange.send(503);
    const { host, answer } = await refusedCall(place);
    assert.equal(answer.error.data.source, 'mcp-bridge', JSON.stringify(answer.error));
    assert.deepEqual(place.as.hits, {});
    assert.equal(place.opener.count, 0);
    place.server.onMetadata = undefined;
    const served = call(host);
    await place.finish();
    assert.equal(textOf(await served), '{"n":1}');
    await leave(host);
  });
});

test('A-097 A-102 metadata addresses at the metadata service or on plain http are not visited', async () => {
  for (const issuer of ['http://169.254.169.254', 'http://as.example', 'https://169.254.169.254']) {
    await withScripted({ server: greeted }, async (place) => {
      place.server.prm.authorization_servers = [issuer];
      const { host, answer } = await refusedCall(place);
      assert.ok([-31410, -31411].includes(answer.error.code), `${issuer}: ${JSON.stringify(answer.error)}`);
      assert.equal(place.opener.count, 0);
      await leave(host);
    });
  }
});

test('A-035 a registration that is refused is told', async () => {
  await withScripted({
    as: { on: { register: (exchange) => exchange.json({ error: 'invalid_redirect_uri', error_description: 'no \u001b[31mIP\u202e literals' }, { status: 400 }) } },
    server: greeted,
  }, async (place) => {
    const { host, answer } = await refusedCall(place);
    assertOwnError(answer, 'auth.registration', -31412);
    assert.equal(answer.error.data.oauthError, 'invalid_redirect_uri');
    assert.doesNotMatch(JSON.stringify(answer.error) + host.stderr, /\u001b|\\u001b|\u202e/, 'A-107 escaped');
    assert.ok(place.as.hitsOf('register') <= 2);
    assert.equal(place.opener.count, 0);
    await leave(host);
  });
});

/* -- the answer in the browser --------------------------------------------- */

const back = (parameters) => (exchange, { query }) => {
  const target = new URL(query.redirect_uri);
  for (const [name, value] of Object.entries({ state: query.state, ...parameters })) {
    if (value !== undefined) target.searchParams.set(name, value);
  }
  exchange.send(302, { Location: target.href });
};

for (const [name, iss] of Object.entries({ wrong: 'https://evil.example', absent: undefined })) {
  test(`A-053 A-054 an answer whose iss is ${name} is not redeemed, and nothing of it is shown`, async () => {
    const error = { error: 'canary_error', error_description: 'canary-description', error_uri: 'https://canary.example' };
    for (const answer of [{ code: 'canary-code' }, error]) {
      await withScripted({ as: { on: { authorize: back({ iss, ...answer }) } }, server: greeted }, async (place) => {
        const host = place.start({ args: ['--log-level', 'debug'] });
        await host.initialize();
        const answered = call(host);
        const page = await place.finish();
        assert.match(page.text, /Sign-in did not work/);
        assertOwnError(await answered, 'auth.policy', -31411);
        assert.doesNotMatch(page.text + host.stderr + JSON.stringify(host.messages), /canary/);
        assert.equal(place.as.forms.length, 0);
        await leave(host);
      });
    }
  });
}

test('A-077 the user says no', async () => {
  await withScripted({ server: greeted }, async (place) => {
    place.as.on.authorize = back({ error: 'access_denied', error_description: 'no', iss: place.as.issuer });
    const host = place.start();
    await host.initialize();
    const answered = call(host);
    assert.match((await place.finish()).text, /Access was not granted/);
    assertOwnError(await answered, 'auth.denied', -31402);
    assert.equal((await answered).error.data.oauthError, 'access_denied');
    assert.equal(place.as.forms.length, 0);
    await leave(host);
  });
});

/* -- the token endpoint ---------------------------------------------------- */

test('A-060 a lost answer to the code exchange: one request, no second', async () => {
  await withScripted({ as: { on: { token: (exchange) => exchange.hangUp() } }, server: greeted }, async (place) => {
    const host = place.start();
    await host.initialize();
    const answered = call(host);
    assert.match((await place.finish()).text, /Sign-in did not work/);
    assert.equal((await answered).error.data.source, 'mcp-bridge');
    assert.equal(place.as.forms.length, 1);
    await leave(host);
  });
});

test('A-061 A-062 token answers that are none', async () => {
  const wrong = [
    { access_token: 'x', token_type: 'mac' }, { access_token: 'x' }, { token_type: 'Bearer' },
    { access_token: 'x', token_type: 'Bearer', error: 'temporarily_unavailable' },
    { access_token: 'x\r\nX-Evil: 1', token_type: 'Bearer' }, { access_token: '', token_type: 'Bearer' },
  ];
  await Promise.all(wrong.map((document) => withScripted({
    as: { on: { token: (exchange) => exchange.json(document) } }, server: greeted,
  }, async (place) => {
    const host = place.start();
    await host.initialize();
    const answered = call(host);
    await place.finish();
    assert.equal((await answered).error.data.source, 'mcp-bridge', JSON.stringify(document));
    assert.equal(place.as.forms.length, 1);
    assert.ok(place.server.requests.every(({ rawHead }) => !/x-evil/i.test(rawHead)));
    await leave(host);
  })));
});

test('A-063 a token without expires_in is used until it is refused, then renewed', async () => {
  await withScripted({ server: greeted }, async (place) => {
    place.as.extra = { expires_in: undefined };
    const host = await signedInCaller(place);
    assert.equal(textOf(await call(host)), '{"n":1}');
    const { expires_at: expiry } = place.records('access')[0];
    assert.ok(expiry === undefined || expiry === 0);
    place.as.access.clear();
    assert.equal(textOf(await call(host)), '{"n":1}');
    assert.equal(grants(place, 'refresh_token'), 1);
    assert.equal(place.opener.count, 1);
    await leave(host);
  });
});

/** A host on a server with a free handshake, signed in by a tool call. */
async function signedInCaller(place, options) {
  const host = place.start(options);
  await host.initialize();
  const served = call(host);
  await place.finish(place.opener.count + 1);
  assert.equal(textOf(await served), '{"n":1}');
  return host;
}

test('A-071 A-005 after a 401 the token is renewed once and the call executed once', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = await signedInCaller(place);
    place.as.access.clear();
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(host)));
    assert.deepEqual(answers.map(textOf), Array(20).fill('{"n":1}'));
    assert.equal(grants(place, 'refresh_token'), 1);
    assert.equal(place.server.state.executed, 21);
    assert.equal(place.opener.count, 1);
    await leave(host);
  });
});

test('A-068 a token endpoint in trouble opens no browser, and keeps the user signed in', async () => {
  for (const trouble of [(e) => e.send(503, { 'Retry-After': '1' }), (e) => e.send(429), (e) => e.hangUp(), (e) => e.send(502, {}, '<html>')]) {
    await withScripted({ server: greeted }, async (place) => {
      const host = await signedInCaller(place);
      place.as.access.clear();
      place.as.on.token = trouble;
      const answer = await call(host);
      assert.equal(answer.error.data.source, 'mcp-bridge');
      delete place.as.on.token;
      await until(async () => (await call(host)).result, 'the server to be used again', { timeout: 10_000 });
      assert.equal(place.opener.count, 1);
      await leave(host);
    });
  }
});

test('A-068 A-119 trouble at the token endpoint is something to come back for, and not at once', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = await signedInCaller(place);
    place.as.access.clear();
    place.as.on.token = (exchange) => exchange.send(503, { 'Retry-After': '3' });
    const answers = await Promise.all(Array.from({ length: 5 }, () => call(host)));
    for (let n = 0; n < 5; n += 1) answers.push(await call(host));
    for (const { error } of answers) {
      assert.equal(error.data.retryable, true, JSON.stringify(error));
      assert.ok(error.data.retryAfter >= 1 && error.data.retryAfter <= 3, JSON.stringify(error));
    }
    assert.equal(grants(place, 'refresh_token'), 1, 'asked again before Retry-After');
    await leave(host);
  });
});

test('A-069 a lost answer to a renewal: the same token once more, then a login', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = await signedInCaller(place);
    place.as.access.clear();
    let lost = 0;
    place.as.on.token = (exchange, { form }, next) => {
      if (form.grant_type !== 'refresh_token' || lost++ > 0) return next();
      place.as.refresh.delete(form.refresh_token); // spent, and its answer lost
      return exchange.hangUp();
    };
    const served = call(host);
    await place.finish(2);
    assert.equal(textOf(await served), '{"n":1}');
    const spent = place.as.forms.filter((form) => form.grant_type === 'refresh_token').map((form) => form.refresh_token);
    assert.equal(spent.length, 2);
    assert.equal(spent[0], spent[1]);
    await leave(host);
  });
});

test('A-067 a refresh token that is taken no more leads to a login, once', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = await signedInCaller(place);
    place.as.access.clear();
    place.as.refresh.clear();
    const served = call(host);
    await place.finish(2);
    assert.equal(textOf(await served), '{"n":1}');
    assert.equal(grants(place, 'refresh_token'), 1);
    assert.equal(place.as.hitsOf('register'), 1);
    assert.equal(place.opener.count, 2);
    await leave(host);
  });
});

test('A-070 a client that was deleted registers again', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = await signedInCaller(place);
    place.as.access.clear();
    place.as.on.token = (exchange, { form }, next) => (form.client_id === 'client-1'
      ? exchange.json({ error: 'invalid_client' }, { status: 401 }) : next());
    const served = call(host);
    await place.finish(2);
    assert.equal(textOf(await served), '{"n":1}');
    assert.equal(place.as.hitsOf('register'), 2);
    await leave(host);
  });
});

test('A-028 A-019 a refresh token does not follow its server to another issuer', async () => {
  await withScripted({ server: greeted }, async (place) => {
    await withScripted({}, async (other) => {
      const host = await signedInCaller(place);
      place.as.access.clear();
      place.server.prm.authorization_servers = [other.as.issuer];
      const answered = call(host);
      answered.catch(() => {});
      await place.opener.tab(2);
      assert.equal(grants(place, 'refresh_token'), 0);
      assert.equal(other.as.forms.length, 0);
      assert.equal(other.as.hitsOf('register'), 1);
      await host.discard();
    });
  });
});

/* -- the resource ---------------------------------------------------------- */

test('A-005 a server that rejects every token: two sends, one login, an end', async () => {
  await withScripted({ server: greeted }, async (place) => {
    let sends = 0;
    place.server.guard = (exchange, request, next) => {
      if (request.json?.method === 'tools/call') {
        sends += 1;
        request.headers.authorization = undefined;
      }
      return next();
    };
    const host = place.start();
    await host.initialize();
    const answered = call(host);
    await place.finish();
    assertOwnError(await answered, 'auth.rejected', -31415);
    assert.ok(sends <= 2, `${sends} sends`);
    await call(host);
    await call(host);
    assert.equal(place.opener.count, 1);
    assert.equal(place.as.hitsOf('authorize'), 1);
    await leave(host);
  });
});

test('A-008 a 403 that says nothing of scope opens no browser', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = await signedInCaller(place);
    place.server.guard = (exchange, request, next) => (request.json?.method === 'tools/call' ? exchange.send(403) : next());
    assertOwnError(await call(host), 'auth.forbidden', -31403);
    assert.equal(place.opener.count, 1);
    await leave(host);
  });
});

test('A-076 a server that always wants more is asked twice for one tool, three times in all', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = await signedInCaller(place);
    let wanted = 0;
    place.server.guard = (exchange, request, next) => {
      if (request.json?.method !== 'tools/call') return next();
      wanted += 1;
      return exchange.send(403, { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="more${wanted}"` });
    };
    let done = false;
    const visiting = (async () => {
      for (let n = 2; !done; n += 1) {
        await until(() => done || place.opener.count >= n, 'another tab or the end');
        if (!done) await place.finish(n);
      }
    })();
    const refused = async (name) => {
      const answer = await host.request('tools/call', { name, arguments: {} });
      assertOwnError(answer, 'auth.insufficient_scope', -31404);
      assert.match(answer.error.data.requiredScopes.toString(), /more/);
      return place.as.hitsOf('authorize') - 1;
    };
    assert.equal(await refused('echo'), 2);
    assert.equal(await refused('echo'), 2, 'the tool has had its turn');
    assert.equal(await refused('other'), 3);
    assert.equal(await refused('third'), 3, 'so has the server');
    done = true;
    await visiting;
    await leave(host);
  });
});

test('A-112 with a header of the user there is no login', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const { host, answer } = await refusedCall(place, { args: ['--header', 'Authorization: Bearer own'] });
    assertOwnError(answer, 'auth.rejected', -31415);
    assert.equal(place.opener.count + place.server.metadataHits, 0);
    await leave(host);
  });
});

test('A-072 A-100 tokens and headers of one server reach no other', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = await signedInCaller(place, { args: ['--header', 'X-Key: canary-header'] });
    await leave(host);
    for (const { rawHead, body } of place.as.server.requests) assert.doesNotMatch(rawHead + body, /canary-header/);
    const [token] = place.as.access.keys();
    await withScripted({ server: greeted }, async (other) => {
      const stranger = other.start({ env: place.env });
      await stranger.initialize();
      const answered = call(stranger);
      answered.catch(() => {});
      await place.opener.tab(2);
      for (const { rawHead, body } of [...other.server.requests, ...other.as.server.requests]) assert.ok(!(rawHead + body).includes(token));
      await stranger.discard();
    });
  });
});

/* -- when a tab opens ------------------------------------------------------ */

test('A-124 a background stream that is refused opens no browser', async () => {
  await withScripted({ server: { open: ['initialize', 'notifications/initialized', 'tools/call'] } }, async (place) => {
    const host = place.start();
    await host.initialize();
    await until(() => place.server.refused > 0, 'the stream');
    await sleep(1500);
    assert.equal(place.opener.count, 0);
    assert.equal(textOf(await call(host)), '{"n":1}');
    await leave(host);
  });
});

test('A-124 a host that polls on after the user said no meets one tab', async () => {
  await withScripted({ server: greeted }, async (place) => {
    place.as.on.authorize = back({ error: 'access_denied', iss: place.as.issuer });
    const host = place.start();
    await host.initialize();
    const codes = [];
    const visiting = place.finish();
    for (let n = 0; n < 20; n += 1) {
      const { error } = await host.request('tools/list');
      codes.push(error.code);
      await sleep(50);
    }
    await visiting;
    assert.equal(codes[0], -31402);
    assert.deepEqual([...new Set(codes.slice(1))], [-31401]);
    const next = place.start();
    await next.initialize();
    const { error } = await next.request('tools/list');
    assert.equal(error.code, -31401);
    assert.match(error.data.action, /mcp-bridge login http/);
    assert.equal(place.opener.count, 1);
    await leave(host);
    await leave(next);
  });
});

test('A-124 a login nobody finished: told so, and one tab', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const host = place.start({ args: ['--auth-timeout', '10'] });
    await host.initialize();
    const first = await host.request('tools/list', undefined, { timeout: 13_000 });
    assertOwnError(first, 'auth.login_timeout', -31408);
    assert.equal(first.error.data.retryable, true);
    const { error } = await host.request('tools/list');
    assert.equal(error.code, -31401);
    assert.equal(place.opener.count, 1);
    await leave(host);
  });
});

test('--non-interactive: told how to sign in, and nothing else happens', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const conf = join(realpathSync(scratchDir()), 'its conf');
    writeFileSync(conf, '', { mode: 0o600 });
    const { host, answer } = await refusedCall(place, { args: ['--non-interactive', '--profile', 'work', '--config', conf] });
    assertOwnError(answer, 'auth.login_required', -31401);
    assert.equal(answer.error.data.action, `mcp-bridge login --config '${conf}' --profile work ${place.url}`);
    assert.equal(place.opener.count + place.as.hitsOf('register'), 0);
    await leave(host);
  });
});

test('what is advised to type shows no key of the URL', async () => {
  await withScripted({ server: greeted }, async (place) => {
    const { host, answer } = await refusedCall(place, { url: `${place.url}?key=k3y`, args: ['--non-interactive'] });
    assert.match(answer.error.data.action, /^mcp-bridge login 'http:[^ ]+\?\.\.\.'$/);
    assert.equal(place.opener.count + place.as.hitsOf('register'), 0);
    await leave(host);
  });
});

for (const [name, options] of Object.entries({
  '--no-browser': { args: ['--no-browser'] },
  'an opener that fails': { env: { BROWSER: '/bin/false' } },
})) {
  test(`A-058 A-111 ${name}: the address is on stderr and in the error`, async () => {
    await withScripted({ server: greeted }, async (place) => {
      const host = place.start({ ...options, args: ['--hold-timeout', '3', ...(options.args ?? [])] });
      await host.initialize();
      const answer = await call(host);
      assertOwnError(answer, 'auth.login_pending', -31407);
      const url = /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}/.exec(answer.error.data.action)?.[0];
      assert.ok(url, JSON.stringify(answer.error));
      assert.ok(host.stderr.includes(url));
      assert.match(host.stderr, /ssh -L \d+:127\.0\.0\.1:\d+ /);
      const served = call(host);
      assert.match((await place.person.signIn(url)).text, /You are signed in/);
      assert.equal(textOf(await served), '{"n":1}');
      await leave(host);
    });
  });
}

test('A-049 an opener that talks and stays does no harm', async () => {
  await withScripted({ server: greeted }, async (place) => {
    place.opener = new Opener({ rest: 'echo noise; echo noise >&2; exec sleep 8' });
    const host = await signedInCaller(place);
    await leave(host);
    assert.doesNotMatch(host.stderr, /noise/);
    assert.ok(host.exit.at - host.startedAt < 6000 * timeScale);
  });
});

test('A-117 a call that waits for a login is answered by the tool, not by words about it', async () => {
  await withScripted({
    server: { ...greeted, on: { 'tools/call': (exchange, { json }) => exchange.json(rpc.ok(json.id, { content: [{ type: 'text', text: 'real' }] })) } },
  }, async (place) => {
    const host = place.start();
    await host.initialize();
    const answered = call(host);
    await place.finish();
    assert.equal(textOf(await answered), 'real');
    await leave(host);
  });
});
