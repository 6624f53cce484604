/* SPDX-License-Identifier: MIT */
/* Between the files of memory_op: its operations, and extents. */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include <dom/ops.h>
#include <pvabi/memory.h>

#define OP_memory_op(nr, name, arg, who, how, ...) OP_HANDLER(op_memory_##name, arg, how)
#include <pvabi/hypercalls.def>

/* The machine's memory map, as XENMEM_machine_memory_map shows it. (boot/ fills it) */
struct e820_entry {
	u64 addr, size;
	u32 type;
} __packed;
#define E820_MAX 128
extern struct e820_entry machine_map[E820_MAX];
extern u32 machine_map_count;

/* The low bits of a command; above them the extent at which an interrupted call goes on. */
#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_CMD_MASK     ((1ul << MEMOP_EXTENT_SHIFT) - 1)

u32 extent_order_max(const struct domain *d);
u32 extent_address_bits(u32 mem_flags);
/*
 * Gives @d a block that is nobody's and cleared; PFN_NONE: it gets no place in the m2p. -ENOMEM
 * with a reason, and the block is free again. The m2p is written first: with an owner, another
 * vcpu may give the block back at any time.
 */
int extent_give(struct domain *d, struct frame *f, u32 order, pfn_t pfn);

#endif
