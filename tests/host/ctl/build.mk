# SPDX-License-Identifier: MIT
# The control floors (memory, devices, life, ctl): their operations over the real rooms of frames,
# domains and events, on a machine of 16 MiB. Guests' pointers may be misaligned or null: they are
# only added to, never followed.
CTL_TEST_CTL := sched_op.c vcpu_op.c vcpu_areas.c hospes.c stretches.c perf.c assist.c cpumap.c \
	policy.c keys.c \
	domctl.c domctl_create.c domctl_life.c domctl_info.c domctl_vcpu.c domctl_guest.c \
	domctl_sched.c domctl_save.c sysctl.c sysctl_console.c
CTL_TEST_SRC := $(wildcard tests/host/ctl/*.c) \
	$(call fake,cpu fail guest heap lock log memory panic poll sched time) \
	$(wildcard $(addsuffix /*.c,$(addprefix hypervisor/,event memory life))) \
	$(addprefix hypervisor/devices/,pirq.c pirq_ops.c msi.c physdev.c platform.c iomem.c) \
	$(addprefix hypervisor/ctl/,$(CTL_TEST_CTL)) \
	$(addprefix hypervisor/frame/,type.c frame.c list.c buddy.c alloc.c m2p.c) \
	$(addprefix hypervisor/dom/,domain.c memory.c ops.c vcpu.c)
CTL_TEST_FLAGS := -include tests/host/fake/memory.h -fno-sanitize=alignment$(comma)null
$(eval $(call host_test,ctl,$(CTL_TEST_SRC),$(CTL_TEST_FLAGS)))
