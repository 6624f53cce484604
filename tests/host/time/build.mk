# SPDX-License-Identifier: MIT
# The pure parts of timekeeping: scale, calendar.
TIME_TEST_SRC := $(addprefix tests/host/time/,main.c scale.c calendar.c) \
	$(addprefix hypervisor/time/,scale.c calendar.c)
HOST_TESTS += $(B)/tests/time

$(B)/tests/time: $(TIME_TEST_SRC) $(wildcard tests/host/time/*.h hypervisor/time/*.h hypervisor/lib/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -Ihypervisor -I$(B) -o $@ $(TIME_TEST_SRC) $(CHECK_LIBS)
