# SPDX-License-Identifier: MIT
# The guest starter kit, and one small kernel a file of tests/guest. The runner boots them all.

KIT_CFLAGS := -O2 -g -Wall -Wextra -Werror -std=gnu11 $(HERE_CFLAGS) -I. \
	-ffreestanding -fno-builtin \
	-mno-red-zone -mgeneral-regs-only -mcmodel=kernel -fno-pic -fno-pie -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -fno-omit-frame-pointer
KIT_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments -T pvabi/kit/kit.lds
KIT_SRCS := $(filter-out pvabi/kit/hello.c,$(wildcard pvabi/kit/*.[cS]))
KIT_OBJS := $(KIT_SRCS:%=$(B)/guest/%.o)

GUEST_COMMON := tests/guest/test.c
GUEST_KERNELS := $(patsubst tests/guest/%.c,$(B)/tests/guest/%,\
	$(filter-out $(GUEST_COMMON),$(wildcard tests/guest/*.c))) $(B)/tests/guest/hello

$(B)/guest/%.o: %
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(KIT_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tests/guest/hello: $(B)/guest/pvabi/kit/hello.c.o $(KIT_OBJS) pvabi/kit/kit.lds
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(KIT_LDFLAGS) -o $@ $(filter %.o,$^)

$(B)/tests/guest/%: $(B)/guest/tests/guest/%.c.o $(B)/guest/$(GUEST_COMMON).o $(KIT_OBJS) \
		pvabi/kit/kit.lds
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(KIT_LDFLAGS) -o $@ $(filter %.o,$^)

# Kept: make would take them for steps on the way, and remove them.
.SECONDARY: $(patsubst %,$(B)/guest/%.o,$(wildcard tests/guest/*.c))

.PHONY: guest-kernels
guest-kernels: $(GUEST_KERNELS)

ifneq ($(wildcard $(B)/guest),)
-include $(shell find $(B)/guest -name '*.d')
endif
