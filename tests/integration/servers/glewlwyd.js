// SPDX-License-Identifier: ISC
// glewlwyd with a database of its own, set up through its administration: one
// OpenID Connect plugin, two scopes, the user anna. Its login page is an
// application; the person here calls what that application calls.
import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { scratchDir } from '../lib/bridge.js';
import { exchange } from '../lib/browser.js';
import { freePort } from '../lib/servers.js';
import { until } from '../lib/signin.js';

const schema = '/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz';
const scopes = ['mcp:read', 'mcp:write'];

const settings = (origin, database) => `
port=${new URL(origin).port}
bind_address="127.0.0.1"
external_url="${origin}"
login_url="login.html"
api_prefix="api"
static_files_path="/usr/share/glewlwyd/webapp/"
log_mode="console"
log_level="NONE"
cookie_domain="127.0.0.1"
cookie_secure=0
session_expiration=2419200
session_key="session"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
use_secure_connection=false
secure_connection_key_file="none"
secure_connection_pem_file="none"
secure_connection_ca_file="none"
hash_algorithm="SHA512"
database = { type = "sqlite3"; path = "${database}"; };
`;

/** One logged-in user of its interface. */
class Session {
  constructor(origin) { this.origin = origin; }

  async send(method, path, json) {
    const answer = await exchange(`${this.origin}${path}`, {
      method, body: json && JSON.stringify(json),
      headers: { 'Content-Type': 'application/json', ...(this.cookie ? { Cookie: this.cookie } : {}) },
    });
    const [line] = answer.headers['set-cookie'] ?? [];
    if (line) [this.cookie] = line.split(';');
    return answer;
  }

  async must(method, path, json) {
    const answer = await this.send(method, path, json);
    if (answer.status >= 300) throw new Error(`glewlwyd: ${method} ${path}: ${answer.status} ${answer.text}`);
  }

  logIn(username, password) { return this.must('POST', '/api/auth/', { username, password }); }
}

/** What a person does in front of its application. */
export class GlewlwydPerson {
  constructor(origin) { this.origin = origin; }

  async signIn(url) {
    const { location } = (await exchange(url)).headers;
    const asked = new URL(location).searchParams;
    const session = new Session(this.origin);
    await session.logIn('anna', 'password');
    await session.must('PUT', `/api/auth/grant/${asked.get('client_id')}`, { scope: asked.get('scope') });
    const back = await session.send('GET', `${location.slice(this.origin.length)}&g_continue`);
    return exchange(back.headers.location, { headers: { 'Sec-Fetch-Mode': 'navigate' } });
  }
}

function plugin(issuer, resource) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return {
    module: 'oidc', name: 'oidc', display_name: 'oidc', enabled: true,
    parameters: {
      iss: issuer, 'jwt-type': 'rsa', 'jwt-key-size': '256', key: privateKey, cert: publicKey, 'jwks-show': true,
      'access-token-duration': 3600, 'refresh-token-duration': 86400, 'code-duration': 60,
      'refresh-token-rolling': true, 'refresh-token-one-use': 'always', 'allow-non-oidc': true,
      'auth-type-code-enabled': true, 'auth-type-refresh-enabled': true, 'auth-type-client-enabled': true,
      'auth-type-device-enabled': true, 'device-authorization-expiration': 600, 'device-authorization-interval': 5,
      'pkce-allowed': true, 'pkce-method-plain-allowed': false, 'pkce-required': true,
      'introspection-revocation-allowed': true, 'introspection-revocation-allow-target-client': true,
      'register-client-allowed': true, 'register-client-auth-scope': [], 'register-client-credentials-scope': [],
      'resource-allowed': true, 'resource-scope': Object.fromEntries(scopes.map((scope) => [scope, [resource]])), 'resource-scope-and-client-property': false,
      'oauth-as-iss-id': true,
    },
  };
}

/** `resource` is the MCP server's URL: the server guards no other. */
export async function glewlwyd(resource, origin) {
  const dir = scratchDir();
  const database = join(dir, 'glewlwyd.db');
  execFileSync('sqlite3', [database], { input: gunzipSync(readFileSync(schema)) });
  writeFileSync(join(dir, 'glewlwyd.conf'), settings(origin, database));
  const child = spawn('glewlwyd', ['-c', join(dir, 'glewlwyd.conf')], { stdio: 'ignore' });
  const issuer = `${origin}/api/oidc`;
  const admin = new Session(origin);
  await until(() => admin.send('GET', '/config').then(({ status }) => status === 200, () => false), 'glewlwyd', { timeout: 20_000 });
  await admin.logIn('admin', 'password');
  for (const name of scopes) await admin.must('POST', '/api/scope/', { name, display_name: name, password_required: true });
  await admin.must('POST', '/api/user/', { username: 'anna', name: 'Anna', password: 'password', enabled: true, scope: ['g_profile', ...scopes] });
  await admin.must('POST', '/api/mod/plugin/', plugin(issuer, resource));
  return { issuer, close: async () => { child.kill(); } };
}

export const glewlwydOrigin = async () => `http://127.0.0.1:${await freePort()}`;
