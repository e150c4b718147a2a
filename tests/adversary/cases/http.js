// SPDX-License-Identifier: ISC
// HTTP that is wrong, and redirects that lead astray.
import assert from 'node:assert/strict';
import { rawServer, response } from '../../integration/lib/rawserver.js';
import { legacyServer, rpc } from '../../integration/lib/scripted.js';
import { ask, attack, initializeParams } from '../attack.js';

const body = (id) => JSON.stringify(rpc.ok(id, { content: [] }));
const raw = (make) => (exchange, { json: { id } }) => {
  exchange.raw(make(body(id), body(id).length));
  if (!make.keep) setTimeout(() => exchange.socket.end(), 30);
};
const jsonHead = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const broken = ['stream.lost', 'net.unreachable', 'upstream.protocol', 'upstream.http', 'message.too_large', 'net.timeout'];
const either = ['result', ...broken];

const wrong = [
  ['garbage', 'bytes that are no HTTP', broken, () => '\x00\x01\x02\x03 SSH-2.0-OpenSSH\r\n'],
  ['http09', 'HTTP/0.9: only a body', broken, (text) => text],
  ['version', 'HTTP/9.9', either, (text, n) => `HTTP/9.9 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['status-99', 'status 99', broken, (text, n) => `HTTP/1.1 99 X\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['status-999', 'status 999', broken, (text, n) => `HTTP/1.1 999 X\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['status-0', 'status 000', broken, (text, n) => `HTTP/1.1 000 X\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['no-reason', 'no reason phrase', 'result', (text, n) => `HTTP/1.1 200\r\nContent-Type: application/json\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['bare-lf', 'lines ended by LF alone', either, (text, n) => `HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: ${n}\n\n${text}`],
  ['length-negative', 'a negative length', either, (text) => `${jsonHead}Content-Length: -1\r\n\r\n${text}`],
  ['length-huge', 'a length of 10^30', either, (text) => `${jsonHead}Content-Length: 1${'0'.repeat(30)}\r\n\r\n${text}`],
  ['length-word', 'a length that is a word', either, (text) => `${jsonHead}Content-Length: many\r\n\r\n${text}`],
  ['length-twice', 'two different lengths', either, (text, n) => `${jsonHead}Content-Length: ${n}\r\nContent-Length: ${n + 5}\r\n\r\n${text}`],
  ['length-short', 'a length that is too short', broken, (text, n) => `${jsonHead}Content-Length: ${n - 4}\r\n\r\n${text}`],
  ['length-and-chunks', 'a length and chunks', either, (text, n) => `${jsonHead}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${n.toString(16)}\r\n${text}\r\n0\r\n\r\n`],
  ['chunk-not-hex', 'a chunk size that is no number', broken, (text) => `${jsonHead}Transfer-Encoding: chunked\r\n\r\nzz\r\n${text}\r\n0\r\n\r\n`],
  ['chunk-huge', 'a chunk size of 2^64', broken, (text) => `${jsonHead}Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n${text}`],
  ['chunk-extension', 'a chunk extension and trailers', 'result', (text, n) => `${jsonHead}Transfer-Encoding: chunked\r\n\r\n${n.toString(16)};a="b"\r\n${text}\r\n0\r\nX-Trailer: 1\r\n\r\n`],
  ['coding-unknown', 'a content coding nobody knows', broken, (text, n) => `${jsonHead}Content-Encoding: secret\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['coding-false', 'gzip that is none', broken, (text, n) => `${jsonHead}Content-Encoding: gzip\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['header-no-colon', 'a header line without a colon', either, (text, n) => `${jsonHead}nonsense\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['header-nul', 'a NUL in a header', broken, (text, n) => `${jsonHead}X-A: a\0b\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['header-folded', 'a folded header', 'result', (text, n) => `${jsonHead}X-A: a\r\n  b\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['header-space', 'a space before the colon', either, (text, n) => `${jsonHead}X-A : a\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['type-none', 'no content type', 'result', (text, n) => `HTTP/1.1 200 OK\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['type-binary', 'application/octet-stream', either, (text, n) => `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['type-junk', 'a content type of junk', either, (text, n) => `HTTP/1.1 200 OK\r\nContent-Type: ;;;\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['status-204', '204 to a request', broken, () => 'HTTP/1.1 204 No Content\r\n\r\n'],
  ['status-202', '202 to a request', [...broken, 'stream.error'], () => 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n'],
  ['status-206', 'part of an answer', either, (text, n) => `HTTP/1.1 206 Partial Content\r\nContent-Type: application/json\r\nContent-Range: bytes 0-${n - 1}/${n}\r\nContent-Length: ${n}\r\n\r\n${text}`],
  ['status-304', '304 to a POST', broken, () => 'HTTP/1.1 304 Not Modified\r\n\r\n'],
  ['status-407', '407 from no proxy', broken, () => 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'],
  ['status-417', '417 to no expectation', broken, () => 'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n'],
  ['status-426', 'a demand to upgrade', broken, () => 'HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n'],
  ['basic', 'a demand for a password', ['auth.login_required', 'auth.rejected', 'auth.discovery', 'upstream.http'], () => 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'],
  ['retry-after', 'a Retry-After of a thousand digits', ['upstream.rate_limited'], () => `HTTP/1.1 429 Slow\r\nRetry-After: ${'9'.repeat(1000)}\r\nContent-Length: 0\r\n\r\n`],
  ['retry-after-negative', 'a Retry-After of -1', ['upstream.rate_limited'], () => 'HTTP/1.1 429 Slow\r\nRetry-After: -1\r\nContent-Length: 0\r\n\r\n'],
].map(([id, what, must, make]) => attack(`http-${id}`, what, must, raw(make), {
  args: ['--request-timeout', '2', '--non-interactive'], name: id.startsWith('coding') ? 'near.example' : undefined,
}));

const sessionIds = [
  ['empty', ''], ['spaces', 'a b'], ['tab', 'a\tb'], ['controls', 'a\x01b'], ['latin', 'ä'], ['utf8', Buffer.from('é').toString('latin1')],
].map(([id, value]) => attack(`session-${id}`, `a session id ${JSON.stringify(value)}`, either, (exchange, { json: { id: n } }) => exchange.raw(Buffer.from(response(200, { 'Content-Type': 'application/json', 'Mcp-Session-Id': value },
  JSON.stringify(rpc.ok(n, { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's', version: '1' } }))))), { on: 'initialize' }));

/** A redirect of every POST to `location`; a spy there sees whether anything came. */
function redirect(id, what, must, location, { status = 307, seen = 0 } = {}) {
  return {
    id: `redirect-${id}`, what, must: [must].flat(),
    async run(trial) {
      const spy = await trial.use(legacyServer());
      const server = await trial.use(rawServer((exchange, request) => {
        if (request.path.startsWith('/mcp')) exchange.send(status, { Location: location(spy, server, request) }, '');
        else exchange.send(404);
      }));
      const host = trial.host({ url: server.url, args: ['--header', 'X-Key: secret', '--request-timeout', '3', '--connect-timeout', '2'] });
      const outcome = await ask(host, 'initialize', initializeParams);
      assert.equal(spy.requests.length, seen, 'the other origin was asked');
      assert.ok(server.requests.length <= 12, `${server.requests.length} requests`);
      await trial.end(host);
      return outcome;
    },
  };
}

const astray = 'upstream.redirect';
const targets = {
  'metadata-v4': 'http://169.254.169.254/latest/meta-data/', 'metadata-name': 'http://metadata.google.internal/computeMetadata/v1/',
  'metadata-v6': 'http://[fd00:ec2::254]/latest/', 'metadata-mapped': 'http://[::ffff:169.254.169.254]/', 'metadata-decimal': 'http://2852039166/',
  'metadata-hex': 'http://0xa9fea9fe/', 'metadata-octal': 'http://0251.0376.0251.0376/', 'metadata-short': 'http://169.254.43518/',
  'private-10': 'http://10.0.0.1/', 'private-192': 'http://192.168.0.1/', zero: 'http://0.0.0.0/', file: 'file:///etc/passwd', gopher: 'gopher://127.0.0.1:25/_HELO',
  javascript: 'javascript:alert(1)', data: 'data:application/json,{}', dict: 'dict://127.0.0.1:11211/stats', ftp: 'ftp://127.0.0.1/x', mailto: 'mailto:x@y',
  'no-scheme': '//evil.example/mcp', crlf: '/mcp%0d%0aX-Evil:%201', junk: 'http://[', long: `/mcp/${'a'.repeat(9000)}`, empty: '',
};

const mazes = [
  ...Object.entries(targets).map(([id, url]) => redirect(id, `a redirect to ${url.length > 60 ? `${url.slice(0, 30)}…` : JSON.stringify(url)}`,
    [astray, 'upstream.http', 'upstream.protocol', ...(id === 'crlf' ? broken : [])], () => url)),
  redirect('port', 'a redirect to another port', astray, (spy) => spy.url),
  redirect('name', 'a redirect to this machine by another name', astray, (spy, server) => `http://localhost:${server.port}/mcp`),
  redirect('userinfo', 'a redirect with a password in it', [astray, 'upstream.http'], (spy, server) => `http://u:p@127.0.0.1:${server.port}/mcp2`),
  redirect('https', 'a redirect to https of the same port', astray, (spy, server) => `https://127.0.0.1:${server.port}/mcp`),
  redirect('loop', 'a redirect to itself', astray, () => '/mcp'),
  redirect('maze', 'redirects that never come back', astray, (spy, server, request) => `${request.path}/x`),
  redirect('303', '303 after a POST', [astray, 'upstream.http'], () => '/mcp2', { status: 303 }),
  redirect('300', 'several choices', [astray, 'upstream.http'], () => '/mcp2', { status: 300 }),
  redirect('305', 'use a proxy', [astray, 'upstream.http'], (spy) => spy.origin, { status: 305 }),
];

/** The endpoint event of an HTTP+SSE server. */
function endpoint(id, what, must, event, args = []) {
  return {
    id: `endpoint-${id}`, what, must: [must].flat(),
    async run(trial) {
      const spy = await trial.use(legacyServer());
      const server = await trial.use(rawServer((exchange, request) => {
        if (request.method === 'GET') exchange.sse().send(event(spy, server), { event: 'endpoint' });
        else exchange.send(405);
      }));
      const host = trial.host({ url: `${server.origin}/sse`, args: ['--transport', 'sse', '--request-timeout', '3', ...args] });
      const outcome = await ask(host, 'initialize', initializeParams, { timeout: 12_000 });
      assert.equal(spy.requests.length, 0, 'the other origin was asked');
      await trial.end(host);
      return outcome;
    },
  };
}

const refusedEndpoint = ['upstream.protocol', 'upstream.http', 'upstream.redirect', 'stream.error', 'net.timeout', 'result'];
const endpoints = [
  endpoint('origin', 'an endpoint at another origin', refusedEndpoint, (spy) => spy.url),
  endpoint('metadata', 'an endpoint at a metadata service', refusedEndpoint, () => 'http://169.254.169.254/latest/'),
  endpoint('file', 'an endpoint that is a file', refusedEndpoint, () => 'file:///etc/passwd'),
  endpoint('userinfo', 'an endpoint that looks like ours', refusedEndpoint, (spy, server) => `http://127.0.0.1:${server.port}@127.0.0.1:${spy.port}/mcp`),
  endpoint('relative', 'an endpoint at another host, without scheme', refusedEndpoint, (spy) => `//127.0.0.1:${spy.port}/mcp`),
  endpoint('long', 'an endpoint of 100 KB', refusedEndpoint, () => `/m?${'a'.repeat(100_000)}`),
];

export const cases = [...wrong, ...sessionIds, ...mazes, ...endpoints];
