// SPDX-License-Identifier: ISC
// The conformance suite and some servers need Node 22, which Debian 12 does not
// have: the entry scripts call this first and start again with the copy that
// npm ci put into tests/node_modules.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bundled = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));

export const nodePath = existsSync(bundled) ? bundled : process.execPath;

export function ensureNode22() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return;
  if (!existsSync(bundled)) {
    console.error('Node 22 is missing: run `npm ci` in tests/');
    process.exit(1);
  }
  const child = spawnSync(bundled, process.argv.slice(1), { stdio: 'inherit' });
  process.exit(child.status ?? 1);
}
