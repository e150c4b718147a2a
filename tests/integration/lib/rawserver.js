// SPDX-License-Identifier: ISC
// A scripted HTTP/1.1 server on plain sockets: it sees requests as they were
// sent and can answer in ways no HTTP library would, cut at any byte, delayed,
// reset, malformed. It knows nothing of MCP; see scripted.js for that.
import net from 'node:net';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Response bytes of a body of known length. */
export function response(status, headers = {}, body = '') {
  const bytes = Buffer.from(body);
  const all = { 'Content-Length': bytes.length, ...headers };
  const head = Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} X\r\n${head}\r\n`), bytes]);
}

/** One event of an event stream. */
export function sseEvent(data, { id, event, retry } = {}) {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return [
    event === undefined ? '' : `event: ${event}\n`,
    id === undefined ? '' : `id: ${id}\n`,
    retry === undefined ? '' : `retry: ${retry}\n`,
    ...text.split('\n').map((line) => `data: ${line}\n`),
    '\n',
  ].join('');
}

/** A response under way as an event stream in chunked coding. */
export class EventStream {
  constructor(socket) {
    this.socket = socket;
    /** Resolves when the peer has gone. */
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  get open() { return !this.socket.destroyed && this.socket.writable; }

  /** Resolves when more can be written without being held here. */
  async drained() {
    if (!this.socket.writableNeedDrain || !this.open) return;
    await Promise.race([new Promise((resolve) => this.socket.once('drain', resolve)), this.closed]);
  }

  raw(text) {
    const bytes = Buffer.from(text);
    if (bytes.length === 0) return true;
    this.socket.cork();
    this.socket.write(`${bytes.length.toString(16)}\r\n`);
    this.socket.write(bytes);
    const room = this.socket.write('\r\n');
    this.socket.uncork();
    return room;
  }

  send(data, options) { return this.raw(sseEvent(data, options)); }

  /** Ends the stream as HTTP says; the connection stays. */
  end() { if (this.open) this.socket.write('0\r\n\r\n'); }

  /** Breaks the connection in the middle of the body. */
  cut() { this.socket.destroy(); }
}

class Exchange {
  constructor(socket, request) {
    this.socket = socket;
    this.request = request;
  }

  raw(bytes) { return this.socket.write(bytes); }

  send(status, headers, body) { this.raw(response(status, headers, body)); }

  json(value, { status = 200, headers = {} } = {}) {
    const body = typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value);
    this.send(status, { 'Content-Type': 'application/json', ...headers }, body);
  }

  accepted() { this.send(202); }

  sse({ headers = {}, status = 200 } = {}) {
    const all = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', ...headers };
    const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.raw(`HTTP/1.1 ${status} OK\r\n${head}Transfer-Encoding: chunked\r\n\r\n`);
    return new EventStream(this.socket);
  }

  /** Sends the first bytes of a response, then closes the connection. */
  async cutAfter(bytes, count) {
    if (count > 0) await new Promise((resolve) => this.socket.write(bytes.subarray(0, count), resolve));
    this.socket.end();
    await sleep(5);
    this.socket.destroy();
  }

  /** Ends the connection without an answer. */
  hangUp() { this.socket.destroy(); }

  reset() { this.socket.resetAndDestroy(); }
}

function parseHead(text) {
  const [line, ...fields] = text.split('\r\n');
  const [method, path] = line.split(' ');
  const headers = {};
  for (const field of fields) {
    const colon = field.indexOf(':');
    const name = field.slice(0, colon).toLowerCase();
    headers[name] = name in headers ? `${headers[name]}, ${field.slice(colon + 1).trim()}` : field.slice(colon + 1).trim();
  }
  return { method, path, headers, rawHead: text };
}

function dechunk(bytes) {
  const parts = [];
  for (let at = 0; ;) {
    const eol = bytes.indexOf('\r\n', at);
    if (eol < 0) return null;
    const size = parseInt(bytes.subarray(at, eol).toString('latin1'), 16);
    const start = eol + 2;
    if (bytes.length < start + size + 2) return null;
    if (size === 0) return { body: Buffer.concat(parts), end: start + 2 };
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}

/** A complete request at the start of `bytes`, or null. */
function takeRequest(bytes) {
  const headEnd = bytes.indexOf(END_OF_HEAD);
  if (headEnd < 0) return null;
  const request = parseHead(bytes.subarray(0, headEnd).toString('latin1'));
  const bodyStart = headEnd + END_OF_HEAD.length;
  if (/chunked/i.test(request.headers['transfer-encoding'] ?? '')) {
    const chunked = dechunk(bytes.subarray(bodyStart));
    if (!chunked) return null;
    return { request: { ...request, body: chunked.body }, end: bodyStart + chunked.end };
  }
  const length = Number(request.headers['content-length'] ?? 0);
  if (bytes.length < bodyStart + length) return null;
  return { request: { ...request, body: bytes.subarray(bodyStart, bodyStart + length) }, end: bodyStart + length };
}

export class RawServer {
  /** Every request seen, in order of arrival: { method, path, headers, body, json, at, connection }. */
  requests = [];
  connections = 0;
  #sockets = new Set();

  /** `handle(exchange, request)` answers; `tls` are options of tls.createServer, `name` stands in URLs. */
  constructor(handle, { tls: tlsOptions, onSocket, name } = {}) {
    this.name = name;
    this.handle = handle;
    this.secure = tlsOptions !== undefined;
    this.onSocket = onSocket;
    const accept = (socket) => this.#accept(socket);
    this.server = this.secure ? tls.createServer(tlsOptions, accept) : net.createServer(accept);
    this.server.on('tlsClientError', () => {});
  }

  async listen(host = '127.0.0.1') {
    await new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(0, host, resolve);
    });
    this.port = this.server.address().port;
    return this;
  }

  get origin() { return `${this.secure ? 'https' : 'http'}://${this.name ?? '127.0.0.1'}:${this.port}`; }
  get url() { return `${this.origin}/mcp`; }

  #accept(socket) {
    const connection = ++this.connections;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.setMaxListeners(0); // one for each stream it ever carries
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    this.onSocket?.(socket);
    let held = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      held = held.length ? Buffer.concat([held, chunk]) : chunk;
      for (let taken; (taken = takeRequest(held)); held = held.subarray(taken.end)) {
        this.#dispatch(socket, connection, taken.request);
      }
    });
  }

  #dispatch(socket, connection, request) {
    Object.assign(request, { connection, at: performance.now() });
    try {
      request.json = JSON.parse(request.body.toString());
    } catch { /* not every body is JSON */ }
    this.requests.push(request);
    const exchange = new Exchange(socket, request);
    Promise.resolve(this.handle(exchange, request)).catch((error) => {
      this.error = error;
      socket.destroy();
    });
  }

  /** Resolves with the first request, past or future, that satisfies `match`. */
  async waitForRequest(match, timeout = 5000) {
    for (const end = performance.now() + timeout; performance.now() < end; await sleep(5)) {
      const found = this.requests.find(match);
      if (found) return found;
    }
    throw new Error(`no such request in ${timeout} ms`);
  }

  dropConnections() { for (const socket of this.#sockets) socket.destroy(); }

  async close() {
    this.dropConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  async [Symbol.asyncDispose]() { await this.close(); }
}

export async function rawServer(handle, options) {
  return new RawServer(handle, options).listen(options?.host);
}
