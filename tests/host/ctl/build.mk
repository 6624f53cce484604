# SPDX-License-Identifier: MIT
# The control floor: its operations over the real rooms of frames, domains and events, on a machine of 16 MiB.
# Guests' pointers may be misaligned or null: they are only added to, never followed.
CTL_TEST_SRC := $(wildcard tests/host/ctl/*.c hypervisor/event/*.c) \
	$(addprefix hypervisor/ctl/,claim.c reserve.c exchange.c memory.c sched.c vcpu.c pirq.c msi.c physdev.c \
		platform.c misc.c destroy.c domctl.c domctl_life.c domctl_misc.c cpumap.c \
		policy.c sysctl.c sched_control.c keys.c) \
	$(addprefix hypervisor/frame/,type.c frame.c list.c buddy.c alloc.c m2p.c) \
	$(addprefix hypervisor/dom/,domain.c memory.c ops.c vcpu.c)
HOST_TESTS += $(B)/tests/ctl

$(B)/tests/ctl: $(CTL_TEST_SRC) $(wildcard tests/host/ctl/*.h hypervisor/*/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -fno-sanitize=alignment,null -Ihypervisor -I$(B) -Wno-unused-parameter -fno-strict-aliasing \
		-include tests/host/ctl/world.h -o $@ $(CTL_TEST_SRC) $(CHECK_LIBS)
