/* SPDX-License-Identifier: MIT */
/* Calls about page tables, descriptor tables and a domain's frames; stores that need no call. */
#include "call.h"

#include <guest/guest.h>
#include <ptable/ptable.h>
#include <pvabi/memory.h>
#include <x86/paging.h>

#include <string.h>

#define LIST 4u /* elements of a list, at most */

/* Whose tables and frames a list is about: the caller's, and for dom0 another's too. */
static u32 subject(struct call *c, u64 *foreign)
{
	u8 how = pick(c);

	*foreign = DOMID_SELF;
	if (how < 200)
		return c->id;

	*foreign = how % 8;
	if (*foreign == 6)
		*foreign = DOMID_IO;
	if (*foreign == 7)
		*foreign = DOMID_XEN;
	return *foreign < DOMAINS ? *foreign : c->id;
}

static u64 done_at(struct call *c)
{
	return pick(c) < 100 ? (u64)pick_room(c, sizeof(u32)) : 0;
}

/* What stands there, writable if it was not, or the other way. */
static u64 other_rights(u64 where)
{
	u64 m = where >> PAGE_SHIFT;

	if (m < FIRST_FRAME || m >= FRAMES)
		return 0;
	return ((const u64 *)mfn_to_virt(MFN(m)))[where / 8 % PTE_COUNT] ^ PTE_RW;
}

void call_mmu_update(struct call *c)
{
	u32 n = 1 + pick_of(c, LIST);
	struct mmu_update *list = pick_room(c, n * sizeof(*list));
	u64 foreign;
	u32 of = subject(c, &foreign), table = c->id;

	/* The caller's tables, or those of the domain whose frames they map. */
	if (of != c->id && pick_of(c, 2)) {
		foreign |= (of + 1) << 16;
		table = of;
	}

	for (u32 i = 0; i < n; i++) {
		u32 level = 1 + pick_of(c, 5) % 4;
		u8 kind = pick(c);

		list[i].ptr = pick_where(c, table, level) | (kind < 200 ? 0 : kind % 8);
		list[i].val = pick_entry(c, of, level);
		if (kind % 16 == 15)
			list[i].val = other_rights(list[i].ptr);
	}
	call_set(c, __HYPERVISOR_mmu_update, (u64)list, n, done_at(c), foreign);
}

static void mmuext_one(struct call *c, u32 of, struct mmuext_op *op)
{
	static const u8 cmds[] = {
		MMUEXT_PIN_L1_TABLE,    MMUEXT_PIN_L2_TABLE,  MMUEXT_PIN_L3_TABLE,
		MMUEXT_PIN_L4_TABLE,    MMUEXT_UNPIN_TABLE,   MMUEXT_UNPIN_TABLE,
		MMUEXT_UNPIN_TABLE,     MMUEXT_NEW_BASEPTR,   MMUEXT_NEW_USER_BASEPTR,
		MMUEXT_SET_LDT,         MMUEXT_CLEAR_PAGE,    MMUEXT_COPY_PAGE,
		MMUEXT_TLB_FLUSH_LOCAL, MMUEXT_TLB_FLUSH_ALL, MMUEXT_INVLPG_MULTI,
		MMUEXT_TLB_FLUSH_MULTI,
	};
	u8 how = pick(c);

	op->cmd = how < 240 ? cmds[how % sizeof(cmds)] : 19u + how % 4;
	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE ... MMUEXT_PIN_L4_TABLE:
		op->arg1.mfn = pick_frame(c, of, op->cmd - MMUEXT_PIN_L1_TABLE + 1);
		break;
	case MMUEXT_NEW_BASEPTR:
	case MMUEXT_NEW_USER_BASEPTR:
		op->arg1.mfn = how < 16 ? 0 : pick_frame(c, of, 4);
		break;
	case MMUEXT_UNPIN_TABLE:
		op->arg1.mfn = pick_frame(c, of, 1 + pick_of(c, 4));
		break;
	case MMUEXT_SET_LDT:
		op->arg1.linear_addr = pick_va(c);
		op->arg2.nr_ents = 4u * pick(c);
		break;
	case MMUEXT_CLEAR_PAGE:
	case MMUEXT_COPY_PAGE:
		op->arg1.mfn = pick_frame(c, of, how % 5);
		op->arg2.src_mfn = pick_frame(c, of, 0);
		break;
	default:
		op->arg1.linear_addr = pick_va(c);
		op->arg2.vcpumask.p = pick_room(c, sizeof(u64));
		*(u64 *)op->arg2.vcpumask.p = how;
	}
}

