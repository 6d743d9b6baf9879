# SPDX-License-Identifier: BSD-2-Clause-Patent
# The hosted build: the layers above the seam on tests/sim, as programs, unit tests and fuzzers.

H := $(B)/hosted
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# An index past an array, a trailing one too: gcc's "undefined" leaves that out, clang's has all but the pointers.
SANITIZE_gcc := $(SANITIZE) -fsanitize=bounds-strict
SANITIZE_clang := $(SANITIZE) -fsanitize=local-bounds
HOSTED_FLAGS := $(COMMON) -g -O1

SIM := $(filter-out tests/sim/main.c,$(sort $(wildcard tests/sim/*.c)))
UNITS := $(sort $(wildcard tests/unit/test_*.c))
UNIT_HELP := $(filter-out $(UNITS),$(sort $(wildcard tests/unit/*.c)))
# What is tested of efi/ calls services as the firmware's: through tables, in its ABI.
%/tests/unit/test_firmware_dma.o: HOSTED_FLAGS += -DGNU_EFI_USE_MS_ABI -isystem $(EFI_INC) -isystem $(EFI_INC)/x86_64
FUZZERS := $(sort $(wildcard tests/fuzz/fuzz_*.c))

HOSTED_SOURCES := $(CORE) $(SIM) $(UNIT_HELP) tests/property/rig.c
$(eval $(call kept,$(H)/sources,$(HOSTED_SOURCES)))

# $(1) tree, $(2) compiler, $(3) its name on the screen, $(4) flags
define hosted_objects
$(H)/$(1)/%.o: %.c $(RULES)
	@mkdir -p $$(@D)
	$$(call say,$(3),$$<)
	$$(Q)$(2) $$(HOSTED_FLAGS) $(4) -c $$< -o $$@
endef

# One object tree a compiler: gcc and clang both, because each warns and sanitizes differently. The
# layers and the machines are an archive, so that 30 programs do not name 60 objects each.
define hosted_rules
$(call hosted_objects,$(1),$(1),$(2),$(SANITIZE_$(1)))

$(H)/$(1)/intxlab.a: $(patsubst %.c,$(H)/$(1)/%.o,$(HOSTED_SOURCES)) $(H)/sources
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && ar rcs $$@ $$(filter %.o,$$^)

$(H)/$(1)/intxlab-sim: $(H)/$(1)/tests/sim/main.o $(H)/$(1)/intxlab.a
	$$(call say,LD,$$@)
	$$(Q)$(1) $(SANITIZE) $$^ -o $$@

$(patsubst tests/unit/%.c,$(H)/$(1)/%,$(UNITS)): $(H)/$(1)/%: $(H)/$(1)/tests/unit/%.o $(H)/$(1)/intxlab.a
	$$(call say,LD,$$@)
	$$(Q)$(1) $(SANITIZE) $$^ -o $$@

HOSTED += $(H)/$(1)/intxlab-sim $(patsubst tests/unit/%.c,$(H)/$(1)/%,$(UNITS))
endef
$(eval $(call hosted_rules,gcc,HOSTCC))
$(eval $(call hosted_rules,clang,HOSTCLANG))

FUZZ_SANITIZE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
$(eval $(call hosted_objects,fuzz,clang,FUZZCC,$(FUZZ_SANITIZE)))

$(H)/fuzz/intxlab.a: $(patsubst %.c,$(H)/fuzz/%.o,$(HOSTED_SOURCES)) $(H)/sources
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)

FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(H)/fuzz/%,$(FUZZERS))
$(FUZZ_PROGRAMS): $(H)/fuzz/%: $(H)/fuzz/tests/fuzz/%.o $(H)/fuzz/intxlab.a
	$(call say,LD,$@)
	$(Q)clang -fsanitize=fuzzer,address,undefined $^ -o $@

# The engine behind a line protocol, for the reference model of tests/property.
$(H)/gcc/property: $(H)/gcc/tests/property/driver.o $(H)/gcc/intxlab.a
	$(call say,LD,$@)
	$(Q)gcc $(SANITIZE) $^ -o $@

# Without sanitizers: for the sweep of test_vanish_sweep.py, and for mutants.
$(eval $(call hosted_objects,plain,gcc,PLAINCC,-fPIC -O2))

# Static: it forks some 100000 times, and there is less to copy.
$(H)/plain/intxlab-sim: $(patsubst %.c,$(H)/plain/%.o,tests/sim/main.c $(HOSTED_SOURCES)) $(H)/sources
	$(call say,LD,$@)
	$(Q)gcc -static $(filter %.o,$^) -o $@

# For mutants: the programs take the layers and the machines from a shared object, and before it look into one that is
# empty here. A mutant is one file compiled to take the empty one's place (LD_LIBRARY_PATH): nothing is linked again.
M := $(H)/mutants

$(M)/libintxlab.so: $(patsubst %.c,$(H)/plain/%.o,$(HOSTED_SOURCES)) $(H)/sources
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc -shared $(filter %.o,$^) -o $@

$(M)/libmutant.so:
	@mkdir -p $(@D)
	$(Q)gcc -shared -x c /dev/null -o $@

# Every field of every policy turned, by a variable: test_mutation.py.
$(M)/rows/libmutant.so: $(H)/plain/tests/mutation/rows.o
	@mkdir -p $(@D)
	$(Q)gcc -shared $^ -o $@

# Every expectation of a check with its place, one of them made always true by a variable: test_sites.py.
$(eval $(call hosted_objects,sites,gcc,SITESCC,-fPIC -O1 -include tests/mutation/sites.h $$(SITES)))
$(H)/sites/run/suites/%.o: SITES := -DSITES_IN_SUITES
$(M)/sites/libmutant.so: $(patsubst %.c,$(H)/sites/%.o,$(filter run/bench/% run/sequences/% run/suites/%,$(CORE))) \
		$(H)/plain/tests/mutation/sites.o $(H)/sources
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc -shared $(filter %.o,$^) -o $@

MUTANT_PROGRAMS := $(M)/intxlab-sim $(M)/property $(patsubst tests/unit/%.c,$(M)/%,$(UNITS))
$(M)/intxlab-sim: $(H)/plain/tests/sim/main.o
$(M)/property: $(H)/plain/tests/property/driver.o
$(patsubst tests/unit/%.c,$(M)/%,$(UNITS)): $(M)/%: $(H)/plain/tests/unit/%.o
$(MUTANT_PROGRAMS): $(M)/libmutant.so $(M)/libintxlab.so
	$(call say,LD,$@)
	$(Q)gcc $(filter %.o,$^) -L$(M) -Wl,--no-as-needed -lmutant -lintxlab '-Wl,-rpath,$$ORIGIN' -o $@

.PHONY: built-mutants
built-mutants: $(MUTANT_PROGRAMS) $(M)/rows/libmutant.so $(M)/sites/libmutant.so

BENCH_PROGRAMS := $(H)/gcc/bench-enumerate
$(BENCH_PROGRAMS): $(H)/gcc/bench-%: $(H)/gcc/tests/bench/%.o $(H)/gcc/intxlab.a
	$(call say,LD,$@)
	$(Q)gcc $(SANITIZE) $^ -o $@

.PHONY: hosted
hosted: $(HOSTED) $(FUZZ_PROGRAMS) $(BENCH_PROGRAMS) $(H)/gcc/property $(H)/plain/intxlab-sim built-mutants

# Long fuzzing. libFuzzer writes what it finds new into the first folder it is given: never the kept corpus.
FUZZ_SECONDS ?= 600
FUZZ_RUNS := $(FUZZERS:tests/fuzz/fuzz_%.c=fuzz-%)
.PHONY: fuzz $(FUZZ_RUNS)
fuzz: setup-check
	@$(PARALLEL) $(FUZZ_RUNS)
$(FUZZ_RUNS): fuzz-%: $(H)/fuzz/fuzz_%
	@mkdir -p $(B)/fuzz/$*/new
	@echo '  fuzz $*: $(FUZZ_SECONDS) s, $(B)/fuzz/$*/log'
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix=$(B)/fuzz/$*/ $(B)/fuzz/$*/new tests/fuzz/corpus/$* >$(B)/fuzz/$*/log 2>&1 || \
		{ tail -n 40 $(B)/fuzz/$*/log; exit 1; }
	@echo "  fuzz $*: nothing found in $$(sed -n 's/^stat::number_of_executed_units: *//p' $(B)/fuzz/$*/log) inputs;" \
		"$$(ls $(B)/fuzz/$*/new | wc -l) of them new ground, in $(B)/fuzz/$*/new"

-include $(shell [ -d $(H) ] && find $(H) -name '*.d')
