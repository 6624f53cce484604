# SPDX-License-Identifier: MIT
# Every interleaving of CPUs that schedule: the search of ../interleave on another machine.
INTERLEAVE_SCHED_HV := $(addprefix hypervisor/,sched/queue.c sched/balance.c sched/sched.c \
	lib/heap.c)
INTERLEAVE_SCHED_SRC := $(wildcard tests/host/interleave_sched/*.c) \
	tests/host/interleave/explore.c $(call fake,lock_explored panic) $(INTERLEAVE_SCHED_HV)
HOST_TESTS += $(B)/tests/interleave-sched
# gcc warns that its sanitizer knows no fences; here each access is in order.
$(INTERLEAVE_SCHED_HV:%.c=$(B)/host/interleave-sched/%.o): HOST_EXTRA += -fsanitize=thread \
	$(if $(findstring clang,$(CC)),,-Wno-tsan)
$(eval $(call host_program,interleave-sched,$(INTERLEAVE_SCHED_SRC),$(TOOL_CFLAGS) \
	-include tests/host/fake/cpu.h))
