// SPDX-License-Identifier: ISC
// Programs that keep secrets, each with a home of its own: a real keyring on a
// private bus, pass with a key made for the test, a program of a user's, and a
// stand-in for the keychain of macOS. Each is { store, env, close() }.
import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './signin.js';

const run = promisify(execFile);

/** Short, since sockets below it have names of 107 bytes at most. */
const shortDir = () => mkdtempSync(join(tmpdir(), 'kp-'));

const firstLine = (stream) => new Promise((resolve, reject) => {
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
    if (text.includes('\n')) resolve(text.split('\n')[0]);
  });
  stream.once('close', () => reject(new Error(`ended: ${text}`)));
});

function program(dir, name, text) {
  const path = join(dir, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

/** GNOME Keyring, unlocked, on a session bus of its own. */
export async function secretService() {
  const dir = shortDir();
  const env = { PATH: process.env.PATH, HOME: dir, XDG_DATA_HOME: join(dir, 'data'), XDG_RUNTIME_DIR: join(dir, 'run') };
  mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus.stdout);
  const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  daemon.stdin.end('password');
  const send = (...args) => run('dbus-send', ['--session', '--print-reply', '--dest=org.freedesktop.secrets', '/org/freedesktop/secrets', ...args], { env });
  const ready = () => run('sh', ['-c', 'echo ready | secret-tool store --label=ready is ready && secret-tool clear is ready'], { env }).then(() => true, () => false);
  await until(ready, 'the keyring', { timeout: 20_000 });
  return {
    store: 'secret-service',
    dir,
    env: { DBUS_SESSION_BUS_ADDRESS: env.DBUS_SESSION_BUS_ADDRESS },
    holds: async () => (await run('secret-tool', ['search', '--all', 'service', 'mcp-bridge'], { env })).stdout,
    lock: () => send('org.freedesktop.Secret.Service.Lock', 'array:objpath:/org/freedesktop/secrets/collection/login'),
    close: () => {
      daemon.kill();
      bus.kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** pass, with a key without a passphrase. */
export async function pass() {
  const dir = shortDir();
  const env = { GNUPGHOME: join(dir, 'gnupg'), PASSWORD_STORE_DIR: join(dir, 'store') };
  const all = { PATH: process.env.PATH, HOME: dir, ...env };
  mkdirSync(env.GNUPGHOME, { mode: 0o700 });
  await run('gpg', ['--batch', '--quiet', '--passphrase', '', '--quick-generate-key', 'test@example.invalid', 'default', 'default', '1d'], { env: all });
  await run('pass', ['init', 'test@example.invalid'], { env: all });
  return {
    store: 'pass',
    dir,
    env,
    holds: async () => {
      const { stdout: names } = await run('sh', ['-c', `cd "${env.PASSWORD_STORE_DIR}" && find mcp-bridge -name '*.gpg' 2> /dev/null || :`], { env: all });
      const shown = names.split('\n').filter(Boolean).map((name) => run('pass', ['show', name.replace(/\.gpg$/, '')], { env: all }));
      return (await Promise.all(shown)).map(({ stdout }) => stdout).join('\n');
    },
    close: async () => {
      await run('gpgconf', ['--kill', 'all'], { env: all }).catch(() => {});
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const readAll = async (dir) => readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8')).join('\n');

/** A program of a user's, by the protocol of the manual, with an argument. */
export async function command() {
  const dir = shortDir();
  const kept = join(dir, 'kept');
  mkdirSync(kept);
  const path = program(dir, 'keep secrets', `#!/bin/sh
set -eu
[ "$1" = '--into' ] && dir=$2
while IFS= read -r line && [ -n "$line" ]; do
	case $line in
	kind=*) kind=\${line#kind=} ;;
	key=*) key=\${line#key=} ;;
	value=*) value=\${line#value=} ;;
	esac
done
file=$dir/$kind-$key
case $3 in
get) if [ -f "$file" ]; then printf 'value=%s\\n' "$(cat "$file")"; fi ;;
store) printf '%s' "$value" > "$file.$$" && mv "$file.$$" "$file" ;;
erase) rm -f "$file" ;;
esac
`);
  return {
    store: `command:"${path}" --into '${kept}'`,
    env: {},
    holds: () => readAll(kept),
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** What of security(1) is used, its 4096 bytes a line included; not the real one. */
export async function keychain() {
  const dir = shortDir();
  const kept = join(dir, 'kept');
  mkdirSync(kept);
  program(dir, 'security', `#!${process.execPath}
const { existsSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const [verb, ...args] = process.argv.slice(2);
const option = (list, name) => list[list.indexOf(name) + 1];
const fileOf = (list) => ${JSON.stringify(kept)} + '/' + (option(list, '-s') + '.' + option(list, '-a')).replaceAll(' ', '_');
if (verb === '-i') {
  for (const line of readFileSync(0, 'utf8').split('\\n').filter(Boolean)) {
    if (line.length >= 4096) process.exit(1);
    const words = line.match(/"[^"]*"|\\S+/g).map((word) => word.replace(/^"|"$/g, ''));
    writeFileSync(fileOf(words) + '~', option(words, '-w'));
    renameSync(fileOf(words) + '~', fileOf(words));
  }
} else if (!existsSync(fileOf(args))) {
  console.error('security: The specified item could not be found in the keychain.');
  process.exit(44);
} else if (verb === 'find-generic-password') {
  console.log(readFileSync(fileOf(args), 'utf8'));
} else {
  rmSync(fileOf(args));
}
`);
  return {
    store: 'keychain',
    env: { PATH: `${dir}:${process.env.PATH}` },
    holds: async () => (await readAll(kept)).split(/[^\w-]+/).map((part) => Buffer.from(part, 'base64url').toString()).join('\n'),
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
