// SPDX-License-Identifier: ISC
// The benchmark: bridge, floor, direct and perhaps a peer, in interleaved
// rounds. Every ratio is taken within a round; what is printed are medians.
//
//   node tests/bench/run.js BRIDGE [OPTION ...]
//
// Environment: BENCH (folder of the programs), QUICK=1 (few rounds), PEER (a
// command; {url} becomes the server's), ONLY (a pattern for tasks' names).
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const bench = process.env.BENCH || 'build/release/bench';
const quick = Boolean(process.env.QUICK);
const only = new RegExp(process.env.ONLY || '');
const rounds = quick ? 3 : 7;
const [bridgePath, ...bridgeOptions] = process.argv.slice(2);
// A static header keeps sign-in out of what is measured.
const bridge = [path.resolve(bridgePath), '--header', 'Authorization: Bearer x',
	...bridgeOptions];

const large = 64_000_000;
const calls = (n, w) => ['-n', n, '-w', w, '-b', '64', 'calls'];

// args: of the driver; direct: of the same without pipes; peer: of a slow one.
const tasks = [
	{ name: 'start', args: ['-n', '15', 'start'], direct: 'spawn',
		peer: ['start'] },
	{ name: 'start, TLS', tls: true, args: ['-n', '10', 'start'],
		direct: 'spawn' },
	{ name: 'start, TLS, all CAs', tls: true, allCas: true, alone: true,
		args: ['-n', '10', 'start'] },
	{ name: '1 call', args: calls('4000', '1'),
		direct: ['4000', '1', '64'], peer: calls('300', '1') },
	{ name: '64 calls', args: calls('20000', '64'),
		direct: ['20000', '64', '64'], peer: calls('1000', '64') },
	{ name: '256 calls', args: calls('20000', '256'),
		direct: ['20000', '256', '64'], peer: calls('1000', '256') },
	{ name: '1 call, TLS', tls: true, args: calls('2000', '1'),
		direct: ['2000', '1', '64'] },
	{ name: '64 calls, TLS', tls: true, args: calls('10000', '64') },
	{ name: 'result', args: ['-b', large, 'result'],
		direct: ['3', '1', large], peer: ['-b', large, 'result'] },
	{ name: 'result, SSE', args: ['-b', large, '-s', 'result'],
		direct: ['3', '1', large, 'sse'] },
	{ name: 'request', args: ['-b', '8000000', 'request'] },
	{ name: 'events', args: ['-n', '500000', 'events'],
		peer: ['-n', '5000', 'events'] },
	{ name: 'events, GET', args: ['-n', '500000', '-g', 'events'],
		peer: ['-n', '5000', '-g', 'events'] },
	{ name: 'herd', args: ['-n', '200', 'herd'],
		peer: ['-n', '20', 'herd'] },
	{ name: 'exit', plain: true, args: ['-n', '10', 'exit'] },
	{ name: 'idle', once: true, args: ['-t', quick ? '10' : '60', 'idle'],
		peer: ['-t', '10', 'idle'] },
];

