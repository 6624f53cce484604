# SPDX-License-Identifier: MIT
# The pure parts of timekeeping: scale, calendar.
TIME_TEST_SRC := $(addprefix tests/host/time/,main.c scale.c calendar.c) \
	$(addprefix hypervisor/time/,scale.c calendar.c)
$(eval $(call host_test,time,$(TIME_TEST_SRC)))

# A CPU's timers and the end of its slice, over a timer of the APIC that is made up.
TIMER_TEST_SRC := tests/host/time/timers.c $(call fake,cpu lock panic poll) \
	$(addprefix hypervisor/,time/timer.c lib/heap.c)
$(eval $(call host_test,timers,$(TIMER_TEST_SRC),-include tests/host/fake/cpu.h))
