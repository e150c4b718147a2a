// SPDX-License-Identifier: ISC
// mcp-bridge doctor: a table of set-ups that do not work, each made of real
// parts, and the check that must name the cause and the remedy. Then what is
// not a failure, and the forms of the report.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authorities, openssl } from './lib/authority.js';
import { scratchDir } from './lib/bridge.js';
import { runBridge } from './lib/host.js';
import { rawServer } from './lib/rawserver.js';
import { legacyServer, modernServer, rpc, sseServer } from './lib/scripted.js';
import { everythingServer, freePort } from './lib/servers.js';
import { outlive, shortLife, until, withRealServers, withScripted } from './lib/signin.js';

const authorities = new Authorities();
const at = (name) => authorities.at(name);
const trusted = () => ['--ca-file', at('ca.pem')];

/** A CA whose time is over; with `ca`, an intermediate one. */
function expiredAuthority(name, ca) {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`));
  writeFileSync(at(`${name}.ext`), 'basicConstraints=critical,CA:TRUE\n');
  const signer = ca ? ['-CA', at(`${ca}.pem`), '-CAkey', at(`${ca}.key`), '-CAcreateserial'] : ['-signkey', at(`${name}.key`)];
  openssl('x509', '-req', '-in', at(`${name}.csr`), ...signer, '-days', '-1', '-extfile', at(`${name}.ext`), '-out', at(`${name}.pem`));
}

/** A certificate whose time has not come. */
function futureCertificate(name) {
  authorities.certificate(name);
  const config = at('ca.cnf');
  writeFileSync(at('index.txt'), '');
  writeFileSync(config, `[ca]\ndefault_ca=d\n[d]\ndatabase=${at('index.txt')}\nnew_certs_dir=${authorities.dir}\nrand_serial=yes\n`
    + `default_md=sha256\npolicy=p\ncertificate=${at('ca.pem')}\nprivate_key=${at('ca.key')}\nx509_extensions=e\n[p]\ncommonName=supplied\n`
    + '[e]\nsubjectAltName=IP:127.0.0.1\n');
  openssl('ca', '-batch', '-notext', '-config', config, '-in', at(`${name}.csr`), '-startdate', '20980101000000Z', '-enddate', '20990101000000Z', '-out', at(`${name}.pem`));
}

before(() => {
  authorities.authority('ca');
  authorities.authority('stranger');
  authorities.certificate('leaf');
  authorities.certificate('expired', { days: '-1' });
  authorities.certificate('unknown', { ca: 'stranger' });
  authorities.certificate('elsewhere', { san: 'DNS:elsewhere.example' });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=alone',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', at('alone.key'), '-out', at('alone.pem'));
  expiredAuthority('oldroot');
  authorities.certificate('underold', { ca: 'oldroot' });
  expiredAuthority('oldmiddle', 'ca');
  authorities.certificate('undermiddle', { ca: 'oldmiddle' });
  futureCertificate('future');
});

/** Runs doctor: { code, report, checks by id, text }. */
async function examine(url, { args = [], env = {} } = {}) {
  const { code, stdout, stderr } = await runBridge(['doctor', '--json', ...args, url], { env });
  assert.equal(stderr.includes('AddressSanitizer'), false, stderr);
  const report = JSON.parse(stdout);
  assert.equal(report.exitStatus, code);
  return { code, report, text: stdout, checks: Object.fromEntries(report.checks.map((check) => [check.id, check])) };
}

/** The check `id` failed, first of all, for this reason and with this remedy. */
function assertCause({ code, report, checks }, { id, finding, remedy, kind, exit }) {
  const shown = JSON.stringify(report.checks.filter(({ status }) => status !== 'ok' && status !== 'skipped'), null, 1);
  const first = report.checks.find(({ status }) => status === 'failed');
  assert.equal(first?.id, id, shown);
  assert.match(checks[id].finding, finding);
  assert.match(checks[id].remedy, remedy);
  if (kind) assert.equal(checks[id].kind, kind);
  assert.equal(code, exit);
  assert.equal(report.result, 'failed');
  assert.equal(shown.includes(secret), false);
}

const withServer = (make, use) => async () => {
  const server = await make();
  try {
    return await use(server);
  } finally {
    await server.close();
  }
};

/** What one set-up is: a server, the URL and options it is examined with. */
const secure = (tls, args = trusted) => withServer(() => legacyServer({ tls: tls() }), (s) => examine(s.url, { args: args() }));
const pair = (name) => () => authorities.pair(name);
const chain = (name, ...more) => () => ({
  ...authorities.pair(name), cert: [name, ...more].map((one) => readFileSync(at(`${one}.pem`))).join(''),
});
const answering = (status, headers, body) => withServer(
  () => rawServer((exchange) => exchange.send(status, headers, body)), (s) => examine(s.url),
);
const scripted = (options, { args } = {}) => () => withScripted(options, (place) => examine(place.url, { args, env: place.env }));

/** The same after a sign-in, and after what `change` does then. */
const signedIn = (options, change, { args, profile = [] } = {}) => () => withScripted(options, async (place) => {
  const login = place.run('login', ...profile);
  await place.finish();
  assert.equal((await login).code, 0);
  await change?.(place);
  const chosen = (typeof args === 'function' ? args(place) : args) ?? [];
  return examine(place.url, { args: [...profile, ...chosen], env: place.env });
});

async function withTinyproxy(lines, use) {
  const port = await freePort();
  const config = join(scratchDir(), 'tinyproxy.conf');
  writeFileSync(config, `Port ${port}\nListen 127.0.0.1\nTimeout 60\nLogLevel Connect\nMaxClients 20\n${lines}`);
  const child = spawn('tinyproxy', ['-d', '-c', config], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('close', resolve));
  try {
    await listening(port);
    return await use(port);
  } finally {
    child.kill();
    await gone;
  }
}

const listening = (port) => until(() => new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
  socket.on('error', () => resolve(false));
}), `somebody at port ${port}`);

/** nginx as distributions set it up, before a server. */
async function withNginx(target, use) {
  const port = await freePort();
  const dir = scratchDir();
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${dir}/${one};`).join(' ');
  writeFileSync(join(dir, 'nginx.conf'), `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log;\nevents {}\n`
    + `http { access_log off; ${temps} server { listen 127.0.0.1:${port};\nlocation / { proxy_pass ${target}; proxy_http_version 1.1; } } }\n`);
  const child = spawn('/usr/sbin/nginx', ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('close', resolve));
  try {
    await listening(port);
    return await use(`http://127.0.0.1:${port}/mcp`);
  } finally {
    child.kill();
    await gone;
  }
}

