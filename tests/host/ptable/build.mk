# SPDX-License-Identifier: MIT
# Page tables: the room but for mmu_update, on a machine of 120 frames, with a recount of every
# reference.
PTABLE_TEST_SRC := $(wildcard tests/host/ptable/*.c) \
	$(call fake,cpu fail guest lock memory panic poll spec) \
	$(addprefix hypervisor/ptable/,type.c runs.c pin.c update.c walk.c grant.c root.c desc.c \
		entry.c store.c call.c mmuext.c tlb.c fault.c) \
	$(addprefix hypervisor/insn/,decode.c regs.c fetch.c) \
	$(addprefix hypervisor/frame/,type.c frame.c)
$(eval $(call host_test,ptable,$(PTABLE_TEST_SRC),-include tests/host/ptable/host.h))
