// SPDX-License-Identifier: ISC
// What a user would have configured for each scenario: options of the bridge,
// with secrets in files, as it takes them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Stands for the user's browser: follows redirects to the loopback callback. */
export const browser = fileURLToPath(new URL('browser.sh', import.meta.url));

const clientMetadataUrl = 'https://conformance-test.local/client-metadata.json';

function secretFile(dir, name, content) {
  const path = join(dir, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const byScenario = {
  'auth/basic-cimd': () => ['--client-metadata-url', clientMetadataUrl],
  'auth/pre-registration': (context, file) => [
    '--client-id', context.client_id, '--client-secret-file', file('secret', context.client_secret),
  ],
  'auth/client-credentials-basic': (context, file) => [
    '--grant', 'client_credentials',
    '--client-id', context.client_id, '--client-secret-file', file('secret', context.client_secret),
  ],
  'auth/client-credentials-jwt': (context, file) => [
    '--grant', 'client_credentials', '--client-id', context.client_id,
    '--client-key-file', file('key.pem', context.private_key_pem),
    '--client-key-alg', context.signing_algorithm ?? 'ES256',
  ],
  'auth/enterprise-managed-authorization': (context, file) => [
    '--grant', 'enterprise',
    '--client-id', context.client_id, '--client-secret-file', file('secret', context.client_secret),
    '--idp-token-endpoint', context.idp_token_endpoint, '--idp-client-id', context.idp_client_id,
    '--id-token-file', file('id-token', context.idp_id_token),
  ],
  'auth/wif-jwt-bearer': (context, file) => [
    '--grant', 'jwt-bearer', '--client-id', context.client_id,
    '--assertion-file', file('assertion', context.valid_jwt),
  ],
};

/** The bridge's options for a scenario; files go to `dir`. */
export function optionsFor(scenario, context, dir) {
  const options = byScenario[scenario];
  return options ? options(context, (name, content) => secretFile(dir, name, content)) : [];
}
