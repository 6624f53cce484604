/* SPDX-License-Identifier: MIT */
/* Between the files of memory_op: one function an operation, and what extents have in common. */
#ifndef CTL_MEMORY_H
#define CTL_MEMORY_H

#include <ctl/ctl.h>
#include <pvabi/memory.h>

/* A command's low bits are the operation, the rest the extent at which an interrupted call goes on. */
#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_CMD_MASK ((1ul << MEMOP_EXTENT_SHIFT) - 1)

u32 extent_order_max(const struct domain *d);
u32 extent_address_bits(u32 mem_flags);
void extent_free(struct frame *f, u32 order);

long mem_increase(struct hypercall *hc);
long mem_decrease(struct hypercall *hc);
long mem_populate(struct hypercall *hc);
long mem_exchange(struct hypercall *hc);

#endif
