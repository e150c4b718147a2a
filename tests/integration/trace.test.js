// SPDX-License-Identifier: ISC
// --trace and `mcp-bridge trace`: everything that happened is there to be seen,
// nothing that was secret, and never more than fits.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchDir } from './lib/bridge.js';
import { textOf } from './lib/expect.js';
import { Host, runBridge, withHost } from './lib/host.js';
import { legacyServer, rpc } from './lib/scripted.js';
import { Secrets } from './lib/secrets.js';
import { behind, gate, offersDevice } from './lib/scripted-as.js';
import { until, userFile, withRealServers, withScripted } from './lib/signin.js';
import { Terminal } from './lib/terminal.js';
import { DpopGuard } from './servers/possession.js';

const traceFile = () => join(scratchDir(), 'trace');
const parse = (text) => (text === '' ? [] : text.trimEnd().split('\n').map((line) => JSON.parse(line)));

/** The events of a trace; whatever is cut or mixed does not parse. */
const eventsOf = (file) => [`${file}.1`, file].filter((path) => existsSync(path)).flatMap((path) => parse(readFileSync(path, 'utf8')));

/** What `mcp-bridge trace` prints, and the page it writes. */
async function show(file) {
  const page = join(scratchDir(), 'trace.html');
  const { code, stdout, stderr } = await runBridge(['trace', file], { env: { LANG: 'C' } });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  const written = await runBridge(['trace', '--html', page, file]);
  assert.equal(written.code, 0, written.stderr);
  assert.equal(statSync(page).mode & 0o777, 0o600);
  return { text: stdout, html: readFileSync(page, 'utf8') };
}

/** A line of a trace. */
const note = (text, more = {}) => JSON.stringify({ time: '2026-01-01T00:00:00.000000Z', us: 1, pid: 1, kind: 'note', level: 'info', module: 'm', text, ...more });

/** Each pattern is found, one behind the other. */
function assertTold(text, ...patterns) {
  let rest = text;
  for (const pattern of patterns) {
    const found = pattern.exec(rest);
    assert.ok(found, `${pattern} is missing in\n${text}`);
    rest = rest.slice(found.index + found[0].length);
  }
}

async function withServer(options, use, hostOptions = {}) {
  const server = await legacyServer(options);
  const file = traceFile();
  try {
    await withHost({ url: server.url, ...hostOptions, args: ['--trace', file, ...hostOptions.args ?? []] }, (host) => use(host, server, file));
    return await show(file);
  } finally {
    await server.close();
  }
}

const call = (host, args = {}, more = {}) => host.request('tools/call', { name: 'echo', arguments: args, ...more });

// -- what is to be seen -------------------------------------------------------

