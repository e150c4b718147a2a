# SPDX-License-Identifier: ISC
#
# mcp-bridge: build, test, install. GNU make 3.81 or newer; no configure step.
# Everything ?= may be set by a packager; our own flags are appended.

VERSION = 0.1.0

prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
bashcompdir ?= $(datadir)/bash-completion/completions
zshcompdir ?= $(datadir)/zsh/site-functions
fishcompdir ?= $(datadir)/fish/vendor_completions.d
DESTDIR ?=
INSTALL ?= install
PKG_CONFIG ?= pkg-config
CLANG ?= clang
CFLAGS ?= -O2 -g
# Which build tree: release, asan, debug … each in build/VARIANT.
VARIANT ?= release
V ?= 0

PACKAGES = libcurl libcrypto libbsd-overlay
STD = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE
WARN = -Wall -Wextra -Wshadow -Wcast-qual -Wwrite-strings \
	-Wmissing-prototypes -Wstrict-prototypes -Wvla -Wbad-function-cast \
	-pedantic -Wconversion -Wsign-conversion
STRICT ?=

out = build/$(VARIANT)
quiet = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),@:,@printf '  %-5s %s\n')

# One source a line, in layers from the ground up.
sources = \
	src/base/base64.c \
	src/base/buf.c \
	src/base/crypto.c \
	src/base/fault.c \
	src/base/list.c \
	src/base/log.c \
	src/base/mem.c \
	src/base/secret.c \
	src/base/signing.c \
	src/base/span.c \
	src/base/utf8.c \
	src/wire/challenge.c \
	src/wire/dpop.c \
	src/wire/header.c \
	src/wire/ini.c \
	src/wire/json.c \
	src/wire/json_number.c \
	src/wire/json_read.c \
	src/wire/json_write.c \
	src/wire/jwt.c \
	src/wire/jsonc.c \
	src/wire/jsonc_edit.c \
	src/wire/method.c \
	src/wire/redact.c \
	src/wire/redact_json.c \
	src/wire/rpc.c \
	src/wire/settings.c \
	src/wire/sse.c \
	src/wire/toml.c \
	src/wire/toml_edit.c \
	src/wire/url.c \
	src/wire/words.c \
	src/wire/yaml.c \
	src/wire/yaml_edit.c \
	src/io/address.c \
	src/io/channel.c \
	src/io/command.c \
	src/io/confine.c \
	src/io/fetch.c \
	src/io/file.c \
	src/io/home.c \
	src/io/http.c \
	src/io/http_client.c \
	src/io/http_fault.c \
	src/io/http_head.c \
	src/io/http_headers.c \
	src/io/http_report.c \
	src/io/http_trace.c \
	src/io/libraries.c \
	src/io/loop.c \
	src/io/loop_curl.c \
	src/io/os.c \
	src/io/proof.c \
	src/io/proxy.c \
	src/io/resolve.c \
	src/io/spawn.c \
	src/io/store.c \
	src/io/store_command.c \
	src/io/store_file.c \
	src/io/store_helper.c \
	src/io/store_keychain.c \
	src/io/store_lock.c \
	src/io/store_memory.c \
	src/io/store_pass.c \
	src/io/store_program.c \
	src/io/store_secret_tool.c \
	src/io/tls_inspect.c \
	src/io/tls_trust.c \
	src/io/trace.c \
	src/io/trace_file.c \
	src/mcp/answer.c \
	src/mcp/batch.c \
	src/mcp/calls.c \
	src/mcp/declare.c \
	src/mcp/direct.c \
	src/mcp/downward.c \
	src/mcp/downward_listen.c \
	src/mcp/downward_parked.c \
	src/mcp/downward_session.c \
	src/mcp/exchange.c \
	src/mcp/handshake.c \
	src/mcp/host.c \
	src/mcp/known.c \
	src/mcp/legacy_sse.c \
	src/mcp/listen.c \
	src/mcp/message.c \
	src/mcp/mirror.c \
	src/mcp/offline.c \
	src/mcp/outbound.c \
	src/mcp/outcome.c \
	src/mcp/ping.c \
	src/mcp/reader.c \
	src/mcp/recovery.c \
	src/mcp/relay.c \
	src/mcp/relay_end.c \
	src/mcp/relay_signin.c \
	src/mcp/remote.c \
	src/mcp/session.c \
	src/mcp/stream.c \
	src/mcp/tool_refresh.c \
	src/mcp/tool_schema.c \
	src/mcp/tools.c \
	src/mcp/translate_down.c \
	src/mcp/translate_down_input.c \
	src/mcp/translate_edit.c \
	src/mcp/translate_error.c \
	src/mcp/translate_input.c \
	src/mcp/translate_listen.c \
	src/mcp/translate_revision.c \
	src/mcp/translate_schema.c \
	src/mcp/translate_up.c \
	src/mcp/translate_up_input.c \
	src/mcp/upstream.c \
	src/mcp/upward.c \
	src/mcp/upward_listen.c \
	src/mcp/upward_rounds.c \
	src/mcp/verdict.c \
	src/auth/adopt.c \
	src/auth/attempt.c \
	src/auth/authorization_url.c \
	src/auth/authorize.c \
	src/auth/authorizer.c \
	src/auth/binding.c \
	src/auth/breaker.c \
	src/auth/broker.c \
	src/auth/browser.c \
	src/auth/callback.c src/auth/callback_connection.c \
	src/auth/callback_request.c \
	src/auth/child.c \
	src/auth/client.c \
	src/auth/client_auth.c \
	src/auth/client_key.c \
	src/auth/config.c \
	src/auth/confinement.c \
	src/auth/credential.c \
	src/auth/desktop.c \
	src/auth/device.c \
	src/auth/discover.c \
	src/auth/document.c \
	src/auth/enterprise.c \
	src/auth/field.c \
	src/auth/id_token.c \
	src/auth/idp.c \
	src/auth/idp_session.c \
	src/auth/interactive.c \
	src/auth/job.c \
	src/auth/login.c \
	src/auth/loopback.c \
	src/auth/metadata_fetch.c \
	src/auth/net.c \
	src/auth/oauth_error.c \
	src/auth/page.c \
	src/auth/par.c \
	src/auth/prompt.c \
	src/auth/preflight.c \
	src/auth/provider.c \
	src/auth/prover.c \
	src/auth/records.c \
	src/auth/refresh.c \
	src/auth/register.c \
	src/auth/resource_metadata.c \
	src/auth/revoke.c \
	src/auth/scope.c \
	src/auth/secret_file.c \
	src/auth/server_metadata.c \
	src/auth/signin.c \
	src/auth/starter.c \
	src/auth/stored.c \
	src/auth/token.c \
	src/auth/vault.c \
	src/auth/unattended.c \
	src/cli/call.c \
	src/cli/client.c \
	src/cli/commands.c \
	src/cli/compat.c \
	src/cli/compat_client.c \
	src/cli/compat_flags.c \
	src/cli/compat_run.c \
	src/cli/conf.c \
	src/cli/config.c \
	src/cli/entry.c \
	src/cli/diagnosis.c \
	src/cli/doctor.c \
	src/cli/doctor_exchange.c \
	src/cli/doctor_html.c \
	src/cli/doctor_json.c \
	src/cli/doctor_local.c \
	src/cli/doctor_network.c \
	src/cli/doctor_old_sse.c \
	src/cli/doctor_protocol.c \
	src/cli/doctor_server.c \
	src/cli/doctor_sign_in.c \
	src/cli/doctor_stages.c \
	src/cli/doctor_talk.c \
	src/cli/doctor_terminal.c \
	src/cli/foreign.c \
	src/cli/help.c \
	src/cli/hosts.c \
	src/cli/html.c \
	src/cli/import.c \
	src/cli/json_print.c \
	src/cli/login.c \
	src/cli/logout.c \
	src/cli/names.c \
	src/cli/option_client.c \
	src/cli/option_connection.c \
	src/cli/option_entry.c \
	src/cli/option_grant.c \
	src/cli/option_sign_in.c \
	src/cli/option_table.c \
	src/cli/option_values.c \
	src/cli/option_values_connection.c \
	src/cli/option_values_sign_in.c \
	src/cli/options.c \
	src/cli/options_check.c \
	src/cli/options_conceal.c \
	src/cli/options_conf.c \
	src/cli/options_read.c \
	src/cli/options_warn.c \
	src/cli/paste.c \
	src/cli/progress.c \
	src/cli/pump.c \
	src/cli/recorder.c \
	src/cli/run.c \
	src/cli/servers.c \
	src/cli/static_headers.c \
	src/cli/status.c \
	src/cli/suggest.c \
	src/cli/terminal.c \
	src/cli/tools.c \
	src/cli/trace.c \
	src/cli/trace_html.c \
	src/cli/trace_open.c \
	src/cli/trace_read.c \
	src/cli/trace_story.c \
	src/cli/trace_terminal.c

