// SPDX-License-Identifier: ISC
// Tools while the server is not there: the last list, or a tool to sign in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withRealServers } from './lib/signin.js';

const names = ({ result }) => result.tools.map(({ name }) => name);

async function listTools(host) {
  return names(await host.request('tools/list'));
}

test('first use, signed out: a tool of the bridge signs in, and goes when that is done', async () => {
  await withRealServers({}, async (place) => {
    const host = place.start({ args: ['--hold-timeout', '1'] });
    await host.initialize();
    assert.deepEqual(await listTools(host), ['sign_in']);

    const { result } = await host.request('tools/call', { name: 'sign_in', arguments: {} });
    const [address] = result.content[0].text.match(/http:\/\/127\.0\.0\.1:\d+\/\S+/);
    assert.equal(address, await place.opener.tab(1));

    const changed = host.waitForMethod('notifications/tools/list_changed');
    await place.finish();
    await changed;
    assert.deepEqual((await listTools(host)).sort(), ['whoami', 'write']);
    const again = await host.request('tools/call', { name: 'sign_in', arguments: {} });
    assert.ok(again.error || again.result.isError, 'the tool is still there');
  });
});

test('first use, signed out, --no-sign-in-tool: a plain error', async () => {
  await withRealServers({}, async (place) => {
    const host = place.start({ args: ['--hold-timeout', '1', '--no-sign-in-tool'] });
    await host.initialize();
    assert.equal((await host.request('tools/list')).error.code, -31407);
  });
});

test('a known server, signed out: handshake and tools come from memory, at once', async () => {
  await withRealServers({}, async (place) => {
    const first = await place.signedIn();
    assert.deepEqual((await listTools(first)).sort(), ['whoami', 'write']);
    await first.stop();
    await place.run('logout');

    const host = place.start();
    const before = performance.now();
    await host.initialize();
    assert.deepEqual((await listTools(host)).sort(), ['whoami', 'write']);
    assert.ok(performance.now() - before < 1000, 'it was not at once');
    const changed = host.waitForMethod('notifications/tools/list_changed');
    await place.finish(2);
    await changed;
    assert.equal((await host.request('tools/call', { name: 'whoami', arguments: {} })).error, undefined);
  });
});

test('a known server, signed out, --no-cached-handshake: the host waits for the server', async () => {
  await withRealServers({}, async (place) => {
    const first = await place.signedIn();
    await listTools(first);
    await first.stop();
    await place.run('logout');

    const host = place.start({ args: ['--no-cached-handshake'] });
    const opened = host.initialize();
    await place.finish(2);
    await opened;
    assert.deepEqual((await listTools(host)).sort(), ['whoami', 'write']);
  });
});
