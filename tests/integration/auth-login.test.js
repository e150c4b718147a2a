// SPDX-License-Identifier: ISC
// Signing in with real parts: oidc-provider, a protected server on the official
// SDK 1.x, and a person who fills in the forms. Login, refresh, step-up, logout.
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from './lib/expect.js';
import { runBridge } from './lib/host.js';
import { until, withRealServers, withScripted } from './lib/signin.js';

const call = (host, name) => host.request('tools/call', { name, arguments: {} });

test('A-040 A-043 A-050 a first request signs in, in one tab, and is answered', async () => {
  await withRealServers({}, async (place) => {
    const host = place.start();
    const opened = host.initialize();
    const page = await place.finish();
    assert.equal(page.status, 200);
    assert.match(page.text, /You are signed in/);
    await opened;
    assert.equal(textOf(await call(host, 'whoami')), 'anna');
    await host.stop();
    assert.equal(place.opener.count, 1);
    assert.deepEqual(place.as.tokenRequests, ['authorization_code']);
    assert.equal(place.as.hitsOf('register'), 1);
    assert.equal(place.server.answersOf(401), 1);
  });
});

test('A-036 A-090 A-092 A-121 the next start is signed in, with one request; files are private', async () => {
  await withRealServers({}, async (place) => {
    await (await place.signedIn()).stop();
    const before = { ...place.as.hits };
    const host = place.start();
    await host.initialize();
    assert.equal(textOf(await call(host, 'whoami')), 'anna');
    await host.stop();
    assert.deepEqual(place.as.hits, before);
    assert.equal(place.opener.count, 1);
    const root = `${place.state}/mcp-bridge`;
    for (const name of ['', ...readdirSync(root, { recursive: true })]) {
      const { mode } = statSync(`${root}/${name}`);
      assert.equal(mode & 0o077, 0, `${name} is ${mode.toString(8)}`);
    }
  });
});

test('A-047 A-048 A-049 the opener sees one address of ours, its own session and nothing else', async () => {
  await withRealServers({}, async (place) => {
    const host = place.start({ env: { API_KEY: 'k', SECRET_TOKEN: 's', MCP_BRIDGE_LOG_LEVEL: 'info', DISPLAY: ':99', LC_ALL: 'C' } });
    const opened = host.initialize();
    await place.finish();
    await opened;
    await host.stop();
    const [{ args, parent, parentSession, session: [pid, session], fds, env }] = place.opener.launches;
    assert.equal(args.length, 1);
    assert.match(args[0], /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}$/);
    assert.match(parent, /mcp-bridge authorizer $/);
    assert.equal(session, pid);
    assert.equal(parentSession[0], parentSession[1], 'a group killed with the host would take the login along');
    assert.deepEqual(fds.filter((fd) => Number.parseInt(fd, 10) < 10).sort(), ['0 -> /dev/null', '1 -> /dev/null', '2 -> /dev/null']);
    const names = env.map((line) => line.split('=')[0]);
    assert.deepEqual(names.filter((name) => /KEY|TOKEN|MCP_BRIDGE/.test(name)), []);
    for (const name of ['HOME', 'PATH', 'DISPLAY', 'LC_ALL', 'BROWSER', 'XDG_STATE_HOME']) assert.ok(names.includes(name), name);
  });
});

test('A-048 the address opens again in another tab, and either may finish', async () => {
  await withRealServers({}, async (place) => {
    const host = place.start();
    const opened = host.initialize();
    const url = await place.opener.tab();
    const first = await place.person.visit(url);
    assert.match(first.text, /Log in/);
    assert.match((await place.person.signIn(url)).text, /You are signed in/);
    await opened;
    await host.stop();
    assert.equal(place.opener.count, 1);
  });
});