objects = $(sources:%.c=$(out)/%.o)
library = $(out)/bridge.a
program = $(out)/mcp-bridge

cflags = $(STD) -iquote include $(PROBED) \
	$(shell $(PKG_CONFIG) --cflags $(PACKAGES)) $(WARN) $(STRICT) \
	-DVERSION='"$(VERSION)"' $(HARDEN_CFLAGS) $(SAN) \
	$(if $(SAN),-DSANITIZED)
libs = $(shell $(PKG_CONFIG) --libs $(PACKAGES))

.PHONY: all
all: mcp-bridge

# What the compiler and the C library have; written once per build tree.
include $(out)/probes.mk
$(out)/probes.mk: tests/build/probes.sh
	@mkdir -p $(out)
	@CC='$(CC)' SAN='$(SAN)' sh tests/build/probes.sh > $@.new && mv $@.new $@

# The files where operating systems differ see all of this one.
$(out)/src/io/confine.o $(out)/src/io/os.o $(out)/src/io/spawn.o: STD += -D_GNU_SOURCE

$(out)/%.o: %.c $(out)/probes.mk
	$(say) CC $<
	@mkdir -p $(dir $@)
	$(quiet)$(CC) $(cflags) $(LTO) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(library): $(objects)
	$(say) AR $@
	$(quiet)rm -f $@ && $(AR) rcs $@ $(objects)

