# SPDX-License-Identifier: MIT
# make            build/rclab
# make run        set-up, build, the whole bundled suite against emulated phones
# make test       set-up, checks, unit tests, the suite   (SANITIZE=1: ASan + UBSan, CC=clang)
# make bench      what it costs, side by side with doing it by hand
# make scale      as many phones as a scenario may have: takes some minutes
# make fuzz       each fuzz target for FUZZ_SECONDS;   make valgrind: unit tests under valgrind
# ONLY="harness/base harness/wire" restricts what `make unit` builds to some rooms.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:

SANITIZE ?=
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
variant := $(if $(filter-out gcc,$(notdir $(CC))),-$(notdir $(CC)))$(if $(SANITIZE),-sanitize)
BUILD ?= build$(variant)
ONLY ?= harness fakes
OUT ?= out
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 20

PACKAGES := libpcap libcurl libmicrohttpd gnutls zlib yaml-0.1 expat jansson libnl-route-3.0 netsnmp
# `:=`, or pkg-config would run again for each file that is compiled.
CPPFLAGS := $(CPPFLAGS) -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -I. \
	$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CFLAGS ?= -O2 -g
# Errors only where asked for (`make test` does): a newer compiler or library must not stop a user.
WERROR ?=
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wundef $(if $(filter-out 0,$(WERROR)),-Werror)
STRICT := -std=gnu11 -fstack-protector-strong $(WARNINGS)
LDLIBS := $(LDLIBS) $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lnet -lm -pthread
ifneq ($(SANITIZE),)
CPPFLAGS := $(filter-out -D_FORTIFY_SOURCE=2,$(CPPFLAGS))
STRICT += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif

# The program itself is never narrowed by ONLY; the unit tests are.
sources_of = $(sort $(foreach d,$(1),$(shell find $(d) -name '*.c' 2>/dev/null)))
ALL_SOURCES := $(call sources_of,harness fakes)
PROGRAM_SOURCES := $(filter-out %_test.c %_fuzz.c %_testing.c harness/base/testing.c,$(ALL_SOURCES))
UNIT_ALL := $(call sources_of,$(ONLY))
UNIT_SOURCES := $(filter-out harness/main.c,$(UNIT_ALL)) $(if $(filter harness/base/testing.c,$(UNIT_ALL)),,harness/base/testing.c)
TESTS := $(filter %_test.c,$(UNIT_ALL))
FUZZERS := $(filter %_fuzz.c,$(UNIT_ALL))
VERSION := $(shell cat tools/version)

# V=1 shows the whole commands.
V ?=
quiet = $(if $(V),,@echo '  $(1)';)

objects_of = $(patsubst %.c,$(BUILD)/%.o,$(1))
symbol_of = $(subst /,_,$(basename $(1)))

.PHONY: all program unit unit-tests test run bench bench-tools fuzz valgrind check setup clean format \
	same-behaviour determinism network-seeds scale distro-test
all: program
program: $(BUILD)/rclab
	@:

