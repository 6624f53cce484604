/* SPDX-License-Identifier: MIT */
/* What calls are made of: see call.h. */
#include "call.h"

#include <x86/paging.h>

#include <string.h>

#define OTHERS_FRAME 0xe0u /* of a byte that picks a frame: from here on another domain's, */
#define ANY_FRAME    0xf4u /* and from here on any number */

/*
 * By habit a place says what its frame is used as, so that tables fit together now and then. The
 * last of each kind are also the first of the next.
 */
static const struct {
	u8 first, count;
} habits[] = { { 12, 28 }, { 9, 7 }, { 6, 4 }, { 3, 4 }, { 0, 4 } };

void *pick_room(struct call *c, size_t size)
{
	u8 *p;

	size = (size + 7) & ~7ul;
	if (c->used + size > ARGS_SIZE)
		c->used = 0;

	p = c->args + c->used;
	c->used += size;
	memset(p, 0, size);
	return p;
}

u64 pick_number(struct call *c)
{
	static const u64 values[] = {
		0,
		1,
		2,
		3,
		7,
		8,
		15,
		31,
		63,
		64,
		65,
		127,
		128,
		255,
		1023,
		1024,
		4095,
		4096,
		0x7ff0,
		0x7ff1,
		0x7ff4,
		0xffff,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		1ul << 40,
		1ul << 52,
		~0ul >> 1,
		1ul << 63,
		~0ul - 7,
		~0ul,
		0xfee00,
		0x00200006,
		0x7fffffffffff,
		0x800000000000,
		0xffff800000000000,
		0xffff880000000000,
	};
	u8 how = pick(c);

	if (how < 64)
		return how;
	if (how < 96)
		return (u64)c->args + 8 * how;
	if (how < 128)
		return pick_frame(c, c->id, how % 5);
	if (how < 144)
		return pick_va(c);
	return values[how % ARRAY_SIZE(values)];
}

domid_t pick_domid(struct call *c)
{
	u8 how = pick(c);

	if (how < 128)
		return DOMID_SELF;
	if (how < 160)
		return c->id;
	if (how < 240)
		return how % DOMAINS;
	return DOMID_SELF + how % 16;
}

u32 pick_other(struct call *c)
{
	u8 how = pick(c);

	if (how < 16)
		return c->id;
	return (c->id + 1 + how % (DOMAINS - 1)) % DOMAINS;
}

static void name(struct call *c, u64 m)
{
	if (c->n_named < NAMED)
		c->named[c->n_named++] = m;
}

u64 pick_frame(struct call *c, u32 id, u32 level)
{
	u8 how = pick(c);
	u64 m;

	if (how >= ANY_FRAME) {
		m = (pick(c) + (how & 1)) | (how == 0xff ? ~0ul << 40 : 0);
		name(c, m);
		return m;
	}
	if (how >= OTHERS_FRAME)
		id = (id + 1 + how % (DOMAINS - 1)) % DOMAINS;

	m = world_frame(id, habits[level].first + how % habits[level].count);
	if (id != c->id)
		name(c, m);
	return m;
}

u32 pick_slot(struct call *c)
{
	static const u16 slots[] = { 0, 1, 2, 3, 255, 256, 260, 271, 272, 511 };
	u8 how = pick(c);

	if (how < 160)
		return slots[how % 4];
	if (how < 250)
		return slots[how % 10];
	return 7u * how % PTE_COUNT;
}

u64 pick_entry(struct call *c, u32 id, u32 level)
{
	u8 how = pick(c);
	u64 flags = (how & 1 ? PTE_RW : 0) | (how & 2 ? PTE_U : 0) | (how & 4 ? PTE_A : 0);

	if (how >> 3 & 7)
		flags |= PTE_P;
	if (how >= 250)
		flags |= how & 1 ? PTE_PSE : 1ul << 45;
	else if (how >= 240)
		flags |= how & 1 ? PTE_G : PTE_NX;
	else if (how >= 232)
		flags |= PTE_CACHE_L1 & (u64)(how & 3) << 3;

	if (level == 0)
		level = 1;
	return entry_to(pick_frame(c, id, level - 1) & 0xffffffffffful, flags);
}

u64 pick_va(struct call *c)
{
	u8 how = pick(c);
	u64 va = 0;

	if (how < 160)
		return (u64)(how % 8) << PAGE_SHIFT;

	for (u32 level = 4; level; level--)
		va = va << 9 | pick_slot(c);
	va <<= PAGE_SHIFT;
	return (u64)((s64)(va << 16) >> 16);
}

u64 pick_where(struct call *c, u32 id, u32 level)
{
	u64 where = entry_to(pick_frame(c, id, level) & 0xffffffffffful, 0);

	return where + 8 * pick_slot(c);
}

u32 pick_port(struct call *c)
{
	u8 how = pick(c);

	if (how < 240)
		return how % 16;
	if (how < 250)
		return 0x7e + how % 4; /* around the end of a chunk */
	return 0xffe + how % 4;
}

void call_names(struct call *c, domid_t id)
{
	if (c->id && id != c->id && id != DOMID_SELF)
		c->most = REFUSED;
}

void call_set(struct call *c, u32 nr, u64 a, u64 b, u64 arg2, u64 d)
{
	c->hc = (struct hypercall){ .nr = nr, .arg = { a, b, arg2, d } };
}
