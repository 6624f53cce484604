# SPDX-License-Identifier: MIT
# The scheduler on simulated CPUs; and the table of its figures for `make bench`.
SCHED_SIM_SRC := $(addprefix tests/host/sched/,sim.c round_robin.c) \
	$(addprefix hypervisor/,sched/queue.c sched/balance.c sched/sched.c lib/heap.c)
SCHED_SIM_DEP := $(SCHED_SIM_SRC) $(wildcard tests/host/sched/*.h hypervisor/sched/*.h) \
	hypervisor/lib/heap.h $(B)/config.h
SCHED_SIM_FLAGS = -fno-strict-aliasing -Wno-unused-parameter -Ihypervisor -I$(B) -include tests/host/sched/host.h
HOST_TESTS += $(B)/tests/sched

$(B)/tests/sched: tests/host/sched/main.c $(SCHED_SIM_DEP)
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) $(SCHED_SIM_FLAGS) -o $@ $< $(SCHED_SIM_SRC) $(CHECK_LIBS) -lm

$(B)/tests/bench-sched: tests/bench/sched_table.c $(SCHED_SIM_DEP)
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) $(SCHED_SIM_FLAGS) -Itests/host/sched -o $@ $< $(SCHED_SIM_SRC) -lm