void call_mmuext_op(struct call *c)
{
	u32 n = 1 + pick_of(c, LIST);
	struct mmuext_op *list = pick_room(c, n * sizeof(*list));
	u64 foreign;
	u32 of = subject(c, &foreign);

	for (u32 i = 0; i < n; i++)
		mmuext_one(c, of, &list[i]);
	call_set(c, __HYPERVISOR_mmuext_op, (u64)list, n, done_at(c), foreign);
}

void call_update_va(struct call *c)
{
	u64 va = pick_va(c), foreign;
	u32 of = subject(c, &foreign);
	u64 entry = pick_entry(c, of, 1);

	if (of == c->id)
		call_set(c, __HYPERVISOR_update_va_mapping, va, entry, pick_of(c, 12), 0);
	else
		call_set(c, __HYPERVISOR_update_va_mapping_otherdomain, va, entry, pick_of(c, 12),
			 foreign);
}

void call_set_gdt(struct call *c)
{
	xen_pfn_t *list = pick_room(c, 3 * sizeof(*list));

	for (u32 i = 0; i < 3; i++)
		list[i] = pick_frame(c, c->id, 0);
	call_set(c, __HYPERVISOR_set_gdt, (u64)list, 6u * pick(c), 0, 0);
}

void call_descriptor(struct call *c)
{
	static const u64 descriptors[] = { 0, 0x00affa000000ffff, 0x00cff2000000ffff,
					   0x0000e90000000000, 0x00cf9a000000ffff };

	call_set(c, __HYPERVISOR_update_descriptor, pick_where(c, c->id, pick_of(c, 2)),
		 descriptors[pick_of(c, ARRAY_SIZE(descriptors))], 0, 0);
}

void call_memory_op(struct call *c)
{
	static const u8 cmds[] = { XENMEM_decrease_reservation, XENMEM_populate_physmap,
				   XENMEM_increase_reservation };
	u32 cmd = cmds[pick_of(c, ARRAY_SIZE(cmds))];
	struct xen_memory_reservation *r = pick_room(c, sizeof(*r));
	u8 how = pick(c);
	u32 of = c->id;

	r->domid = DOMID_SELF;
	if (how >= 160)
		r->domid = of = how % DOMAINS;

	/* By the ABI some refusals are "none was done". */
	if (c->id && of != c->id)
		c->most = 0;

	r->nr_extents = 1 + how % 5;
	if (how % 16 == 0)
		r->extent_order = pick_of(c, 4);
	if (how % 64 == 1)
		r->extent_order = pick(c);
	r->mem_flags = how < 250 ? 0 : (u32)pick_number(c);
	r->extent_start.p = pick_room(c, 8 * sizeof(u64));
	for (u32 i = 0; i < r->nr_extents; i++)
		r->extent_start.p[i] = pick_frame(c, of, how % 5);

	call_set(c, __HYPERVISOR_memory_op, cmd, (u64)r, 0, 0);
}

void call_exchange(struct call *c)
{
	struct xen_memory_exchange *x = pick_room(c, sizeof(*x));
	u8 how = pick(c);
	u32 in = how % 3, out = how / 3 % 3;

	x->in.domid = x->out.domid = how < 240 ? DOMID_SELF : how % DOMAINS;
	call_names(c, x->in.domid);
	x->in.extent_order = in;
	x->out.extent_order = out;
	x->in.nr_extents = 1ul << out;
	x->out.nr_extents = 1ul << in;
	x->out.mem_flags = how < 128 ? 0 : XENMEMF_address_bits(16u + how % 8);
	x->in.extent_start.p = pick_room(c, 4 * sizeof(u64));
	x->out.extent_start.p = pick_room(c, 4 * sizeof(u64));
	for (u32 i = 0; i < 4; i++)
		x->in.extent_start.p[i] = pick_frame(c, c->id, 0);

	call_set(c, __HYPERVISOR_memory_op, XENMEM_exchange, (u64)x, 0, 0);
}