$(program): $(out)/bridge.o $(library)
	$(say) LD $@
	$(quiet)$(CC) $(CFLAGS) $(LTO) $(SAN) $(HARDEN_LDFLAGS) \
	    $(EXPORT_LDFLAGS) $(LDFLAGS) -o $@ $(out)/bridge.o $(library) \
	    $(libs) $(LDLIBS)

mcp-bridge: $(program)
	$(quiet)cp -f $(program) $@

-include $(objects:.o=.d) $(out)/bridge.d

# -- with libcurl inside ---------------------------------------------------
# `make slim`: a libcurl inside that knows HTTP alone, OpenSSL and the C library
# shared. `make static`: all of them inside, at fixed addresses, so that nothing
# is relocated and the pages of all bridges are the same ones.

own_curl = build/libcurl
# The C library before libbsd, which would bring functions of its own.
own_libs = $(own_curl)/libcurl.a -l:libnghttp2.a -lssl -lcrypto -pthread \
	-lc -l:libbsd.a -l:libmd.a

$(own_curl)/libcurl.a: tests/build/libcurl.sh
	$(say) CURL $@
	$(quiet)sh tests/tools/ensure-deps.sh slim
	$(quiet)sh tests/build/libcurl.sh $(own_curl)

make_slim = $(MAKE) --no-print-directory VARIANT=slim libs='$(own_libs)' \
	CPPFLAGS='-I$(own_curl)/include $(CPPFLAGS)' \
	LDFLAGS='-Wl,--gc-sections $(LDFLAGS)'
make_static = $(MAKE) --no-print-directory VARIANT=static libs='$(own_libs)' \
	CPPFLAGS='-I$(own_curl)/include $(CPPFLAGS)' \
	CFLAGS='$(CFLAGS) -fno-pie' \
	LDFLAGS='-static -no-pie -Wl,--gc-sections $(LDFLAGS)'

.PHONY: slim static
slim: $(own_curl)/libcurl.a
	@$(make_slim) build/slim/mcp-bridge

static: $(own_curl)/libcurl.a
	@$(make_static) build/static/mcp-bridge

# -- tests -----------------------------------------------------------------

