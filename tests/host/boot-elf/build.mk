# SPDX-License-Identifier: MIT
# Kernel images, their unpacking, and dom0's memory plan, fed with broken and hostile files.
BOOT_ELF_SRC := $(wildcard tests/host/boot-elf/*.c) \
	$(addprefix hypervisor/boot/,elf.c unpack.c dom0_layout.c) hypervisor/lib/string.c
$(eval $(call host_test,boot-elf,$(BOOT_ELF_SRC),,-llzma -lzstd -lz))
