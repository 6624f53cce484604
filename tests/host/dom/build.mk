# SPDX-License-Identifier: MIT
# A guest's memory: which addresses are its own, and what a copy does that faults.
$(eval $(call host_test,dom,tests/host/dom/access.c hypervisor/dom/access.c))
# What guests may make the console say.
$(eval $(call host_test,dom-log,tests/host/dom/log.c $(call fake,cpu heap lock panic time) \
	hypervisor/dom/log.c hypervisor/console/ring.c hypervisor/lib/format.c,\
	-include tests/host/fake/cpu.h))
