/* SPDX-License-Identifier: ISC */
/*
 * Every cap of the program, with its reason. Sizes are bytes, times are
 * milliseconds. Exceeding a cap is a fault for the message concerned, never
 * the end of the process.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>

#define KIB ((size_t)1024)
#define MIB ((size_t)1024 * 1024)

/* One line from the host, one message or event from the remote: screenshots
 * and whole files travel as base64 in one message. */
#define LIMIT_MESSAGE (64 * MIB)

/* Requests of the host without an answer yet; hosts rarely pass 100. */
#define LIMIT_PENDING ((size_t)1024)

/* Bytes of host messages held for sending; past it stdin is not read. */
#define LIMIT_HELD (160 * MIB)

/* stdout queue: transfers pause above the first, resume below the second. */
#define LIMIT_STDOUT_HIGH (4 * MIB)
#define LIMIT_STDOUT_LOW (1 * MIB)

/* A JSON-RPC id is echoed and compared as raw bytes. */
#define LIMIT_ID (1 * KIB)

/* JSON nesting: messages carry user data, auth documents do not. */
#define LIMIT_DEPTH 256
#define LIMIT_AUTH_DEPTH 64

/* Header block of one response, one header value, one session id. */
#define LIMIT_HEADERS (64 * KIB)
#define LIMIT_HEADER_VALUE (8 * KIB)
#define LIMIT_SESSION_ID (1 * KIB)
#define LIMIT_EVENT_ID (4 * KIB)
#define LIMIT_URL (8 * KIB)

/* Body of a response that is no success: quoted briefly, or a JSON-RPC error
 * whose data a host may need whole. */
#define LIMIT_ERROR_BODY (1 * MIB)

/* Metadata, registration and token answers (RFC 8414, 9728, 7591, 6749). */
#define LIMIT_AUTH_DOCUMENT (256 * KIB)
#define LIMIT_STORE_RECORD (256 * KIB)

/* A job or an answer between pump and authorizer: the challenges of a whole
 * header block, or a token, with room for escapes. */
#define LIMIT_AUTH_LINE (512 * KIB)

/* The loopback callback: request line, and head with the excess skipped. */
#define LIMIT_CALLBACK_LINE (16 * KIB)
#define LIMIT_CALLBACK_HEAD (64 * KIB)

/* A raw signature: RSA with OpenSSL's largest modulus. */
#define LIMIT_SIGNATURE (2 * KIB)

/* A nonce of a server that wants it in proofs (RFC 9449); header or claims of
 * a proof, which holds the URL and the nonce. */
#define LIMIT_NONCE (1 * KIB)
#define LIMIT_PROOF (LIMIT_URL * 6 + LIMIT_NONCE + KIB)

/* A file of headers or a secret given by the user. */
#define LIMIT_CONFIG_FILE (256 * KIB)

/* A host's settings: some keep their whole history beside them. */
#define LIMIT_SETTINGS_FILE (32 * MIB)

/* A trace is two files, 8 MiB in all: some thousand calls. A process that does
 * not get the lock may go on into the spare. One line: what a message says, cut
 * to the first, and what is said about it. */
#define LIMIT_TRACE_SPARE (64 * KIB)
#define LIMIT_TRACE_FILE (4 * MIB - LIMIT_TRACE_SPARE)
#define LIMIT_TRACE_BODY (4 * KIB)
#define LIMIT_TRACE_LINE (32 * KIB)

/* Redirects: same-origin for messages, hand-checked for metadata. */
#define LIMIT_REDIRECTS 5
#define LIMIT_METADATA_REDIRECTS 3

/* Pages of tools/list the bridge asks for by itself; tools and annotated
 * parameters it remembers. */
#define LIMIT_TOOL_PAGES 64
#define LIMIT_TOOLS ((size_t)4096)
/* A schema that is searched for annotations: the search costs its size times
 * its depth. */
#define LIMIT_SCHEMA (1 * MIB)
/* Requests of the server the host has not answered. */
#define LIMIT_ASKED ((size_t)1024)

/* Attempts again for methods without effects after 429 or 503. */
#define LIMIT_RETRIES 3

/* Questions in one input_required result; rounds of them for one request. */
#define LIMIT_INPUTS 8
#define LIMIT_INPUT_ROUNDS 10

#define TIMEOUT_CONNECT_MS 30000
#define TIMEOUT_REQUEST_MS (30 * 60 * 1000)
/* After EOF in-flight answers are awaited this long, then DELETE; together
 * with the exit they stay under 1 s. After SIGTERM there is no drain. */
#define TIMEOUT_DRAIN_MS 600
#define TIMEOUT_DELETE_MS 250
/* The host's handshake is answered within this time, whatever the server does:
 * the least patient host gives up at 10 s. */
#define TIMEOUT_HANDSHAKE_MS 7500
/* Host messages wait at most this long for the standing stream's headers. */
#define TIMEOUT_STREAM_OPEN_MS 1500
#define TIMEOUT_ENDPOINT_MS 5000
#define TIMEOUT_AUTH_FETCH_MS 30000
/* How often a login that waits for its user looks at the clock, and how often
 * it ticks for somebody who watches. */
#define LOGIN_TURN_MS 1000
#define LOGIN_TICK_MS 150
/* Stream reconnection without a `retry` from the server. */
#define RECONNECT_FIRST_MS 1000
#define RECONNECT_MAX_MS 30000
/* With one this is the least, and grows as well while nothing comes: a server
 * that asks for 0 and closes at once would have us do nothing else. */
#define RECONNECT_LEAST_MS 50

#endif
