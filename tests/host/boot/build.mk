# SPDX-License-Identifier: MIT
# What the loader and the firmware hand over, fed with broken and hostile data: Multiboot2, memory
# map, ACPI, microcode, command line.
BOOT_TEST_SRC := $(wildcard tests/host/boot/*.c) hypervisor/lib/string.c \
	hypervisor/boot/spec.c \
	$(addprefix hypervisor/boot/,multiboot.c microcode.c ranges.c acpi_tables.c cmdline.c)
$(eval $(call host_test,boot,$(BOOT_TEST_SRC)))

# Under names of its own, beside the C library's functions.
$(B)/host/boot/hypervisor/lib/string.o: HOST_EXTRA = -fno-builtin \
	$(foreach f,memcpy memmove memset memcmp strlen strnlen strcmp strncmp strchr,-D$f=hv_$f)
