# SPDX-License-Identifier: MIT
# What the loader and the firmware hand over, fed with broken and hostile data: Multiboot2, memory map, ACPI, command line.
BOOT_TEST_SRC := $(addprefix tests/host/boot/,main.c multiboot.c ranges.c acpi.c cmdline.c) \
	$(addprefix hypervisor/boot/,multiboot.c ranges.c acpi_tables.c cmdline.c)
# Compiled apart: beside the C library's functions of the same names.
BOOT_TEST_LIB := $(B)/tests/boot-lib-string.o
HOST_TESTS += $(B)/tests/boot

$(BOOT_TEST_LIB): hypervisor/lib/string.c $(wildcard hypervisor/lib/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -fno-builtin $(foreach f,memcpy memmove memset memcmp strlen strnlen strcmp strncmp strchr,-D$f=hv_$f) \
		-Ihypervisor -I$(B) -c -o $@ $<

$(B)/tests/boot: $(BOOT_TEST_SRC) $(BOOT_TEST_LIB) $(wildcard tests/host/boot/*.h hypervisor/*/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -Wno-unused-parameter -Ihypervisor -I$(B) -o $@ $(BOOT_TEST_SRC) $(BOOT_TEST_LIB) $(CHECK_LIBS)
