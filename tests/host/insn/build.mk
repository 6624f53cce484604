# SPDX-License-Identifier: MIT
# Instructions decoded: every row with every prefix, cut at every byte; registers; code at the end
# of a page.
INSN_TEST_SRC := $(wildcard tests/host/insn/*.c) $(call fake,cpu) \
	$(addprefix hypervisor/insn/,decode.c regs.c fetch.c)
$(eval $(call host_test,insn,$(INSN_TEST_SRC),-include tests/host/fake/cpu.h))
