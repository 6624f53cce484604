# SPDX-License-Identifier: MIT
# Strings, text formatting and bitmaps of the hypervisor, beside those of the C library; its heap.
LIB_TEST_SRC := $(wildcard tests/host/lib/*.c) $(addprefix hypervisor/lib/,string.c format.c heap.c)
$(eval $(call host_test,lib,$(LIB_TEST_SRC),-include tests/host/lib/renamed.h -fno-builtin))
