# SPDX-License-Identifier: BSD-2-Clause-Patent
# The image. Of GNU-EFI only the headers are used; the link is our own: efi/x86_64/image.lds, start.c.

EFI_INC := /usr/include/efi
EFI_LDS := efi/x86_64/image.lds

EFI_FLAGS := $(COMMON) -Os -ffreestanding -fpie -fshort-wchar -fno-stack-protector \
	-fno-strict-aliasing -include efi/hidden.h -fno-asynchronous-unwind-tables -fcf-protection=none \
	-mno-red-zone -mgeneral-regs-only -DGNU_EFI_USE_MS_ABI -isystem $(EFI_INC) -isystem $(EFI_INC)/x86_64
# clang has no such flag and no need of it.
EFI_FLAGS_gcc := -maccumulate-outgoing-args
# ELF's segments are nobody's: whether two of the .so have pages in common is chance, and the rights are those of the
# PE header (tests/link).
EFI_LDFLAGS := -pie --no-dynamic-linker -nostdlib -zpack-relative-relocs -znoexecstack -znorelro --no-ld-generated-unwind-info \
	--no-warn-rwx-segments --orphan-handling=error --fatal-warnings -T $(EFI_LDS)

EFI_SOURCES := $(CORE) $(sort $(wildcard efi/*.c efi/x86_64/*.c)) efi/x86_64/entry.S
EFI_OBJECTS := $(addsuffix .o,$(basename $(EFI_SOURCES)))

# The one source that says which version and commit this is.
ABOUT := -DINTXLAB_VERSION="$(VERSION)" -DINTXLAB_GIT="$(GIT)"
$(eval $(call kept,$(B)/x86_64/about,$(ABOUT)))
$(eval $(call kept,$(B)/x86_64/sources,$(EFI_SOURCES)))
$(B)/x86_64/efi/main.o $(B)/x86_64-clang/efi/main.o: $(B)/x86_64/about
$(B)/x86_64/efi/main.o $(B)/x86_64-clang/efi/main.o: EFI_FLAGS += $(subst ",\",$(ABOUT))

# One object tree a compiler: the product is gcc's; clang's is built by `make check` for its warnings.
# $(1) tree, $(2) compiler, $(3) its name on the screen
define efi_rules
$(B)/$(1)/%.o: %.c $(RULES)
	@mkdir -p $$(@D)
	$$(call say,$(3),$$<)
	$$(Q)$(2) $$(EFI_FLAGS) $$(EFI_FLAGS_$(2)) -c $$< -o $$@

$(B)/$(1)/%.o: %.S $(RULES)
	@mkdir -p $$(@D)
	$$(call say,$(3),$$<)
	$$(Q)$(2) -MMD -MP -I. -c $$< -o $$@
endef
$(eval $(call efi_rules,x86_64,gcc,CC))
$(eval $(call efi_rules,x86_64-clang,clang,CLANG))

# $(1) image, $(2) objects
define efi_link
$(1): $(2) $(EFI_LDS) $(B)/x86_64/sources $(RULES)
	$$(call say,LD,$$@)
	$$(Q)ld $$(EFI_LDFLAGS) $(2) -o $$(@:.efi=.so)
	$$(Q)objcopy -O binary $$(@:.efi=.so) $$@
endef
$(eval $(call efi_link,$(IMAGE),$(addprefix $(B)/x86_64/,$(EFI_OBJECTS))))
$(eval $(call efi_link,$(B)/x86_64-clang/intxlab.efi,$(addprefix $(B)/x86_64-clang/,$(EFI_OBJECTS))))

# Images for tests, $(B)/x86_64/test-NAME.efi: the product with tests/qemu/NAME.c in the place of
# efi/root_suites.c.
EFI_TEST_NAMES := $(basename $(notdir $(sort $(wildcard tests/qemu/*.c))))
EFI_TEST_OBJECTS := $(addprefix $(B)/x86_64/,$(filter-out efi/root_suites.o,$(EFI_OBJECTS)))
EFI_TESTS := $(EFI_TEST_NAMES:%=$(B)/x86_64/test-%.efi)
$(foreach n,$(EFI_TEST_NAMES),$(eval $(call \
	efi_link,$(B)/x86_64/test-$(n).efi,$(B)/x86_64/tests/qemu/$(n).o $(EFI_TEST_OBJECTS))))

# The application that does nothing: what `make bench` holds the product against.
EFI_EMPTY := $(B)/x86_64/empty.efi
$(eval $(call efi_link,$(EFI_EMPTY),$(B)/x86_64/tests/bench/empty.o $(B)/x86_64/efi/x86_64/start.o))

-include $(patsubst %.o,$(B)/x86_64/%.d,$(EFI_OBJECTS) $(EFI_TEST_NAMES:%=tests/qemu/%.o) tests/bench/empty.o)
-include $(patsubst %.o,$(B)/x86_64-clang/%.d,$(EFI_OBJECTS))
