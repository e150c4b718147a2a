// SPDX-License-Identifier: ISC
// Tokens kept by programs other than the desktop's keyring, and nowhere else.
import { describe, test } from 'node:test';
import { command, keychain, pass } from './lib/keepers.js';
import { assertLifeIn } from './lib/kept.js';

const programs = {
  pass: [pass, /pass/],
  'a program of the user': [command, /command .*keep secrets/],
  'the macOS keychain (a stand-in)': [keychain, /macOS keychain/],
};

describe('stores', { concurrency: true }, () => {
  for (const [name, [make, where]] of Object.entries(programs)) {
    test(`A-090 A-093 A-116 tokens live in ${name}: sign-in, renewal, warm start, status, logout`, () => assertLifeIn(make, where));
  }
});
