// SPDX-License-Identifier: ISC
// A protected MCP server on the official SDK 1.x with that SDK's own bearer
// check and metadata routes. It trusts the JWT access tokens of one issuer;
// the tool "write" needs a scope beyond that of a first login. A guard
// (possession.js) may stand in for the check; HTTP+SSE may be spoken as well.
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const decoded = (part) => JSON.parse(Buffer.from(part, 'base64url'));

function build() {
  const mcp = new McpServer({ name: 'protected', version: '1.0.0' });
  mcp.registerTool('whoami', {}, async ({ authInfo }) => text(authInfo.extra.sub));
  mcp.registerTool('write', {}, async ({ authInfo }) => text(authInfo.scopes.join(' ')));
  return mcp;
}

/** Checks what a resource server must: signature, issuer, audience; the SDK checks the time. */
function verifierFor(issuer, audience) {
  let key;
  const fetchKey = async () => {
    const { keys } = await (await fetch(`${issuer}/jwks`)).json();
    return createPublicKey({ key: keys[0], format: 'jwk' });
  };
  return {
    async verifyAccessToken(token) {
      const [head, body, signature] = token.split('.');
      if (!signature) throw new InvalidTokenError('Not a JWT');
      key ??= await fetchKey();
      const good = verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
      const { iss, aud, exp, sub, scope = '', client_id: clientId, cnf } = decoded(body);
      if (!good || iss !== issuer || aud !== audience) throw new InvalidTokenError('Not for this server');
      return { token, clientId, scopes: scope.split(' '), expiresAt: exp, extra: { sub, cnf } };
    },
  };
}

const sessions = new Map();

async function transportFor(req) {
  const known = sessions.get(req.headers['mcp-session-id']);
  if (known) return known;
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => { sessions.set(id, transport); },
  });
  await build().connect(transport);
  return transport;
}

/** HTTP+SSE at the same path: the stream by GET, messages by POST beside it. */
function speakSse(app) {
  const open = new Map();
  app.get('/mcp', async (req, res) => {
    const transport = new SSEServerTransport('/mcp/messages', res);
    open.set(transport.sessionId, transport);
    await build().connect(transport);
  });
  app.post('/mcp/messages', (req, res) => open.get(req.query.sessionId).handlePostMessage(req, res, req.body));
  app.post('/mcp', (req, res) => res.sendStatus(405));
}

async function listen(app, tls) {
  const listener = tls ? https.createServer(tls, app) : http.createServer(app);
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return { listener, baseUrl: `${tls ? 'https' : 'http'}://127.0.0.1:${listener.address().port}` };
}

/**
 * `server.answers` counts the statuses of /mcp. `guard` checks tokens instead of
 * the SDK; `metadata` goes into those of the resource; `tls` as for https.
 */
export async function protectedServer({ issuer }, { guard, metadata, tls, sse = false } = {}) {
  const app = createMcpExpressApp();
  const { listener, baseUrl } = await listen(app, tls);
  const url = `${baseUrl}/mcp`;
  const answers = {};
  const verifier = verifierFor(issuer, url);
  const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(new URL(url));
  const need = (...requiredScopes) => guard?.middleware({ verifier, resourceMetadataUrl, baseUrl })
    ?? requireBearerAuth({ verifier, requiredScopes, resourceMetadataUrl });
  const reading = need('mcp:read');
  const writing = need('mcp:write');

  if (metadata) {
    app.get('/.well-known/oauth-protected-resource/mcp', (req, res) => res.json({
      resource: url, authorization_servers: [issuer], scopes_supported: ['mcp:read'], ...metadata,
    }));
  }
  app.use(mcpAuthMetadataRouter({
    oauthMetadata: { issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, response_types_supported: ['code'] },
    resourceServerUrl: new URL(url),
    scopesSupported: ['mcp:read'],
  }));
  app.use('/mcp', (req, res, next) => {
    res.on('finish', () => { answers[res.statusCode] = (answers[res.statusCode] ?? 0) + 1; });
    next();
  });
  app.use('/mcp', (req, res, next) => (req.body?.params?.name === 'write' ? writing : reading)(req, res, next));
  if (sse) speakSse(app);
  app.use('/mcp', async (req, res) => (await transportFor(req)).handleRequest(req, res, req.body));
  return {
    url,
    answers,
    answersOf: (status) => answers[status] ?? 0,
    close: () => new Promise((resolve) => {
      listener.closeAllConnections();
      listener.close(resolve);
    }),
  };
}
