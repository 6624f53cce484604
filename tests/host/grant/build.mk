# SPDX-License-Identifier: MIT
# Grant tables: the entry words, the mapping records, and all operations on domains made up here.
GRANT_TEST_SRC := $(wildcard tests/host/grant/*.c hypervisor/grant/*.c) tests/host/event/host.c
HOST_TESTS += $(B)/tests/grant

$(B)/tests/grant: $(GRANT_TEST_SRC) $(wildcard tests/host/grant/*.h tests/host/event/*.h hypervisor/grant/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -Ihypervisor -I$(B) -Wno-unused-parameter -fno-strict-aliasing \
		-include tests/host/grant/world.h -o $@ \
		$(GRANT_TEST_SRC) $(CHECK_LIBS) -pthread
