# SPDX-License-Identifier: BSD-2-Clause-Patent
# Everything lands in build/ and out/. `make run` and `make check` install what they need; see README.md.
# Variables: V=1 shows the commands, JOBS (how many at once), FUZZ_SECONDS (each fuzzer of `make fuzz`),
# ROUNDS (boots of each image in `make bench`), N and SEED (of `make mutants`: how many, and which).

PYTHON := /usr/bin/python3
VERSION := 0.1.0
GIT := $(shell git describe --always --dirty --abbrev=8 2>/dev/null || echo none)

B := build
IMAGE := $(B)/x86_64/intxlab.efi

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef \
	-Wpointer-arith -Wvla -Wcast-align -Wwrite-strings
COMMON := -std=gnu11 $(WARNINGS) -I. -MMD -MP

# The layers above the seam, in both builds.
CORE := $(sort $(wildcard pci/*.c drivers/*.c run/*.c run/*/*.c))

# A recipe is one short line and $(Q) before each command; with V=1 the commands themselves.
V ?=
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-10s%s\n' '$(1)' '$(2)')

# $(call kept,FILE,WORDS): a file that changes only when WORDS do. What depends on it is made again then: with
# another source list, version or commit. A changed rule or flag remakes the objects through $(RULES).
define kept
$(1): FORCE
	@mkdir -p $$(@D)
	@echo '$(2)' | cmp -s - $$@ || echo '$(2)' > $$@
endef
RULES := Makefile efi/rules.mk tests/rules.mk

.PHONY: all FORCE
all: $(IMAGE)

include efi/rules.mk
include tests/rules.mk

# What each command needs built; the recipe keeps make from saying that nothing is to be done.
.PHONY: built-image built-lint built-bench built-check
built-image: $(IMAGE)
built-lint: $(IMAGE) $(H)/gcc/intxlab-sim
built-bench: $(IMAGE) $(EFI_EMPTY) $(BENCH_PROGRAMS)
built-check: $(IMAGE) $(B)/x86_64-clang/intxlab.efi $(EFI_TESTS) $(EFI_EMPTY) hosted
built-image built-lint built-bench built-check:
	@:

# make's own jobs if it was given -j, else as many as there are processors.
JOBS ?= $(shell nproc)
PARALLEL = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

.PHONY: setup-run setup-check
setup-run:
	@host/setup build run
setup-check:
	@host/setup build run check

.PHONY: run
run: setup-run
	@$(PARALLEL) built-image
	@host/intxlab run

.PHONY: stick
stick: $(IMAGE)
	host/intxlab stick $(B)/intxlab-stick.img

# docs/checks.md and the options in README.md, from what the image says of itself.
.PHONY: docs
docs: $(IMAGE) $(H)/gcc/intxlab-sim
	@docs/regenerate.py

# The tests run two at a time: each boot of QEMU keeps one processor busy, and some tests have time limits.
.PHONY: check
check: setup-check
	@$(PARALLEL) built-check || { echo '0 passed, 1 failed'; exit 1; }
	@$(PYTHON) -B -m pytest -q -n 2 tests

# The same in a Debian 13 that debootstrap makes (as root; 77: it cannot), kept in DEBIAN13.
DEBIAN13 ?= $(B)/debian13
.PHONY: check-debian13
check-debian13:
	@[ -x $(PYTHON) ] || host/setup debian13
	@$(PYTHON) -B tests/debian13/check.py $(DEBIAN13) || [ $$? -eq 77 ]

# Each device model of docs/conformance.toml against the claims: docs/conformance.md and .json. QEMU= names another.
.PHONY: conformance
conformance: setup-run
	@$(PARALLEL) built-image
	@docs/conformance.py --jobs $(JOBS)

.PHONY: lint
lint: setup-check
	@$(PARALLEL) built-lint
	@$(PYTHON) -B tests/lint/lint.py

# The layout that make lint wants; tables of registers are set by hand.
.PHONY: format
format:
	$(Q)clang-format -i $$(git ls-files --cached --others --exclude-standard '*.c' '*.h' | grep -v '_regs\.h$$')

.PHONY: bench
bench: setup-run
	@$(PARALLEL) built-bench
	@$(PYTHON) -B tests/bench/bench.py $(if $(ROUNDS),--rounds $(ROUNDS))

# Single changes made to pci/, drivers/ and run/ at random, each run against the quick tests; see tests/mutation.
N ?= 200
SEED ?= 1
.PHONY: mutants
mutants: setup-check
	@$(PARALLEL) built-mutants
	@$(PYTHON) -B tests/mutation/mutants.py --jobs $(JOBS) --seed $(SEED) $(N)

.PHONY: clean
clean:
	rm -rf $(B) out
