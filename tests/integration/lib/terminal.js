// SPDX-License-Identifier: ISC
// A terminal of its own (a pty, by script(1)) with the program in it: what a
// person sees there and types.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { bridgeCommand, bridgeEnv, timeScale } from './bridge.js';

export class Terminal {
  screen = '';
  raw = ''; // with its carriage returns

  constructor(args, env, { term = 'dumb', columns } = {}) {
    const words = [...bridgeCommand, ...args].map((word) => `'${word}'`).join(' ');
    const command = columns ? `stty cols ${columns}; exec ${words}` : words;
    this.child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
      env: { ...bridgeEnv(env), TERM: term, SHELL: '/bin/sh' },
    });
    this.child.stdout.on('data', (chunk) => {
      this.raw += String(chunk);
      this.screen += String(chunk).replaceAll('\r', '');
      this.onData?.(this.screen);
    });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  type(line) { this.child.stdin.write(`${line}\r`); }

  /** The first match of what is on the screen, now or soon. */
  async shows(pattern, { timeout = 10_000 } = {}) {
    for (const end = performance.now() + timeout * timeScale; performance.now() < end; await sleep(20)) {
      const found = pattern.exec(this.screen);
      if (found) return found;
    }
    throw new Error(`${pattern} is not on the screen: ${this.screen}`);
  }

  /** The exit status. */
  async end({ timeout = 15_000 } = {}) {
    const late = sleep(timeout * timeScale, 'late', { ref: false });
    const status = await Promise.race([this.ended, late]);
    if (status === 'late') throw new Error(`still running: ${this.screen}`);
    return status;
  }

  close() { this.child.kill('SIGKILL'); }
}
