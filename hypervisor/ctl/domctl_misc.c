/* SPDX-License-Identifier: MIT */
/* Control of the rest: rights to devices, the TSC, types of frames, the hypercall page. */
#include <ctl/cpumap.h>
#include <ctl/domctl.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <lib/bitmap.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define IOPORTS 65536u
#define FRAMES_AT_ONCE 1024 /* of getpageframeinfo3: the ABI's limit */
#define NODE_0 1ul

/* --- rights to devices ------------------------------------------------------------------------------- */

long domctl_irq_permission(struct domain *d, struct xen_domctl *op)
{
	if (!op->u.irq_permission.allow_access)
		return 0;
	return fail(-EOPNOTSUPP, "pirq %u: interrupts are not lent to guests", op->u.irq_permission.pirq);
}

/* A range is taken away as it was given. The count is what lock-free readers go by. */
static int iomem_change(struct domain *d, u64 first, u64 count, bool allow)
{
	struct dom_control *c = dom_control(d);
	u32 n = c->iomem_count, i;

	for (i = 0; i < n; i++)
		if (c->iomem[i].first == first && c->iomem[i].count == count)
			break;
	if (allow && i < n)
		return 0;
	if (!allow) {
		if (i == n)
			return 0;
		WRITE_ONCE(c->iomem[i].count, 0);
		c->iomem[i] = c->iomem[n - 1];
		WRITE_ONCE(c->iomem_count, n - 1);
		return 0;
	}
	if (n == IOMEM_RANGES)
		return fail(-ENOSPC, "domain %u has %u ranges of device memory already", d->id, n);
	c->iomem[n].first = first;
	c->iomem[n].count = count;
	__atomic_store_n(&c->iomem_count, n + 1, __ATOMIC_RELEASE);
	return 0;
}

long domctl_iomem_permission(struct domain *d, struct xen_domctl *op)
{
	u64 first = op->u.iomem_permission.first_mfn, count = op->u.iomem_permission.nr_mfns;
	int ret;

	if (!count || first + count < first)
		return fail(-EINVAL, "%lu frames of device memory from %#lx", count, first);
	if (!iomem_permitted(current()->dom, MFN(first)) ||
	    !iomem_permitted(current()->dom, MFN(first + count - 1)))
		return fail(-EPERM, "frames %#lx-%#lx are not the caller's to lend", first, first + count - 1);
	spin_lock(&d->lock);
	ret = iomem_change(d, first, count, op->u.iomem_permission.allow_access);
	spin_unlock(&d->lock);
	return ret;
}

long domctl_ioport_permission(struct domain *d, struct xen_domctl *op)
{
	u32 first = op->u.ioport_permission.first_port, n = op->u.ioport_permission.nr_ports;

	if (!n || n > IOPORTS || first > IOPORTS - n)
		return fail(-EINVAL, "%u ports from %#x", n, first);
	for (u32 p = first; p < first + n; p++)
		if (!current()->dom->ioports || !bit_test(current()->dom->ioports, p))
			return fail(-EPERM, "port %#x is not the caller's to lend", p);
	spin_lock(&d->lock);
	if (!d->ioports)
		d->ioports = heap_alloc(IOPORTS / 8);
	for (u32 p = first; d->ioports && p < first + n; p++) {
		if (op->u.ioport_permission.allow_access)
			bit_set(d->ioports, p);
		else
			bit_clear(d->ioports, p);
	}
	spin_unlock(&d->lock);
	return d->ioports ? 0 : fail(-ENOMEM, "no memory for the port rights of domain %u", d->id);
}

/* --- start ------------------------------------------------------------------------------------------- */

long domctl_hypercall_page(struct domain *d, struct xen_domctl *op)
{
	struct frame *f = frame_of(MFN(op->u.hypercall_init.gmfn));
	int ret;

	if (!f)
		return fail(-EACCES, "frame %#lx is no memory", op->u.hypercall_init.gmfn);
	ret = frame_hold(f, d, true);
	if (ret)
		return ret;
	guest_fill_hypercall_page(mfn_to_virt(frame_mfn(f)));
	frame_drop(f, true);
	return 0;
}

