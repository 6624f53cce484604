# SPDX-License-Identifier: MIT
# Targets of libFuzzer: a file each, with the parser that it feeds, under the sanitizers and with
# coverage. `make fuzz SECONDS=600` runs all of them.
#
#   $(eval $(call fuzz_target,NAME,SOURCES,FLAGS,LIBS)): tests/fuzz/NAME.c with these sources

FUZZ_CC := clang
# libFuzzer's part that counts, in everything; its loop, in the program.
FUZZ_SAN := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS = $(filter-out -O2,$(TOOL_CFLAGS)) -O1 -fno-omit-frame-pointer $(FUZZ_SAN)
# For rooms of the hypervisor, as HOST_CFLAGS has them for gcc.
FUZZ_HV := -Ihypervisor -I$(B) -Wno-unused-parameter -fno-strict-aliasing
FUZZERS :=

define fuzz_target
FUZZERS += $(B)/fuzz/$(1)
$(B)/fuzz/$(1): $(patsubst %.c,$(B)/fuzz/obj/$(1)/%.o,tests/fuzz/$(1).c $(2))
	$$(call say,LD,$$@)
	$$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $$@ $$^ $(4)

$(B)/fuzz/obj/$(1)/%.o: %.c $(B)/config.h
	@mkdir -p $$(@D)
	$$(call say,CC,$$< (fuzz $(1)))
	$$(Q)$(FUZZ_CC) $$(FUZZ_CFLAGS) $(3) $$(FUZZ_EXTRA) -MMD -MP -c -o $$@ $$<

-include $(patsubst %.c,$(B)/fuzz/obj/$(1)/%.d,tests/fuzz/$(1).c $(2))
endef

# Under names of its own, beside the C library's functions.
FUZZ_STRING := hypervisor/lib/string.c
FUZZ_RENAMED := -fno-builtin $(foreach f,\
	memcpy memmove memset memcmp strlen strnlen strcmp strncmp strchr,-D$f=hv_$f)
$(foreach t,multiboot acpi cmdline microcode,\
	$(eval $(B)/fuzz/obj/$t/$(FUZZ_STRING:%.c=%.o): FUZZ_EXTRA = $(FUZZ_RENAMED)))

FUZZ_BOOT = $(FUZZ_STRING) $(1:%=hypervisor/boot/%.c)
$(eval $(call fuzz_target,multiboot,$(call FUZZ_BOOT,multiboot ranges),$(FUZZ_HV)))
$(eval $(call fuzz_target,acpi,$(call FUZZ_BOOT,acpi_tables),$(FUZZ_HV)))
$(eval $(call fuzz_target,cmdline,$(call FUZZ_BOOT,cmdline) hypervisor/boot/spec.c,$(FUZZ_HV)))
$(eval $(call fuzz_target,microcode,$(call FUZZ_BOOT,microcode),$(FUZZ_HV)))
$(eval $(call fuzz_target,elf,$(LOAD_SRCS)))
$(eval $(call fuzz_target,notes,$(LOAD_SRCS)))
$(eval $(call fuzz_target,bzimage,$(LOAD_SRCS) $(call tool_srcs,base) \
	dom0-tools/builder/kernel_unpack.c,,-llzma -lzstd -lz -llz4))
$(eval $(call fuzz_target,unpack_boot,$(LOAD_SRCS) hypervisor/boot/unpack.c,$(FUZZ_HV),\
	-llzma -lzstd -lz))
$(eval $(call fuzz_target,config,$(CONFIG_TEST_SRCS),$(XML_CFLAGS),$(XML_LIBS)))
$(eval $(call fuzz_target,xlcfg,$(CONFIG_TEST_SRCS),$(XML_CFLAGS),$(XML_LIBS)))
$(eval $(call fuzz_target,printable,dom0-tools/base/printable.c))
$(eval $(call fuzz_target,console_ring,dom0-tools/hospesd/ring.c))
$(eval $(call fuzz_target,core,$(call tool_srcs,base) \
	$(addprefix dom0-tools/domain/,domain_core.c core_file.c guest_p2m.c guest_walk.c)))
$(eval $(call fuzz_target,stream,$(call tool_srcs,base stream),,$(STREAM_LIBS)))
$(eval $(call fuzz_target,wire,$(wildcard xenstore-like/wire/wire.c xenstore-like/wire/xsring.c)))
$(eval $(call fuzz_target,store,$(STORE_CORE_SRCS) $(STORE_FAKES),\
	-D_mark_point=fuzz_mark \
	-D_ck_assert_failed=fuzz_claim_failed,$(CHECK_LIBS)))

# The rooms as they are, on a machine made up in hypercalls/. What searches is driven by the rooms'
# edges alone; and there are many calls to make, so they are optimised, and without sanitizers: the
# same rooms have them in the host tests.
FUZZ_CALLS_OWN := $(wildcard tests/fuzz/hypercalls/*.c) tests/host/ctl/machine.c \
	$(call fake,lock log memory sched time)
FUZZ_CALLS_ROOMS := \
	$(wildcard $(addsuffix /*.c,$(addprefix hypervisor/,event grant memory life ptable ctl))) \
	$(addprefix hypervisor/frame/,type.c frame.c list.c buddy.c alloc.c m2p.c tlb.c \
		guestmap.c ownmap.c) \
	$(addprefix hypervisor/dom/,access.c domain.c isolation.c memory.c ops.c reach.c \
		vcpu.c) \
	$(addprefix hypervisor/devices/,pirq.c pirq_ops.c msi.c physdev.c platform.c iomem.c) \
	$(addprefix hypervisor/guest/,bounce.c callbacks.c context.c debug.c iret.c \
		hypercall_page.c) \
	$(wildcard hypervisor/insn/*.c)

# Where the machine stands before a room's own function (hypercalls/guest_memory.c, ours.c).
FUZZ_CALLS_LIBS := \
	$(addprefix -Wl$(comma)--wrap=,guest_copy_in guest_copy_out ownmap_device)
$(eval $(call fuzz_target,hypercalls,$(FUZZ_CALLS_OWN) $(FUZZ_CALLS_ROOMS),$(FUZZ_HV) \
	-include tests/fuzz/hypercalls/host.h -O2 -fno-sanitize=address$(comma)undefined \
	-fno-sanitize-coverage=trace-cmp,\
	-fno-sanitize=address$(comma)undefined $(FUZZ_CALLS_LIBS)))
$(foreach f,tests/fuzz/hypercalls.c $(FUZZ_CALLS_OWN),$(eval \
	$(B)/fuzz/obj/hypercalls/$(f:%.c=%.o): FUZZ_EXTRA = -fno-sanitize=fuzzer-no-link))

SLOW_SCRIPTS += tests/fuzz/check

.PHONY: fuzz fuzzers show-fuzzers
fuzzers: $(FUZZERS)

show-fuzzers:
	@echo $(FUZZERS)

fuzz:
	@tests/tools/deps fuzz check
	@$(MAKE) -s fuzzers
	tests/fuzz/run $(or $(SECONDS),600) $(FUZZ)
