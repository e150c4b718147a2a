/* SPDX-License-Identifier: ISC */
/*
 * The host at the pump's end: two pipes, one loop, one request at a time. Which
 * era the server speaks, tokens, retries and sessions are the pump's business.
 */
#include "cli/client.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/json_print.h"
#include "cli/login.h"
#include "cli/progress.h"
#include "cli/pump.h"
#include "io/channel.h"
#include "io/os.h"
#include "mcp/answer.h"

/* When a wait begins to show. */
enum { PATIENCE_MS = 400 };

struct client {
	const struct options *options; /* borrowed: those of the pump */
	struct pump pump;
	struct channel *channel;
	int up[2], down[2]; /* to the pump, and from it */
	struct terminal err;
	struct loop_timer wake; /* sends what was queued between two runs */
	struct progress wait;
	struct loop_timer turn; /* of its sign of life */
	int64_t id;             /* of the last request */
	struct message *answer; /* owned: its answer, not yet taken */
	bool signs_in;          /* a sign-in is started where one is needed */
	bool wants_sign_in;     /* one is needed */
	int signo;              /* that ended it; 0: none */
};

/* -- to the server --------------------------------------------------------- */

static void
send_message(struct client *c, struct message *m)
{
	channel_send(c->channel, &m->text);
	message_free(&m);
}

/* Somebody who watches wants to see progress; in scripts the params stay as
 * they were given. */
static void
put_params(const struct client *c, struct span params, struct buf *out)
{
	struct json_iter it;
	struct span key, value;

	mem_must(json_put_key(out, "params"));
	if (!c->err.live || json_get(params, "_meta", &value)) {
		mem_must(json_put_raw(out, params));
		return;
	}
	mem_must(json_open(out, '{'));
	mem_must(json_put_key(out, "_meta"));
	mem_must(buf_addf(out, "{\"progressToken\":%" PRId64 "}", c->id));
	json_iter_init(&it, params);
	while (json_next(&it, &key, &value)) {
		mem_must(buf_addf(out, ",\""));
		mem_must(buf_add_span(out, key));
		mem_must(buf_addf(out, "\":"));
		mem_must(buf_add_span(out, value));
	}
	mem_must(json_close(out, '}'));
}

static void
send_request(struct client *c, const char *method, struct span params)
{
	struct buf text;

	buf_init(&text, 2 * LIMIT_MESSAGE);
	mem_must(json_open(&text, '{'));
	mem_must(json_put_key(&text, "jsonrpc"));
	mem_must(json_put_string(&text, span_of("2.0")));
	mem_must(json_put_key(&text, "id"));
	mem_must(json_put_int(&text, ++c->id));
	mem_must(json_put_key(&text, "method"));
	mem_must(json_put_string(&text, span_of(method)));
	if (params.len > 0)
		put_params(c, params, &text);
	mem_must(json_close(&text, '}'));
	send_message(c, message_take(&text));
}

/* -- from the server ------------------------------------------------------- */

/* A string the server sent, for a line on a terminal. */
static const char *
shown(struct span value, char *dst, size_t size)
{
	struct buf text;

	buf_init(&text, LIMIT_MESSAGE);
	if (json_string(value, &text) == 0)
		log_text(dst, size, buf_span(&text));
	else
		log_text(dst, size, value);
	buf_reset(&text);
	return dst;
}

static void
show_progress(struct client *c, const struct message *m)
{
	struct span done = span_of(""), total = span_of("");
	struct span message = span_of("\"\"");
	char text[128] = "", number[40] = "", of[40] = "", line[192];
	bool bounded = message_param(m, "total", &total);

	if (message_param(m, "message", &message))
		shown(message, text, sizeof(text));
	if (message_param(m, "progress", &done))
		log_text(number, sizeof(number), done);
	snprintf(line, sizeof(line), "%s%s%s%s%s", number, bounded ? "/" : "",
	    bounded ? log_text(of, sizeof(of), total) : "",
	    text[0] != '\0' ? "  " : "", text);
	progress_begin(&c->wait, line, 0);
	if (c->err.live)
		progress_turn(&c->wait);
	else
		terminal_live(&c->err, line);
}

