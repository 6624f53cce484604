# SPDX-License-Identifier: MIT
# What a domain's page tables show of ours, by walking them to the last page.
$(eval $(call host_test,guestmap,tests/host/guestmap/main.c \
	$(addprefix hypervisor/frame/,guestmap.c ownmap.c) \
	$(call fake,cpu fail lock memory panic poll spec),\
	-include tests/host/fake/memory.h))
