# SPDX-License-Identifier: MIT
# How frames are cached in our own direct map: large pages are cut, and nothing else changes.
ALIAS_TEST_SRC := $(wildcard tests/host/alias/*.c) $(call fake,fail lock memory panic) \
	hypervisor/frame/alias.c
$(eval $(call host_test,alias,$(ALIAS_TEST_SRC),-include tests/host/fake/memory.h))