$(BUILD)/rclab: $(call objects_of,$(PROGRAM_SOURCES))
	@mkdir -p $(@D)
	$(call quiet,LD $@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c | $(BUILD)/.packages
	@mkdir -p $(@D)
	$(call quiet,CC $<)$(CC) $(CPPFLAGS) $(CFLAGS) $(STRICT) -DRCLAB_VERSION='"$(VERSION)"' -MMD -MP -c -o $@ $<

# A plain message instead of a compiler's missing header.
$(BUILD)/.packages:
	@tools/setup --check
	@mkdir -p $(BUILD) && touch $@

# --- unit tests: the runner's list is made from the file names ----------------------------------
test_symbols := $(foreach t,$(TESTS),tests_$(patsubst %_test,%,$(call symbol_of,$(t))))
fuzz_symbols := $(foreach t,$(FUZZERS),fuzz_$(patsubst %_fuzz,%,$(call symbol_of,$(t))))
$(BUILD)/test_list.stamp: FORCE
	@mkdir -p $(BUILD); { \
	  for s in $(test_symbols); do echo "TEST($$s)"; done; \
	  for s in $(fuzz_symbols); do echo "FUZZ($$s)"; done; } > $@.new; \
	  cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:
$(BUILD)/test_main.o: tools/test_main.c $(BUILD)/test_list.stamp | $(BUILD)/.packages
	$(call quiet,CC $<)$(CC) $(CPPFLAGS) -DTEST_LIST='"$(BUILD)/test_list.stamp"' $(CFLAGS) $(STRICT) -MMD -MP -c -o $@ $<
$(BUILD)/rclab-test: $(BUILD)/test_main.o $(call objects_of,$(UNIT_SOURCES))
	$(call quiet,LD $@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcunit
unit-tests: $(BUILD)/rclab-test
	@:
unit: $(BUILD)/rclab-test
	tools/in-own-tmp $(BUILD)/rclab-test

# --- what `make bench` needs beside the program: tools/bench_NAME.c gives bench-NAME -------------------
BENCH_TOOLS := $(patsubst tools/bench_%.c,$(BUILD)/bench-%,$(wildcard tools/bench_*.c))
$(BUILD)/bench-%: $(BUILD)/tools/bench_%.o $(call objects_of,$(filter-out harness/main.c,$(PROGRAM_SOURCES)))
	$(call quiet,LD $@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
.SECONDARY: $(patsubst $(BUILD)/bench-%,$(BUILD)/tools/bench_%.o,$(BENCH_TOOLS))
bench-tools: $(BENCH_TOOLS)
	@:

-include $(wildcard $(shell find $(BUILD) -name '*.d' 2>/dev/null))

# --- what a person calls --------------------------------------------------------------------------
setup:
	@tools/setup
check:
	@tools/check-includes
	@tools/check-includes --circles
	@tools/check-style
	@tools/check-vendor --self-test
	@tools/check-vendor
	@tools/format --check
	@tools/check-shell
	@tools/fuzz --check
run: setup
	@$(MAKE) --no-print-directory -j$(JOBS) program
	@$(BUILD)/rclab run --out $(OUT) scenarios
test:
	@tools/setup --test
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory -j$(JOBS) WERROR=1 program unit-tests
	@BUILD=$(BUILD) tools/run-tests
valgrind:
	@tools/setup --dev
	@$(MAKE) --no-print-directory -j$(JOBS) unit-tests
	tools/in-own-tmp valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,possible \
	  --errors-for-leak-kinds=definite,possible --suppressions=tools/valgrind.supp \
	  $(BUILD)/rclab-test --pure
bench:
	@tools/setup --bench
	@$(MAKE) --no-print-directory -j$(JOBS) program bench-tools
	@BUILD=$(BUILD) tools/bench
fuzz:
	@tools/fuzz $(FUZZ_SECONDS) $(FUZZERS)
format:
	@tools/format
# Two commits behave the same to whoever uses them: make same-behaviour OLD=v1 NEW=.
OLD ?= HEAD
NEW ?= .
same-behaviour:
	@tools/tests/same-behaviour $(if $(ALLOW),--allow $(ALLOW)) $(OLD) $(NEW)
# A busy machine changes no timeline: the whole suite again, of which make test takes a sample.
determinism: program
	@BUILD=$(BUILD) tools/tests/determinism-test --whole
# Lines that lose frames, with many seeds, of which make test takes one and a sample.
SEEDS ?= 20
scale: program
	@BUILD=$(BUILD) tools/tests/scale-test --most
network-seeds: program
	@BUILD=$(BUILD) tools/tests/network-test --seeds $(SEEDS)
# On a bare Debian 12 and 13 and Ubuntu 24.04, as root and as a user (as root; takes an hour).
# DISTRO="--compilers debian-13": see tools/tests/distro-test
distro-test:
	@tools/tests/distro-test $(DISTRO)
clean:
	rm -rf build build-* out
