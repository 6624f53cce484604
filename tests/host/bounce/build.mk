# SPDX-License-Identifier: MIT
# How a guest's handlers are entered: the frame, and a stack whose translation is stale.
$(eval $(call host_test,bounce,tests/host/bounce/bounce.c $(call fake,cpu panic reach spec) \
	hypervisor/guest/bounce.c hypervisor/dom/access.c,-include tests/host/guest/host.h))
