/* SPDX-License-Identifier: ISC */
/*
 * Extensions that the bridge itself brings along, declared among the
 * capabilities of the client: the host cannot know of them. Pure.
 */
#ifndef MCP_DECLARE_H
#define MCP_DECLARE_H

#include "mcp/message.h"

/*
 * The message with `extension` added to its client capabilities: those of an
 * initialize, or of the envelope of a stateless request. All other bytes are
 * as they were. NULL where it has no capabilities, or declares it already.
 */
struct message *
declare_extension(const struct message *message, const char *extension);

#endif
