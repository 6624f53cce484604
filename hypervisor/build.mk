# SPDX-License-Identifier: MIT
# The hypervisor image: every .c and .S below hypervisor/, and how a kernel is loaded (pvabi/load),
# linked by boot/image.lds at IMAGE_VIRT.
HV_CFLAGS := -O2 -g -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter -Wstrict-prototypes \
	-Wmissing-prototypes $(HERE_CFLAGS) \
	-ffreestanding -nostdinc -isystem $(shell $(CC) -print-file-name=include 2>/dev/null) \
	-fno-strict-aliasing -fno-common -mno-red-zone -mgeneral-regs-only -fno-stack-protector \
	-fcf-protection=none -fpie -fvisibility=hidden \
	-fno-asynchronous-unwind-tables -fno-jump-tables -fomit-frame-pointer -mcmodel=small \
	$(if $(findstring clang,$(CC)),,-mindirect-branch=thunk-extern -mindirect-branch-register) \
	-include hypervisor/lib/pie.h -DHOSPES_VERSION='"$(VERSION)"' -Ihypervisor -I. -I$(B)
HV_SRC := $(sort $(wildcard hypervisor/*/*.c hypervisor/*/*.S))
HV_SRC := $(filter-out hypervisor/x86/offsets.c hypervisor/boot/image.lds.S,$(HV_SRC))
HV_OBJ := $(HV_SRC:%=$(B)/%.o) $(patsubst %,$(B)/hypervisor/%.o,$(LOAD_SRCS))
# The decompressors of the dom0 builder: Debian's static libraries, in the part that is freed after
# boot.
HV_LIBS := -l:liblzma.a -l:libzstd.a -l:libz.a
HV_IMAGE := $(B)/xen-hospes
# What the tests boot: the same with locks that are checked and measured.
HV_DEBUG_IMAGE := $(B)/xen-hospes-debug
HV_LOCK_OBJ := $(B)/hypervisor/x86/lock.c.o
HV_LOCK_DEBUG_OBJ := $(B)/hypervisor/x86/lock.debug.o
# What stays after boot is optimised as a whole; but not what calls may be made of (memcpy and the
# like). Clang's objects are linked as they are.
HV_LTO := $(if $(CONFIG_LTO),$(if $(findstring clang,$(CC)),,-flto=auto))
HV_WHOLE_OBJ := $(filter-out $(B)/hypervisor/boot/% $(B)/hypervisor/pvabi/% %.S.o \
	$(B)/hypervisor/lib/string.c.o,$(HV_OBJ))
HV_APART_OBJ := $(filter-out $(HV_WHOLE_OBJ),$(HV_OBJ))
$(HV_WHOLE_OBJ) $(HV_LOCK_DEBUG_OBJ): HV_CFLAGS += $(HV_LTO)

$(B)/hypervisor/%.c.o: hypervisor/%.c $(B)/config.h
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(HV_CFLAGS) -MMD -MP -c -o $@ $<

$(HV_LOCK_DEBUG_OBJ): hypervisor/x86/lock.c $(B)/config.h
	@mkdir -p $(@D)
	$(call say,CC,$< (debug))
	$(Q)$(CC) $(HV_CFLAGS) -DCONFIG_DEBUG_LOCKS=1 -MMD -MP -c -o $@ $<

$(B)/hypervisor/lib/string.c.o: HV_CFLAGS += $(KEEP_LOOPS)

$(B)/hypervisor/pvabi/%.c.o: pvabi/%.c $(B)/config.h
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(HV_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/hypervisor/%.S.o: hypervisor/%.S $(B)/config.h $(B)/hypervisor/offsets.h
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(HV_CFLAGS) -D__ASSEMBLY__ -MMD -MP -c -o $@ $<

# Offsets for assembly, out of the compiler's own mouth; the header changes only with one of them.
$(B)/hypervisor/offsets.s: hypervisor/x86/offsets.c $(B)/config.h
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)$(CC) $(HV_CFLAGS) -DMAKING_OFFSETS -MMD -MP -MT $@ -MF $(@:.s=.d) -S -o $@ $<

$(B)/hypervisor/offsets.h: $(B)/hypervisor/offsets.s
	@sed -n 's/^.*->\([A-Z0-9_]*\) \$$*\(-\?[0-9]*\).*/#define \1 \2/p' $< > $@.new
	@cmp -s $@.new $@ || cp $@.new $@

$(B)/hypervisor/image.lds: hypervisor/boot/image.lds.S
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)$(CC) -E -P -D__ASSEMBLY__ -Ihypervisor -I. -o $@ $<

HV_LINK = $(LD) -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none -no-pie \
	--no-warn-rwx-segments -T $(B)/hypervisor/image.lds -o $@ $(filter %.o,$^) \
	-L/usr/lib/x86_64-linux-gnu $(HV_LIBS)

define hv_link_whole
	$(call say,$(if $(HV_LTO),LTO,LD),$@)
	$(Q)$(if $(HV_LTO),$(CC) $(HV_CFLAGS) $(HV_LTO) -flinker-output=nolto-rel -nostdlib,$(LD)) \
		-r -o $@ $^
endef

$(B)/hypervisor/whole.o: $(HV_WHOLE_OBJ)
	$(hv_link_whole)

$(B)/hypervisor/whole-debug.o: $(filter-out $(HV_LOCK_OBJ),$(HV_WHOLE_OBJ)) $(HV_LOCK_DEBUG_OBJ)
	$(hv_link_whole)

$(HV_IMAGE): $(HV_APART_OBJ) $(B)/hypervisor/whole.o $(B)/hypervisor/image.lds
	$(call say,LD,$@)
	$(Q)$(HV_LINK)

$(HV_DEBUG_IMAGE): $(HV_APART_OBJ) $(B)/hypervisor/whole-debug.o $(B)/hypervisor/image.lds
	$(call say,LD,$@)
	$(Q)$(HV_LINK)

-include $(HV_OBJ:.o=.d) $(HV_LOCK_DEBUG_OBJ:.o=.d) $(B)/hypervisor/offsets.d
