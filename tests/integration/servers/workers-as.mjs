// SPDX-License-Identifier: ISC
// The worker of workers.js: an MCP server behind @cloudflare/workers-oauth-provider,
// and the page on which a person lets a client in.
import { OAuthProvider } from './oauth-provider.js';
import { origin } from './place.js';

const text = (value) => ({ content: [{ type: 'text', text: value }] });

const answers = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'worker', version: '1' } }),
  'tools/list': () => ({ tools: ['whoami', 'write'].map((name) => ({ name, inputSchema: { type: 'object' } })) }),
  'tools/call': ({ name }, { user, scope }) => text(name === 'whoami' ? user : scope.join(' ')),
};

const mcp = {
  async fetch(request, env, { props }) {
    if (request.method !== 'POST') return new Response(null, { status: 405 });
    const { id, method, params } = await request.json();
    if (id === undefined) return new Response(null, { status: 202 });
    if (params?.name === 'write' && !props.scope.includes('mcp:write')) {
      return new Response(null, { status: 403, headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope", scope="mcp:write"' } });
    }
    return Response.json({ jsonrpc: '2.0', id, result: answers[method](params, props) });
  },
};

const pages = {
  async fetch(request, env) {
    const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request);
    if (request.method === 'GET') {
      const { pathname, search } = new URL(request.url);
      const form = `<form method="post" action="${(pathname + search).replaceAll('&', '&amp;')}"><input type="text" name="login"><button name="choice" value="accept">Allow</button></form>`;
      return new Response(`<!doctype html><title>Log in</title>${form}`, { headers: { 'Content-Type': 'text/html' } });
    }
    const user = (await request.formData()).get('login');
    const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
      request: asked, userId: user, metadata: {}, scope: asked.scope, props: { user, scope: asked.scope },
    });
    return Response.redirect(redirectTo, 302);
  },
};

export default new OAuthProvider({
  apiRoute: '/mcp', apiHandler: mcp, defaultHandler: pages,
  authorizeEndpoint: '/authorize', tokenEndpoint: '/token', clientRegistrationEndpoint: '/register',
  scopesSupported: ['mcp:read', 'mcp:write'],
  resourceMetadata: { resource: `${origin}/mcp`, authorization_servers: [origin], scopes_supported: ['mcp:read'] },
});
