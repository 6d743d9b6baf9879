# SPDX-License-Identifier: BSD-2-Clause-Patent
# The hosted build: the layers above the seam on tests/sim, as programs, unit tests and fuzzers.

H := $(B)/hosted
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HOSTED_FLAGS := $(COMMON) -g -O1

SIM := $(filter-out tests/sim/main.c,$(sort $(wildcard tests/sim/*.c)))
UNITS := $(sort $(wildcard tests/unit/test_*.c))
UNIT_HELP := $(filter-out $(UNITS),$(sort $(wildcard tests/unit/*.c)))
FUZZERS := $(sort $(wildcard tests/fuzz/fuzz_*.c))

# One object tree a compiler: gcc and clang both, because each warns and sanitizes differently.
define hosted_rules
$(H)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$(1) $(HOSTED_FLAGS) $(SANITIZE) -c $$< -o $$@

$(H)/$(1)/intxlab-sim: $(patsubst %.c,$(H)/$(1)/%.o,$(CORE) $(SIM) tests/sim/main.c)
	$(1) $(SANITIZE) $$^ -o $$@

$(patsubst tests/unit/%.c,$(H)/$(1)/%,$(UNITS)): $(H)/$(1)/%: $(H)/$(1)/tests/unit/%.o \
		$(patsubst %.c,$(H)/$(1)/%.o,$(CORE) $(SIM) $(UNIT_HELP))
	$(1) $(SANITIZE) $$^ -o $$@

HOSTED += $(H)/$(1)/intxlab-sim $(patsubst tests/unit/%.c,$(H)/$(1)/%,$(UNITS))
endef
$(eval $(call hosted_rules,gcc))
$(eval $(call hosted_rules,clang))

FUZZ_FLAGS := $(HOSTED_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
$(H)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -c $< -o $@

FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(H)/fuzz/%,$(FUZZERS))
$(FUZZ_PROGRAMS): $(H)/fuzz/%: $(H)/fuzz/tests/fuzz/%.o $(patsubst %.c,$(H)/fuzz/%.o,$(CORE) $(SIM) $(UNIT_HELP))
	clang -fsanitize=fuzzer,address,undefined $^ -o $@

.PHONY: hosted
hosted: $(HOSTED) $(FUZZ_PROGRAMS)

-include $(shell [ -d $(H) ] && find $(H) -name '*.d')
