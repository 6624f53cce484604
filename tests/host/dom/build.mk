# SPDX-License-Identifier: MIT
# A guest's memory: which addresses are its own, and what a copy does that faults; and, with
# isolation, the same by its own tables.
$(eval $(call host_test,dom,\
	tests/host/dom/access.c hypervisor/dom/access.c $(call fake,cpu panic spec),\
	-include tests/host/fake/cpu.h))
$(eval $(call host_test,dom-reach,tests/host/dom/reach.c hypervisor/dom/reach.c \
	$(call fake,cpu memory panic spec),-include tests/host/fake/memory.h))
# What guests may make the console say.
$(eval $(call host_test,dom-log,tests/host/dom/log.c $(call fake,cpu heap lock panic time) \
	hypervisor/dom/log.c hypervisor/console/ring.c hypervisor/lib/format.c,\
	-include tests/host/dom/regs.h))
