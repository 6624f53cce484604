# SPDX-License-Identifier: MIT
# What the tests add to the build's lists; each folder of tests may bring a build.mk of its own.

# Host tests of the hypervisor's rooms: the same sources, compiled for the build machine, with what
# is below them made up by the test.
#
#   $(eval $(call host_test,NAME,SOURCES,FLAGS,LIBS))
#
# makes $(B)/tests/NAME, a program of libcheck. Every source has its object under $(B)/host/NAME, so
# a changed file or header recompiles only what includes it; HOST_EXTRA may be set for one of them.
HOST_CFLAGS = -Ihypervisor -I$(B) -Wno-unused-parameter -fno-strict-aliasing $(KEEP_LOOPS)

# What several rooms' tests make up, a noun a file, linked by those that need it:
#
#   $(call fake,lock panic ...)
fake = $(patsubst %,tests/host/fake/%.c,$(1))

define host_test
HOST_TESTS += $(B)/tests/$(1)
$(call host_program,$(1),$(2),$(SAN_CFLAGS) $(3),$(CHECK_LIBS) $(4))
endef

# $(call host_program,NAME,SOURCES,FLAGS,LIBS): the same for a program that is no test.
define host_program
$(B)/tests/$(1): $(2:%.c=$(B)/host/$(1)/%.o)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$(CC) $(3) -o $$@ $$^ $(4)

$(B)/host/$(1)/%.o: %.c $(B)/config.h
	@mkdir -p $$(@D)
	$$(call say,CC,$$< ($(1)))
	$$(Q)$(CC) $(3) $(HOST_CFLAGS) $$(HOST_EXTRA) -MMD -MP -c -o $$@ $$<

-include $(2:%.c=$(B)/host/$(1)/%.d)
endef

-include $(wildcard tests/*/build.mk tests/host/*/build.mk)
