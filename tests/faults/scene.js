// SPDX-License-Identifier: ISC
// One run of a scenario: servers, a state directory, bridges and commands, and
// what must be true of them whatever failed. Problems are collected as text.
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchDir } from '../integration/lib/bridge.js';
import { Opener, Person } from '../integration/lib/browser.js';
import { Host, clientInfo, envelope } from '../integration/lib/host.js';
import { scriptedAs, scriptedResource } from '../integration/lib/scripted-as.js';
import { Terminal } from '../integration/lib/terminal.js';

/** EXIT STATUS of the manual, and the signals that end the program. */
const documented = new Set([0, 1, 64, 65, 69, 70, 71, 74, 75, 76, 77, 78, 129, 130, 141, 143]);
const ANSWER_MS = 20_000;
const EXIT_MS = 12_000;

/** The end of `promise`, or undefined after so long. */
async function within(ms, promise) {
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, ms); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A host that notes what it asked and checks that all of it was answered. */
class Talk {
  asked = [];
  outcomes = new Set();

  constructor(scene, host) {
    this.scene = scene;
    this.host = host;
    this.ended = host.exited.then(() => 'ended', () => 'ended');
  }

  async #settle(id, answer) {
    this.asked.push(id);
    answer.catch(() => {});
    const how = await within(ANSWER_MS, Promise.race([answer.then(({ result }) => (result ? 'result' : 'error'), () => 'ended'), this.ended]));
    if (!how && !this.scene.hostLeft) this.scene.problem(`no answer to ${id} in ${ANSWER_MS} ms`);
    this.outcomes.add(how ?? 'hang');
    return how;
  }

  ask(method, params) {
    const id = `${method} ${this.asked.length}`;
    return this.#settle(id, this.host.request(method, params, { id, timeout: ANSWER_MS }));
  }

  modern(method, params = {}) { return this.ask(method, { ...params, _meta: envelope() }); }

  async initialize() {
    await this.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
    this.notify('notifications/initialized');
  }

  notify(method) { this.host.notify(method); }

  async leave() {
    this.host.child.stdin.end();
    await this.#judge();
  }

  async terminate() {
    this.host.child.kill('SIGTERM');
    await this.#judge();
  }

  async #judge() {
    const { host, scene } = this;
    const exit = await within(EXIT_MS, host.waitExit({ timeout: EXIT_MS }).catch(() => undefined));
    if (!exit) {
      scene.problem('still running');
      await host.discard();
      return;
    }
    scene.judgeExit(exit, host.stderr);
    for (const violation of host.violations) scene.problem(`stdout: ${violation}`);
    for (const id of this.asked) {
      const count = host.answersTo(id).length;
      if (count > 1) scene.problem(`${count} answers to ${id}`);
      if (count === 0 && exit.code === 0 && !scene.hostLeft) scene.problem(`${id} has no answer, and the exit status is 0`);
    }
    scene.shown.push(host.stderr, host.lines.join('\n'));
    scene.outcome(exit.code === 0 ? [...this.outcomes].sort().join('+') : `exit ${exit.code}`);
  }
}

export class Scene {
  problems = [];
  shown = [];
  outcomes = [];
  state = scratchDir();
  runtime = scratchDir();
  opener = new Opener();
  person = new Person();
  secrets = [];
  /** Of every bridge, and of the commands that sign in and start anew. */
  args = [];
  /** Of every process. */
  env = {};
  /** What makes the servers well again. */
  onRecover = () => {};
  #faultEnv;
  #visits = 0;
  #closing = [];

  /**
   * `faultEnv` is given to every process of the scenario but prepared ones.
   * `hostLeft`: what fails is the host's end of a pipe, so that nothing that
   * was not received or could not be told is missed.
   */
  constructor(faultEnv, { hostLeft = false } = {}) {
    this.reports = scratchDir();
    this.hostLeft = hostLeft;
    this.#faultEnv = faultEnv;
  }

  get store() { return join(this.state, 'mcp-bridge'); }
  get url() { return this.server.url; }

  problem(text) { this.problems.push(text); }
  outcome(text) { this.outcomes.push(text); }

  secret(name) {
    const value = `canary-${name.replaceAll(' ', '-')}-${'q7'.repeat(8)}`;
    this.secrets.push(value);
    return value;
  }

  dir() { return scratchDir(); }

  file(name, text) {
    const path = join(scratchDir(), name);
    writeFileSync(path, text, { mode: 0o600 });
    if (name === 'log') this.log = path;
    return path;
  }

