// SPDX-License-Identifier: ISC
// Real MCP servers as child processes on ports the kernel chose.
import { spawn } from 'node:child_process';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodePath } from './node22.js';

const everything = fileURLToPath(new URL('../../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url));

/** A port that was free a moment ago, for servers that cannot report theirs. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port) {
  const socket = net.connect(port, '127.0.0.1');
  const up = await new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  return up;
}

class ServerProcess {
  constructor(args, env, path) {
    this.path = path;
    this.output = '';
    this.child = spawn(nodePath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = new Promise((resolve) => this.child.once('exit', resolve));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk) => { this.output += chunk; });
    }
    this.kill = () => this.child.kill('SIGKILL');
    process.once('exit', this.kill);
  }

  get url() { return `http://127.0.0.1:${this.port}${this.path}`; }

  async ready(probe) {
    for (let tries = 0; tries < 400; tries += 1) {
      if (await probe()) return this;
      if (this.child.exitCode !== null) break;
      await sleep(25);
    }
    throw new Error(`server did not start: ${this.output}`);
  }

  async close() {
    process.removeListener('exit', this.kill);
    this.kill();
    await this.exited;
  }
}

/** @modelcontextprotocol/server-everything; transport "streamableHttp" or "sse". */
export async function everythingServer(transport = 'streamableHttp') {
  const port = await freePort();
  const server = new ServerProcess([everything, transport], { PORT: String(port) }, transport === 'sse' ? '/sse' : '/mcp');
  server.port = port;
  return server.ready(() => answers(port));
}

/** One of ours (sdk1-server.js, sdk2-server.js): it prints its port first. */
export async function sdkServer(file, ...args) {
  const script = fileURLToPath(new URL(`../servers/${file}`, import.meta.url));
  const server = new ServerProcess([script, ...args], {}, '/mcp');
  return server.ready(() => {
    server.port = Number(/^port (\d+)$/m.exec(server.output)?.[1]);
    return server.port > 0;
  });
}
