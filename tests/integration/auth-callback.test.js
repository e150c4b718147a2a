// SPDX-License-Identifier: ISC
// The loopback listener as other programs on the machine and pages in the
// browser meet it: whatever they send, the one right answer still gets through.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { exchange } from './lib/browser.js';
import { withScripted } from './lib/signin.js';

/**
 * A login whose user is at the authorization server: `use` has what is needed
 * to forge an answer; afterwards the right one is given, with the headers that
 * `use` returned.
 */
async function withLogin(use) {
  await withScripted({}, async (place) => {
    let location;
    place.as.on.authorize = (http, request, next) => {
      const send = http.send.bind(http);
      http.send = (status, headers) => {
        location = headers.Location;
        send(200, {}, 'waiting');
      };
      next();
    };
    const host = place.start();
    const opened = host.initialize();
    const start = new URL(await place.opener.tab());
    await place.person.visit(start.href);
    const answer = new URL(location);
    const headers = await use({ place, start, answer });
    const page = await place.person.visit(answer.href, { headers });
    assert.match(page.text, /You are signed in/, 'the right answer came through');
    await opened;
    await host.stop();
    assert.equal(place.as.forms.length, 1);
  });
}

const navigate = { 'Sec-Fetch-Mode': 'navigate' };

test('A-052 A-055 requests that are no answer are refused, and the wait goes on', async () => {
  await withLogin(async ({ answer, start }) => {
    const good = `${answer.pathname}${answer.search}`;
    const own = answer.host;
    const { state } = Object.fromEntries(answer.searchParams);
    const table = [
      ['a name that DNS points here', good, { headers: { Host: `evil.example:${answer.port}` } }, 421],
      ['another port in Host', good, { headers: { Host: '127.0.0.1:1' } }, 421],
      ['localhost instead of 127.0.0.1', good, { headers: { Host: `localhost:${answer.port}` } }, 421],
      ['a script of another page', good, { headers: { Origin: 'https://evil.example' } }, 403],
      ['fetch()', good, { headers: { 'Sec-Fetch-Mode': 'cors' } }, 403],
      ['an image', good, { headers: { 'Sec-Fetch-Mode': 'no-cors' } }, 403],
      ['a prefetch', good, { headers: { 'Sec-Purpose': 'prefetch' } }, 403],
      ['POST', good, { method: 'POST', body: 'x' }, 405],
      ['HEAD', good, { method: 'HEAD' }, 405],
      ['a preflight', good, { method: 'OPTIONS', headers: { Origin: 'https://evil.example', 'Access-Control-Request-Private-Network': 'true' } }, 405],
      ['favicon', '/favicon.ico', {}, 404],
      ['the root', '/', {}, 404],
      ['another path', good.replace('/callback', '/callback/x'), {}, 404],
      ['no parameters', answer.pathname, {}, 400],
      ['an error without state', `${answer.pathname}?error=access_denied`, {}, 400],
      ['a code without state', `${answer.pathname}?code=x`, {}, 400],
      ['state twice', `${good}&state=${state}`, {}, 400],
      ['code twice', `${good}&code=other`, {}, 400],
      ['both code and error', `${good}&error=access_denied`, {}, 400],
      ['another state', good.replace(state, `${state.slice(0, -1)}x`), {}, 410],
      ['an error with another state', `${answer.pathname}?error=access_denied&state=${'0'.repeat(32)}`, {}, 410],
      ['a request line of 20 KiB', `${good}&x=${'y'.repeat(20 * 1024)}`, {}, 414],
      ['the start page under a foreign name', start.pathname, { headers: { Host: `evil.example:${answer.port}` } }, 421],
      ['the start page for a script', start.pathname, { headers: { 'Sec-Fetch-Mode': 'cors' } }, 403],
    ];
    for (const [what, path, { headers, ...options }, status] of table) {
      const reply = await exchange(`http://127.0.0.1:${answer.port}${path}`, { ...options, headers: { Host: own, ...navigate, ...headers } });
      assert.equal(reply.status, status, what);
      assert.equal(reply.headers['access-control-allow-origin'], undefined, what);
      assert.equal(reply.headers['cache-control'], 'no-store', what);
      for (const value of answer.searchParams.values()) assert.ok(!reply.text.includes(value), `${what}: reflected`);
    }
  });
});

test('A-052 what browsers add is no hindrance: cookies of 40 KiB, unknown parameters, Origin: null', async () => {
  await withLogin(async ({ place, answer }) => {
    answer.searchParams.set('session_state', 'x'.repeat(2000));
    place.person.cookies.set('other', 'c'.repeat(40 * 1024));
    return { Origin: 'null', 'Sec-Fetch-Site': 'cross-site', Referer: 'https://as.example/' };
  });
});

