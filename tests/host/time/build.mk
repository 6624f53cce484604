# SPDX-License-Identifier: MIT
# The pure parts of timekeeping: scale, calendar.
TIME_TEST_SRC := $(wildcard tests/host/time/*.c) $(addprefix hypervisor/time/,scale.c calendar.c)
$(eval $(call host_test,time,$(TIME_TEST_SRC)))
