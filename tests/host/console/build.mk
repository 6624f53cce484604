# SPDX-License-Identifier: MIT
# The text ring behind the console.
$(eval $(call host_test,console-ring,tests/host/console/ring.c hypervisor/console/ring.c))
