# SPDX-License-Identifier: MIT
# Strings, text formatting and bitmaps of the hypervisor, beside those of the C library; its heap.
LIB_TEST_SRC := $(addprefix tests/host/lib/,main.c string.c format.c bitmap.c heap.c) \
	$(addprefix hypervisor/lib/,string.c format.c heap.c)
HOST_TESTS += $(B)/tests/lib

$(B)/tests/lib: $(LIB_TEST_SRC) $(wildcard tests/host/lib/*.h hypervisor/lib/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -include tests/host/lib/renamed.h -fno-builtin -Ihypervisor -I$(B) -o $@ $(LIB_TEST_SRC) $(CHECK_LIBS)