unit_tests = $(patsubst tests/unit/%.c,$(out)/unit/%,\
	$(sort $(wildcard tests/unit/test_*.c)))
fuzzers = $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

$(out)/unit/test_json_jansson: LDLIBS += -ljansson

$(out)/unit/%: tests/unit/%.c $(library)
	$(say) TEST $@
	@mkdir -p $(dir $@)
	$(quiet)$(CC) $(cflags) -Wno-missing-prototypes $(CPPFLAGS) $(CFLAGS) \
	    -MMD -MP -o $@ $< $(library) $(SAN) $(LDFLAGS) -lcmocka -pthread \
	    $(libs) $(LDLIBS)

-include $(unit_tests:=.d)

# The tests' own closing line: "N passed, N failed".
.PHONY: check unit integration conformance completion
check: deps-test
	@$(MAKE) --no-print-directory STRICT=-Werror all unit-programs
	@sh tests/tools/check.sh $(unit_tests)

.PHONY: deps-build deps-test deps-demo
deps-build deps-test deps-demo:
	@sh tests/tools/ensure-deps.sh $(@:deps-%=%)

.PHONY: unit-programs
unit-programs: $(unit_tests)

unit: all unit-programs
	@sh tests/tools/unit.sh $(unit_tests)

integration: all
	@node tests/integration/run.js $(CASES)

conformance: all
	@node tests/conformance/run.js $(SCENARIOS)

# Writes the README's table of hosts and servers.
.PHONY: pairs
pairs: all
	@node tests/integration/pairs-table.js

completion: all
	@bash tests/completion/bash.sh && sh tests/completion/zsh.sh && \
	    sh tests/completion/fish.sh

# Writes docs/interop.md: real authorization servers and what works with them.
.PHONY: interop
interop: all
	@node tests/integration/interop-table.js

.PHONY: demo
demo: deps-demo
	@$(MAKE) --no-print-directory all
	@node tests/demo/demo.js

# Makes the README's pictures from a real run.
.PHONY: pictures
pictures: deps-test
	@$(MAKE) --no-print-directory all
	@node tests/pictures/pictures.js

# The whole suite on other builds: `make asan` (address and undefined behaviour),
# `make portable` (every fallback instead of the Linux-only calls).
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
.PHONY: asan portable valgrind
asan: deps-test
	@$(MAKE) --no-print-directory VARIANT=asan CFLAGS='-O1 -g' \
	    SAN='$(SANITIZE)' build/asan/mcp-bridge unit-programs
	@MCP_BRIDGE='$(CURDIR)/build/asan/mcp-bridge' sh tests/tools/check.sh \
	    --no-lint $(unit_tests:$(out)/%=build/asan/%)

portable: deps-test
	@$(MAKE) --no-print-directory VARIANT=portable PROBED= \
	    build/portable/mcp-bridge unit-programs
	@MCP_BRIDGE='$(CURDIR)/build/portable/mcp-bridge' \
	    sh tests/tools/check.sh --no-lint \
	    $(unit_tests:$(out)/%=build/portable/%)

# The library of the static build is that of the slim one.
.PHONY: check-slim check-static slim-programs
slim-programs: deps-test $(own_curl)/libcurl.a
	@$(make_slim) build/slim/mcp-bridge unit-programs

check-slim: slim-programs
	@MCP_BRIDGE='$(CURDIR)/build/slim/mcp-bridge' sh tests/tools/check.sh \
	    --no-lint $(unit_tests:$(out)/%=build/slim/%)

check-static: slim-programs static
	@MCP_BRIDGE='$(CURDIR)/build/static/mcp-bridge' sh tests/tools/check.sh \
	    --no-lint $(unit_tests:$(out)/%=build/slim/%)

valgrind: all unit-programs
	@sh tests/tools/valgrind.sh $(unit_tests)

# libFuzzer; each target for FUZZ_SECONDS or FUZZ_RUNS, whichever is sooner;
# FUZZ=name for one of them.
FUZZ_SECONDS ?= 60
FUZZ_RUNS ?= -1
FUZZ ?= $(fuzzers)
.PHONY: fuzz fuzz-programs
fuzz-programs: $(fuzzers:%=$(out)/fuzz/%)
fuzz: deps-test
	@$(MAKE) --no-print-directory VARIANT=fuzz CC=$(CLANG) \
	    CFLAGS='-O1 -g' SAN='$(SANITIZE) -fsanitize=fuzzer-no-link' \
	    $(FUZZ:%=build/fuzz/fuzz/%)
	@sh tests/tools/fuzz.sh $(FUZZ_SECONDS) $(FUZZ_RUNS) \
	    $(FUZZ:%=build/fuzz/fuzz/%)

