// SPDX-License-Identifier: ISC
// Manners at a terminal and away from one: colour, width, alphabet, waits, and
// what becomes of output that nobody takes.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { bridgeCommand, bridgeEnv, scratchDir } from './lib/bridge.js';
import { runBridge, withHost } from './lib/host.js';
import { legacyServer } from './lib/scripted.js';
import { withRealServers, withScripted } from './lib/signin.js';
import { Terminal } from './lib/terminal.js';

const URL_HERE = 'http://127.0.0.1:1/mcp'; // where nobody listens
const ESC = '\x1b';
const traced = join(scratchDir(), 'trace.jsonl');
const nowhere = { BROWSER: '', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' };

/** Every command that a person may type, and what it ends with here. */
const commands = [
  [['--help'], 0],
  [['--version'], 0],
  [['login', '--help'], 0],
  [['status'], 0],
  [['status', '--json'], 0],
  [['status', URL_HERE], 77],
  [['logout', '--all'], 0],
  [['logout', URL_HERE], 0],
  [['login', URL_HERE], 69],
  [['doctor', URL_HERE], 69],
  [['doctor', '--json', URL_HERE], 69],
  [['config', '--list'], 0],
  [['config', 'claude-desktop', URL_HERE, '--header', 'A: b'], 0],
  [['config', 'jetbrains', URL_HERE], 0],
  [['config', 'claude-dektop', URL_HERE], 64],
  [['import'], 0],
  [['trace', traced], 0],
  [['call', URL_HERE, 'ping'], 69],
  [['tools', URL_HERE], 69],
  [['--no-such-option'], 64],
  [['satus'], 64],
];

const name = (args) => args.join(' ') || 'no arguments';

before(() => runBridge(['login', '--trace', traced, URL_HERE]));

/** The program in a shell, so that its descriptors can be anything. */
function shell(script, args) {
  return spawnSync('sh', ['-c', script, 'sh', ...bridgeCommand, ...args], { env: bridgeEnv({ TERM: 'xterm' }), encoding: 'utf8' });
}

async function onTerminal(args, options, env = {}) {
  const terminal = new Terminal(args, env, options);
  try {
    return { status: await terminal.end(), text: terminal.screen };
  } finally {
    terminal.close();
  }
}

const plain = (text) => text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '');

/** What stays on the screen: lines that were written over are gone. */
const left = (raw) => raw.split('\n').map((line) => plain(line.split(/\r(?!$)/).at(-1))).join('\n');

test('no command is missing here', async () => {
  const { stdout } = await runBridge(['--help']);
  const [, section] = /^Commands\n((?: {2}\S.*\n| {3,}\S.*\n)+)/m.exec(stdout);
  const named = [...section.matchAll(/^ {2}(\S+)/gm)].map(([, word]) => word);
  assert.ok(named.length >= 9);
  const tried = new Set(commands.map(([[word]]) => word));
  assert.deepEqual(named.filter((word) => !tried.has(word)), ['mcp-remote'], 'which is a bridge');
});

test('where it is no terminal there is no escape sequence, and each command has its status', { concurrency: 4 }, async (t) => {
  await Promise.all(commands.map(([args, status]) => t.test(name(args), async () => {
    const { code, stdout, stderr } = await runBridge(args, { env: { TERM: 'xterm' } });
    assert.equal(code, status, stderr);
    assert.ok(!(stdout + stderr).includes(ESC));
    assert.notEqual(stdout + stderr, '');
    if (status >= 64 && !args.includes('doctor') && !args.includes('status')) assert.match(stderr, /^mcp-bridge: .*\n(.*\n)* {2}\S/m, 'the next step');
  })));
});

