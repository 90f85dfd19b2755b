# tesserafs: make, make test, make install.  `make list` prints the targets.
#
# Variants build in their own directory, with the same rules:
#   make VARIANT=asan | tsan | fuzz
.DEFAULT_GOAL := all

VERSION  := 0.1.0
VARIANT  ?=
BUILD    := build$(if $(VARIANT),/$(VARIANT))

# where `make install` puts things; DESTDIR comes before, for packages
prefix   ?= /usr/local
bindir   ?= $(prefix)/bin
datadir  ?= $(prefix)/share
DESTDIR  ?=
INSTALL  ?= install

PKGS := fuse3 hdf5 libpng libtiff-4 jansson zlib libdeflate
CORE_PKGS := hdf5 libpng libtiff-4 zlib libdeflate

WARNINGS := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wcast-qual -Wundef -Wno-unused-parameter
ifdef CI
WARNINGS += -Werror
endif

CFLAGS   ?= -O2 -g
# no fused multiply-add: the same bytes on every machine; gcc 12's SLP vectorizer was seen to drop
# a rounding to float (core/encoding/nifti_orient.c)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DTESSERAFS_VERSION='"$(VERSION)"' -I. \
             $(shell pkg-config --cflags $(PKGS)) -ffp-contract=off \
             -fno-tree-slp-vectorize -fno-strict-aliasing \
             -pthread $(WARNINGS) $(CFLAGS) $(VARIANT_CFLAGS)
LIBS     = $(shell pkg-config --libs $(PKGS)) -lm -pthread $(LDFLAGS) $(VARIANT_CFLAGS)

ifeq ($(VARIANT),asan)
VARIANT_CFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -O1
else ifeq ($(VARIANT),tsan)
VARIANT_CFLAGS := -fsanitize=thread -O1
else ifeq ($(VARIANT),fuzz)
CC := clang
VARIANT_CFLAGS := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -O1
endif

CORE_SRC := $(sort $(shell find core -name '*.c'))
OPTS_SRC := $(sort $(shell find mountopts -name '*.c'))
FS_SRC   := $(sort $(shell find fs -name '*.c'))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c tests/thread/test_*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FAULT_SRC := $(sort $(wildcard tests/fault/test_*.c))

# make V=1 shows the commands
Q := $(if $(V),,@)

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIB      := $(BUILD)/libtesserafs.a
PROGRAM  := $(BUILD)/tesserafs
UNIT     := $(patsubst %.c,$(BUILD)/%,$(UNIT_SRC))
FUZZ     := $(patsubst %.c,$(BUILD)/%,$(FUZZ_SRC))
FAULT    := $(patsubst %.c,$(BUILD)/%,$(FAULT_SRC))

## all: the program, build/tesserafs
.PHONY: all
all: $(PROGRAM)

## unit: the unit tests' programs
.PHONY: unit
unit: $(UNIT)

## fault: the fault injection tests' programs (with VARIANT=asan: leaks count)
.PHONY: fault
fault: $(FAULT)

## fuzz: the fuzz targets (with VARIANT=fuzz)
.PHONY: fuzz
fuzz: $(FUZZ)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo '  CC $@')
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call obj,$(CORE_SRC) $(OPTS_SRC))
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(PROGRAM): $(call obj,$(FS_SRC)) $(LIB)
	$(Q)$(CC) -o $@ $^ $(LIBS)

$(UNIT): $(BUILD)/%: $(BUILD)/%.o $(LIB)
	$(Q)$(CC) -o $@ $^ $(LIBS)

# malloc, pread, ... of our own objects go through the wrappers in tests/fault/fault.h
FAULT_WRAP := malloc calloc realloc strdup aligned_alloc pread open read opendir stat \
              clock_gettime
$(FAULT): $(BUILD)/%: $(BUILD)/%.o $(LIB)
	$(Q)$(CC) -o $@ $^ $(foreach f,$(FAULT_WRAP),-Wl,--wrap=$(f)) $(LIBS)

$(FUZZ): $(BUILD)/%: $(BUILD)/%.o $(LIB)
	$(Q)$(CC) -o $@ $^ $(LIBS) -fsanitize=fuzzer

# texts that the program prints from its own tables
SHARE := $(BUILD)/share
MAN        := $(SHARE)/tesserafs.1
COMPLETION := $(SHARE)/tesserafs.bash
SCHEMA     := $(SHARE)/tesserafs.schema.json
$(MAN):        FLAG := --man
$(COMPLETION): FLAG := --completion
$(SCHEMA):     FLAG := --schema
$(MAN) $(COMPLETION) $(SCHEMA): $(PROGRAM)
	@mkdir -p $(@D)
	$(Q)$(PROGRAM) $(FLAG) >$@.part && mv $@.part $@

# what `make install` writes, each below DESTDIR
INSTALLED_PROGRAM    = $(DESTDIR)$(bindir)/tesserafs
INSTALLED_MAN        = $(DESTDIR)$(datadir)/man/man1/tesserafs.1
INSTALLED_COMPLETION = $(DESTDIR)$(datadir)/bash-completion/completions/tesserafs
INSTALLED_SCHEMA     = $(DESTDIR)$(datadir)/tesserafs/tesserafs.schema.json
INSTALLED_DOC        = $(DESTDIR)$(datadir)/doc/tesserafs

## install: program, manual page, bash completion, JSON schema, README (prefix, DESTDIR)
.PHONY: install
install: $(PROGRAM) $(MAN) $(COMPLETION) $(SCHEMA)
	$(Q)$(INSTALL) -D -m 755 $(PROGRAM) '$(INSTALLED_PROGRAM)'
	$(Q)$(INSTALL) -D -m 644 $(MAN) '$(INSTALLED_MAN)'
	$(Q)$(INSTALL) -D -m 644 $(COMPLETION) '$(INSTALLED_COMPLETION)'
	$(Q)$(INSTALL) -D -m 644 $(SCHEMA) '$(INSTALLED_SCHEMA)'
	$(Q)$(INSTALL) -D -m 644 -t '$(INSTALLED_DOC)' README.md LICENSE

## uninstall: removes what install wrote
.PHONY: uninstall
uninstall:
	rm -f '$(INSTALLED_PROGRAM)' '$(INSTALLED_MAN)' '$(INSTALLED_COMPLETION)' \
	      '$(INSTALLED_SCHEMA)' '$(INSTALLED_DOC)/README.md' '$(INSTALLED_DOC)/LICENSE'
	rmdir '$(DESTDIR)$(datadir)/tesserafs' '$(INSTALLED_DOC)' 2>/dev/null || true

## test: everything scripts/test runs
.PHONY: test
test:
	scripts/test

## bench: the C parts of scripts/bench
BENCH := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/bench/*.c)))
.PHONY: bench
bench: $(BENCH)
$(BENCH): $(BUILD)/%: $(BUILD)/%.o
	$(Q)$(CC) -o $@ $^ $(LIBS)

## clean: removes build/
.PHONY: clean
clean:
	rm -rf build

## list: this list
.PHONY: list
list:
	@sed -n 's/^## //p' $(firstword $(MAKEFILE_LIST))

-include $(shell find $(BUILD) -name '*.d' \
             $(if $(VARIANT),,-not -path 'build/*san/*' -not -path 'build/fuzz/*') 2>/dev/null)
