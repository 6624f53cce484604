# SPDX-License-Identifier: MIT
# For kernels in a folder of one's own, a file NAME.c each:
#
#	make -f .../pvabi/kit/kernel.mk NAME
#
# What the kit itself is compiled to stays in .kit there.

KIT := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
include $(KIT)/flags.mk

CC := gcc
KIT_OBJS := $(KIT_SRCS:$(KIT)/%=.kit/%.o)
KERNELS := $(patsubst %.c,%,$(wildcard *.c))

.DEFAULT_GOAL := all
.PHONY: all
all: $(KERNELS)

$(KERNELS): %: %.c $(KIT_OBJS) $(KIT)/kit.lds
	$(CC) $(KIT_CFLAGS) $(KIT_LDFLAGS) -o $@ $< $(KIT_OBJS)

$(KIT_OBJS): .kit/%.o: $(KIT)/%
	@mkdir -p .kit
	$(CC) $(KIT_CFLAGS) -MMD -MP -c -o $@ $<

-include $(wildcard .kit/*.d)
