# SPDX-License-Identifier: MIT
# How a kernel is loaded (pvabi/load), fed with broken and hostile files, and both unpackers over
# it: that of the boot code and that of the tools.
LOAD_TEST_SRCS := $(wildcard tests/host/load/*.c) $(LOAD_SRCS) hypervisor/boot/unpack.c \
	dom0-tools/builder/kernel_unpack.c $(addprefix dom0-tools/base/,error.c printable.c)
$(eval $(call host_test,load,$(LOAD_TEST_SRCS),,-llzma -lzstd -lz -llz4))