const jwt = (claims) => ['{"alg":"none"}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');
let counted = 0;
const mintFor = (aud) => (kind) => (kind === 'access' ? jwt({ aud, iss: 'https://id.example', jti: counted += 1 }) : `${kind}-${counted += 1}`);

/** A proxy that hands on the first piece of a response and keeps the rest until its end. */
async function withHoarder(target, use) {
  const proxy = http.createServer((incoming, outgoing) => {
    const onward = http.request(`${target}${incoming.url}`, { method: incoming.method, headers: incoming.headers }, (response) => {
      const kept = [];
      outgoing.writeHead(response.statusCode, response.headers);
      response.once('data', (first) => {
        outgoing.write(first);
        response.on('data', (piece) => kept.push(piece));
      });
      response.on('end', () => outgoing.end(Buffer.concat(kept)));
    });
    outgoing.on('close', () => onward.destroy());
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${proxy.address().port}`);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
}

/** Nobody listens there. */
const nobody = '127.0.0.1:1';

const somewhere = 'https://mcp.example.invalid:8443/mcp';
const secret = 'hunter2secret';

const broken = [
  // HTTP+SSE
  { name: 'a proxy that lets the first event through and keeps the others', id: 'buffering', finding: /first event comes through.*no request is answered/, remedy: /proxy_buffering off/, exit: 75,
    run: withServer(sseServer, (s) => withHoarder(s.origin, (url) => examine(`${url}/sse`))) },
  { name: 'an endpoint of another origin', id: 'protocol', finding: /endpoint of another origin/, remedy: /operator/, exit: 76,
    run: withServer(() => sseServer({ open: (stream) => stream.send('https://evil.example/message', { event: 'endpoint' }) }), (s) => examine(s.sseUrl)) },
  { name: 'an endpoint that takes no messages', id: 'protocol', finding: /initialize is refused \(HTTP 404\)/, remedy: /operator/, exit: 69,
    run: withServer(() => sseServer({ post: (exchange) => exchange.send(404) }), (s) => examine(s.sseUrl)) },
  // This computer
  { name: 'a store that others can read', id: 'store', finding: /open to other users/, remedy: /chmod -R go-rwx/, exit: 74,
    run: withServer(legacyServer, (s) => {
      const state = scratchDir();
      mkdirSync(join(state, 'mcp-bridge'), { mode: 0o755 });
      return examine(s.url, { env: { XDG_STATE_HOME: state, HOME: state } });
    }) },
  { name: 'a store that cannot be written', id: 'store', finding: /Cannot create/, remedy: /XDG_STATE_HOME/, exit: 74,
    run: withServer(legacyServer, (s) => examine(s.url, { env: { XDG_STATE_HOME: '/sys/kernel', HOME: '/sys/kernel' } })) },
  { name: 'a callback port that is taken', id: 'redirect', finding: /port|taken/i, remedy: /--callback-port/, exit: 75,
    run: () => withScripted({}, async (place) => {
      const holder = net.createServer();
      await new Promise((resolve) => holder.listen(0, '127.0.0.1', resolve));
      try {
        return await examine(place.url, { args: ['--callback-port', String(holder.address().port)], env: place.env });
      } finally {
        await new Promise((resolve) => holder.close(resolve));
      }
    }) },
  // The way there
  { name: 'a host name nobody knows', id: 'dns', finding: /No address is known for no-such-host\.invalid/, remedy: /Check the host name.*--proxy/, kind: 'net.unreachable', exit: 69,
    run: () => examine('https://no-such-host.invalid/mcp') },
  { name: 'a port where nothing listens', id: 'connection', finding: /nothing takes connections at 127\.0\.0\.1/, remedy: /the server runs.*port/, exit: 69,
    run: () => examine(`https://${nobody}/mcp`) },
  { name: 'a proxy that wants a password', id: 'proxy', finding: /127\.0\.0\.1:\d+ \(--proxy\) wants a user and a password \(HTTP 407\)/, remedy: /--proxy http:\/\/USER:PASSWORD@/, exit: 69,
    run: () => withTinyproxy('BasicAuth anna secret\n', (port) => examine(somewhere, { args: ['--proxy', `http://127.0.0.1:${port}`] })) },
  { name: 'a proxy with the wrong password', id: 'proxy', finding: /refuses the user or the password/, remedy: /--proxy/, exit: 69,
    run: () => withTinyproxy('BasicAuth anna secret\n', async (port) => {
      const result = await examine(somewhere, { env: { https_proxy: `http://anna:${secret}@127.0.0.1:${port}` } });
      assert.match(result.checks.proxy.finding, /\(https_proxy\)/);
      assert.equal(result.text.includes(secret), false);
      return result;
    }) },
  { name: 'a proxy that refuses to connect', id: 'proxy', finding: /does not connect to mcp\.example\.invalid \(HTTP 403\)/, remedy: /NO_PROXY=mcp\.example\.invalid/, exit: 69,
    run: () => withTinyproxy('ConnectPort 443\n', (port) => examine(somewhere, { args: ['--proxy', `http://127.0.0.1:${port}`] })) },
  { name: 'a proxy that is not there', id: 'proxy', finding: /\(all_proxy\) cannot be reached/, remedy: /--proxy none/, exit: 69,
    run: () => examine(somewhere, { env: { all_proxy: `http://${nobody}` } }) },
  { name: 'a clock that is wrong', id: 'clock', finding: /clock is 2 days ahead of the server's/, remedy: /timedatectl/, exit: 78,
    run: withServer(() => legacyServer({ on: { initialize: (exchange, { json }) => exchange.json(rpc.ok(json.id, { protocolVersion: '2025-11-25', capabilities: {} }), {
      headers: { Date: new Date(Date.now() - 2 * 86_400_000 - 60_000).toUTCString() },
    }) } }), (s) => examine(s.url)) },
  // TLS
  { name: 'an expired certificate', id: 'tls', finding: /server's certificate "expired" expired on \d{4}-\d\d-\d\d \(\d+ \w+ ago\)/, remedy: /renew/, kind: 'net.tls', exit: 76, run: secure(pair('expired')) },
  { name: 'an expired authority in the chain', id: 'tls', finding: /authority "oldmiddle" in its chain expired/, remedy: /renew/, exit: 76, run: secure(chain('undermiddle', 'oldmiddle')) },
  { name: 'an expired authority that is trusted', id: 'tls', finding: /authority "oldroot", trusted here, has expired/, remedy: /ca-certificates|--ca-file/, exit: 76,
    run: secure(pair('underold'), () => ['--ca-file', at('oldroot.pem')]) },
  { name: 'a certificate whose time has not come', id: 'tls', finding: /valid from 2098-01-01 on only/, remedy: /clock/, exit: 76, run: secure(pair('future')) },
  { name: 'an unknown issuer', id: 'tls', finding: /issuer "stranger" is not known to --ca-file: .*ca\.pem/, remedy: /certificate of "stranger": --ca-file FILE/, exit: 76, run: secure(pair('unknown')) },
  { name: 'an unknown issuer that the server sends', id: 'tls', finding: /chain ends in "stranger", which is not trusted/, remedy: /"stranger": --ca-file FILE/, exit: 76, run: secure(chain('unknown', 'stranger')) },
  { name: 'a self-signed certificate', id: 'tls', finding: /"alone" is signed by itself/, remedy: /--ca-file FILE/, exit: 76, run: secure(pair('alone')) },
  { name: 'a certificate for another host', id: 'tls', finding: /is for DNS:elsewhere\.example, not for 127\.0\.0\.1/, remedy: /host name/, exit: 76, run: secure(pair('elsewhere')) },
  { name: 'a server that wants a client certificate', id: 'tls', finding: /TLS|certificate/, remedy: /--cert and --key/, exit: 76,
    run: secure(() => ({ ...authorities.pair('leaf'), requestCert: true, rejectUnauthorized: true, ca: readFileSync(at('ca.pem')) })) },
  { name: 'https to a server of http', id: 'tls', finding: /TLS handshake failed/, remedy: /operator/, exit: 76,
    run: async () => {
      const server = http.createServer();
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        return await examine(`https://127.0.0.1:${server.address().port}/mcp`);
      } finally {
        server.close();
      }
    } },
  // The server's answer
  { name: 'HTTP 404', id: 'answer', finding: /nothing at this path \(HTTP 404\)/, remedy: /\/mcp.*\/sse/, exit: 69, run: answering(404) },
  { name: 'HTTP 405', id: 'answer', finding: /nobody takes messages at this path \(HTTP 405\)/, remedy: /path/, exit: 69, run: answering(405) },
  { name: 'HTTP 403', id: 'answer', finding: /refuses access \(HTTP 403\)/, remedy: /--header/, kind: 'auth.forbidden', exit: 77, run: answering(403) },
  { name: 'HTTP 429', id: 'answer', finding: /too often/, remedy: /later/, exit: 75, run: answering(429) },
  { name: 'HTTP 500', id: 'answer', finding: /trouble \(HTTP 500\)/, remedy: /operator/, exit: 69, run: answering(500) },
  { name: 'a redirect', id: 'answer', finding: /redirects to https:\/\/elsewhere\.example\/mcp/, remedy: /https:\/\/elsewhere\.example\/mcp/, exit: 76, run: answering(308, { Location: `https://elsewhere.example/mcp?state=${secret}` }) },
  { name: 'a web page', id: 'answer', finding: /a web page answers here/, remedy: /path/, exit: 76, run: answering(200, { 'Content-Type': 'text/html' }, '<!doctype html><p>Welcome') },
  { name: 'no HTTP at all', id: 'answer', finding: /answer/i, remedy: /operator/, exit: 69, run: withServer(() => rawServer((exchange) => exchange.hangUp()), (s) => examine(s.url)) },
  { name: 'a key that is refused', id: 'answer', finding: /rejects the Authorization header/, remedy: /--header/, kind: 'auth.rejected', exit: 77,
    run: scripted({}, { args: ['--header', `Authorization: Bearer ${secret}`] }) },
  // Sign-in
  { name: 'resource metadata of another server (A-013)', id: 'resource', finding: /are of https:\/\/other\.example\/mcp, not of/, remedy: /Give the URL as the server names it: https:\/\/other\.example\/mcp/, exit: 77,
    run: scripted({ server: { prm: { resource: 'https://other.example/mcp' } } }) },
  { name: 'resource metadata that cannot be had', id: 'resource', finding: /HTTP 503/, remedy: /later/, exit: 69,
    run: () => withScripted({}, (place) => {
      place.server.onMetadata = (exchange) => exchange.send(503);
      return examine(place.url, { env: place.env });
    }) },
  { name: 'another issuer (A-022)', id: 'issuer', finding: /are those of https:\/\/other\.example/, remedy: /--issuer https:\/\/other\.example/, exit: 77,
    run: scripted({ as: { metadata: { issuer: 'https://other.example' } } }) },
  { name: 'an authorization server in trouble', id: 'issuer', finding: /cannot be asked \(HTTP 503\)/, remedy: /later/, exit: 69,
    run: scripted({ as: { on: { metadata: (exchange) => exchange.send(503) } } }) },
  { name: 'an endpoint without https (A-097)', id: 'issuer', finding: /not https/, remedy: /operator/, exit: 77,
    run: scripted({ as: { metadata: { token_endpoint: 'http://id.example/token' } } }) },
  { name: 'no PKCE (A-023)', id: 'pkce', finding: /PKCE with S256/, remedy: /--assume-pkce-s256/, exit: 77,
    run: scripted({ as: { metadata: { code_challenge_methods_supported: undefined } } }) },
  { name: 'no authorization code', id: 'pkce', finding: /authorization code/, remedy: /operator/, exit: 77,
    run: scripted({ as: { metadata: { response_types_supported: ['token'] } } }) },
  { name: 'no registration (A-029)', id: 'registration', finding: /registers no clients by itself/, remedy: /--client-id/, exit: 77,
    run: scripted({ as: { metadata: { registration_endpoint: undefined } } }) },
  { name: 'a token that ran out, and no other', id: 'token', finding: /expired .* ago, and there is nothing to renew it with/, remedy: /mcp-bridge login/, kind: 'auth.refresh', exit: 77,
    run: signedIn({ as: { lifetime: 1, on: { token: (exchange, request, next) => {
      const json = exchange.json.bind(exchange);
      exchange.json = (value, options) => json({ ...value, refresh_token: undefined }, options);
      return next();
    } } } }, () => sleep(2100)) },
  { name: 'a refresh token that was withdrawn', id: 'token', finding: /./, remedy: /mcp-bridge login/, exit: 77,
    run: signedIn({ as: { lifetime: 1 } }, async (place) => { place.as.refresh.clear(); await sleep(2100); }, { args: ['--refresh'] }) },
  { name: 'a token for another server', id: 'audience', finding: /is for https:\/\/other\.example, not for .*the server rejects it/, remedy: /logout.*--resource/, kind: 'auth.rejected', exit: 77,
    run: signedIn({ as: { mint: mintFor('https://other.example') } }, (place) => place.as.access.clear()) },
  { name: 'a token the server rejects', id: 'protocol', finding: /rejects the token \(HTTP 401\)/, remedy: /mcp-bridge logout http\S*, then login/, exit: 77,
    run: signedIn({}, (place) => place.as.access.clear()) },
  { name: 'a token of a profile the server rejects', id: 'protocol', finding: /rejects the token/, remedy: /mcp-bridge logout --profile work http\S*, then login/, exit: 77,
    run: signedIn({}, (place) => place.as.access.clear(), { profile: ['--profile', 'work'] }) },
  { name: 'too little permission', id: 'protocol', finding: /wants more permission: admin/, remedy: /login --scope admin/, kind: 'auth.insufficient_scope', exit: 77,
    run: signedIn({ server: { scopes: { initialize: 'admin' } } }) },
  // Protocol
  { name: 'neither era', id: 'protocol', finding: /neither initialize nor server\/discover is answered: Nope/, remedy: /operator/, exit: 76,
    run: withServer(() => rawServer((exchange, { json }) => exchange.json(rpc.fail(json?.id ?? null, -32000, 'Nope'))), (s) => examine(s.url)) },
  { name: 'a session that is lost at once', id: 'session', finding: /forgot the session at once/, remedy: /session affinity/, exit: 76,
    run: withServer(() => legacyServer({ on: { ping: (exchange, { json }) => exchange.json(rpc.fail(json.id, -32001, 'Session not found'), { status: 404 }) } }), (s) => examine(s.url)) },
];

describe('named, with its remedy', { concurrency: 6 }, () => {
  for (const { name, run, ...wanted } of broken) {
    test(`${wanted.id}: ${name}`, async () => assertCause(await run(), wanted));
  }
});

test('the table is long enough', () => assert.ok(broken.length >= 25));

/*
 * Not failures
 */

function assertFine({ code, report }, warnings = []) {
  assert.equal(code, 0, JSON.stringify(report.checks.filter(({ status }) => status === 'failed')));
  assert.deepEqual(report.checks.filter(({ status }) => status === 'warning').map(({ id }) => id), warnings);
}

describe('no failure', { concurrency: 4 }, () => {
  test('a server that refuses GET is fine', withServer(legacyServer, async (server) => {
    const result = await examine(server.url);
    assertFine(result);
    assert.match(result.checks.stream.finding, /not offered \(HTTP 405\)/);
    assert.match(result.checks.session.finding, /given, kept/);
    // Nothing but harmless requests, and the session is ended.
    const asked = server.requests.map(({ method, json }) => json?.method ?? method);
    const harmless = ['initialize', 'server/discover', 'notifications/initialized', 'ping', 'GET', 'DELETE'];
    assert.deepEqual([...new Set(asked)].filter((one) => !harmless.includes(one)), []);
    assert.equal(asked.at(-1), 'DELETE');
    assert.equal(server.state.executed, 0);
  }));

  test('a server of 2026-07-28', withServer(modernServer, async (server) => {
    const result = await examine(server.url);
    assertFine(result);
    assert.match(result.checks.protocol.finding, /2026-07-28, stateless, scripted 1/);
  }));

  test('a server of HTTP+SSE', withServer(sseServer, async (server) => {
    const result = await examine(server.sseUrl);
    assertFine(result);
    assert.match(result.checks.protocol.finding, /HTTP\+SSE of 2024-11-05, scripted 1/);
    assert.match(result.checks.session.finding, /as long as its event stream/);
    assert.match(result.checks.stream.finding, /opens in .* ms, with the endpoint/);
    assert.match(result.checks.buffering.finding, /one by one/);
    assert.match(result.checks.roundtrips.finding, /^[0-9.]+ ms \([0-9.]+ to [0-9.]+\)$/);
    assert.deepEqual(server.requests.filter(({ json }) => json).map(({ json }) => json.method),
      ['initialize', 'initialize', 'notifications/initialized', 'ping', 'ping', 'ping', 'ping', 'ping', 'ping']);
    assert.equal(server.state.executed, 0);
  }));

  test('a real server', withServer(everythingServer, async (server) => {
    const result = await examine(server.url);
    assertFine(result);
    assert.match(result.checks.stream.finding, /opens in/);
  }));

  test('a real server of HTTP+SSE', withServer(() => everythingServer('sse'), async (server) => {
    const result = await examine(server.url);
    assertFine(result);
    assert.match(result.checks.protocol.finding, /HTTP\+SSE of 2024-11-05, \S+/);
    assert.match(result.checks.roundtrips.finding, /ms/);
  }));

  test('a certificate that expires soon is a warning', async () => {
    const result = await secure(pair('leaf'))();
    assertFine(result, ['tls']);
    assert.match(result.checks.tls.finding, /TLSv1\.3.*expires in/);
  });

  test('an nginx that buffers event streams is a warning', { skip: !existsSync('/usr/sbin/nginx') && 'nginx is missing' }, async () => {
    const server = await legacyServer({ on: { GET: (exchange) => { exchange.sse(); } } });
    try {
      const direct = await examine(server.url);
      assertFine(direct);
      assert.equal(direct.checks.buffering.status, 'ok');
      const proxied = await withNginx(server.origin, (url) => examine(url));
      assertFine(proxied, ['stream', 'buffering']);
      assert.match(proxied.checks.buffering.remedy, /proxy_buffering off/);
    } finally {
      await server.close();
    }
  });

  test('no browser is a warning, and so is no sign-in', () => withScripted({}, async (place) => {
    const result = await examine(place.url, { env: { ...place.env, BROWSER: '' } });
    assertFine(result, ['browser', 'token']);
    assert.match(result.checks.browser.remedy, /login --no-browser/);
    assert.match(result.checks.token.remedy, /mcp-bridge login/);
    assert.equal(place.opener.count, 0);
    assert.equal(place.as.hitsOf('register'), 0);
  }));

  test('signed in at real servers; --refresh renews; no token is ever shown', () => withRealServers({ accessTtl: shortLife }, async (place) => {
    const login = place.run('login');
    await place.finish();
    assert.equal((await login).code, 0);
    const [{ token }] = place.records('access');
    await outlive();
    const stale = await examine(place.url, { env: place.env });
    assertFine(stale);
    assert.match(stale.checks.token.finding, /renewed at the next use/);
    place.as.accessTtl = 3600;
    const fresh = await examine(place.url, { args: ['--refresh'], env: place.env });
    assertFine(fresh);
    assert.match(fresh.checks.token.finding, /good for/);
    assert.match(fresh.checks.audience.finding, new RegExp(`is for ${place.url}`));
    assert.match(fresh.checks.protocol.finding, /protected 1\.0\.0/);
    const [{ token: renewed }] = place.records('access');
    for (const one of [token, renewed]) assert.equal(stale.text.includes(one) || fresh.text.includes(one), false);
  }));
});

/*
 * Forms
 */

test('the JSON is what the manual says', withServer(legacyServer, async (server) => {
  const { report } = await examine(`${server.url}?key=${secret}`);
  assert.equal(report.schema, 1);
  assert.equal(JSON.stringify(report).includes(secret), false);
  assert.deepEqual(Object.keys(report), ['schema', 'version', 'url', 'profile', 'startedAt', 'durationMs', 'result', 'exitStatus', 'checks', 'exchanges']);
  const manual = readFileSync(new URL('../../man/mcp-bridge.1', import.meta.url), 'utf8');
  for (const { id, title, group, status, finding, startMs, durationMs } of report.checks) {
    assert.ok(manual.includes(`\n.It Cm ${id}\n`), `the manual lacks ${id}`);
    for (const text of [title, group, finding]) assert.equal(typeof text, 'string');
    for (const number of [startMs, durationMs]) assert.equal(typeof number, 'number');
    assert.ok(['ok', 'warning', 'failed', 'skipped'].includes(status));
  }
  for (const { method, url, what, status, startMs, durationMs } of report.exchanges) {
    for (const text of [method, url, what]) assert.equal(typeof text, 'string');
    for (const number of [status, startMs, durationMs]) assert.equal(typeof number, 'number');
  }
}));

test('the terminal: a line for each check, its remedy, and where the time went', async () => {
  const { code, stdout } = await runBridge(['doctor', `https://${nobody}/mcp`], { env: { LC_ALL: 'C' } });
  assert.equal(code, 69);
  assert.match(stdout, /^ {2}failed {2}Connection +nothing takes connections/m);
  assert.match(stdout, /^ +-> Check that the server runs/m);
  assert.match(stdout, /^Where the time went/m);
  assert.match(stdout, /^1 failed/m);
  assert.equal(/[^\n -~]/.test(stdout), false); // plain ASCII, no escape sequences
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
});

test('--ipv4 holds for the doctor too', withServer(() => legacyServer({ host: '::1' }), async ({ url }) => {
  const address = url.replace('127.0.0.1', '[::1]');
  assert.equal((await examine(address)).code, 0);
  assert.equal((await examine(address, { args: ['--ipv4'] })).code, 69);
}));

test('how to sign in is shown without a key of the URL', () => withScripted({}, async (place) => {
  const { stdout } = await runBridge(['doctor', `${place.url}?key=${secret}`], { env: place.env });
  assert.match(stdout, /mcp-bridge login\s+'http:[^ ]+'/);
  assert.equal(stdout.includes(secret), false, stdout);
}));

test('what the checks do not explain is to be traced', () => withServer(
  () => rawServer((exchange) => exchange.send(500)), async ({ url }) => {
    assert.match((await runBridge(['doctor', url])).stdout, /--trace FILE/);
  })());

test('--html writes one page that needs nothing else and hides what is secret', withServer(legacyServer, async (server) => {
  const file = join(scratchDir(), 'report.html');
  const { code } = await runBridge(['doctor', '--html', file, '--header', `X-Key: ${secret}`, `${server.url}?key=${secret}`]);
  const page = readFileSync(file, 'utf8');
  assert.equal(code, 0);
  assert.match(page, /^<!DOCTYPE html>/);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
  assert.equal(/<script|<link|<img|src=|@import|url\(/.test(page), false);
  assert.equal(page.includes(secret), false);
}));

test('--html to a place that cannot be written is an error of its own', withServer(legacyServer, async (server) => {
  const { code, stderr } = await runBridge(['doctor', '--html', '/nonexistent/report.html', server.url]);
  assert.equal(code, 78);
  assert.match(stderr, /Cannot write to \/nonexistent\/report\.html/);
}));
