# SPDX-License-Identifier: MIT
# Every state of three frames, on the small machine of tests/host/ptable. Without sanitizers, which
# that one has: this is about how many.
PTSTATES_SRC := tests/host/ptstates/main.c \
	$(filter-out $(wildcard tests/host/ptable/*.c),$(PTABLE_TEST_SRC)) \
	$(addprefix tests/host/ptable/,machine.c recount.c)
HOST_TESTS += $(B)/tests/ptstates
$(eval $(call host_program,ptstates,$(PTSTATES_SRC),$(TOOL_CFLAGS) \
	-include tests/host/ptable/host.h,$(CHECK_LIBS)))
