// SPDX-License-Identifier: ISC
// The scenarios of the suite, by set, with the wire versions each exists in.
export const legacy = '2025-11-25';
export const modern = '2026-07-28';

const both = [legacy, modern];

const loginFree = {
  initialize: ['2025-06-18', legacy],
  tools_call: ['2025-06-18', ...both],
  'elicitation-sep1034-client-defaults': [legacy],
  'sse-retry': [legacy],
  'request-metadata': [modern],
  'sep-2322-client-request-state': [modern],
  'http-standard-headers': [modern],
  'http-custom-headers': [modern],
  'http-invalid-tool-headers': [modern],
  'json-schema-ref-no-deref': [modern],
  'json-schema-2020-12-preservation': both,
  'sep-2640-client-no-prefetch': both,
  'sep-2640-client-verify-digest': both,
  'sep-2640-client-verify-size': both,
  'sep-2640-client-verify-frontmatter': both,
};

const auth = {
  'auth/metadata-default': both,
  'auth/metadata-var1': both,
  'auth/metadata-var2': both,
  'auth/metadata-var3': both,
  'auth/basic-cimd': both,
  'auth/scope-from-www-authenticate': both,
  'auth/scope-from-scopes-supported': both,
  'auth/scope-omitted-when-undefined': both,
  'auth/scope-step-up': both,
  'auth/scope-retry-limit': both,
  'auth/token-endpoint-auth-basic': ['2025-06-18', ...both],
  'auth/token-endpoint-auth-post': ['2025-06-18', ...both],
  'auth/token-endpoint-auth-none': ['2025-06-18', ...both],
  'auth/pre-registration': both,
  'auth/2025-03-26-oauth-metadata-backcompat': ['2025-03-26'],
  'auth/2025-03-26-oauth-endpoint-fallback': ['2025-03-26'],
  'auth/resource-mismatch': [modern],
  'auth/offline-access-scope': [modern],
  'auth/offline-access-not-supported': [modern],
  'auth/authorization-server-migration': [modern],
  'auth/iss-supported': [modern],
  'auth/iss-not-advertised': [modern],
  'auth/iss-supported-missing': [modern],
  'auth/iss-wrong-issuer': [modern],
  'auth/iss-unexpected': [modern],
  'auth/iss-normalized': [modern],
  'auth/metadata-issuer-mismatch': [modern],
};

const extensions = {
  'auth/client-credentials-jwt': both,
  'auth/client-credentials-basic': both,
  'auth/enterprise-managed-authorization': both,
  'auth/dpop': both,
  'auth/dpop-nonce': both,
  'auth/wif-jwt-bearer': both,
};

export const sets = { 'login-free': loginFree, auth, extensions };