// What is shown: title, task, figure, the bound. `over` is the subject that
// the bridge is divided by; without it the bound is on the figure itself.
const rows = [
	['Start to first answer, ms', 'start', 'start_ms', 'floor', '≤', 1.10],
	['– CPU, ms', 'start', 'start_cpu_ms', 'floor'],
	['– over TLS, one CA, ms', 'start, TLS', 'start_ms', 'floor'],
	['– over TLS, all CAs ÷ one CA', 'start, TLS, all CAs', 'start_ms',
		'start, TLS', '≤', 1.2],
	['One call at a time, p50 µs', '1 call', 'p50_us', 'floor', '≤', 1.08],
	['– ÷ direct', '1 call', 'p50_us', 'direct', '≤', 1.40],
	['– CPU a call, µs', '1 call', 'cpu_us', 'floor', '≤', 1.15],
	['64 in flight, calls/s', '64 calls', 'calls_s', 'floor', '≥', 0.90],
	['– CPU a call, µs', '64 calls', 'cpu_us', 'floor', '≤', 1.10],
	['256 in flight, calls/s', '256 calls', 'calls_s', 'floor', '≥', 0.85],
	['– CPU a call, µs', '256 calls', 'cpu_us', 'floor'],
	['TLS 1.3, HTTP/2: p50 µs', '1 call, TLS', 'p50_us', 'floor', '≤', 1.10],
	['– CPU a call, µs', '1 call, TLS', 'cpu_us', 'floor', '≤', 1.10],
	['– 64 in flight, calls/s', '64 calls, TLS', 'calls_s', 'floor'],
	['64 MB result as JSON, MB/s', 'result', 'mb_s', 'floor', '≥', 0.6],
	['– peak growth, MiB', 'result', 'growth_mib', null, '≤', 65.1],
	['64 MB result as SSE, MB/s', 'result, SSE', 'mb_s', 'floor', '≥', 0.6],
	['– peak growth, MiB', 'result, SSE', 'growth_mib', null, '≤', 65.1],
	['8 MB request: peak growth, MiB', 'request', 'growth_mib', null, '≤',
		8.4],
	['Events of one answer, 1/s', 'events', 'events_s', 'floor', '≥', 0.7],
	['Events of the GET stream, 1/s', 'events, GET', 'events_s', 'floor', '≥',
		0.7],
	['Idle: threads', 'idle', 'threads', null, '≤', 1],
	['– wake-ups a minute', 'idle', 'wakeups_min', null, '≤', 1],
	['– private memory, MiB', 'idle', 'private_mib', null, '≤', 1.7],
	['200 at once: all answered, ms', 'herd', 'herd_ms', 'floor', '≤', 1.2],
	['– private memory each, MiB', 'herd', 'each_mib', null, '≤', 1.5],
	['End of input to exit, ms', 'exit', 'exit_ms', null, '≤', 3],
];

function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 ? sorted[middle] :
		(sorted[middle - 1] + sorted[middle]) / 2;
}

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
			proxy_buffering off;
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

function parse(text) {
	const figures = {};
	for (const line of text.trim().split('\n')) {
		const [name, value] = line.split(' ');
		figures[name] = Number(value);
	}
	return figures;
}

function environment(task, dir) {
	const env = { ...process.env, XDG_STATE_HOME: path.join(dir, 'state') };
	for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE',
		'NODE_EXTRA_CA_CERTS', 'CA_FILE'])
		delete env[name];
	if (task.allCas)
		env.SSL_CERT_DIR = path.join(dir, 'certs');
	else if (task.tls)
		env.CA_FILE = env.SSL_CERT_FILE = path.join(dir, 'ca.pem');
	return env;
}

function urlOf(task, ports) {
	const where = task.plain ? 'plain' : 'mcp';
	return task.tls ? `https://127.0.0.1:${ports.tls}/${where}` :
		`http://127.0.0.1:${ports.server}/${where}`;
}

function command(subject, task, url) {
	const drive = (args, ...what) =>
		[path.join(bench, 'driver'), ...args.map(String), ...what];
	if (subject === 'bridge')
		return drive(task.args, ...bridge, url);
	if (subject === 'floor' && !task.alone)
		return drive(task.args, path.join(bench, 'floor'), url);
	if (subject === 'direct' && task.direct === 'spawn')
		return drive(task.args, path.join(bench, 'direct'), url);
	if (subject === 'direct' && task.direct)
		return [path.join(bench, 'direct'), url,
			...task.direct.map(String)];
	if (subject === 'peer' && task.peer)
		return drive(task.peer, ...process.env.PEER
			.replaceAll('{url}', url).split(' '));
	return null;
}

function measure(subject, task, ports, dir) {
	const what = command(subject, task, urlOf(task, ports));
	if (!what)
		return null;
	try {
		return parse(execFileSync(what[0], what.slice(1), {
			env: environment(task, dir),
			stdio: ['ignore', 'pipe', 'inherit'],
		}).toString());
	} catch (error) {
		process.stderr.write(`${subject}, ${task.name}: ${error.message}\n`);
		return null;
	}
}

