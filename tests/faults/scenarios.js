// SPDX-License-Identifier: ISC
// What the program is made to do while calls of it fail: conversations that go
// on whatever becomes of a step. Each takes a Scene and, by its hosts and
// commands, runs into every part that calls into the system.
import { commands } from './scenarios/commands.js';
import { grants } from './scenarios/grants.js';
import { remote } from './scenarios/remote.js';
import { signin } from './scenarios/signin.js';
import { stores } from './scenarios/stores.js';

export const scenarios = { ...remote, ...signin, ...grants, ...stores, ...commands };