test('A-064 A-065 a token that nears its end is renewed before it is refused', async () => {
  await withRealServers({ accessTtl: 4 }, async (place) => {
    const host = await place.signedIn();
    const { tokenRequests } = place.as;
    await sleep(1000);
    assert.equal(tokenRequests.length, 1, 'refreshed while it was fresh');
    await sleep(1300);
    for (const end = performance.now() + 4500; performance.now() < end; await sleep(150)) {
      assert.equal(textOf(await call(host, 'whoami')), 'anna');
    }
    assert.equal(place.server.answersOf(401), 1, 'the one before the login');
    assert.ok(tokenRequests.length >= 3, `${tokenRequests}`);
    assert.ok(tokenRequests.slice(1).every((request) => request === 'refresh_token'), `${tokenRequests}`);
    await host.stop();
    assert.equal(place.opener.count, 1);
  });
});

test('A-064 an idle bridge renews nothing', async () => {
  await withRealServers({ accessTtl: 2 }, async (place) => {
    const host = await place.signedIn();
    await sleep(3500);
    assert.deepEqual(place.as.tokenRequests, ['authorization_code']);
    place.as.accessTtl = 3600;
    assert.equal(textOf(await call(host, 'whoami')), 'anna');
    assert.deepEqual(place.as.tokenRequests, ['authorization_code', 'refresh_token']);
    await host.stop();
  });
});

// oidc-provider holds a client to the scope it registered with, so the widening
// takes another registration, in the same tab.
test('A-073 A-074 A-075 A-119 a tool that needs more asks once, for all scopes together', async () => {
  await withRealServers({}, async (place) => {
    const host = await place.signedIn();
    const written = call(host, 'write');
    assert.match((await place.finish(2)).text, /You are signed in/);
    assert.deepEqual(textOf(await written).split(' ').sort(), ['mcp:read', 'mcp:write']);
    assert.equal(textOf(await call(host, 'whoami')), 'anna');
    assert.ok(textOf(await call(host, 'write')));
    await host.stop();
    assert.equal(place.opener.count, 2);
    assert.equal(place.as.hitsOf('register'), 2);
    assert.equal(place.records('grant').length, 1);
  });
});

test('A-077 a declined step-up keeps the old token', async () => {
  await withRealServers({}, async (place) => {
    const host = await place.signedIn();
    const written = call(host, 'write');
    assert.match((await place.finish(2, { deny: true })).text, /Access was not granted/);
    const { error } = await written;
    assert.equal(error?.data?.source, 'mcp-bridge', JSON.stringify(error));
    assert.ok([-31402, -31404].includes(error.code), JSON.stringify(error));
    assert.equal(textOf(await call(host, 'whoami')), 'anna');
    await host.stop();
    assert.equal(place.opener.count, 2);
  });
});

test('A-089 A-116 login, status and logout in a terminal', async () => {
  await withRealServers({}, async (place) => {
    const login = place.run('login');
    await place.finish();
    const done = await login;
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /^Signed in to http/);
    assert.match(done.stderr, /authorization server/i);

    const status = await place.run('status');
    assert.equal(status.code, 0);
    for (const word of ['signed in', place.as.issuer, 'mcp:read', 'good for', place.state]) assert.ok(status.stdout.includes(word), `${word} in ${status.stdout}`);
    const json = JSON.parse((await place.run('status', '--json')).stdout);
    assert.equal(json.servers.length, 1);
    const [{ url, signedIn, renewable, issuer, scope, expiresAt }] = json.servers;
    assert.deepEqual({ url, signedIn, renewable, issuer, scope }, { url: place.url, signedIn: true, renewable: true, issuer: place.as.issuer, scope: 'mcp:read' });
    assert.ok(Math.abs(expiresAt - Date.now() / 1000 - 3600) < 60);
    const [{ token }] = place.records('access');
    for (const { stdout, stderr } of [status, done]) assert.ok(!stdout.includes(token) && !stderr.includes(token));

    const host = place.start();
    await host.initialize();
    const logout = await place.run('logout');
    assert.equal(logout.code, 0, logout.stderr);
    assert.match(logout.stdout, /^Signed out of http/);
    assert.match((await place.run('logout')).stdout, /^Not signed in to http/);
    assert.equal(place.as.hitsOf('revoke'), 2);
    assert.deepEqual([...place.records('access'), ...place.records('grant')], []);
    assert.equal((await place.run('status')).code, 77);
    await host.discard();
    const again = place.start({ args: ['--non-interactive'] });
    const { error } = await again.request('tools/list');
    assert.equal(error.code, -31401);
    await again.discard();
  });
});

