# SPDX-License-Identifier: MIT
# The tools of the control domain: the access layer (also used by the store), the library, and the
# hospes program. devices.mk adds the devices, the configuration and hospesd.

TOOL_ACCESS_SRCS := $(wildcard dom0-tools/access/*.c)
TOOL_ACCESS_LIB := $(B)/libhospes-access.a
$(TOOL_ACCESS_LIB): $(TOOL_ACCESS_SRCS:%.c=$(B)/tool/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

# What the builder is made of that does no input or output: tested on the build machine.
TOOL_PURE_SRCS := $(addprefix dom0-tools/lib/, elf_image.c elf_notes.c guest_layout.c guest_tables.c \
	kernel_unpack.c)
TOOL_KERNEL_SRCS := $(addprefix dom0-tools/lib/, content_hash.c kernel_cache.c kernel_image.c)
TOOL_LIB_SRCS := $(TOOL_PURE_SRCS) $(TOOL_KERNEL_SRCS) $(addprefix dom0-tools/lib/, building.c \
	domain_create.c domain_find.c domain_life.c domain_nodes.c domain_usage.c \
	domain_vcpus.c guest_build.c guest_memory.c guest_start.c host.c usage_rate.c)
TOOL_UNPACK_LIBS := -llzma -lzstd -lz -llz4
TOOL_LIB_LIBS := $(TOOL_UNPACK_LIBS)

-include dom0-tools/devices.mk

TOOL_LIB := $(B)/libhospes.a
$(TOOL_LIB): $(TOOL_LIB_SRCS:%.c=$(B)/tool/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

# hospes is started often and lives shortly: shared libraries would cost it more than its work. So it
# takes archives, and a fixed address.
HOSPES_LIBS = -Xlinker -u -Xlinker getaddrinfo $(TOOL_LIB_LIBS) -ljson-c -lncurses -ltinfo

MAN_PAGES += dom0-tools/hospes/hospes.1

HOSPES_SRCS := $(wildcard dom0-tools/hospes/*.c)
TOOL_BINS += $(B)/hospes
$(B)/hospes: $(HOSPES_SRCS:%.c=$(B)/tool/%.o) $(TOOL_LIB) $(STORE_CLIENT_LIB) $(TOOL_ACCESS_LIB)
	$(CC) $(TOOL_CFLAGS) -no-pie -static -o $@ $^ $(HOSPES_LIBS)

# ---- tests on the build machine

TOOL_TESTS := elf unpack layout kernel_cache
HOST_TESTS += $(TOOL_TESTS:%=$(B)/tests/tools/%)
$(TOOL_TESTS:%=$(B)/tests/tools/%): $(B)/tests/tools/%: $(B)/san/tests/host/tools/%_test.o \
		$(patsubst %.c,$(B)/san/%.o,$(TOOL_PURE_SRCS) $(TOOL_KERNEL_SRCS) \
		dom0-tools/access/error.c)
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -o $@ $^ $(TOOL_UNPACK_LIBS) $(CHECK_LIBS)

HOST_TESTS += $(B)/tests/tools/top
$(B)/tests/tools/top: $(patsubst %.c,$(B)/san/%.o, tests/host/tools/top_test.c \
		dom0-tools/hospes/top_screen.c dom0-tools/hospes/top_table.c dom0-tools/lib/usage_rate.c)
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -o $@ $^ -lncurses -ltinfo $(CHECK_LIBS)
