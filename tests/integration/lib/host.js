// SPDX-License-Identifier: ISC
// A host application: starts the bridge as its stdio child and speaks
// newline-delimited JSON-RPC with it, of either era. Every line of stdout is
// judged: anything but a JSON-RPC message fails the test that called stop().
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { bridgeCommand, bridgeEnv, timeScale } from './bridge.js';

const META = 'io.modelcontextprotocol/';
export const MODERN = '2026-07-28';

export const clientInfo = { name: 'test-host', version: '1.0.0' };

/** The `_meta` of a 2026-07-28 request. */
export function envelope({ version = MODERN, capabilities = {}, info = clientInfo } = {}) {
  return {
    [`${META}protocolVersion`]: version,
    [`${META}clientInfo`]: info,
    [`${META}clientCapabilities`]: capabilities,
  };
}

function isMessage(value) {
  if (Array.isArray(value)) return value.length > 0 && value.every(isMessage);
  return value !== null && typeof value === 'object' && value.jsonrpc === '2.0' &&
    ('method' in value || ('id' in value && ('result' in value || 'error' in value)));
}

export class Host {
  /** Lines as they came, without the newline. */
  lines = [];
  /** The same, parsed. */
  messages = [];
  violations = [];
  stderr = '';
  #handlers = new Map();
  #waiters = [];
  #pending = new Map();
  #rest = [];
  #nextId = 1;
  #stdoutEnded;

