/* SPDX-License-Identifier: MIT */
/* Between the files of memory_op: its operations, the machine's map, extents. */
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

/* The largest order of a block that @d may ask for. */
u32 extent_order_max(const struct domain *d);
/* XENMEMF_* flags that are all kept: 0, or -EINVAL. There is one node, 0. */
__must_check int extent_flags_check(u32 mem_flags);
/* The width of addresses that XENMEMF_* flags ask for, or ADDR_ANY. */
u32 extent_address_bits(u32 mem_flags);
/*
 * Gives @d a block of 2^order frames that is nobody's and cleared, at @pfn in the m2p, or at no
 * place for PFN_NONE. 0, or -ENOMEM, and the block is free again. The m2p is written first: once
 * the block has an owner, another vcpu may give it back at any time.
 */
int __must_check extent_give(struct domain *d, struct frame *f, u32 order, pfn_t pfn);
/* Frees a block that is nobody's. May open a window before, so no lock is held. */
void extent_free(struct frame *f, u32 order);

#endif
