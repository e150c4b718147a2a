// SPDX-License-Identifier: ISC
// A machine of our own: the run starts itself again in a network and a mount
// namespace, where every address is on the loopback device, names are what we
// say, and delay and loss can be had without harm to anybody.
//	mcp.example	public, as far as the bridge can tell
//	near.example	this machine, by a name the bridge does not know
//	10.77.0.1, 169.254.169.254	a neighbour, a metadata service
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MARK = 'MCP_BRIDGE_TEST_NAMESPACE';
export const inside = process.env[MARK] !== undefined;

/** Addresses on lo; nothing leaves the namespace. */
export const addresses = { public: '9.9.9.1', other: '9.9.9.2', neighbour: '10.77.0.1', metadata: '169.254.169.254' };

const setUp = `
ip link set lo up || exit 99
for address in ${Object.values(addresses).join(' ')}; do ip addr add $address/32 dev lo || exit 99; done
mount --make-rprivate / && mount --bind "$1/hosts" /etc/hosts && mount --bind "$1/resolv.conf" /etc/resolv.conf || exit 99
mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf || exit 99
shift
exec "$@"
`;

/** Does not return where there is such a namespace and we are not yet in it. */
export function enterNamespace() {
  if (inside) return;
  const ways = [['-m', '-n'], ['-U', '-r', '-m', '-n']];
  const way = ways.find((flags) => spawnSync('unshare', [...flags, 'true']).status === 0);
  if (!way) return;
  const dir = mkdtempSync(join(tmpdir(), 'mcp-bridge-namespace-'));
  writeFileSync(join(dir, 'hosts'), `127.0.0.1 localhost\n::1 localhost\n${addresses.public} mcp.example\n127.0.0.1 near.example\n`);
  writeFileSync(join(dir, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
  writeFileSync(join(dir, 'nsswitch.conf'), 'hosts: files dns\n');
  const again = [process.execPath, ...process.argv.slice(1)];
  const { status, signal } = spawnSync('unshare', [...way, 'sh', '-c', setUp, '-', dir, ...again], { stdio: 'inherit', env: { ...process.env, [MARK]: '1' } });
  rmSync(dir, { recursive: true, force: true });
  if (status === 99) return; // what it takes is not there: cases are skipped
  process.exit(signal ? 1 : status);
}

function filter(...rules) {
  const input = ['table ip loss {', 'chain in {', 'type filter hook input priority 0', ...rules, '}', '}', ''].join('\n');
  return spawnSync('nft', ['-f', '-'], { input }).status === 0;
}

/** Drops so many of a hundred packets, on their way in. */
export function lose(percent) {
  return filter(`numgen random mod 100 < ${percent} drop`);
}

/** Drops everything that goes to a port: the peer is gone without a word. */
export function swallow(port) {
  return filter(`tcp dport ${port} drop`, `tcp sport ${port} drop`);
}

export const mend = () => spawnSync('nft', ['delete', 'table', 'ip', 'loss']);

/** By netem where the kernel has it: delay, reordering, doubled packets. */
export const shape = (rule) => spawnSync('tc', ['qdisc', 'replace', 'dev', 'lo', 'root', ...rule.split(' ')]).status === 0;
export const unshape = () => spawnSync('tc', ['qdisc', 'del', 'dev', 'lo', 'root']);

/** The whole network goes, and comes back. */
export function link(up) {
  execFileSync('ip', ['link', 'set', 'lo', up ? 'up' : 'down']);
  if (up) for (const address of Object.values(addresses)) spawnSync('ip', ['addr', 'add', `${address}/32`, 'dev', 'lo']);
}
