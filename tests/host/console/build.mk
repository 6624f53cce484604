# SPDX-License-Identifier: MIT
# The text ring behind the console.
CONSOLE_TEST_SRC := tests/host/console/ring.c hypervisor/console/ring.c
HOST_TESTS += $(B)/tests/console-ring

$(B)/tests/console-ring: $(CONSOLE_TEST_SRC) $(wildcard hypervisor/console/*.h hypervisor/lib/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -Ihypervisor -I$(B) -o $@ $(CONSOLE_TEST_SRC) $(CHECK_LIBS)