static void
show_log(struct client *c, const struct message *m)
{
	struct span level = span_of("\"info\""), data = span_of("\"\"");
	char text[1024] = "", word[20] = "";

	message_param(m, "level", &level);
	message_param(m, "data", &data);
	terminal_clear(&c->err);
	terminal_print(&c->err, STYLE_DIM,
	    "%s: ", shown(level, word, sizeof(word)));
	terminal_print(&c->err, STYLE_PLAIN, "%s\n",
	    shown(data, text, sizeof(text)));
}

/* It asks for what was not declared; a ping may come at any time. */
static void
refuse(struct client *c, const struct message *m)
{
	struct buf line;
	struct fault fault;

	if (m->rpc.method_code == METHOD_PING) {
		send_message(c, answer_result(m->rpc.id, "{}"));
		return;
	}
	fault_set(&fault, FAULT_METHOD_NOT_FOUND,
	    "Nobody is there to be asked by the server");
	buf_init(&line, LIMIT_MESSAGE);
	answer_fault(m->rpc.id, &fault, &line);
	channel_send(c->channel, &line);
	buf_reset(&line);
}

static bool
is_awaited(const struct client *c, const struct message *m)
{
	int64_t id = 0;

	return c->answer == NULL && json_int64(m->rpc.id, &id) && id == c->id;
}

static void
on_line(void *ctx, struct buf *line)
{
	struct client *c = ctx;
	struct message *m = message_swap(line);

	if (m->rpc.kind == RPC_REQUEST)
		refuse(c, m);
	else if (m->rpc.method_code == METHOD_N_PROGRESS)
		show_progress(c, m);
	else if (m->rpc.method_code == METHOD_N_MESSAGE)
		show_log(c, m);
	else if ((m->rpc.kind == RPC_RESULT || m->rpc.kind == RPC_ERROR) &&
		 is_awaited(c, m)) {
		c->answer = m;
		loop_stop(c->pump.loop);
		return;
	}
	message_free(&m);
}

static void
nothing(void *ctx)
{
	(void)ctx;
}

static void
turn(void *ctx)
{
	struct client *c = ctx;

	progress_turn(&c->wait);
	loop_timer_start(c->pump.loop, &c->turn, PROGRESS_TURN_MS);
}

static void
on_signal(void *ctx, int signo)
{
	struct client *c = ctx;

	if (signo == SIGCHLD)
		return;
	c->signo = signo;
	loop_stop(c->pump.loop);
}

/* -- answers --------------------------------------------------------------- */

static enum fault_code
code_of(struct span kind)
{
	for (int code = FAULT_NONE + 1; code < FAULT_COUNT; code++)
		if (json_string_is(kind,
			fault_info((enum fault_code)code)->kind))
			return (enum fault_code)code;
	return FAULT_INTERNAL;
}

/* An error of the bridge's own, which no server can send: the fault it was
 * made from. */
static bool
own_fault(struct span error, struct fault *f)
{
	struct span data, value;
	struct buf text;
	char detail[sizeof(f->detail)];

	if (!json_get(error, "data", &data) ||
	    !json_get(data, "source", &value) ||
	    !json_string_is(value, "mcp-bridge") ||
	    !json_get(data, "kind", &value))
		return false;
	enum fault_code code = code_of(value);

	buf_init(&text, LIMIT_MESSAGE);
	if (json_get(error, "message", &value) &&
	    json_string(value, &text) == 0)
		fault_set(f, code, "%s", text.data);
	else
		fault_set(f, code, "%s", "");
	buf_reset(&text);
	if (json_get(data, "action", &value))
		shown(value, f->action, sizeof(f->action));
	if (json_get(data, "detail", &value))
		fault_detail(f, span_of(shown(value, detail, sizeof(detail))));
	return true;
}

