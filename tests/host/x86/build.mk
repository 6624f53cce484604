# SPDX-License-Identifier: MIT
# The table of instructions that may fault.
$(eval $(call host_test,x86-fixup,tests/host/x86/fixup.c hypervisor/x86/fixup.c))
# What a machine check means.
$(eval $(call host_test,x86-mca,tests/host/x86/mca.c hypervisor/x86/mca.c))
# Spinlocks: who holds one, in which order they may be taken, and how long they were held; with the
# checks that the default build has not.
$(eval $(call host_test,x86-lock,\
	tests/host/x86/lock.c hypervisor/x86/lock.c hypervisor/x86/stretch.c,\
	-DCONFIG_DEBUG_LOCKS=1 -include tests/host/x86/host.h))

# Speculative faults of real processors, and the words of spec-ctrl=.
$(eval $(call host_test,x86-spec,\
	tests/host/x86/spec.c \
	$(addprefix hypervisor/,boot/spec.c boot/spec_guest.c lib/string.c)))

# Under names of its own, beside the C library's functions.
$(B)/host/x86-spec/hypervisor/lib/string.o: HOST_EXTRA = -fno-builtin \
	$(foreach f,memcpy memmove memset memcmp strlen strnlen strcmp strncmp strchr,-D$f=hv_$f)
