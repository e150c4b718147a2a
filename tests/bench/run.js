// SPDX-License-Identifier: ISC
// The benchmark: bridge, floor, direct and perhaps a peer, in interleaved
// rounds. Every ratio is taken within a round; what is printed are medians.
//
//   node tests/bench/run.js BRIDGE [OPTION ...]
//
// Environment: BENCH (folder of the programs), SLIM and STATIC (other builds of
// the bridge), PEER (a command; {url} becomes the server's), QUICK=1 (few
// rounds), ONLY (a pattern for tasks' names). A full run writes its tables into
// docs/benchmark.md and the README.
import { createHash } from 'node:crypto';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { tasks } from './plan.js';
import { peerLine, replaceFigures, table } from './table.js';

const bench = process.env.BENCH || 'build/release/bench';
const quick = Boolean(process.env.QUICK);
const only = new RegExp(process.env.ONLY || '');
const rounds = quick ? 3 : 7;
const [bridgePath, ...bridgeOptions] = process.argv.slice(2);
const builds = { bridge: bridgePath, slim: process.env.SLIM,
	static: process.env.STATIC };
// Instead of a sign-in, where that is not what is measured.
const token = 'x';
const header = ['--header', `Authorization: Bearer ${token}`];

const subjects = ['bridge', 'slim', 'static'].filter((name) => builds[name])
	.concat('floor', 'direct', process.env.PEER ? 'peer' : []);

function freePort() {
	return new Promise((resolve) => {
		const probe = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = probe.address();
			probe.close(() => resolve(port));
		});
	});
}

function firstLine(child) {
	return new Promise((resolve, reject) => {
		child.stdout.once('data', (data) => resolve(String(data).trim()));
		child.once('exit', () => reject(new Error('the server ended')));
	});
}

// A CA, a certificate for 127.0.0.1, and a folder of all the system's CAs and
// ours, linked by hash.
function makeCertificates(dir) {
	const openssl = (...args) => execFileSync('openssl', args,
		{ cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
	const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
		'-nodes', '-days', '2'];
	fs.writeFileSync(path.join(dir, 'san'),
		'subjectAltName=IP:127.0.0.1\n');
	openssl('req', '-x509', ...key, '-subj', '/CN=bench CA',
		'-keyout', 'ca.key', '-out', 'ca.pem');
	openssl('req', ...key.slice(0, 5), '-subj', '/CN=127.0.0.1',
		'-keyout', 'server.key', '-out', 'server.csr');
	openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem',
		'-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
		'-extfile', 'san', '-out', 'server.pem');
	const all = path.join(dir, 'certs');
	fs.mkdirSync(all);
	const hash = openssl('x509', '-hash', '-noout', '-in', 'ca.pem');
	fs.symlinkSync(path.join(dir, 'ca.pem'), path.join(all, `${hash}.0`));
	const system = '/etc/ssl/certs';
	for (const name of fs.existsSync(system) ? fs.readdirSync(system) : [])
		if (!fs.existsSync(path.join(all, name)))
			fs.symlinkSync(path.join(system, name), path.join(all, name));
}

function nginxConfig(dir, port, upstream) {
	const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
		.map((name) => `${name}_temp_path ${dir}/${name};`).join(' ');
	return `daemon off; master_process off; pid ${dir}/pid;
error_log ${dir}/error.log; events { worker_connections 2048; }
http {
	access_log off; ${temp}
	upstream server { server 127.0.0.1:${upstream}; keepalive 512; }
	server {
		listen 127.0.0.1:${port} ssl http2 backlog=1024;
		ssl_certificate ${dir}/server.pem;
		ssl_certificate_key ${dir}/server.key;
		ssl_protocols TLSv1.3;
		http2_max_concurrent_streams 512;
		keepalive_requests 100000000;
		client_max_body_size 100m;
		location / {
			proxy_pass http://server;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			# An answer's last frame comes with its body: without,
			# libcurl resets the stream or does not, by chance.
			proxy_buffering on;
			proxy_request_buffering off;
			proxy_read_timeout 1h;
		}
	}
}
`;
}