static int
tell_error(struct client *c, struct span error)
{
	struct fault f;

	if (!own_fault(error, &f)) {
		json_print(&c->err, error, c->options->pretty);
		return CLIENT_REFUSED;
	}
	c->wants_sign_in =
	    f.code == FAULT_LOGIN_REQUIRED || f.code == FAULT_REFRESH;
	if (c->wants_sign_in && c->signs_in)
		return EX_NOPERM;
	return terminal_fail(&c->err, &f);
}

int
client_request(struct client *c, const char *method, struct span params,
    struct message **answer)
{
	*answer = NULL;
	send_request(c, method, params);
	progress_begin(&c->wait, "Waiting for the answer", 0);
	if (c->err.live)
		loop_timer_start(c->pump.loop, &c->turn, PATIENCE_MS);
	loop_timer_start(c->pump.loop, &c->wake, 0);
	while (c->answer == NULL && c->signo == 0)
		loop_run(c->pump.loop);
	loop_timer_stop(&c->turn);
	progress_end(&c->wait);
	if (c->signo != 0)
		return 128 + c->signo;

	int status = c->answer->rpc.kind == RPC_RESULT ?
			 EX_OK :
			 tell_error(c, c->answer->rpc.error);
	if (status == EX_OK)
		*answer = c->answer;
	else
		message_free(&c->answer);
	c->answer = NULL;
	return status;
}

/* -- the session ----------------------------------------------------------- */

static int
open_session(struct client *c)
{
	static const char params[] =
	    "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
	    "\"clientInfo\":{\"name\":\"mcp-bridge\",\"version\":\"" VERSION
	    "\"}}";
	struct message *answer = NULL;
	int status = client_request(c, "initialize", span_of(params), &answer);

	message_free(&answer);
	if (status == EX_OK)
		send_message(c,
		    message_format("{\"jsonrpc\":\"2.0\",\"method\":"
				   "\"notifications/initialized\"}"));
	return status;
}

static int
open_client(struct client *c)
{
	static const struct channel_events events = { on_line, nothing, nothing,
		nothing, nothing };

	c->up[0] = c->up[1] = c->down[0] = c->down[1] = -1;
	if (os_pipe(c->up) == -1 || os_pipe(c->down) == -1)
		return -1;
	pump_open(&c->pump, c->options, c->up[0], c->down[1]);
	c->channel =
	    channel_new(c->pump.loop, c->down[0], c->up[1], &events, c);
	c->wait.terminal = &c->err;
	c->turn.fire = turn;
	c->turn.ctx = c;
	c->wake.fire = nothing;
	return loop_catch_signals(c->pump.loop, on_signal, c);
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* Nothing is under way any more, or it is given up: the session ends. */
static void
close_client(struct client *c)
{
	loop_timer_stop(&c->wake);
	channel_free(&c->channel);
	if (c->pump.relay != NULL) {
		relay_quit(c->pump.relay);
		loop_run(c->pump.loop);
		pump_close(&c->pump);
	}
	close_fd(&c->up[1]);
	close_fd(&c->up[0]);
	close_fd(&c->down[0]);
	close_fd(&c->down[1]);
	message_free(&c->answer);
}

static int
run_once(struct client *c, int (*talk)(struct client *client, void *ctx),
    void *ctx)
{
	int status = EX_OSERR;

	if (open_client(c) == -1)
		perror("mcp-bridge: cannot start");
	else
		status = open_session(c);
	if (status == EX_OK)
		status = talk(c, ctx);
	close_client(c);
	return status;
}

int
client_run(const struct options *options,
    int (*talk)(struct client *client, void *ctx), void *ctx)
{
	struct options lent = *options;
	struct client c = { .options = &lent };
	int status = EX_OK;

	/* The pump must not sign in behind somebody who could be told. */
	lent.auth.non_interactive = true;
	lent.no_cached_handshake = true;
	terminal_init(&c.err, stderr);
	c.signs_in = c.err.is_tty && !options->auth.non_interactive;
	status = run_once(&c, talk, ctx);
	if (!c.wants_sign_in || !c.signs_in)
		return status;
	status = login_watched(options, &c.err);
	if (status != EX_OK)
		return status;
	c = (struct client){ .options = &lent, .err = c.err };
	return run_once(&c, talk, ctx);
}