test('on a terminal: styles with TERM=xterm, none with NO_COLOR or TERM=dumb', { concurrency: 4 }, async (t) => {
  await Promise.all([['--help'], ['status'], ['doctor', URL_HERE], ['--no-such-option'], ['config', '--list']].map((args) => t.test(name(args), async () => {
    const styled = await onTerminal(args, { term: 'xterm' });
    assert.match(styled.text, /\x1b\[[0-9;]+m/);
    const colourless = await onTerminal(args, { term: 'xterm' }, { NO_COLOR: '1' });
    assert.doesNotMatch(colourless.text, /\x1b\[[0-9;]*m/);
    const dumb = await onTerminal(args, { term: 'dumb' });
    assert.ok(!dumb.text.includes(ESC));
  })));
});

test('the alphabet of the locale: ASCII in the C locale, signs in UTF-8', { concurrency: 4 }, async (t) => {
  await Promise.all(commands.map(([args]) => t.test(name(args), async () => {
    const { text } = await onTerminal(args, { term: 'xterm' }, { LC_ALL: 'C' });
    assert.match(text, /^[\x00-\x7f]*$/);
  })));
  const { text } = await onTerminal(['doctor', URL_HERE], { term: 'xterm' }, { LC_ALL: 'C.UTF-8' });
  assert.match(text, /✗[^\n]*Connection/);
});

test('text is set for the width of the terminal', async (t) => {
  // Paths, addresses and options are not broken, JSON and tables of files are not set.
  const words = /\/|--|[{}":]|^\S+ +\S/;
  const wrapped = commands.filter(([args]) => !args.includes('--json') && !args.includes('--list') && args[0] !== 'import');
  for (const columns of [40, 80, 200]) await t.test(`${columns} columns`, () => Promise.all(wrapped.map(async ([args]) => {
    const terminal = new Terminal(args, {}, { columns, term: 'xterm' });
    await terminal.end();
    const lines = left(terminal.raw).split('\n');
    assert.ok(lines.length > 1);
    for (const line of lines) {
      const text = line.replace(/\r/g, '').trimEnd();
      assert.ok([...text].length <= columns || words.test(text), `${name(args)}, ${[...text].length} columns: ${text}`);
    }
  })));
});

test('a reader that leaves is no complaint; a full disk is', async () => {
  for (const args of [['--help'], ['--version'], ['status'], ['config', '--list'], ['doctor', '--json', URL_HERE]]) {
    const gone = join(scratchDir(), 'gone');
    const { stderr } = shell(`{ until [ -e ${gone} ]; do sleep 0.02; done; "$@"; echo "status $?" >&2; } | { exec <&-; : > ${gone}; }`, args);
    assert.equal(stderr, `status ${args[0] === 'doctor' ? 69 : 141}\n`, name(args));
    if (!existsSync('/dev/full')) continue;
    const full = shell('exec "$@" > /dev/full', args);
    assert.equal(full.status, 74, name(args));
    assert.match(full.stderr, /^mcp-bridge: Cannot write to standard output: No space left on device\n$/);
  }
});

test('closed descriptors change nothing', () => {
  for (const [args, status] of commands.filter(([[command]]) => command !== 'login')) {
    assert.equal(shell('exec "$@" >&-', args).status, status, `${name(args)}, stdout closed`);
    assert.equal(shell('exec "$@" 2>&-', args).status, status, `${name(args)}, stderr closed`);
    assert.equal(shell('exec "$@" <&- >&- 2>&-', args).status, status, `${name(args)}, all closed`);
  }
});

test('without HOME the user\'s own folder is meant', () => {
  for (const unset of ['env -u HOME -u XDG_STATE_HOME', 'env HOME= XDG_STATE_HOME=']) {
    const { status, stdout, stderr } = shell(`exec ${unset} "$@"`, ['status', '--json']);
    assert.equal(status, 0, stderr);
    assert.match(JSON.parse(stdout).store, /^\/.*\/mcp-bridge$/);
  }
});

test('the bridge says nothing on stderr unless it is asked; started by hand it says what it waits for', async () => {
  const server = await legacyServer();
  try {
    await withHost({ url: server.url }, async (host) => {
      await host.initialize();
      await host.request('tools/call', { name: 'echo', arguments: { text: 'x' } });
      await host.stop();
      assert.equal(host.stderr, '');
    });
    const terminal = new Terminal([server.url], {}, { columns: 80 });
    await terminal.shows(/Waiting for an MCP host on standard input\. To try the server out:\s+mcp-bridge\s+tools URL/);
    terminal.close();
  } finally {
    await server.close();
  }
});

/** A login on a terminal that can be written over, until it shows `line` with the time left, then `finish`. */
async function watch(place, { args = [], env = {}, line, finish }) {
  const terminal = new Terminal(['login', '--auth-timeout', '100', ...args, place.url], { ...place.env, LC_ALL: 'C', ...env }, { term: 'xterm', columns: 60 });
  try {
    const pattern = (sign) => new RegExp(`\\${sign} ${line}, (0:59|1:[0-3][0-9]) left`);
    await terminal.shows(pattern('|'));
    await terminal.shows(pattern('/'));
    await finish(terminal);
    assert.equal(await terminal.end(), 0, terminal.screen);
    assert.doesNotMatch(left(terminal.raw), /Waiting/, 'it leaves no trace');
    assert.match(left(terminal.raw), /Signed in to /);
  } finally {
    terminal.close();
  }
}

test('A-058 a sign-in in the browser shows that it waits, and how long', async () => {
  await withRealServers({}, (place) => watch(place, { line: 'Waiting for you', finish: () => place.finish() }));
});

test('A-087 so does one by a code', async () => {
  await withRealServers({ features: { deviceFlow: { enabled: true } } }, (place) => watch(place, {
    args: ['--grant', 'device_code'],
    line: 'Waiting for the code',
    finish: async ({ screen }) => {
      const [, uri] = /open this address on any device:\s+(\S+)/.exec(plain(screen));
      const [, code] = /enter the code\s+(\S+)/.exec(plain(screen));
      await place.person.enter({ uri, code });
    },
  }));
});

test('A-058 so does one whose address is pasted', async () => {
  await withScripted({}, async (place) => {
    place.person.cannotReach = ({ origin }) => origin !== new URL(place.as.issuer).origin;
    await watch(place, {
      env: nowhere,
      line: 'Waiting for the address',
      finish: async (terminal) => {
        const [, url] = /\s(https?:\/\/\S+[?&](?:state|request_uri)=\S+)\s/.exec(plain(terminal.screen));
        const { url: answer } = await place.person.visit(url);
        terminal.type('garbage');
        await terminal.shows(/not the address the browser ends at/);
        terminal.type(answer);
      },
    });
  });
});

test('A-057 so does a second terminal, for the sign-in of the first', async () => {
  await withRealServers({}, async (place) => {
    const first = new Terminal(['login', '--auth-timeout', '100', place.url], place.env);
    try {
      await place.opener.tab(1);
      await watch(place, { line: 'Waiting for you', finish: () => place.finish() });
      assert.equal(await first.end(), 0, first.screen);
      assert.equal(place.opener.count, 1);
    } finally {
      first.close();
    }
  });
});