/* --- without a call -------------------------------------------------------------------------- */

/* Could the domain write this page by a mapping of its own? */
static bool is_writable(const struct domain *d, u64 m)
{
	const struct frame *f = &frame_table[m];

	if (m >= FRAMES || !f->state || f->owner != d || (f->flags & FRAME_SHARED))
		return false;

	return !FS_TREFS(f->state) || state_type(f->state) == FT_WRITABLE;
}

void guest_store(struct call *c)
{
	u32 level = 1 + pick_of(c, 4), n = 1 + pick_of(c, 3);
	u64 m = pick_frame(c, c->id, level);

	for (u32 i = 0; i < n; i++) {
		u32 slot = pick_slot(c);
		u64 entry = pick_entry(c, c->id, level);

		if (is_writable(c->v->dom, m))
			((u64 *)mfn_to_virt(MFN(m)))[slot] = entry;
	}
}

/* A page full of entries. */
void guest_fills(struct call *c)
{
	u32 level = 1 + pick_of(c, 4);
	u64 m = pick_frame(c, c->id, level), entry = pick_entry(c, c->id, level);
	u32 step = 1 + pick_of(c, 4);

	if (!is_writable(c->v->dom, m))
		return;

	for (u32 i = 0; i < PTE_COUNT; i += step)
		((u64 *)mfn_to_virt(MFN(m)))[i] = entry;
}

void guest_leaves(struct call *c)
{
	machine_load(cpu_id(), NULL);
}

void guest_toggles(struct call *c)
{
	if (mfn_valid(c->v->roots.user))
		machine_toggle();
}

/* Instructions that store rax or rcx to where rdi says; the last ones may be anything. */
static const u8 stores[][8] = {
	{ 0x48, 0x89, 0x07 },             /* mov */
	{ 0x48, 0x87, 0x07 },             /* xchg */
	{ 0xf0, 0x48, 0x0f, 0xb1, 0x0f }, /* lock cmpxchg */
	{ 0x48, 0x21, 0x07 },             /* and */
	{ 0x48, 0x09, 0x07 },             /* or */
	{ 0x48, 0x31, 0x07 },             /* xor */
	{ 0x48, 0x0f, 0xab, 0x07 },       /* bts */
	{ 0x48, 0x0f, 0xb3, 0x07 },       /* btr */
	{ 0x48, 0x0f, 0xbb, 0x07 },       /* btc */
	{ 0x48, 0xc7, 0x07, 0x07 },       /* mov of 7 */
	{ 0x89, 0x07 },                   /* mov of 4 bytes */
	{ 0x88, 0x07 },                   /* mov of a byte */
};

/* It stores to a page that may be one of its tables, mapped to be read only. */
static void table_fault(struct call *c, u64 va)
{
	struct cpu_user_regs *r = guest_regs();
	u8 *code = pick_room(c, 16);
	u8 how = pick(c);

	if (how < 240)
		memcpy(code, stores[how % ARRAY_SIZE(stores)], sizeof(stores[0]));
	else
		for (u32 i = 0; i < 8; i++)
			code[i] = pick(c);

	r->rip = (u64)code;
	r->rdi = va;
	r->rax = pick_entry(c, c->id, 1 + how % 4);
	r->rcx = pick_entry(c, c->id, 1 + how % 4);
	ignore(ptable_fault(c->v, r, va, PF_PRESENT | PF_WRITE | PF_USER));
}

void guest_faults(struct call *c)
{
	u8 how = pick(c);

	machine_enter();
	if (how < 64)
		ignore(ptable_fault(c->v, guest_regs(), c->v->desc.ldt_window + how % 3 * PAGE_SIZE,
				    0));
	else if (how < 220)
		table_fault(c, pick_va(c) + 8 * pick_slot(c));
	else
		ignore(ptable_fault(c->v, guest_regs(), pick_va(c), how % 8));
}
