// SPDX-License-Identifier: ISC
// A certificate authority of our own in a fresh directory, made by openssl.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from './bridge.js';

/** Runs openssl with these arguments. */
export const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export class Authorities {
  dir = scratchDir();

  /** The path of a file here: `ca.pem`, `server.key`. */
  at(name) { return join(this.dir, name); }

  authority(name) {
    openssl('req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${name}`,
      '-keyout', this.at(`${name}.key`), '-out', this.at(`${name}.pem`));
  }

  certificate(name, { ca = 'ca', san = 'IP:127.0.0.1,DNS:localhost', days = '2' } = {}) {
    openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', this.at(`${name}.key`), '-out', this.at(`${name}.csr`));
    writeFileSync(this.at(`${name}.ext`), `subjectAltName=${san}\n`);
    openssl('x509', '-req', '-in', this.at(`${name}.csr`), '-CA', this.at(`${ca}.pem`), '-CAkey', this.at(`${ca}.key`), '-CAcreateserial',
      '-days', days, '-extfile', this.at(`${name}.ext`), '-out', this.at(`${name}.pem`));
  }

  /** { key, cert } for tls.createServer. */
  pair(name) { return { key: readFileSync(this.at(`${name}.key`)), cert: readFileSync(this.at(`${name}.pem`)) }; }
}