test('a call: both messages, both answers, the exchange, how long each took', async () => {
  let file;
  const { text, html } = await withServer({}, async (host, server, trace) => {
    file = trace;
    await host.initialize();
    assert.equal(textOf(await call(host, { a: 1 })), '{"a":1}');
  });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assertTold(text, /^bridge \d+\.\d+\.\d+, process \d+, http:\/\/127\.0\.0\.1:\d+\/mcp, \d{4}-\d\d-\d\dT[\d:]+ UTC\n/,
    /host +bridge +server\n/,
    /\d\.\d{3}  \|------->\| +\| +initialize #init, \d+ B\n/,
    /\| +\|------->\|  initialize #init/, /\| +\|<-------\|  200 to POST \/mcp, application\/json, [\d.]+ ms\n/,
    /\| +\|<-------\|  result of initialize #init, [\d.]+ ms, \d+ B\n/, /\| +\* +\|  session: open, protocol 2025-11-25\n/,
    /\|<-------\| +\|  result of initialize #init/,
    /\|------->\| +\|  tools\/call echo #1, \d+ B\n/, /\|------->\|  tools\/call echo #1/, /\|<-------\|  200 to POST/,
    /\|<-------\|  result of tools\/call echo #1/, /\|<-------\| +\|  result of tools\/call echo #1, [\d.]+ ms/,
    /DELETE \/mcp/, /the process ends, \d+\n$/);
  assertTold(html, /default-src 'none'; style-src 'unsafe-inline'/, /<summary>initialize #init/, /&quot;protocolVersion&quot;/,
    /<summary>tools\/call echo #1/, /&quot;arguments&quot;:\{&quot;a&quot;:1\}/);
  assert.doesNotMatch(html, /<script|https?:\/\/(?!127\.0\.0\.1)|src=|href=/);
  const events = eventsOf(file);
  assert.ok(events.every((event) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(event.time) && event.us > 0 && event.pid > 0));
  const [first] = events.filter(({ kind, to, method }) => kind === 'message' && to === 'server' && method === 'tools/call');
  assert.deepEqual(first.body.params, { name: 'echo', arguments: { a: 1 } });
});

test('a call with progress: each notification on its way', async () => {
  const { text } = await withServer({ on: {
    'tools/call': async (exchange, { json }) => {
      const stream = exchange.sse();
      for (const progress of [1, 2]) {
        stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress, total: 2, message: `step ${progress}` } }, { id: `e${progress}` });
      }
      stream.send(rpc.ok(json.id, { content: [{ type: 'text', text: 'done' }] }), { id: 'e3' });
      stream.end();
    },
  } }, async (host) => {
    await host.initialize();
    assert.equal(textOf(await call(host, {}, { _meta: { progressToken: 'p' } })), 'done');
  });
  assertTold(text, /tools\/call echo #1/, /200 to POST \/mcp, text\/event-stream/,
    /\|<-------\|  notifications\/progress, 1 of 2, step 1, \d+ B, event e1\n/, /\|<-------\| +\|  notifications\/progress, 1 of 2, step 1/,
    /\|<-------\|  notifications\/progress, 2 of 2, step 2, \d+ B, event e2\n/,
    /\|<-------\|  result of tools\/call echo #1, [\d.]+ ms, \d+ B, event e3\n/, /\|<-------\| +\|  result of tools\/call/);
});