async function startNginx(dir, upstream) {
	const port = await freePort();
	makeCertificates(dir);
	fs.writeFileSync(path.join(dir, 'nginx.conf'),
		nginxConfig(dir, port, upstream));
	const child = spawn('nginx',
		['-p', dir, '-c', path.join(dir, 'nginx.conf'), '-e',
			path.join(dir, 'error.log')],
		{ stdio: ['ignore', 'ignore', 'inherit'] });
	await new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', () => reject(new Error('nginx ended')));
		setTimeout(resolve, 500);
	});
	return { child, port };
}

// The figures of each command that was driven.
function parse(text) {
	return text.trim().split('\n\n').map((block) => Object.fromEntries(
		block.split('\n').map((line) => line.split(' '))
			.map(([name, value]) => [name, Number(value)])));
}

// The processors we may use: "0-2,5" is 0, 1, 2 and 5.
function processors() {
	const list = /Cpus_allowed_list:\s*(\S+)/
		.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
	return list.split(',').flatMap((range) => {
		const [from, to = from] = range.split('-').map(Number);
		return Array.from({ length: to - from + 1 }, (_, i) => from + i);
	});
}

// One call at a time is a chain of wake-ups, and costs thrice as much where they
// go from one processor to another: this is not left to chance. The servers get
// the last one, who is measured the first, but for a peer, which may have several
// threads; false: all have them all.
function pin(servers, apart) {
	const all = processors();
	for (const { pid } of servers)
		execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid',
			apart ? all.at(-1) : all.join(','), pid].map(String),
		{ stdio: 'ignore' });
	return apart ? ['taskset', '--cpu-list', String(all[0])] : [];
}

// What a sign-in leaves behind; see include/auth/records.h.
function signIn(state, url) {
	const hash = createHash('sha256');
	for (const part of [url, 'default']) {
		const size = Buffer.alloc(8);
		size.writeBigUInt64BE(BigInt(Buffer.byteLength(part)));
		hash.update(size).update(part);
	}
	const folder = path.join(state, 'mcp-bridge', 'access');
	const now = Math.floor(Date.now() / 1000);
	fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
	fs.writeFileSync(path.join(folder, `${hash.digest('hex')}.json`),
		JSON.stringify({ version: 1, url, profile: 'default',
			issuer: 'http://127.0.0.1', resource: url, client_id: 'bench',
			token, scheme: 'Bearer', expires_at: now + 86400,
			refresh_at: now + 80000, generation: 1, obtained_at: now }),
		{ mode: 0o600 });
}

function environment(task, dir, url) {
	const state = path.join(dir, task.signedIn ? 'signed-in' : 'state');
	const env = { ...process.env, XDG_STATE_HOME: state };
	for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE',
		'NODE_EXTRA_CA_CERTS', 'CA_FILE'])
		delete env[name];
	if (task.allCas)
		env.SSL_CERT_DIR = path.join(dir, 'certs');
	else if (task.tls)
		env.CA_FILE = env.SSL_CERT_FILE = path.join(dir, 'ca.pem');
	if (task.signedIn)
		signIn(state, url);
	return env;
}

function urlOf(task, site) {
	const where = task.plain ? 'plain' : 'mcp';
	return task.tls ? `https://127.0.0.1:${site.tls}/${where}` :
		`http://127.0.0.1:${site.plain}/${where}`;
}

// What the driver starts; null: nothing of this subject.
function command(subject, task, url) {
	if (subject === 'bridge' || (subject in builds && task.builds))
		return [path.resolve(builds[subject]),
			...task.signedIn ? [] : header, ...bridgeOptions, url];
	if (subject === 'floor' && !task.alone)
		return [path.join(bench, 'floor'), url];
	if (subject === 'direct' && task.direct === 'spawn')
		return [path.join(bench, 'direct'), url];
	if (subject === 'peer' && task.peer)
		return process.env.PEER.replaceAll('{url}', url).split(' ');
	return null;
}

// The same for those that are measured by one process, perhaps taking turns.
function program(subjects, task, url) {
	if (subjects[0] === 'direct' && Array.isArray(task.direct))
		return [path.join(bench, 'direct'), url, ...task.direct];
	const commands = subjects.map((subject) => command(subject, task, url));
	const args = subjects[0] === 'peer' ? task.peer : task.args;
	return commands.includes(null) ? null : [path.join(bench, 'driver'),
		...args, ...commands.flatMap((c, i) => i > 0 ? [':::', ...c] : c)];
}

