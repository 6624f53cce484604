# SPDX-License-Identifier: MIT
# The tools of the control domain: the access layer (also used by the store), the library, and the
# hospes program. devices.mk adds the devices, the configuration and hospesd.

TOOL_ACCESS_SRCS := $(wildcard dom0-tools/access/*.c)
TOOL_ACCESS_LIB := $(B)/libhospes-access.a
$(TOOL_ACCESS_LIB): $(TOOL_ACCESS_SRCS:%.c=$(B)/tool/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

# The library's pure parts, in one archive under the sanitizers for the tests.
TOOL_PURE_SRCS := $(addprefix dom0-tools/lib/, elf_image.c elf_notes.c guest_layout.c \
	guest_tables.c kernel_unpack.c kernel_cache.c kernel_image.c) dom0-tools/access/error.c
TOOL_UNPACK_LIBS := -llzma -lzstd -lz

TOOL_LIB_SRCS := $(filter-out dom0-tools/access/%, $(TOOL_PURE_SRCS)) \
	$(addprefix dom0-tools/lib/, host.c building.c guest_memory.c guest_build.c guest_start.c \
	domain_find.c domain_nodes.c domain_create.c domain_life.c)
TOOL_LIB_LIBS := $(TOOL_UNPACK_LIBS)

-include dom0-tools/devices.mk
