# SPDX-License-Identifier: MIT
# What a guest is shown: the checks of ports, debug registers, iret frames, entries and a vcpu's
# start state, and privileged instructions, over a processor made up here.
GUEST_TEST_SRC := $(wildcard tests/host/guest/*.c) $(call fake,cpu fail lock panic reach spec) \
	$(addprefix hypervisor/guest/,ports.c debug.c iret.c context.c callbacks.c msr.c \
		emulate.c) \
	$(addprefix hypervisor/insn/,decode.c regs.c fetch.c) \
	$(addprefix hypervisor/dom/,access.c ops.c)
# Its name is not `guest`: there the small kernels are.
$(eval $(call host_test,guest-checks,$(GUEST_TEST_SRC),-include tests/host/guest/host.h))
