# SPDX-License-Identifier: ISC
# What a release is made of. Its files land in build/dist; the same commit makes
# the same bytes wherever and whenever it is built.
#   make dist           source archive, with its checksums
#   make sbom           bill of materials, SPDX 2.3
#   make packaging      the files of packaging/, filled in for that archive
#   make package-deb package-rpm mcpb
#   make packages       all of them, built, checked, built again to see whether
#                       they are the same, and installed on a clean root
#   make reproducible   two builds in two places, compared

# Whoever publishes says where, and who answers mail.
HOMEPAGE ?= https://mcp-bridge.example
MAINTAINER ?= mcp-bridge@packages.debian.org
# The registry's namespace: the reversed name of a host the publisher holds.
NAMESPACE ?= example.mcp-bridge
# The OpenPGP key that signs the archive, if any.
SIGNING_KEY ?=
# What the MCPB bundle carries: a program that needs nothing.
MCPB_PROGRAM ?= build/static/mcp-bridge
TAR ?= tar

# When the source is of: its commit; in an archive, the archive's own time.
ifndef SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct 2>/dev/null || \
	date -r CHANGELOG.md +%s)
endif
export SOURCE_DATE_EPOCH

release = mcp-bridge-$(VERSION)
archive = build/dist/$(release).tar.gz
filling = VERSION='$(VERSION)' HOMEPAGE='$(HOMEPAGE)' \
	MAINTAINER='$(MAINTAINER)' NAMESPACE='$(NAMESPACE)' \
	ARCHIVE='$(archive)' \
	SIGNING_KEY='$(SIGNING_KEY)'

.PHONY: dist sbom packaging package-deb package-rpm mcpb packages reproducible
dist:
	@TAR='$(TAR)' SIGNING_KEY='$(SIGNING_KEY)' sh packaging/dist.sh $(archive)

sbom: all
	@mkdir -p build/dist
	@VERSION='$(VERSION)' HOMEPAGE='$(HOMEPAGE)' PKG_CONFIG='$(PKG_CONFIG)' \
	    sh packaging/sbom.sh mcp-bridge > build/dist/$(release).spdx.json
	@echo build/dist/$(release).spdx.json

packaging: dist
	@$(filling) sh packaging/fill.sh build/packaging

package-deb: packaging
	@sh tests/tools/ensure-deps.sh package
	@sh packaging/deb.sh $(archive)

package-rpm: packaging
	@sh tests/tools/ensure-deps.sh package
	@sh packaging/rpm.sh $(archive)

# In that build itself the program has its own rule.
ifneq ($(VARIANT),static)
build/static/mcp-bridge:
	@$(MAKE) --no-print-directory static
endif

mcpb: packaging $(MCPB_PROGRAM)
	@VERSION='$(VERSION)' sh packaging/mcpb.sh '$(MCPB_PROGRAM)'

# Signed by a key made for the occasion where there is no other.
trial_key = trial@mcp-bridge.example
packages: sbom
	@sh tests/tools/ensure-deps.sh package
	@$(if $(SIGNING_KEY),,sh packaging/trial-key.sh $(trial_key) && \
	    GNUPGHOME='$(CURDIR)/build/gnupg') \
	    $(MAKE) --no-print-directory package-deb package-rpm mcpb \
	    SIGNING_KEY='$(or $(SIGNING_KEY),$(trial_key))'
	@-$(if $(SIGNING_KEY),:,gpgconf --homedir build/gnupg --kill all)
	@sh packaging/check.sh '$(VERSION)'

reproducible:
	@sh packaging/reproducible.sh
