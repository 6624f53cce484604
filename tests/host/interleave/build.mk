# SPDX-License-Identifier: MIT
# Every interleaving of a few CPUs. The hypervisor's sources are compiled for the thread sanitizer,
# whose library is explore.c here: each access of memory is a step.
INTERLEAVE_HV := $(addprefix hypervisor/frame/,frame.c type.c tlb.c) tests/host/interleave/steps.c
INTERLEAVE_SRC := $(filter-out %/steps.c,$(wildcard tests/host/interleave/*.c)) \
	$(call fake,cpu fail memory panic spec) $(INTERLEAVE_HV)
HOST_TESTS += $(B)/tests/interleave
$(INTERLEAVE_HV:%.c=$(B)/host/interleave/%.o): HOST_EXTRA += -fsanitize=thread
$(eval $(call host_program,interleave,$(INTERLEAVE_SRC),$(TOOL_CFLAGS) \
	-include tests/host/interleave/host.h))
