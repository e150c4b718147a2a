// SPDX-License-Identifier: ISC
// Where the program under test is and what surrounds it: a command (which may
// be a wrapper such as valgrind), a thin environment as hosts give, and a home
// of its own so that no test sees another's files.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = fileURLToPath(new URL('../../../mcp-bridge', import.meta.url));

export const bridgeCommand = (process.env.MCP_BRIDGE ?? built).split(' ').filter(Boolean);

/** Sanitizers and valgrind make the program slower and larger than it is. */
export const instrumented = bridgeCommand.length > 1 || readFileSync(bridgeCommand[0]).includes('__asan_init');

/** Deadlines are multiplied by this. */
export const timeScale = Number(process.env.TIME_SCALE ?? (instrumented ? 4 : 1));

const home = mkdtempSync(join(tmpdir(), 'mcp-bridge-test-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

let dirs = 0;

/** A fresh directory that goes when this process ends. */
export function scratchDir() {
  return mkdtempSync(join(home, `${++dirs}-`));
}

const passed = /^(PATH|MCP_BRIDGE_SANDBOX|LANG|LC_.*|TZ|.SAN_OPTIONS|..?SAN_.*|LLVM_PROFILE_FILE)$/;

/** The environment a bridge is started with, plus `extra`. */
export function bridgeEnv(extra = {}) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => passed.test(name)));
  const dir = extra.XDG_STATE_HOME ?? scratchDir();
  return { ...env, HOME: dir, XDG_STATE_HOME: dir, BROWSER: '/bin/false', ...extra };
}
