# SPDX-License-Identifier: MIT
# The demo system's parts and the whole-system tests.

SMALL := $(B)/demo/small
$(SMALL): tests/boot/small/small.S tests/boot/small/small.lds
	@mkdir -p $(@D)
	$(CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 \
		-Wl,--no-warn-rwx-segments -T tests/boot/small/small.lds -o $@ $<

# What the demo system's image is made of, besides the hypervisor and the tools.
DEMO_INPUTS := $(SMALL) $(wildcard tests/boot/dom0/* tests/boot/guest/* dom0-tools/examples/*) \
	tests/boot/mkdemo tests/boot/mkinitramfs

# Two run at a time: the longest first, so that none of them is left alone at the end.
BOOT_TESTS += $(addprefix tests/,boot/test-smp boot/demo boot/test-loop guest/race boot/test-refuse guest/run \
	boot/test-irq boot/test-clock boot/test-kernels boot/test-kill boot/test-panic boot/test-share boot/test-boot)