long domctl_set_width(struct domain *d, struct xen_domctl *op)
{
	u32 size = op->u.address_size.size;

	if (size == 64)
		return 0;
	return size == 32 ? fail(-EOPNOTSUPP, "32-bit guests") : fail(-EINVAL, "words of %u bits", size);
}

long domctl_get_width(struct domain *d, struct xen_domctl *op)
{
	op->u.address_size.size = 64;
	return 0;
}

/* Guests read the TSC itself: what is set is kept for the tools. */
long domctl_set_tsc(struct domain *d, struct xen_domctl *op)
{
	if (op->u.tsc_info.tsc_mode != 0 && op->u.tsc_info.tsc_mode != 2)
		return fail(-EOPNOTSUPP, "TSC mode %u: the TSC is not emulated", op->u.tsc_info.tsc_mode);
	dom_control(d)->tsc = op->u.tsc_info;
	return 0;
}

long domctl_get_tsc(struct domain *d, struct xen_domctl *op)
{
	op->u.tsc_info = dom_control(d)->tsc;
	op->u.tsc_info.gtsc_khz = time_tsc_khz();
	op->u.tsc_info.elapsed_nsec = time_now();
	return 0;
}

/* --- memory -------------------------------------------------------------------------------------------- */

static u64 frame_type_word(struct domain *d, u64 mfn)
{
	static const u32 words[FT_COUNT] = {
		[FT_L1] = XEN_DOMCTL_PFINFO_L1TAB, [FT_L2] = XEN_DOMCTL_PFINFO_L2TAB,
		[FT_L3] = XEN_DOMCTL_PFINFO_L3TAB, [FT_L4] = XEN_DOMCTL_PFINFO_L4TAB,
	};
	struct frame *f = frame_of(MFN(mfn));
	fstate_t s;
	u64 word;

	if (!f || !frame_get(f, d))
		return XEN_DOMCTL_PFINFO_XTAB;
	s = READ_ONCE(f->state);
	word = state_type_refs(s) ? words[state_type(s)] : XEN_DOMCTL_PFINFO_NOTAB;
	if (FS_HAS(s, FS_PINNED))
		word |= XEN_DOMCTL_PFINFO_LPINTAB;
	if (f->flags & FRAME_SHARED)
		word = XEN_DOMCTL_PFINFO_XTAB;
	frame_put(f);
	return word;
}

long domctl_frame_info(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getpageframeinfo3 *a = &op->u.getpageframeinfo3;
	u64 word;

	if (a->num > FRAMES_AT_ONCE)
		return fail(-E2BIG, "%lu frames at once, at most %u", a->num, FRAMES_AT_ONCE);
	for (u64 i = 0; i < a->num; i++) {
		if (guest_read(&word, a->array.p, i))
			return -EFAULT;
		word = frame_type_word(d, word);
		if (guest_write(a->array.p, i, &word))
			return -EFAULT;
	}
	return 0;
}

long domctl_shadow(struct domain *d, struct xen_domctl *op)
{
	if (op->u.shadow_op.op == XEN_DOMCTL_SHADOW_OP_OFF)
		return 0; /* it is never on */
	return fail(-EOPNOTSUPP, "shadow operation %u: dirty pages are not logged", op->u.shadow_op.op);
}

long domctl_set_nodes(struct domain *d, struct xen_domctl *op)
{
	u64 nodes;
	int ret = cpumap_in(&op->u.nodeaffinity.nodemap, &nodes);

	if (ret)
		return ret;
	return nodes & NODE_0 ? 0 : fail(-EINVAL, "nodes %#lx: there is one, 0", nodes);
}

long domctl_get_nodes(struct domain *d, struct xen_domctl *op)
{
	return cpumap_out(&op->u.nodeaffinity.nodemap, NODE_0);
}