test('A-089 logout forgets even where the server cannot be told; --all means all', async () => {
  await withRealServers({}, async (place) => {
    for (const profile of ['default', 'work']) {
      const login = place.run('login', '--profile', profile);
      await place.finish(place.opener.count + 1);
      assert.equal((await login).code, 0);
    }
    assert.equal(place.records('access').length, 2);
    await place.as.close();
    const { code, stdout } = await runBridge(['logout', '--all'], { env: place.env });
    assert.equal(code, 0);
    assert.equal(stdout.match(/Signed out/g).length, 2);
    assert.deepEqual([...place.records('access'), ...place.records('grant')], []);
  });
});

test('A-092 two profiles are two people on one server', async () => {
  await withRealServers({}, async (place) => {
    const anna = await place.signedIn();
    place.person.login = 'bert';
    place.person.cookies.clear();
    const bert = await place.signedIn({ args: ['--profile', 'work'] });
    assert.equal(textOf(await call(anna, 'whoami')), 'anna');
    assert.equal(textOf(await call(bert, 'whoami')), 'bert');
    await anna.stop();
    await bert.stop();
    const { stdout } = await runBridge(['status', '--json'], { env: place.env });
    assert.deepEqual(JSON.parse(stdout).servers.map(({ profile, signedIn }) => [profile, signedIn]).sort(), [['default', true], ['work', true]]);
  });
});

test('A-057 A-114 `login` joins the login a host has started', async () => {
  await withRealServers({}, async (place) => {
    const host = place.start();
    const opened = host.initialize();
    const tab = await place.opener.tab();
    const login = place.run('login');
    await sleep(500);
    await place.person.signIn(tab);
    const { code, stderr } = await login;
    assert.equal(code, 0, stderr);
    assert.ok(stderr.includes(tab), 'the address is shown');
    await opened;
    await host.stop();
    assert.equal(place.opener.count, 1);
  });
});

test('A-116 status tells of a login that waits for its user', async () => {
  await withRealServers({}, async (place) => {
    const host = place.start();
    const opened = host.initialize();
    const tab = await place.opener.tab();
    await until(async () => (await place.run('status')).stdout.includes('waits in the browser'), 'the pending login');
    const { servers: [{ signedIn, loginPendingUntil }] } = JSON.parse((await place.run('status', '--json')).stdout);
    assert.equal(signedIn, false);
    assert.ok(loginPendingUntil > Date.now() / 1000);
    assert.ok(!(await place.run('status')).stdout.includes(tab));
    await place.finish();
    await opened;
    await host.stop();
  });
});

test('A-033 --client-metadata is what a registration says of the client', async () => {
  await withScripted({}, async (place) => {
    let said;
    place.as.on.register = (exchange, request, next) => { said = request.json; next(); };
    const metadata = { client_name: 'Anna’s agent', contacts: ['anna@example.com'], software_id: 'x' };
    const host = place.start({ args: ['--client-metadata', JSON.stringify(metadata)] });
    const opened = host.initialize();
    await place.finish();
    await opened;
    await host.stop();
    const { client_name, contacts, software_id, redirect_uris } = said;
    assert.deepEqual({ client_name, contacts, software_id }, metadata);
    assert.equal(redirect_uris.length, 1);
    assert.ok(!('software_version' in said));
  });
});