test('T-032 a resumed stream: where it broke, and from which event it went on', async () => {
  let id;
  const { text } = await withServer({ on: {
    GET: (exchange, { headers }) => {
      if (!headers['last-event-id']) return exchange.send(405);
      const stream = exchange.sse();
      stream.send(rpc.ok(id, { content: [{ type: 'text', text: 'resumed' }] }), { id: 'e2' });
      return stream.end();
    },
    'tools/call': (exchange, { json }) => {
      id = json.id;
      const stream = exchange.sse();
      stream.raw('id: e1\nretry: 20\ndata: \n\n');
      stream.end();
    },
  } }, async (host) => {
    await host.initialize();
    assert.equal(textOf(await call(host)), 'resumed');
  });
  assertTold(text, /tools\/call echo #1/, /200 to POST \/mcp, text\/event-stream/, /exchange: the stream broke before the answer\n/,
    /stream: next try in \d+ ms\n/, /GET \/mcp, from event e1 on\n/, /200 to GET \/mcp, text\/event-stream/,
    /stream: resumed after event e1\n/, /result of tools\/call echo #1, [\d.]+ ms, \d+ B, event e2\n/);
});

test('T-035 a session the server has lost: the 404, the new session, the call again', async () => {
  const { text } = await withServer({}, async (host, server) => {
    await host.initialize();
    server.state.session = 'session-2';
    assert.ok((await call(host)).result);
  });
  assertTold(text, /tools\/call echo #1/, /404 to POST \/mcp/, /session: lost by the server; opening another\n/,
    /initialize #mcp-bridge-/, /result of initialize #mcp-bridge-/, /notifications\/initialized/, /tools\/call echo #1/,
    /200 to POST/, /result of tools\/call echo #1/);
});

test('a lost server: how far each exchange came, and what the host was told', async () => {
  const { text, html } = await withServer({}, async (host, server) => {
    await host.initialize();
    await server.close();
    assert.ok((await call(host)).error);
  });
  assertTold(text, /tools\/call echo #1/, /POST \/mcp failed: .+ \(net\.unreachable\), [\d.]+ ms\n/, /relay: request failed/,
    /\|<-------\| +\|  error of tools\/call echo #1, [\d.]+ ms, -\d+, /);
  assert.match(html, /class="l bad">/);
});

// -- what is not to be seen ---------------------------------------------------

async function assertNoSecretIn(secrets, file) {
  const { text, html } = await show(file);
  secrets.assertNoneIn(readFileSync(file, 'utf8'), 'the trace');
  secrets.assertNoneIn(text, 'the sequence');
  secrets.assertNoneIn(html, 'the page');
  return text;
}

test('A-111 a sign-in, a renewal, a step-up, a re-login and a logout are told without a secret', async () => {
  const secrets = new Secrets();
  for (const name of ['cookie of the server', 'query of the authorization endpoint', 'argument of a tool', 'header of the user']) secrets.plant(name);
  const told = secrets.all.get('header of the user');
  await withScripted({
    as: { mint: secrets.mint, metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] } },
    server: {
      scopes: { 'resources/read': 'write' },
      on: {
        initialize: (exchange, request, next) => {
          const send = exchange.send.bind(exchange);
          exchange.send = (status, headers, body) => send(status, { ...headers, 'Set-Cookie': `sid=${secrets.all.get('cookie of the server')}` }, body);
          next();
        },
        // A server that says in clear what it was told.
        'tools/call': (exchange, { json, headers }) => exchange.json(rpc.ok(json.id, {
          content: [{ type: 'text', text: `${headers.authorization} ${headers['x-key']} ${headers.cookie} ${headers['mcp-session-id']}` }],
          structuredContent: { key: headers['x-key'], url: `https://a.example/?code=${told}` },
        })),
      },
    },
  }, async (place) => {
    const { as } = place;
    place.server.state.session = secrets.plant('session');
    as.metadata.authorization_endpoint = `${as.issuer}/authorize?tenant=${secrets.all.get('query of the authorization endpoint')}`;
    as.extra = { id_token: secrets.plant('id token') };
    secrets.learnFrom(as);
    const file = traceFile();
    const client = ['--client-id', 'known', '--client-secret-file', userFile(secrets.plant('client secret'))];
    const host = place.start({ args: ['--trace', file, '--header', `X-Key: ${told}`, ...client] });
    const opened = host.initialize();
    secrets.learn('start page', new URL(await place.opener.tab()).pathname.slice(1));
    await place.finish();
    await opened;
    const shout = () => call(host, { text: 'hello', password: secrets.all.get('argument of a tool') });
    assert.ok(textOf(await shout()).includes(told));
    as.access.clear();
    assert.ok((await shout()).result);
    const more = host.request('resources/read', { uri: 'test://a' });
    await place.finish(2);
    assert.ok((await more).result);
    for (const tokens of [as.access, as.refresh]) tokens.clear(); // the session has ended
    const again = shout();
    await place.finish(3);
    assert.ok((await again).result);
    await host.stop();
    const out = await place.run('logout', '--trace', file, ...client);
    assert.equal(out.code, 0, out.stderr);
    assert.equal(as.revoked.length, 2);

    assert.ok(secrets.all.size >= 18, `${secrets.all.size} secrets`);
    const text = await assertNoSecretIn(secrets, file);
    assertTold(text, /401 to POST \/mcp, .*Bearer resource_metadata=/, /a sign-in process starts/, /auth: Asking the server where its users sign in/,
      /GET \/\.well-known\/oauth-protected-resource\/mcp\n/, /auth: Asking the authorization server how/,
      /\|---------------->\|  GET http:\/\/127\.0\.0\.1:\d+\/\.well-known\/oauth-authorization-server\n/, /auth: Opening the browser/,
      /auth: the browser is open; waiting for the user/, /auth: Finishing the sign-in/,
      /\|---------------->\|  POST http:\/\/127\.0\.0\.1:\d+\/token\n/, /\|<----------------\|  200 to POST/, /auth: there is a token/,
      /result of initialize #init/, /401 to POST/, /auth: Renewing the session/, /auth: there is a token/, /result of tools\/call/,
      /403 to POST \/mcp/, /auth: the server wants more permission/, /auth: there is a token/, /result of resources\/read test:\/\/a/,
      /tools\/call echo #4/, /401 to POST/, /auth: Renewing the session/, /400 to POST/, /refresh: the session has ended/, /auth: Opening the browser/,
      /auth: there is a token/, /result of tools\/call echo #4/,
      /logout \d/, /POST http:\/\/127\.0\.0\.1:\d+\/revoke/);
    assert.match(text, /the sign-in process ends/);
    assert.ok(eventsOf(file).some(({ kind, role }) => kind === 'start' && role === 'authorizer'));
  });
});

test('A-111 tokens bound by DPoP: neither they, nor keys, nor proofs', async () => {
  const secrets = new Secrets();
  await withRealServers({ features: { dPoP: { enabled: true } }, server: { guard: new DpopGuard(), metadata: { dpop_bound_access_tokens_required: true } } }, async (place) => {
    const file = traceFile();
    const host = await place.signedIn({ args: ['--trace', file] });
    assert.equal(textOf(await host.request('tools/call', { name: 'whoami', arguments: {} })), 'anna');
    const strings = (value) => (typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(strings));
    for (const kind of ['access', 'grant', 'registration']) {
      for (const record of place.records(kind)) {
        for (const [name, value] of Object.entries(record)) {
          if (/token|key|secret|refresh/.test(name)) for (const text of strings(value)) if (text.length > 12 && !/^https?:/.test(text)) secrets.learn(`${kind} ${name}`, text);
        }
      }
    }
    await host.stop();
    assert.ok(secrets.all.size >= 3, [...secrets.all.keys()].join());
    await assertNoSecretIn(secrets, file);
    assert.doesNotMatch(readFileSync(file, 'utf8'), /eyJ/, 'a proof, or a token');
    assert.ok(eventsOf(file).some(({ authorization }) => authorization === 'DPoP'));
  });
});

test('A-111 a code for another device', async () => {
  const secrets = new Secrets();
  const user = 'KQXW-ZMBT';
  secrets.learn('user code', user);
  await withScripted({ as: { mint: secrets.mint } }, async (place) => {
    place.as.metadata = offersDevice(place.as);
    place.as.deviceAnswer = { user_code: user, verification_uri_complete: `${place.as.issuer}/enter?user_code=${user}` };
    const file = traceFile();
    const host = place.start({ args: ['--trace', file], env: { BROWSER: '', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' } });
    // Until the code is entered, the host has it in an error.
    const held = gate();
    place.as.on.token = behind(held);
    await host.initialize();
    const { error } = await call(host);
    assert.ok(JSON.stringify(error).includes(user), JSON.stringify(error));
    held.open();
    await until(async () => (await call(host)).result, 'the end of the sign-in');
    await host.stop();
    assertTold(await assertNoSecretIn(secrets, file), /auth: Asking for a code to sign in with/, /error of tools\/call echo/, /auth: there is a token/);
  });
});

test('A-111 an Authorization header, the query of a URL, a password of a proxy', async () => {
  const secrets = new Secrets();
  const [key, query, password] = ['key', 'query', 'password'].map((name) => secrets.plant(name));
  const file = traceFile();
  const server = await legacyServer({ on: {
    'tools/call': (exchange, { json, headers, path }) => exchange.json(rpc.ok(json.id, { content: [{ type: 'text', text: `${headers.authorization} ${path}` }] })),
  } });
  try {
    await withHost({ url: `${server.url}?key=${query}`, args: ['--trace', file, '--header', `Authorization: Basic ${key}`] }, async (host) => {
      await host.initialize();
      assert.ok(textOf(await call(host)).includes(query));
    });
    await withHost({ url: 'https://mcp.invalid/mcp', args: ['--trace', file, '--proxy', `http://user:${password}@127.0.0.1:1`, '--no-auth'] }, async (host) => {
      assert.ok((await host.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } })).error);
    });
  } finally {
    await server.close();
  }
  const text = await assertNoSecretIn(secrets, file);
  assertTold(text, /failed: .*\(net\.unreachable\)/);
  const events = eventsOf(file);
  assert.ok(events.some(({ authorization }) => authorization === 'Basic'));
  assert.ok(events.some(({ proxy }) => proxy === 'yes'));
});

// -- bounds and ends ----------------------------------------------------------

test('after 100 MB of traffic a trace still is within 8 MiB, and whole', async () => {
  const file = traceFile();
  const [size, count] = [100_000, 500];
  const texts = Array.from({ length: 100 }, (_, i) => String(i).padEnd(size / 100 - 3, '.'));
  const server = await legacyServer();
  let bytes = 0;
  try {
    await withHost({ url: server.url, args: ['--trace', file] }, async (host) => {
      await host.initialize();
      for (let done = 0; done < count; done += 20) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => call(host, { texts })));
        bytes += 20 * size + answers.reduce((sum, { line }) => sum + line.length, 0);
      }
    });
  } finally {
    await server.close();
  }
  assert.ok(bytes >= 100e6, `${bytes} bytes`);
  const [now, before] = [statSync(file).size, statSync(`${file}.1`).size];
  assert.ok(now <= 4 * 1024 * 1024 && before <= 4 * 1024 * 1024, `${now} and ${before} bytes`);
  assert.ok(before > 3.9 * 1024 * 1024, `${before} bytes`);
  const events = eventsOf(file);
  assert.ok(events.slice(1).every(({ us }, i) => us >= events[i].us), 'FILE.1 comes before FILE');
  assert.equal(events.at(-1).kind, 'stop');
});

