// SPDX-License-Identifier: ISC
// The whole life of a sign-in at every real authorization server there is here.
import { test } from 'node:test';
import { features, servers, withServer } from './lib/interop.js';

for (const name of Object.keys(servers)) {
  test(`a sign-in at ${name}, from login to logout`, async (t) => {
    await withServer(name, async (place) => {
      for (const [feature, run] of Object.entries(features)) await t.test(feature, () => run(place));
    });
  });
}
