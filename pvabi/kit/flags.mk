# SPDX-License-Identifier: MIT
# How a kernel on the kit is compiled and linked; KIT is the kit's folder. Behind an installed kit
# (the package hospes-dev) the ABI's headers lie where all headers do.

KIT_HEADERS := -I$(KIT)/../.. $(if $(wildcard $(KIT)/../xen.h),,-I/usr/include/hospes)
KIT_SRCS := $(wildcard $(KIT)/*.[cS])
KIT_CFLAGS := -O2 -g -Wall -Wextra -Werror -std=gnu11 $(KIT_HEADERS) \
	-ffreestanding -fno-builtin \
	-mno-red-zone -mgeneral-regs-only -mcmodel=kernel -fno-pic -fno-pie -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -fno-omit-frame-pointer
KIT_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments -T $(KIT)/kit.lds
