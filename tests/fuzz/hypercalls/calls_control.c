/* SPDX-License-Identifier: MIT */
/* dom0's control of the others; any row of the table of hypercalls; lists of calls. */
#include "call.h"

#include <guest/guest.h>
#include <pvabi/callback.h>
#include <pvabi/domctl.h>
#include <pvabi/event_channel.h>
#include <pvabi/grant_table.h>
#include <pvabi/hospes.h>
#include <pvabi/hypercall.h>
#include <pvabi/memory.h>
#include <pvabi/nmi.h>
#include <pvabi/physdev.h>
#include <pvabi/platform.h>
#include <pvabi/sched.h>
#include <pvabi/sysctl.h>
#include <pvabi/vcpu.h>
#include <pvabi/version.h>
#include <x86/paging.h>

#include <string.h>

#define LIST 4u /* calls of a list */

static struct xen_domctl *domctl_new(struct call *c, u32 cmd, u32 id)
{
	struct xen_domctl *d = pick_room(c, sizeof(*d));

	d->cmd = cmd;
	d->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	d->domain = id;
	call_set(c, __HYPERVISOR_domctl, (u64)d, 0, 0, 0);
	return d;
}

void call_domctl(struct call *c)
{
	static const u8 cmds[] = {
		XEN_DOMCTL_pausedomain,    XEN_DOMCTL_unpausedomain, XEN_DOMCTL_unpausedomain,
		XEN_DOMCTL_destroydomain,  XEN_DOMCTL_max_mem,       XEN_DOMCTL_getpageframeinfo3,
		XEN_DOMCTL_getdomaininfo,  XEN_DOMCTL_resumedomain,  XEN_DOMCTL_getvcpuinfo,
		XEN_DOMCTL_hypercall_init,
	};
	u32 cmd = cmds[pick_of(c, sizeof(cmds))], id = pick_other(c);
	u8 how = pick(c);
	struct xen_domctl *d;

	/* Now and then: it takes a while until there is a domain that does something. */
	if (cmd == XEN_DOMCTL_destroydomain && how < 200)
		cmd = XEN_DOMCTL_unpausedomain;

	d = domctl_new(c, cmd, id);
	switch (cmd) {
	case XEN_DOMCTL_max_mem:
		d->u.max_mem.max_memkb = 4ul * (how % 64);
		break;
	case XEN_DOMCTL_getpageframeinfo3:
		d->u.getpageframeinfo3.num = how % 4;
		d->u.getpageframeinfo3.array.p = pick_room(c, 4 * sizeof(u64));
		for (u32 i = 0; i < 4; i++)
			d->u.getpageframeinfo3.array.p[i] = pick_frame(c, id, how % 5);
		break;
	case XEN_DOMCTL_hypercall_init:
		d->u.hypercall_init.gmfn = pick_frame(c, id, how % 5);
		break;
	default:
		break;
	}
}

/* The third guest, which has nothing yet. */
void call_create(struct call *c)
{
	struct xen_domctl *d = domctl_new(c, XEN_DOMCTL_createdomain, DOMAINS - 1);
	u8 how = pick(c);

	d->u.createdomain.max_vcpus = how < 240 ? VCPUS : how % 66;
	d->u.createdomain.max_grant_frames = how % 3;
	d->u.createdomain.max_maptrack_frames = 1;
}

void call_context(struct call *c)
{
	u32 id = pick_other(c);
	struct xen_domctl *d = domctl_new(c, XEN_DOMCTL_setvcpucontext, id);
	struct vcpu_guest_context *x = pick_room(c, sizeof(*x));
	u8 how = pick(c);

	d->u.vcpucontext.vcpu = how % VCPUS;
	d->u.vcpucontext.ctxt.p = x;
	x->flags = VGCF_in_kernel | VGCF_online;
	x->kernel_sp = 2 * PAGE_SIZE;
	x->ctrlreg[3] = xen_pfn_to_cr3(pick_frame(c, id, 4));
	if (how & 32)
		x->ctrlreg[1] = xen_pfn_to_cr3(pick_frame(c, id, 4));
	if (how & 64) {
		x->gdt_ents = how * 3u;
		x->gdt_frames[0] = pick_frame(c, id, 0);
		x->gdt_frames[1] = pick_frame(c, id, 0);
	}
	if (how & 128) {
		x->ldt_base = pick_va(c);
		x->ldt_ents = how;
	}
}

/* --- any row --------------------------------------------------------------------------------- */

struct row {
	u8 nr;
	u32 op;
	u32 size;    /* of the argument */
	bool closed; /* to all but dom0 */
};

#define CLOSED_any     false
#define CLOSED_priv    true
#define CLOSED_control true

#define SIZE_OF(arg) _Generic((arg *)0, void * : 0, default : sizeof(arg))

static const struct row rows[] = {
#define OP(call, op, name, arg, who, ...) { __HYPERVISOR_##call, op, SIZE_OF(arg), CLOSED_##who },
#define __HYPERVISOR_hospes               __HYPERVISOR_arch_0
#include <pvabi/hypercalls.def>
};