test('a disk that is full ends the trace with one warning, and nothing else', async () => {
  const server = await legacyServer();
  const file = traceFile();
  try {
    await withHost({ url: server.url, args: ['--trace', file], wrap: ['sh', '-c', 'ulimit -f 8; exec "$@"', 'sh'] }, async (host) => {
      await host.initialize();
      for (let i = 0; i < 40; i += 1) assert.ok((await call(host)).result);
      assert.deepEqual(host.stderr.match(/trace: .*/g), ['trace: ends here: File too large']);
    });
  } finally {
    await server.close();
  }
  assert.ok(statSync(file).size <= 8 * 1024);
});

test('a file that is none of ours is not touched', async () => {
  const file = traceFile();
  writeFileSync(file, 'dear diary\n');
  const { code, stderr } = await runBridge(['--trace', file, 'http://127.0.0.1:1/mcp']);
  assert.equal(code, 78);
  assert.match(stderr, /holds something else than a trace/);
  assert.equal(readFileSync(file, 'utf8'), 'dear diary\n');
});

test('a confined bridge makes room, too', { skip: !/^sandbox: Landlock/m.test((await runBridge(['--version'])).stdout) && 'this kernel has no Landlock' }, async () => {
  const server = await legacyServer();
  const file = traceFile();
  writeFileSync(file, `${note('x'.repeat(4 * 1024 * 1024 - 70_000))}\n`);
  try {
    await withHost({ url: server.url, args: ['--sandbox', '--trace', file] }, async (host) => {
      await host.initialize();
      for (let i = 0; i < 10; i += 1) assert.ok((await call(host)).result);
      assert.equal(host.stderr, '');
    });
  } finally {
    await server.close();
  }
  assert.ok(statSync(`${file}.1`).size > 4_000_000);
  assert.equal(eventsOf(file).at(-1).kind, 'stop');
});

