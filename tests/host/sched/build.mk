# SPDX-License-Identifier: MIT
# The scheduler on simulated CPUs; and the table of its figures for `make bench`.
SCHED_SIM_SRC := $(addprefix tests/host/sched/,sim.c round_robin.c) $(call fake,lock panic) \
	$(addprefix hypervisor/,sched/queue.c sched/balance.c sched/sched.c lib/heap.c)
SCHED_FLAGS := -include tests/host/fake/cpu.h
$(eval $(call host_test,sched,tests/host/sched/main.c $(SCHED_SIM_SRC),$(SCHED_FLAGS),-lm))
$(eval $(call host_program,bench-sched,tests/bench/sched_table.c $(SCHED_SIM_SRC),\
	$(TOOL_CFLAGS) $(SCHED_FLAGS) -Itests/host/sched,-lm))
