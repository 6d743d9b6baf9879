# SPDX-License-Identifier: BSD-2-Clause-Patent
# Everything lands in build/ and out/. `make run` and `make check` install what they need; see README.md.

PYTHON := /usr/bin/python3
VERSION := 0.1.0
GIT := $(shell git describe --always --dirty --abbrev=8 2>/dev/null || echo none)

B := build
IMAGE := $(B)/x86_64/intxlab.efi

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef \
	-Wpointer-arith -Wvla -Wcast-align -Wwrite-strings
COMMON := -std=gnu11 $(WARNINGS) -I. -MMD -MP
ABOUT := -DINTXLAB_VERSION='"$(VERSION)"' -DINTXLAB_GIT='"$(GIT)"'

# The layers above the seam, in both builds.
CORE := $(sort $(wildcard pci/*.c drivers/*.c run/*.c))

.PHONY: all
all: $(IMAGE)

include efi/rules.mk
include tests/rules.mk

.PHONY: setup-run setup-check
setup-run:
	@host/setup build run
setup-check:
	@host/setup build run check

.PHONY: run
run: setup-run
	@$(MAKE) --no-print-directory $(IMAGE)
	@host/intxlab run

.PHONY: stick
stick: $(IMAGE)
	host/intxlab stick $(B)/intxlab-stick.img

# docs/checks.md and the options in README.md, from what the image says of itself.
.PHONY: docs
docs: $(IMAGE)
	@docs/regenerate.py

.PHONY: clean
clean:
	rm -rf $(B) out
