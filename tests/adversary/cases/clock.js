// SPDX-License-Identifier: ISC
// A wall clock that jumps, by faketime, while a token has a time to live.
import assert from 'node:assert/strict';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { instrumented, scratchDir } from '../../integration/lib/bridge.js';
import { Opener, Person } from '../../integration/lib/browser.js';
import { scriptedAs, scriptedResource } from '../../integration/lib/scripted-as.js';
import { ask } from '../attack.js';

const library = ['x86_64', 'aarch64'].map((arch) => `/usr/lib/${arch}-linux-gnu/faketime/libfaketime.so.1`).find(existsSync);

/** Calls before and after a jump by `offset`; at most `most` renewals may come of it. */
function jump(id, what, offset, most) {
  return {
    id: `clock-${id}`, what, must: ['result'],
    async run(trial) {
      if (!library) return 'skip: faketime is not installed';
      if (instrumented) return 'skip: faketime and a sanitizer do not go together';
      const as = await trial.use(scriptedAs());
      const server = await trial.use(scriptedResource(as));
      const clock = join(scratchDir(), 'clock');
      const set = (value) => { writeFileSync(clock, `${value}\n`); const now = new Date(); utimesSync(clock, now, now); };
      set('+0');
      const opener = new Opener();
      const host = trial.host({ url: server.url, env: {
        XDG_STATE_HOME: scratchDir(), ...opener.env, LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1',
      } });
      const opened = host.initialize();
      await new Person().signIn(await opener.tab());
      await opened;
      assert.equal(await ask(host, 'tools/list', undefined, { id: 'before' }), 'result');
      const before = as.forms.length;
      set(offset);
      await sleep(100);
      let outcome;
      for (let n = 0; n < 5; n += 1) outcome = await ask(host, 'tools/call', { name: 'echo', arguments: {} }, { id: `after ${n}` });
      assert.ok(as.forms.length - before <= most, `${as.forms.length - before} renewals`);
      assert.equal(opener.count, 1, 'a second sign-in');
      await trial.end(host);
      return outcome;
    },
  };
}

export const cases = [
  jump('hour', 'an hour and a half ahead: the token has run out', '+90m', 2),
  jump('years', 'ten years ahead', '+3650d', 3),
  jump('back', 'a day back', '-1d', 1),
  jump('back-years', 'ten years back', '-3650d', 1),
];
