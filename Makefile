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
	src/base/buf.c \
	src/base/crypto.c \
	src/base/fault.c \
	src/base/log.c \
	src/base/mem.c \
	src/base/secret.c \
	src/base/span.c \
	src/wire/base64.c \
	src/wire/challenge.c \
	src/wire/header.c \
	src/wire/json.c \
	src/wire/json_write.c \
	src/wire/method.c \
	src/wire/rpc.c \
	src/wire/sse.c \
	src/wire/url.c \
	src/io/address.c \
	src/io/channel.c \
	src/io/fetch.c \
	src/io/http.c \
	src/io/loop.c \
	src/io/os.c \
	src/io/spawn.c \
	src/io/store.c \
	src/io/store_lock.c \
	src/io/tls_trust.c \
	src/mcp/answer.c \
	src/mcp/exchange.c \
	src/mcp/headers.c \
	src/mcp/host.c \
	src/mcp/legacy_sse.c \
	src/mcp/relay.c \
	src/mcp/remote.c \
	src/mcp/session.c \
	src/mcp/tools.c \
	src/auth/authorize.c \
	src/auth/authorizer.c \
	src/auth/broker.c \
	src/auth/browser.c \
	src/auth/callback.c \
	src/auth/callback_request.c \
	src/auth/client.c \
	src/auth/config.c \
	src/auth/desktop.c \
	src/auth/discover.c \
	src/auth/job.c \
	src/auth/page.c \
	src/auth/records.c \
	src/auth/token.c \
	src/cli/login.c \
	src/cli/logout.c \
	src/cli/options.c \
	src/cli/run.c \
	src/cli/status.c \
	src/cli/terminal.c

objects = $(sources:%.c=$(out)/%.o)
library = $(out)/bridge.a
program = $(out)/mcp-bridge

cflags = $(STD) -iquote include $(PROBED) \
	$(shell $(PKG_CONFIG) --cflags $(PACKAGES)) $(WARN) $(STRICT) \
	-DVERSION='"$(VERSION)"' $(HARDEN_CFLAGS) $(SAN)
libs = $(shell $(PKG_CONFIG) --libs $(PACKAGES))

.PHONY: all
all: mcp-bridge

# What the compiler and the C library have; written once per build tree.
include $(out)/probes.mk
$(out)/probes.mk: tests/build/probes.sh
	@mkdir -p $(out)
	@CC='$(CC)' SAN='$(SAN)' sh tests/build/probes.sh > $@.new && mv $@.new $@

$(out)/%.o: %.c
	$(say) CC $<
	@mkdir -p $(dir $@)
	$(quiet)$(CC) $(cflags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(library): $(objects)
	$(say) AR $@
	$(quiet)rm -f $@ && $(AR) rcs $@ $(objects)

$(program): $(out)/bridge.o $(library)
	$(say) LD $@
	$(quiet)$(CC) $(CFLAGS) $(SAN) $(HARDEN_LDFLAGS) $(LDFLAGS) -o $@ \
	    $(out)/bridge.o $(library) $(libs) $(LDLIBS)

mcp-bridge: $(program)
	$(quiet)cp -f $(program) $@

-include $(objects:.o=.d) $(out)/bridge.d