  /**
   * `args` go before the URL. `read: false` leaves stdout unread until
   * `read()` is called; `onChunk` takes the raw bytes instead of the lines;
   * an `onLine` set later sees each line first. `command` starts another
   * program than the one under test, or that one by another name; `wrap` is a
   * command that runs it.
   */
  constructor({ url, args = [], env = {}, read = true, onChunk, stdio, cwd, command: started = bridgeCommand, wrap = [] } = {}) {
    const [command, ...prefix] = [...wrap, ...started];
    const argv = [...prefix, ...args, ...(url ? [url] : [])];
    this.startedAt = performance.now();
    this.child = spawn(command, argv, { env: bridgeEnv(env), cwd, stdio: stdio ?? 'pipe' });
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('exit', (code, signal) => {
        this.exit = { code, signal, at: performance.now() };
        resolve(this.exit);
      });
    });
    this.exited.catch(() => {});
    this.child.stdin?.on('error', () => {});
    this.child.stderr?.on('data', (chunk) => { this.stderr += chunk; });
    this.onChunk = onChunk;
    if (read) this.read();
  }

  get pid() { return this.child.pid; }

  read() {
    const { stdout } = this.child;
    this.#stdoutEnded = new Promise((resolve) => stdout.once('close', resolve));
    stdout.on('data', (chunk) => {
      if (this.onChunk) this.onChunk(chunk);
      else this.#feed(chunk);
    });
    stdout.once('close', () => this.#fail('stdout ended'));
  }

  #feed(chunk) {
    let from = 0;
    for (let at; (at = chunk.indexOf(10, from)) >= 0; from = at + 1) {
      this.#rest.push(chunk.subarray(from, at));
      this.#line(Buffer.concat(this.#rest));
      this.#rest = [];
    }
    if (from < chunk.length) this.#rest.push(chunk.subarray(from));
  }

  #line(line) {
    let message;
    try {
      message = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
    } catch (error) {
      this.violations.push(`not JSON: ${line.subarray(0, 200)}`);
      return;
    }
    if (!isMessage(message)) this.violations.push(`not JSON-RPC: ${line.subarray(0, 200)}`);
    this.onLine?.(line);
    this.lines.push(line);
    this.messages.push(message);
    for (const one of [message].flat()) this.#dispatch(one, line);
  }

  #dispatch(message, line) {
    if (message.method === undefined) this.#settle(message, line);
    else if (message.id !== undefined) this.#serve(message);
    this.#waiters = this.#waiters.filter(({ match, resolve }) => !(match(message) && (resolve(message), true)));
  }

  #settle(message, line) {
    const key = JSON.stringify(message.id);
    const waiting = this.#pending.get(key);
    if (!waiting) return;
    this.#pending.delete(key);
    waiting.resolve({ ...message, line, ms: performance.now() - waiting.at });
  }

  #serve(message) {
    const handler = this.#handlers.get(message.method);
    if (!handler) return;
    new Promise((resolve) => resolve(handler(message.params, message))).then(
      (result) => { if (result !== undefined) this.send({ jsonrpc: '2.0', id: message.id, result }); },
      (error) => this.send({ jsonrpc: '2.0', id: message.id, error: { code: -32603, message: error.message } }),
    );
  }

  #fail(why) {
    for (const { reject } of this.#pending.values()) reject(new Error(`${why}; stderr: ${this.stderr}`));
    this.#pending.clear();
    for (const { reject } of this.#waiters) reject?.(new Error(`${why}; stderr: ${this.stderr}`));
    this.#waiters = [];
  }

  /** Answers requests of the server; undefined leaves one unanswered. */
  on(method, handler) { this.#handlers.set(method, handler); }

  /** Bytes or text as they are. */
  write(bytes) { this.child.stdin.write(bytes); }

  send(message) { this.write(`${JSON.stringify(message)}\n`); }

  /** Sends a line and resolves with the answer to `id`. */
  expectAnswer(id, line, { timeout = 10_000 } = {}) {
    const promise = new Promise((resolve, reject) => {
      const limit = timeout * timeScale;
      const timer = setTimeout(() => {
        this.#pending.delete(JSON.stringify(id));
        reject(new Error(`no answer to ${JSON.stringify(id)} in ${limit} ms; stderr: ${this.stderr}`));
      }, limit);
      const settle = (fn) => (value) => { clearTimeout(timer); fn(value); };
      this.#pending.set(JSON.stringify(id), { resolve: settle(resolve), reject: settle(reject), at: performance.now() });
    });
    promise.catch(() => {});
    if (line !== undefined) this.write(line.toString().endsWith('\n') ? line : `${line}\n`);
    return promise;
  }

  /** The whole answer: { result | error, line, ms }. */
  request(method, params, { id = this.#nextId++, timeout } = {}) {
    const message = { jsonrpc: '2.0', id, method };
    if (params !== undefined) message.params = params;
    return this.expectAnswer(id, JSON.stringify(message), { timeout });
  }

  /** A request with the 2026-07-28 envelope. */
  modern(method, params = {}, { version, capabilities = this.capabilities, info, ...options } = {}) {
    const _meta = { ...envelope({ version, capabilities, info }), ...params._meta };
    return this.request(method, { ...params, _meta }, options);
  }

  notify(method, params) { this.send(params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params }); }

  /** The next message, past or to come from now on, that satisfies `match`. */
  waitFor(match, { timeout = 5000, past = true } = {}) {
    const found = past && this.messages.flat().find(match);
    if (found) return Promise.resolve(found);
    const limit = timeout * timeScale;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no such message in ${limit} ms; stderr: ${this.stderr}`)), limit);
      const settle = (fn) => (value) => { clearTimeout(timer); fn(value); };
      this.#waiters.push({ match, resolve: settle(resolve), reject: settle(reject) });
    });
  }

  waitForMethod(method, options) { return this.waitFor((m) => m.method === method, options); }

  answersTo(id) { return this.messages.flat().filter((m) => m.method === undefined && m.id === id); }

  /** The legacy handshake; resolves with the InitializeResult. */
  async initialize({ version = '2025-11-25', capabilities = {}, info = clientInfo, id = 'init', timeout } = {}) {
    const answer = await this.request('initialize', { protocolVersion: version, capabilities, clientInfo: info }, { id, timeout });
    assert.ok(answer.result, `initialize failed: ${JSON.stringify(answer.error)}; stderr: ${this.stderr}`);
    this.notify('notifications/initialized');
    return answer.result;
  }

  /** Resident set in bytes, as the kernel counts it. */
  rss() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024; // a zombie has none
  }

  /** Waits for the process to go; resolves with { code, signal, ms }. */
  async waitExit({ since = performance.now(), timeout = 5000 } = {}) {
    const limit = timeout * timeScale;
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`still running after ${limit} ms; stderr: ${this.stderr}`)), limit);
    });
    try {
      const { code, signal, at } = await Promise.race([this.exited, late]);
      await this.#stdoutEnded;
      return { code, signal, ms: at - since };
    } finally {
      clearTimeout(timer);
    }
  }

  closeStdin() {
    const since = performance.now();
    this.child.stdin.end();
    return this.waitExit({ since });
  }

  kill(signal = 'SIGTERM') {
    const since = performance.now();
    this.child.kill(signal);
    return this.waitExit({ since });
  }

  /** Ends the session as a host does and judges stdout as a whole. */
  async stop({ code = 0 } = {}) {
    const exit = this.exit ?? await this.closeStdin();
    assert.deepEqual(this.violations, []);
    assert.equal(exit.signal, null, `ended by ${exit.signal}; stderr: ${this.stderr}`);
    assert.equal(exit.code, code, `exit status; stderr: ${this.stderr}`);
    return exit;
  }

  /** For tests whose subject is not the end of the session. */
  async discard() {
    if (!this.exit) {
      this.child.kill('SIGKILL');
      await this.exited.catch(() => {});
    }
  }
}

/** Runs `use(host)` and then ends the session properly. */
export async function withHost(options, use) {
  const host = new Host(options);
  try {
    const value = await use(host);
    await host.stop();
    return value;
  } finally {
    await host.discard();
  }
}

/** Runs the program for its output alone: { code, signal, stdout, stderr }. */
export async function runBridge(args, { env, input = '', timeout } = {}) {
  const host = new Host({ args, env, onChunk: (chunk) => { stdout += chunk; } });
  let stdout = '';
  host.child.stdin.end(input);
  const { code, signal, ms } = await host.waitExit({ timeout });
  return { code, signal, ms, stdout, stderr: host.stderr };
}