// results[task][subject] = one set of figures for each round
function runAll(subjects, ports, dir) {
	const results = {};
	for (let round = 0; round < rounds; round++) {
		process.stderr.write(`round ${round + 1} of ${rounds}\n`);
		for (const task of tasks) {
			if ((task.once && round > 0) || (task.tls && !ports.tls) ||
				!only.test(task.name))
				continue;
			const of = results[task.name] ||= {};
			const turn = subjects.map((_, i) =>
				subjects[(i + round) % subjects.length]);
			for (const subject of turn)
				(of[subject] ||= []).push(
					measure(subject, task, ports, dir));
		}
	}
	return results;
}

function figures(results, task, subject, name) {
	const sets = (results[task] || {})[subject] || [];
	return sets.map((set) => set && set[name]);
}

const shown = (value) => value === undefined ? '' :
	value >= 1000 ? Math.round(value).toLocaleString('en').replaceAll(',', ' ') :
		value >= 100 ? value.toFixed(0) :
			value >= 10 ? value.toFixed(1) : value.toFixed(2);

function middle(values) {
	const known = values.filter((value) => value !== null &&
		value !== undefined);
	return known.length ? median(known) : undefined;
}

function ratioOf(results, [, task, name, over]) {
	const own = figures(results, task, 'bridge', name);
	const other = ['floor', 'direct'].includes(over) ?
		figures(results, task, over, name) :
		figures(results, over, 'bridge', name);
	return middle(own.map((value, i) =>
		value && other[i] ? value / other[i] : null));
}

function printTable(results, subjects) {
	const columns = ['', ...subjects, 'ratio', 'bound', ''];
	console.log(`| ${columns.join(' | ')} |`);
	console.log(`|---${'|---:'.repeat(columns.length - 1)}|`);
	for (const row of rows) {
		const [title, task, name, over, sense, bound] = row;
		const values = subjects.map((subject) =>
			middle(figures(results, task, subject, name)));
		if (values[0] === undefined)
			continue;
		const ratio = over ? ratioOf(results, row) : undefined;
		const judged = over ? ratio : values[0];
		const met = !sense ||
			(sense === '≤' ? judged <= bound : judged >= bound);
		console.log(`| ${[title, ...values.map(shown),
			ratio === undefined ? '' : ratio.toFixed(2),
			sense ? `${sense} ${bound}` : '',
			met ? '' : 'missed'].join(' | ')} |`);
	}
}

function printPeer(results) {
	const against = [
		['start', 'start', 'start_ms'], ['CPU a call', '1 call', 'cpu_us'],
		['memory in a herd', 'herd', 'each_mib'],
	];
	console.log(`\nPeer: \`${process.env.PEER}\`, over the bridge: ` +
		against.map(([what, task, name]) => {
			const peer = figures(results, task, 'peer', name);
			const own = figures(results, task, 'bridge', name);
			const ratio = middle(peer.map((value, i) =>
				value && own[i] ? value / own[i] : null));
			return `${what} × ${ratio ? ratio.toFixed(0) : '?'}`;
		}).join(', ') + '.');
}

async function main() {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'mcp-bridge-bench-'));
	const server = spawn(path.join(bench, 'server'),
		{ stdio: ['pipe', 'pipe', 'inherit'] });
	let nginx = null;
	try {
		const ports = { server: Number(await firstLine(server)) };
		try {
			nginx = await startNginx(dir, ports.server);
			ports.tls = nginx.port;
		} catch (error) {
			process.stderr.write(`no TLS: ${error.message}\n`);
		}
		const subjects = ['bridge', 'floor', 'direct'];
		if (process.env.PEER)
			subjects.push('peer');
		const results = runAll(subjects, ports, dir);
		const version = execFileSync(bridge[0], ['--version']).toString();
		console.log(`${os.cpus().length} × ${os.cpus()[0].model}, ` +
			`${os.type()} ${os.release()}; ` +
			`${version.trim().split('\n').join(', ')}. ` +
			`Medians of ${rounds} interleaved rounds.\n`);
		printTable(results, subjects);
		if (process.env.PEER)
			printPeer(results);
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