test('two bridges share a file: who speaks is told', async () => {
  const server = await legacyServer();
  const file = traceFile();
  const start = () => new Host({ url: server.url, args: ['--trace', file] });
  try {
    const [a, b] = [start(), start()];
    await Promise.all([a.initialize(), b.initialize()]);
    for (const host of [a, b, a]) assert.ok((await call(host)).result);
    await a.stop();
    await b.stop();
    const { text } = await show(file);
    assertTold(text, new RegExp(`process ${b.pid}:\\n[^]*?tools/call echo #1`), new RegExp(`process ${a.pid}:\\n.*tools/call echo #2`));
  } finally {
    await server.close();
  }
});

// -- the command --------------------------------------------------------------

test('A-107 a trace made by somebody else: bad lines are named, nothing is obeyed', async () => {
  const file = traceFile();
  writeFileSync(file, [
    note('\u001b]0;owned\u0007<script>alert(1)</script>\u202e'), 'not JSON', '{"us":1,"kind":"surprise"}', '{"kind":"note"}',
    note('"><img src=x>', { module: '<b>' }), '{"us":3,"pid":1,"kind":"message","from":"<x>","to":"host","type":"request","id":"<i>","method":"<m>","body":{"<k>":"</pre><script>"}}',
    ...Array.from({ length: 20 }, () => '[]'), note('the end'),
  ].join('\n'));
  const { code, stdout, stderr } = await runBridge(['trace', file]);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  assert.match(stdout, /\\x1b]0;owned\\x07<script>/);
  assert.match(stdout, /m: the end\n$/);
  assert.match(stderr, /trace:2: no JSON object\n.*trace:3: of an unknown kind\n.*trace:4: no line of a trace\n/);
  assert.match(stderr, /13 more lines are passed over\n$/);
  const page = `${file}.html`;
  assert.equal((await runBridge(['trace', '--html', page, file])).code, 0);
  assert.doesNotMatch(readFileSync(page, 'utf8'), /<script|<img|<b>|<k>|<x>/);
});

