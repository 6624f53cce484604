# SPDX-License-Identifier: MIT
# Spinlocks: who holds one, and in which order they may be taken.
$(eval $(call host_test,x86-lock,tests/host/x86/lock.c hypervisor/x86/lock.c,\
	-include tests/host/x86/host.h))