/** Sends raw bytes; resolves with what came until the end. */
function raw(port, bytes, { host = '127.0.0.1' } = {}) {
  return new Promise((resolve) => {
    const chunks = [];
    const socket = net.connect(port, host, () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

test('A-120 mute sockets, TLS, rubbish and requests in single bytes', async () => {
  await withLogin(async ({ answer, start }) => {
    const { port } = answer;
    const mute = Array.from({ length: 20 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
    await sleep(100);
    const hello = Buffer.from('160301020001000001fc0303', 'hex');
    const from = performance.now();
    assert.equal(await raw(port, hello), '', 'closed, so that the browser falls back to http');
    assert.ok(performance.now() - from < 2000 * timeScale);
    assert.equal(await raw(port, Buffer.from('\x00\xff\xfe\r\n\r\n', 'latin1')), '');

    const request = `GET ${start.pathname} HTTP/1.1\r\nHost: ${start.host}\r\n\r\n`;
    const slow = net.connect(port, '127.0.0.1');
    let reply = '';
    slow.on('data', (chunk) => { reply += chunk; });
    const closed = new Promise((resolve) => slow.once('close', resolve));
    for (const byte of request) {
      slow.write(byte);
      await sleep(1);
    }
    await closed;
    assert.match(reply, /^HTTP\/1\.1 302 /);
    for (const socket of mute) socket.destroy();
  });
});

test('A-050 the listener is on loopback alone, v4 and v6', async () => {
  await withLogin(async ({ answer }) => {
    const port = Number(answer.port).toString(16).toUpperCase().padStart(4, '0');
    const listeners = ['tcp', 'tcp6'].flatMap((file) => execFileSync('cat', [`/proc/net/${file}`], { encoding: 'utf8' })
      .split('\n').map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === '0A' && local.endsWith(`:${port}`))
      .map(([, local]) => local.split(':')[0]));
    assert.ok(listeners.includes('0100007F'), `${listeners}`);
    for (const address of listeners) assert.ok(['0100007F', '00000000000000000000000001000000'].includes(address), address);
  });
});

test('A-056 the page: nothing of the request, nothing loaded, and the door is shut after it', async () => {
  await withScripted({}, async (place) => {
    const host = place.start();
    const opened = host.initialize();
    const page = await place.finish();
    const { headers, text, url } = page;
    const policy = headers['content-security-policy'];
    for (const directive of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]) assert.ok(policy.includes(directive), directive);
    assert.doesNotMatch(policy, /unsafe|script-src|\*/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.match(headers['content-type'], /^text\/html; charset=utf-8$/);
    for (const value of new URL(url).searchParams.values()) assert.ok(!text.includes(value));
    assert.doesNotMatch(text, /<script|https?:|src=|@import|url\(/);
    await opened;
    await assert.rejects(exchange(url, { headers: navigate }), { code: 'ECONNREFUSED' });
    await host.stop();
  });
});

for (const [option, expected] of Object.entries({
  '::1': /^http:\/\/\[::1\]:\d+\/callback$/,
  localhost: /^http:\/\/localhost:\d+\/callback$/,
})) {
  test(`A-050 --callback-host ${option}`, async () => {
    await withScripted({}, async (place) => {
      const host = place.start({ args: ['--callback-host', option] });
      const opened = host.initialize();
      assert.match((await place.finish()).text, /You are signed in/);
      assert.match(place.as.attempts[0].redirect_uri, expected);
      await opened;
      await host.stop();
    });
  });
}

test('A-051 --callback-port and --callback-path are kept to, and a port that is taken is told', async () => {
  const squatter = net.createServer();
  await new Promise((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  const { port } = squatter.address();
  await withScripted({ server: { open: ['initialize', 'notifications/initialized'] } }, async (place) => {
    const args = ['--callback-port', String(port), '--callback-path', '/oauth/return'];
    const host = place.start({ args });
    await host.initialize();
    const { error } = await host.request('tools/list');
    assert.equal(error.data.source, 'mcp-bridge');
    assert.match(error.message, new RegExp(String(port)));
    assert.equal(place.opener.count, 0);
    await new Promise((resolve) => squatter.close(resolve));
    const listed = host.request('tools/list');
    await place.finish();
    assert.ok((await listed).result);
    assert.equal(place.as.attempts[0].redirect_uri, `http://127.0.0.1:${port}/oauth/return`);
    await host.stop();
  });
});

test('A-051 A-036 the port of a registration that somebody else holds: another one is registered', async () => {
  await withScripted({}, async (place) => {
    await (await place.signedIn()).stop();
    const { port } = new URL(place.as.attempts[0].redirect_uri);
    const squatter = net.createServer();
    await new Promise((resolve) => squatter.listen(Number(port), '127.0.0.1', resolve));
    place.as.access.clear();
    place.as.refresh.clear();
    const host = place.start();
    const opened = host.initialize();
    assert.match((await place.finish(2)).text, /You are signed in/);
    await opened;
    await host.stop();
    assert.notEqual(new URL(place.as.attempts[1].redirect_uri).port, port);
    assert.equal(place.as.hitsOf('register'), 2);
    await new Promise((resolve) => squatter.close(resolve));
  });
});

test('A-046 A-056 --success-url: after a sign-in that succeeded, and no other, the browser goes there with nothing of ours', async () => {
  const seen = [];
  const site = http.createServer((request, response) => {
    seen.push({ url: request.url, referer: request.headers.referer });
    response.end('welcome');
  });
  await new Promise((resolve) => { site.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${site.address().port}/done?from=bridge`;
  try {
    await withScripted({}, async (place) => {
      const denied = place.start({ args: ['--success-url', url] });
      place.as.on.authorize = (request, { query }) => {
        const back = new URL(query.redirect_uri);
        back.search = new URLSearchParams({ error: 'access_denied', state: query.state, iss: place.as.issuer });
        request.send(302, { Location: back.href });
      };
      denied.initialize().catch(() => {});
      assert.match((await place.finish(1)).text, /Access was not granted/);
      assert.deepEqual(seen, []);
      await denied.stop();
    });
    await withScripted({}, async (place) => {
      const host = place.start({ args: ['--success-url', url] });
      const opened = host.initialize();
      assert.equal((await place.finish(1)).text, 'welcome');
      await opened;
      await host.stop();
      assert.deepEqual(seen.map(({ url: path }) => path), ['/done?from=bridge']);
    });
  } finally {
    site.close();
  }
});