  /** A program of the user's. */
  program(name, text) {
    const path = this.file(name, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  records(kind) {
    const dir = join(this.store, kind);
    return existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.json')).map((name) => join(dir, name)) : [];
  }

  async protect({ as = {}, server = {} } = {}) {
    const mint = (kind) => this.secret(`${kind} ${this.secrets.length}`);
    this.as = await scriptedAs({ mint, ...as });
    this.server = await scriptedResource(this.as, server);
  }

  async serve(server) { this.server = server; }

  /** Something that is closed at the end. */
  also(thing) {
    this.#closing.push(() => thing.close());
    return thing;
  }

  #env(env) {
    return {
      XDG_STATE_HOME: this.state, XDG_RUNTIME_DIR: this.runtime, ...this.opener.env, ...this.env, FAULT_PIDS: join(this.reports, 'pids'),
      ASAN_OPTIONS: `log_path=${this.reports}/asan:exitcode=99:handle_abort=1:detect_leaks=0:allocator_may_return_null=1`,
      UBSAN_OPTIONS: `log_path=${this.reports}/ubsan:print_stacktrace=1`, ...env,
    };
  }

  talk(args, { url = this.server.url, env = {}, wrap, read, faults = this.#faultEnv } = {}) {
    const host = new Host({ url, args: [...this.args, ...args], wrap, read, env: this.#env({ ...env, ...faults }) });
    this.#closing.push(() => host.discard());
    return new Talk(this, host);
  }

  /** A session before anything fails, so that the store is full. */
  async prepared(use) {
    const talk = this.talk(['--auth-timeout', '10'], { faults: {} });
    await use(talk);
    await talk.leave();
    this.outcomes.pop();
  }

  command(...args) { return this.run({ args }); }

  /** `during(host)` goes on while the command runs, as far as it gets. */
  async run({ args, env = {}, input = '', during, ...options }) {
    let stdout = '';
    const host = new Host({ args, env: this.#env({ ...env, ...this.#faultEnv }), onChunk: (chunk) => { stdout += chunk; }, ...options });
    this.#closing.push(() => host.discard());
    host.child.stdin.end(input);
    during?.(host).catch(() => {});
    const exit = await within(ANSWER_MS, host.waitExit({ timeout: ANSWER_MS }).catch(() => undefined));
    if (!exit) return this.problem(`${args.join(' ')}: still running`);
    this.judgeExit(exit, host.stderr + stdout);
    this.shown.push(stdout, host.stderr);
    return this.outcome(`exit ${exit.code}`);
  }

  /** In a terminal, where a person does what `use(terminal)` does as far as it goes. */
  async onTerminal(args, use, options) {
    const terminal = new Terminal(args, this.#env(this.#faultEnv), options);
    this.#closing.push(() => terminal.close());
    const doing = Promise.resolve(use(terminal)).catch(() => {});
    await within(ANSWER_MS, Promise.race([doing, terminal.ended]));
    const code = await within(ANSWER_MS, terminal.ended);
    if (code === undefined) return this.problem(`${args.join(' ')}: still running in its terminal`);
    if (code !== 130) this.judgeExit({ code }, terminal.screen);
    this.shown.push(terminal.screen);
    return this.outcome(`exit ${code}`);
  }

  judgeExit({ code, signal }, output) {
    if (signal) this.problem(`ended by ${signal}`);
    else if (!documented.has(code)) this.problem(`exit status ${code}: ${output.slice(-2000)}`);
    else if (code !== 0 && code < 128 && output === '') this.problem(`exit status ${code} without a message`);
  }

  /** The nth tab, for a while. */
  tab(n) { return this.opener.tab(n, { timeout: 2000 }).catch(() => {}); }

  /** The person goes to the next tab, if there will be one. */
  visit() {
    this.#visits += 1;
    const n = this.#visits;
    const going = this.opener.tab(n, { timeout: 2000 }).then((url) => this.person.signIn(url)).catch(() => {});
    this.#closing.push(() => going);
  }

  /** Ends what the scenario left running, which a sign-in under way may be. */
  async #endProcesses() {
    const path = join(this.reports, 'pids');
    for (const pid of existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch { /* it has ended */ }
    }
    await sleep(20);
  }

  /** What must be so after any failure: the store is sound, the next start works. */
  async recover() {
    await this.#endProcesses();
    this.#faultEnv = {};
    this.hostLeft = false;
    if (existsSync(this.store)) await this.#readStore();
    if (!this.as) return;
    this.server.open.length = 0;
    for (const key of Object.keys(this.as.on)) delete this.as.on[key];
    this.onRecover();
    let on = true;
    const signingIn = (async () => {
      for (let seen = this.opener.count; on; await sleep(30)) {
        for (const { args } of this.opener.launches.slice(seen)) {
          seen += 1;
          this.person.signIn(args[0]).catch(() => {});
        }
      }
    })();
    // After a sign-in that failed none is started for a while, but by hand.
    const answer = await this.#tryAgain();
    if (answer?.error?.data?.kind === 'auth.login_required') {
      await this.command('login', ...this.args, this.url);
      this.outcomes.pop();
      const again = await this.#tryAgain();
      if (!again?.result) this.problem(`the next start does not work after a login: ${JSON.stringify(again)}`);
    } else if (!answer?.result) {
      this.problem(`the next start does not work: ${JSON.stringify(answer)}`);
    }
    on = false;
    await signingIn;
  }

  /** Starts once more; the answer to a request that needs a token. */
  async #tryAgain() {
    const talk = this.talk(['--auth-timeout', '20'], { faults: {} });
    await talk.initialize();
    await talk.ask('tools/list');
    await talk.leave();
    this.outcomes.pop();
    return talk.host.messages.find(({ id }) => id?.startsWith?.('tools/list'));
  }

  async #readStore() {
    const before = this.problems.length;
    await this.command('status', '--json');
    const [stdout, stderr] = this.shown.slice(-2);
    if (this.outcomes.pop() !== 'exit 0') this.problem(`the store cannot be read: ${stderr}`);
    try {
      JSON.parse(stdout);
    } catch {
      if (before === this.problems.length) this.problem(`status --json is no JSON: ${stdout}`);
    }
  }

  async close() {
    for (const end of this.#closing.reverse()) await end();
    await this.#endProcesses();
    await this.server?.close();
    await this.as?.close();
    if (this.log) this.shown.push(readFileSync(this.log, 'utf8'));
    const all = this.shown.join('\n');
    for (const secret of this.secrets) if (all.includes(secret)) this.problem(`${secret} was shown`);
    for (const name of readdirSync(this.reports).filter((one) => one !== 'pids')) {
      this.problem(`${name}: ${readFileSync(join(this.reports, name), 'utf8').slice(0, 3000)}`);
    }
  }
}
