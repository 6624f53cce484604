# SPDX-License-Identifier: MIT
# The text ring behind the console.
$(eval $(call host_test,console-ring,tests/host/console/ring.c hypervisor/console/ring.c))

# What is let through of domains' text.
$(eval $(call host_test,console-clean,tests/host/console/clean.c hypervisor/console/clean.c))
