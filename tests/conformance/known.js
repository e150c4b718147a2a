// SPDX-License-Identifier: ISC
// What an earlier start finds out about a server of 2026-07-28 alone; not what
// the server said, so that nothing is answered from memory.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The name of a record: each part after its length. */
function keyOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts.map((text) => Buffer.from(text))) {
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(part.length));
    hash.update(size).update(part);
  }
  return hash.digest('hex');
}

/** Writes the record for `url` under the state directory `state`. */
export function rememberStateless(state, url) {
  const profile = 'default';
  const dir = join(state, 'mcp-bridge', 'server');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const record = JSON.stringify({ url, profile, stateless: true });
  writeFileSync(join(dir, `${keyOf(url, profile)}.json`), record, { mode: 0o600 });
}
