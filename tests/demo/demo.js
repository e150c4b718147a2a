// SPDX-License-Identifier: ISC
// `make demo`: a real MCP server on a loopback port, the bridge in front of it,
// and a host conversation shown from both sides: what host and bridge say to
// each other over stdio, and what reaches the server over HTTP. Then a server
// that wants its users to sign in, with a real authorization server.
import http from 'node:http';
import { ensureNode22 } from '../integration/lib/node22.js';

ensureNode22();
const { bridgeCommand } = await import('../integration/lib/bridge.js');
const { Host } = await import('../integration/lib/host.js');
const { everythingServer } = await import('../integration/lib/servers.js');
const { withRealServers } = await import('../integration/lib/signin.js');

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
const width = Math.max(60, (process.stdout.columns ?? 110) - 14);
const short = (text) => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

const show = {
  title: (text) => console.log(`\n${paint(1, text)}`),
  host: (text) => console.log(`${paint(36, 'host   →')} ${short(text)}`),
  bridge: (text) => console.log(`${paint(32, 'host   ←')} ${short(text)}`),
  server: (text) => console.log(`${paint(90, `  server  ${short(text)}`)}`),
};

/** Stands between bridge and server and tells what passes; changes nothing. */
async function windowOn(target) {
  const proxy = http.createServer((req, res) => {
    const session = req.headers['mcp-session-id'] ? ' (in a session)' : '';
    const version = req.headers['mcp-protocol-version'] ?? 'no version yet';
    const forward = http.request(target, { method: req.method, headers: req.headers }, (answer) => {
      show.server(`${req.method} ${req.url} ${version}${session} ⇒ ${answer.statusCode} ${answer.headers['content-type'] ?? ''}`);
      res.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(res);
    });
    forward.on('error', () => res.destroy());
    res.on('close', () => forward.destroy());
    req.pipe(forward);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return proxy;
}

class DemoHost extends Host {
  write(line) {
    show.host(line.trim());
    super.write(line);
  }
}

async function ask(host, method, params, options) {
  const answer = await host.request(method, params, options);
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}

async function converse(host) {
  show.title('Handshake');
  await host.initialize();

  show.title('What tools are there?');
  const { tools } = await ask(host, 'tools/list');
  console.log(`          ${tools.length} tools: ${short(tools.map(({ name }) => name).join(', '))}`);

  show.title('A tool call that takes a while and reports progress');
  const call = await ask(host, 'tools/call', {
    name: 'trigger-long-running-operation', arguments: { duration: 2, steps: 4 }, _meta: { progressToken: 'demo' },
  });
  const steps = host.messages.filter(({ method }) => method === 'notifications/progress');
  if (call.isError || steps.length !== 4) throw new Error('the tool call did not report four steps');

  show.title('A resource');
  const { resources } = await ask(host, 'resources/list');
  const { contents } = await ask(host, 'resources/read', { uri: resources[0].uri });
  if (contents[0].uri !== resources[0].uri) throw new Error('another resource came');
}

async function openServer() {
  const server = await everythingServer();
  const proxy = await windowOn(server.url);
  const host = new DemoHost({ url: `http://127.0.0.1:${proxy.address().port}/mcp` });
  host.onLine = (line) => show.bridge(line.toString());
  try {
    await converse(host);
    show.title('The host leaves');
    const { ms } = await host.stop();
    console.log(`          the bridge ended ${Math.round(ms)} ms after its host`);
  } finally {
    await host.discard();
    proxy.closeAllConnections();
    proxy.close();
    await server.close();
  }
}

/** The person is played by a program that fills in the forms of the pages. */
async function signIn() {
  await withRealServers({}, async (place) => {
    show.title('Another server wants its users to sign in');
    const host = place.start();
    host.onLine = (line) => show.bridge(line.toString());
    const opened = host.initialize();
    const tab = await place.opener.tab(1);
    console.log(`          the bridge opened a browser at ${tab.replace(/[^/]*$/, '…')}`);
    await place.finish();
    console.log('          the person has signed in and closed the tab');
    await opened;
    await ask(host, 'tools/list');

    show.title('A second bridge to it needs no browser');
    const second = place.start();
    await second.initialize();
    console.log(`          ${place.opener.count} tab in all`);

    show.title('mcp-bridge status');
    console.log((await place.run('status')).stdout.replace(/^/gm, '          '));
  });
}

console.log(`${paint(1, 'mcp-bridge demo')}: ${bridgeCommand.join(' ')}`);
try {
  await openServer();
  await signIn();
  console.log(`\n${paint(32, 'ok')}`);
} catch (error) {
  console.error(`\n${paint(31, 'failed')}: ${error.message}`);
  process.exitCode = 1;
}
