# SPDX-License-Identifier: ISC
# Every call that can fail, failed once: `make faults` for all sites,
# FAULTS='--depth 3' for each way that leads to them, FAULTS=… for those of some
# functions; see tests/faults/run.js.

faulty_flags = VARIANT=faults CFLAGS='-O1 -g -fno-optimize-sibling-calls' \
	SAN='$(SANITIZE)'

.PHONY: faults faulty
faults: deps-test faulty
	@node tests/faults/run.js $(FAULTS)

faulty:
	@$(MAKE) --no-print-directory $(faulty_flags) build/faults/faulty

$(out)/wraps.inc: $(library) $(out)/bridge.o tests/faults/functions.js \
    tests/faults/wraps.js
	$(quiet)rm -f $(out)/all.a && $(AR) rcs $(out)/all.a $(objects) \
	    $(out)/bridge.o
	$(quiet)node tests/faults/wraps.js $(out)/all.a $(out)

# Without sanitizers itself: it looks at frames, and is called by malloc.
$(out)/inject.o: tests/faults/inject.c $(out)/wraps.inc
	$(say) CC $<
	$(quiet)$(CC) $(STD) -O1 -g -fPIE -fno-omit-frame-pointer -Wall -Wextra \
	    -Wno-builtin-declaration-mismatch -I $(out) -c -o $@ $<

$(out)/faulty: $(out)/inject.o
	$(say) LD $@
	$(quiet)$(CC) $(CFLAGS) $(SAN) $(HARDEN_LDFLAGS) $(LDFLAGS) \
	    @$(out)/wraps.ld -o $@ $(out)/bridge.o $(out)/inject.o \
	    $(library) $(libs) $(LDLIBS)