test('a terminal has colour and an edge; NO_COLOR, pipes and ASCII are respected', async () => {
  const file = traceFile();
  writeFileSync(file, `${note('x'.repeat(200), { level: 'warn' })}\n`);
  const run = async (env, term) => {
    const terminal = new Terminal(['trace', file], env, { term, columns: 60 });
    assert.equal(await terminal.end(), 0);
    return terminal.screen.trimEnd();
  };
  const coloured = await run({ LANG: 'C.UTF-8' }, 'xterm');
  assert.match(coloured, /\u001b\[33mm: x+\u001b\[0m/);
  assert.match(coloured, /\u2502.*\u2022/);
  const plain = await run({ LANG: 'C.UTF-8', NO_COLOR: '1' }, 'xterm');
  assert.doesNotMatch(plain, /\u001b/);
  assert.equal([...plain].length, 60);
  const { stdout } = await runBridge(['trace', file], { env: { LANG: 'C' } });
  assert.match(stdout, /^ +0\.000  \| +\* +\|  m: x{200}\n$/);
});

test('no file, one that is not there, one that is no trace: a word and the status', async () => {
  const empty = traceFile();
  writeFileSync(empty, '');
  for (const [args, status, text] of [
    [[], 64, /no file is given/], [['a', 'b'], 64, /more than one file/], [['/nowhere/trace'], 78, /Cannot read \/nowhere\/trace: No such file/],
    [[scratchDir()], 78, /Cannot read .*: Is a directory/], [[empty], 78, /There is no trace in/], [['--json', empty], 64, /--json is no option of "mcp-bridge trace"/],
  ]) {
    const { code, stderr, stdout } = await runBridge(['trace', ...args]);
    assert.deepEqual([code, stdout], [status, ''], stderr);
    assert.match(stderr, text);
  }
  appendFileSync(empty, `${note('now')}\n`);
  assert.equal((await runBridge(['trace', empty])).code, 0);
});