function measure(subjects, task, site, dir) {
	const url = urlOf(task, site);
	const what = program(subjects, task, url);
	if (!what)
		return [];
	const prefix = subjects[0] === 'peer' ? [] : site.prefix;
	const [file, ...args] = [...prefix, ...what].map(String);
	try {
		return parse(execFileSync(file, args, {
			env: environment(task, dir, url),
			stdio: ['ignore', 'pipe', 'inherit'],
		}).toString());
	} catch (error) {
		process.stderr.write(`${subjects}, ${task.name}: ${error.message}\n`);
		return [];
	}
}

// Nobody follows the same one each time; a peer's processes take a while to go,
// and burden whoever comes next.
function turnOf(round) {
	const light = subjects.filter((subject) => subject !== 'peer');
	const turn = light.map((_, i) => light[(i + round) % light.length]);
	if (round % 2 === 1)
		turn.reverse();
	return turn.concat(subjects.includes('peer') ? 'peer' : []);
}

// Those of a task that are measured together.
function groupsOf(task, turn) {
	const abreast = turn.filter((subject) => task.abreast &&
		(subject === 'bridge' || subject === 'floor'));
	const alone = turn.filter((subject) => !abreast.includes(subject));
	return [...abreast.length ? [abreast] : [],
		...alone.map((subject) => [subject])];
}

// Processes of one program differ by some percent, each for its whole life, by
// where its pages happen to lie: what must be told apart takes several turns.
function measureTurns(task, round, of, site, dir) {
	const turns = quick ? 1 : task.turns || 1;
	for (let turn = 0; turn < turns; turn++)
		for (const group of groupsOf(task, turnOf(round * turns + turn))) {
			const sets = group[0] === 'peer' && turn > 0 ? [] :
				measure(group, task, site, dir);
			group.forEach((subject, i) =>
				(of[subject] ||= []).push(sets[i] || null));
		}
}

// results[task][subject] = one set of figures for each turn of each round
function runAll(site, dir) {
	const results = {};
	for (let round = 0; round < rounds; round++) {
		process.stderr.write(`round ${round + 1} of ${rounds}\n`);
		for (const task of tasks(quick))
			if (!(task.once && round > 0) && !(task.tls && !site.tls) &&
				only.test(task.name)) {
				site.prefix = pin(site.servers, task.abreast);
				measureTurns(task, round,
					results[task.name] ||= {}, site, dir);
			}
	}
	return results;
}

function report(results) {
	const version = execFileSync(path.resolve(bridgePath), ['--version'])
		.toString().trim().split('\n').join(', ');
	const machine = `${os.cpus().length} × ${os.cpus()[0].model}, ` +
		`${os.type()} ${os.release()}`;
	const peer = process.env.PEER ?
		[peerLine(results, process.env.PEER)] : [];
	const full = [`${machine}; ${version}. Medians of ${rounds} interleaved ` +
		'rounds.', table(results, subjects), ...peer].join('\n\n');
	console.log(full);
	if (quick || process.env.ONLY)
		return;
	replaceFigures('docs/benchmark.md', full);
	replaceFigures('README.md', [`On ${machine}:`,
		table(results, subjects, true), ...peer].join('\n\n'));
}

async function main() {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'mcp-bridge-bench-'));
	const server = spawn(path.join(bench, 'server'),
		{ stdio: ['pipe', 'pipe', 'inherit'] });
	let nginx = null;
	try {
		const site = { plain: Number(await firstLine(server)),
			servers: [server] };
		try {
			nginx = await startNginx(dir, site.plain);
			site.tls = nginx.port;
			site.servers.push(nginx.child);
		} catch (error) {
			process.stderr.write(`no TLS: ${error.message}\n`);
		}
		report(runAll(site, dir));
	} finally {
		server.stdin.end();
		if (nginx)
			nginx.child.kill();
		fs.rmSync(dir, { recursive: true, force: true });
	}
}

main().catch((error) => {
	process.stderr.write(`${error.stack}\n`);
	process.exitCode = 1;
});
