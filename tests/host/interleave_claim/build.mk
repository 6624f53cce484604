# SPDX-License-Identifier: MIT
# Every interleaving of CPUs that claim and take frames: the search of ../interleave once more.
INTERLEAVE_CLAIM_HV := hypervisor/memory/claim.c
INTERLEAVE_CLAIM_SRC := $(wildcard tests/host/interleave_claim/*.c) \
	tests/host/interleave/explore.c $(call fake,cpu fail lock_explored panic) \
	$(INTERLEAVE_CLAIM_HV)
HOST_TESTS += $(B)/tests/interleave-claim
# gcc warns that its sanitizer knows no fences; here each access is in order.
$(INTERLEAVE_CLAIM_HV:%.c=$(B)/host/interleave-claim/%.o): HOST_EXTRA += -fsanitize=thread \
	$(if $(findstring clang,$(CC)),,-Wno-tsan)
$(eval $(call host_program,interleave-claim,$(INTERLEAVE_CLAIM_SRC),$(TOOL_CFLAGS) \
	-include tests/host/fake/cpu.h))
