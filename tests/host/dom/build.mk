# SPDX-License-Identifier: MIT
# A guest's memory: which addresses are its own, and what a copy does that faults.
$(eval $(call host_test,dom,tests/host/dom/access.c hypervisor/dom/access.c))