/* Those that end the machine, or put the processor to use; and who makes domains of any number. */
static bool is_left_out(const struct row *r)
{
	switch (r->nr) {
	case __HYPERVISOR_domctl:
		return r->op == XEN_DOMCTL_createdomain;
	case __HYPERVISOR_platform_op:
		return r->op == XENPF_enter_acpi_sleep;
	case __HYPERVISOR_sysctl:
		return r->op == XEN_SYSCTL_debug_keys;
	case __HYPERVISOR_mmuext_op:
		return r->op == MMUEXT_FLUSH_CACHE || r->op == MMUEXT_FLUSH_CACHE_GLOBAL;
	case __HYPERVISOR_sched_op:
	case __HYPERVISOR_sched_op_compat:
		return r->op == 2; /* shutdown */
	default:
		return false;
	}
}

static u64 *fill(struct call *c, u32 size)
{
	u64 *room = pick_room(c, size + sizeof(u64));
	u32 words = (size + 7) / 8;

	for (u32 i = 0; i < words && i < 12; i++) {
		u8 how = pick(c);

		room[i] = how & 7;
		if (how >= 128)
			room[i] = pick_number(c);
		if (how >= 192)
			room[i] |= pick_number(c) << 32;
	}
	return room;
}

/* A call with a head of command and version. */
static void headed(struct call *c, const struct row *r, u32 version)
{
	u32 *room = pick_room(c, 128 + 2 * sizeof(u64));

	memcpy(room + 2, fill(c, 96), 96);
	room[0] = r->op;
	room[1] = version;
	if (r->nr == __HYPERVISOR_domctl)
		*(domid_t *)(room + 2) = pick_other(c);
	call_set(c, r->nr, (u64)room, 0, 0, 0);
}

/* Those that a guest calls without an operation; not those whose heads or lists decide. */
static const u8 plain[] = {
	__HYPERVISOR_set_trap_table,
	__HYPERVISOR_set_gdt,
	__HYPERVISOR_stack_switch,
	__HYPERVISOR_set_callbacks,
	__HYPERVISOR_fpu_taskswitch,
	__HYPERVISOR_set_debugreg,
	__HYPERVISOR_get_debugreg,
	__HYPERVISOR_update_descriptor,
	__HYPERVISOR_update_va_mapping,
	__HYPERVISOR_set_timer_op,
	__HYPERVISOR_console_io,
	__HYPERVISOR_vm_assist,
	__HYPERVISOR_iret,
	__HYPERVISOR_set_segment_base,
	__HYPERVISOR_xenoprof_op,
	__HYPERVISOR_hvm_op,
	__HYPERVISOR_arch_1,
};

static void call_plain(struct call *c)
{
	struct cpu_user_regs *r = guest_regs();
	u32 nr = plain[pick_of(c, sizeof(plain))];

	if (nr == __HYPERVISOR_iret)
		r->rsp = pick(c) < 250 ? (u64)fill(c, sizeof(struct iret_context)) : 0;

	call_set(c, nr, pick_number(c), pick_number(c), pick_number(c), pick_number(c));
}

void call_row(struct call *c)
{
	const struct row *r = &rows[(pick(c) << 8 | pick(c)) % ARRAY_SIZE(rows)];
	u64 *room;

	if (pick_of(c, 4) == 3) {
		call_plain(c);
		return;
	}
	if (is_left_out(r))
		return;
	if (c->id && r->closed)
		c->most = REFUSED;

	switch (r->nr) {
	case __HYPERVISOR_domctl:
		if (!c->meanwhile)
			headed(c, r, XEN_DOMCTL_INTERFACE_VERSION);
		return;
	case __HYPERVISOR_sysctl:
		headed(c, r, XEN_SYSCTL_INTERFACE_VERSION);
		return;
	case __HYPERVISOR_platform_op:
		headed(c, r, XENPF_INTERFACE_VERSION);
		return;
	case __HYPERVISOR_vcpu_op:
		room = fill(c, r->size);
		call_set(c, r->nr, r->op, pick_of(c, 3), (u64)room, 0);
		return;
	case __HYPERVISOR_mmu_update:
	case __HYPERVISOR_mmuext_op:
		room = fill(c, r->size);
		*(u32 *)room = r->op;
		call_set(c, r->nr, (u64)room, 1, 0, pick_domid(c));
		return;
	default:
		room = fill(c, r->size);
		call_set(c, r->nr, r->op, pick(c) < 230 ? (u64)room : pick_number(c), pick_of(c, 3),
			 pick_number(c));
	}
}

void call_multicall(struct call *c)
{
	static void (*const kinds[])(struct call * c) = {
		call_update_va,   call_mmu_update, call_mmuext_op,  call_memory_op, call_grant_map,
		call_grant_unmap, call_grant_copy, call_descriptor, call_event,
	};
	u32 n = 2 + pick_of(c, LIST - 1);
	struct multicall_entry *list = pick_room(c, n * sizeof(*list));

	for (u32 i = 0; i < n; i++) {
		kinds[pick_of(c, ARRAY_SIZE(kinds))](c);
		list[i].op = c->hc.nr;
		memcpy(list[i].args, c->hc.arg, sizeof(list[i].args));
	}
	c->listed = n;
	c->most = ANYTHING; /* it says of the list alone */
	call_set(c, __HYPERVISOR_multicall, (u64)list, n, 0, 0);
}
