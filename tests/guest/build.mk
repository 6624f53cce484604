# SPDX-License-Identifier: MIT
# The guest starter kit, and one small kernel a file of tests/guest. The runner boots them all.

KIT := pvabi/kit
include $(KIT)/flags.mk
KIT_CFLAGS += $(HERE_CFLAGS) -I.
KIT_OBJS := $(KIT_SRCS:%=$(B)/guest/%.o)
KIT_EXAMPLES := $(wildcard $(KIT)/examples/*.c)

# What tests have in common, linked as far as a kernel asks for it: one that has a kernel_main of
# its own is no test, and lies here in peace.
GUEST_COMMON := tests/guest/main.c tests/guest/test.c
GUEST_LIBRARY := $(B)/guest/tests.a
GUEST_SRCS := $(filter-out $(GUEST_COMMON),$(wildcard tests/guest/*.c))
GUEST_KERNELS := $(GUEST_SRCS:tests/guest/%.c=$(B)/tests/guest/%) \
	$(KIT_EXAMPLES:$(KIT)/examples/%.c=$(B)/tests/guest/%)

$(B)/guest/%.o: %
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(KIT_CFLAGS) -MMD -MP -c -o $@ $<

$(GUEST_LIBRARY): $(GUEST_COMMON:%=$(B)/guest/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

define link_guest
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(KIT_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)
endef

$(B)/tests/guest/%: $(B)/guest/tests/guest/%.c.o $(KIT_OBJS) $(GUEST_LIBRARY) $(KIT)/kit.lds
	$(link_guest)

$(B)/tests/guest/%: $(B)/guest/$(KIT)/examples/%.c.o $(KIT_OBJS) $(KIT)/kit.lds
	$(link_guest)

# Kept: make would take them for steps on the way, and remove them.
.SECONDARY: $(KIT_OBJS) $(patsubst %,$(B)/guest/%.o,$(wildcard tests/guest/*.c) $(KIT_EXAMPLES))

.PHONY: guest-kernels
guest-kernels: $(GUEST_KERNELS)

ifneq ($(wildcard $(B)/guest),)
-include $(shell find $(B)/guest -name '*.d')
endif
