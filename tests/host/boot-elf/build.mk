# SPDX-License-Identifier: MIT
# Kernel images, their unpacking, and dom0's memory plan, fed with broken and hostile files.
BOOT_ELF_SRC := $(addprefix tests/host/boot-elf/,main.c image.c elf.c bzimage.c unpack.c layout.c) \
	$(addprefix hypervisor/boot/,elf.c unpack.c dom0_layout.c) hypervisor/lib/string.c
HOST_TESTS += $(B)/tests/boot-elf

$(B)/tests/boot-elf: $(BOOT_ELF_SRC) $(wildcard tests/host/boot-elf/*.h hypervisor/boot/*.h hypervisor/lib/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -Ihypervisor -I$(B) -Wno-unused-parameter -fno-strict-aliasing \
		-o $@ $(BOOT_ELF_SRC) $(CHECK_LIBS) -llzma -lzstd -lz
