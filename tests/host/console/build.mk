# SPDX-License-Identifier: MIT
# The text ring behind the console.
$(eval $(call host_test,console-ring,tests/host/console/ring.c hypervisor/console/ring.c))

# What is let through of domains' text.
$(eval $(call host_test,console-clean,tests/host/console/clean.c hypervisor/console/clean.c))

# Text on its way to the serial line.
$(eval $(call host_test,console-serial,tests/host/console/serial.c \
	$(addprefix hypervisor/,console/serial.c console/uart.c console/ring.c lib/string.c),\
	-include tests/host/console/host.h))
$(B)/host/console-serial/hypervisor/lib/string.o: HOST_EXTRA = -fno-builtin \
	$(foreach f,memcpy memmove memset memcmp strlen strnlen strcmp strncmp strchr,-D$f=hv_$f)
