# SPDX-License-Identifier: MIT
# The demo system's parts and the whole-system tests.

SMALL := $(B)/demo/small
$(SMALL): tests/system/small/small.S tests/system/small/small.lds
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments \
		-T tests/system/small/small.lds -o $@ $<

# What the demo system's image is made of, besides the hypervisor and the tools.
DEMO_INPUTS := $(SMALL) $(wildcard tests/system/dom0/* tests/system/guest/* dom0-tools/examples/*) \
	tests/system/mkdemo tests/system/mkinitramfs

# The same of the workshop's state, which is not made anew when only try-guest changes.
WORKSHOP_INPUTS := $(wildcard tests/system/dom0/*) \
	$(addprefix tests/system/,workshop.py vm.py mkdom0 mkinitramfs)

# Two run at a time: the longest first, so that none of them is left alone at the end.
BOOT_TESTS += $(addprefix tests/,system/test-smp system/demo system/test-loop guest/race \
	system/test-refuse guest/run system/test-irq system/test-clock system/test-kernels \
	system/test-kill system/test-intents system/test-defined system/test-panic \
	system/test-devices system/test-nmi system/test-machine-check system/test-share \
	system/test-life system/test-load system/test-isolation system/test-bound system/test-spec \
	system/test-live system/test-save system/test-try system/test-many system/test-tutorial \
	system/test-boot)