$(out)/fuzz/%: tests/fuzz/%.c $(library)
	$(say) FUZZ $@
	@mkdir -p $(dir $@)
	$(quiet)$(CC) $(cflags) -Wno-missing-prototypes $(CPPFLAGS) $(CFLAGS) \
	    -fsanitize=fuzzer -MMD -MP -o $@ $< $(library) $(LDFLAGS) \
	    $(libs) $(LDLIBS)

# -- care ------------------------------------------------------------------

# cppcheck knows no <sys/queue.h> macros, and takes unset pointers that a
# function fills for mistakes.
tidy_flags = $(STD) -D_GNU_SOURCE -iquote include $(PROBED) -DVERSION=\"0\" \
	$(shell $(PKG_CONFIG) --cflags $(PACKAGES))
QUEUE_H = $(wildcard /usr/include/bsd/sys/queue.h)

# The long runs, into docs/reliability.md: `make reliability RUNS='kills soak'`.
.PHONY: reliability
reliability: all
	@node tests/tools/reliability.js $(RUNS)

.PHONY: lint tidy fmt
lint: all
	@sh tests/tools/lint.sh

tidy:
	@printf '%s\n' $(sources) bridge.c | xargs -n 8 -P 2 sh -c \
	    'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(tidy_flags)' \
	    sh 2> build/tidy.log || { cat build/tidy.log; exit 1; }
	@cppcheck --quiet --error-exitcode=1 --inline-suppr \
	    --enable=warning,performance,portability --std=c11 \
	    --suppress=missingIncludeSystem --suppress=uninitvar \
	    --suppress=uninitStructMember --suppress='*:*/sys/queue.h' \
	    $(QUEUE_H:%=--include=%) -I include $(PROBED) \
	    $(sources) bridge.c

fmt:
	@clang-format -i bridge.c $(sources) $(wildcard include/*/*.h) \
	    $(wildcard tests/unit/*.[ch] tests/fuzz/*.c tests/bench/*.[ch])

include tests/adversary/adversary.mk
include tests/coverage/coverage.mk
include tests/faults/faults.mk
include tests/soak/soak.mk
-include tests/bench/bench.mk
include packaging/packaging.mk

# -- install ---------------------------------------------------------------

.PHONY: install uninstall clean
install: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 \
	    $(DESTDIR)$(mandir)/man5 $(DESTDIR)$(bashcompdir) \
	    $(DESTDIR)$(zshcompdir) $(DESTDIR)$(fishcompdir)
	$(INSTALL) -m 755 mcp-bridge $(DESTDIR)$(bindir)/mcp-bridge
	$(INSTALL) -m 644 man/mcp-bridge.1 $(DESTDIR)$(mandir)/man1/
	$(INSTALL) -m 644 man/mcp-bridge-config.5 $(DESTDIR)$(mandir)/man5/
	$(INSTALL) -m 644 completions/mcp-bridge.bash \
	    $(DESTDIR)$(bashcompdir)/mcp-bridge
	$(INSTALL) -m 644 completions/_mcp-bridge $(DESTDIR)$(zshcompdir)/
	$(INSTALL) -m 644 completions/mcp-bridge.fish \
	    $(DESTDIR)$(fishcompdir)/

uninstall:
	rm -f $(DESTDIR)$(bindir)/mcp-bridge \
	    $(DESTDIR)$(mandir)/man1/mcp-bridge.1 \
	    $(DESTDIR)$(mandir)/man5/mcp-bridge-config.5 \
	    $(DESTDIR)$(bashcompdir)/mcp-bridge \
	    $(DESTDIR)$(zshcompdir)/_mcp-bridge \
	    $(DESTDIR)$(fishcompdir)/mcp-bridge.fish

clean:
	rm -rf build mcp-bridge
