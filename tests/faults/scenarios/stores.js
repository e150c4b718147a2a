// SPDX-License-Identifier: ISC
// The places where tokens are kept, beside the files that all the others use.
import { command, keychain } from '../../integration/lib/keepers.js';
import { HOLD, converse, echo, usual } from './steps.js';

/** Signs in, renews, shows and signs out. */
async function life(scene) {
  const talk = scene.talk(HOLD);
  scene.visit();
  await converse(talk);
  scene.as.access.clear();
  await talk.ask(...echo(2));
  await talk.leave();
}

async function memory(scene) {
  scene.args = ['--store', 'memory'];
  await scene.protect({ server: usual });
  await life(scene);
}

const keptBy = (make) => async (scene) => {
  const keeper = await scene.also(await make());
  scene.args = ['--store', keeper.store];
  scene.env = { ...keeper.env, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
  await scene.protect({ server: usual });
  await life(scene);
  const [stored, refused] = [scene.args, ['--store', 'command:false']];
  await scene.command('status', ...stored, scene.url);
  await scene.command('status', ...refused, scene.url);
  await scene.command('logout', ...stored, '--all');
};

export const stores = { memory, program: keptBy(command), keychain: keptBy(keychain) };
