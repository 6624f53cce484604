/* SPDX-License-Identifier: MIT */
/*
 * A vcpu's descriptor tables. Their frames have type FT_DESC, so the guest can not write them
 * behind our back. The processor sees them through windows of own mappings: GDT pages from
 * desc_set_gdt on, LDT pages from their first use on.
 */
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <lib/hypercall.h>
#include <ptable/internal.h>
#include <x86/cpu.h>

/* Segment descriptors (Intel SDM vol. 3, 3.4.5). */
#define DESC_PRESENT   (1ul << 47)
#define DESC_CODE_DATA (1ul << 44)
#define DESC_DPL3      (3ul << 45)
#define DESC_TYPE      (0x1ful << 40)

/*
 * Ring 0 must stay out of reach, so code and data get DPL 3, the ring that both parts of a 64-bit
 * guest run in; gates, TSS and LDT descriptors are ours alone.
 */
bool desc_check(u64 *desc)
{
	/* The processor refuses what is not present, and type 0, the second half of something. */
	if (!(*desc & DESC_PRESENT) || !(*desc & DESC_TYPE))
		return true;

	if (!(*desc & DESC_CODE_DATA))
		return false;

	*desc |= DESC_DPL3;
	return true;
}

static u32 pages_of(u32 entries)
{
	return (entries + DESC_PER_PAGE - 1) / DESC_PER_PAGE;
}

/* --- GDT ------------------------------------------------------------------------------------ */

/*
 * Pages of windows of @d were replaced: no vcpu sees the old ones from here on, and they may be
 * put. pt.lock is held.
 */
static void windows_flush(struct domain *d)
{
	assert(spin_held(&d->pt.lock));

	tlb_flush_windows(d, &d->pt.windows);
}

/* The GDT's limit covers our page, so unused pages below it are mapped to a page of zeros. */
static void gdt_map(struct vcpu *v, const mfn_t *frames, u32 pages)
{
	mfn_t zero = maddr_to_mfn(IMAGE_MADDR(zero_page));
	bool replaced = false;

	for (u32 i = 0; i < GDT_GUEST_PAGES; i++) {
		u64 va = v->desc.gdt_window + i * PAGE_SIZE;

		if (i < pages)
			replaced |= ownmap_window_set(va, frames[i], PTES_RW);
		else
			replaced |= ownmap_window_set(va, zero, PTES_RO);
	}

	if (replaced)
		windows_flush(v->dom);
}

/* Takes a reference of type FT_DESC on each of the frames, or on none. pt.lock is held. */
static int gdt_get(struct pt_work *w, const mfn_t *frames, u32 pages)
{
	int rc = work_pending(w);

	for (u32 i = 0; !rc && i < pages; i++) {
		struct frame *f = frame_of(frames[i]);

		if (f)
			rc = work_get(w, f, FT_DESC);
		else
			rc = fail(-EINVAL, "GDT frame %#lx is not RAM", frames[i].n);

		while (rc && i--)
			work_put(w, frame_of(frames[i]));
	}

	return rc;
}

/* Puts the GDT's frames; the window is the caller's. pt.lock is held. */
static void gdt_put(struct pt_work *w, struct vcpu *v)
{
	assert(spin_held(&w->d->pt.lock));

	for (u32 i = 0; i < pages_of(v->desc.gdt_entries); i++)
		work_put(w, frame_of(v->desc.gdt_frame[i]));

	v->desc.gdt_entries = 0;
}

/* pt.lock is held. */
static int gdt_replace(struct vcpu *v, const mfn_t *frames, u32 entries)
{
	struct pt_work w = PT_WORK(v->dom);
	u32 pages = pages_of(entries);
	int rc = gdt_get(&w, frames, pages);

	assert(spin_held(&v->dom->pt.lock));

	if (rc)
		return rc;

	gdt_map(v, frames, pages);
	gdt_put(&w, v);

	for (u32 i = 0; i < GDT_GUEST_PAGES; i++)
		v->desc.gdt_frame[i] = i < pages ? frames[i] : MFN_NONE;
	v->desc.gdt_entries = entries;

	if (v == current())
		vcpu_load_gdt(v);
	return 0;
}

int desc_set_gdt(struct vcpu *v, const mfn_t *frames, u32 entries)
{
	int rc;

	if (entries > GDT_RESERVED_FIRST)
		return fail(-EINVAL, "a GDT of %u entries reaches the hypervisor's own", entries);

	spin_lock(&v->dom->pt.lock);
	rc = gdt_replace(v, frames, entries);
	spin_unlock(&v->dom->pt.lock);

	return rc;
}

/* --- LDT ------------------------------------------------------------------------------------ */

/* Takes the pages that came in out of @v's window. True: there were some. pt.lock is held. */
static bool ldt_unmap(struct vcpu *v)
{
	const struct vcpu_descriptors *desc = &v->desc;
	bool replaced = false;

	if (!desc->ldt_entries)
		return false;

	for (u32 i = 0; i < LDT_PAGES; i++)
		if (mfn_valid(desc->ldt_frame[i]))
			replaced |= ownmap_window_clear(desc->ldt_window + i * PAGE_SIZE);

	return replaced;
}

/* Puts the pages that came in, and are out of the window; they may come in again. */
static void ldt_put_frames(struct pt_work *w, struct vcpu *v)
{
	struct vcpu_descriptors *desc = &v->desc;

	if (!desc->ldt_entries)
		return;

	for (u32 i = 0; i < LDT_PAGES; i++) {
		if (!mfn_valid(desc->ldt_frame[i]))
			continue;

		work_put(w, frame_of(desc->ldt_frame[i]));
		desc->ldt_frame[i] = MFN_NONE;
	}
}

/* Both for one vcpu. pt.lock is held. */
static void ldt_put(struct pt_work *w, struct vcpu *v)
{
	assert(spin_held(&w->d->pt.lock));

	if (ldt_unmap(v))
		windows_flush(w->d);
	ldt_put_frames(w, v);
}

void ldt_put_all(struct domain *d)
{
	struct pt_work w = PT_WORK(d);
	bool replaced = false;

	assert(spin_held(&d->pt.lock));

	budget_charge(d->max_vcpus * LDT_PAGES);
	for (u32 i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i])
			replaced |= ldt_unmap(d->vcpu[i]);

	if (replaced)
		windows_flush(d);

	for (u32 i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i])
			ldt_put_frames(&w, d->vcpu[i]);
}

int desc_set_ldt(struct vcpu *v, u64 base, u32 entries)
{
	struct pt_work w = PT_WORK(v->dom);

	if (entries > XEN_LDT_ENTRIES_MAX)
		return fail(-EINVAL, "an LDT of %u entries, at most %u", entries,
			    XEN_LDT_ENTRIES_MAX);
	if (entries && (base & ~PAGE_MASK))
		return fail(-EINVAL, "an LDT at %#lx, not at the beginning of a page", base);

	spin_lock(&v->dom->pt.lock);
	ldt_put(&w, v);
	for (u32 i = 0; i < LDT_PAGES; i++)
		v->desc.ldt_frame[i] = MFN_NONE;

	v->desc.ldt_base = base;
	v->desc.ldt_entries = entries;
	vcpu_load_ldt(v);
	spin_unlock(&v->dom->pt.lock);

	return 0;
}

/* The frame that the guest's tables map as page @page of its LDT, or NULL. pt.lock is held. */
static struct frame *ldt_find(struct vcpu *v, u32 page)
{
	pte_t *p = walk(v->roots.kernel, v->desc.ldt_base + page * PAGE_SIZE, NULL);

	if (!p || !(*p & PTE_P))
		return NULL;

	return frame_of(pte_mfn(*p));
}

/* pt.lock is held. */
static bool ldt_bring_in(struct vcpu *v, u32 page)
{
	struct pt_work w = PT_WORK(v->dom);
	struct frame *f;

	assert(spin_held(&v->dom->pt.lock));

	/* It is here: the access itself was wrong. */
	if (mfn_valid(v->desc.ldt_frame[page]))
		return false;

	f = ldt_find(v, page);
	if (!f || work_get(&w, f, FT_DESC))
		return false;

	v->desc.ldt_frame[page] = frame_mfn(f);
	ownmap_set(v->desc.ldt_window + page * PAGE_SIZE, frame_mfn(f), PTES_RW);
	return true;
}

bool ldt_fault(struct vcpu *v, u64 va)
{
	u32 page = (va - v->desc.ldt_window) / PAGE_SIZE;
	bool done;

	if (page >= pages_of(v->desc.ldt_entries))
		return false;

	page = index_nospec(page, LDT_PAGES);
	spin_lock(&v->dom->pt.lock);
	done = ldt_bring_in(v, page);
	spin_unlock(&v->dom->pt.lock);

	return done;
}

/* --- both ----------------------------------------------------------------------------------- */

int desc_update(struct domain *d, u64 maddr, u64 desc)
{
	struct frame *f = frame_of(maddr_to_mfn(maddr));
	u64 *where;
	int rc = 0;

	if (maddr % sizeof(desc))
		return fail(-EINVAL, "descriptor address %#lx is not aligned", maddr);
	if (!desc_check(&desc))
		return fail(-EINVAL, "descriptor %#lx is a gate or system segment", desc);
	if (!f || !frame_get(f, d))
		return fail(-EINVAL, "the frame of %#lx does not belong to d%u", maddr, d->id);

	where = in_frame(f, maddr);
	spin_lock(&d->pt.lock);
	if (is_desc(f))
		WRITE_ONCE(*where, desc);
	else
		rc = data_store(f, d, where, desc);
	spin_unlock(&d->pt.lock);

	frame_put(f);
	return rc;
}

void desc_put_tables(struct vcpu *v)
{
	struct pt_work w = PT_WORK(v->dom);
	bool replaced = false;

	assert(v->dom->dying && v != current());

	spin_lock(&v->dom->pt.lock);
	ldt_put(&w, v);
	v->desc.ldt_entries = 0;

	/* Our own page of the window goes too; a vcpu that was never finished has no window. */
	for (u32 i = 0; i <= GDT_RESERVED_PAGE && v->desc.gdt_window; i++)
		replaced |= ownmap_window_clear(v->desc.gdt_window + i * PAGE_SIZE);
	if (replaced)
		windows_flush(v->dom);
	gdt_put(&w, v);
	spin_unlock(&v->dom->pt.lock);
}

/* --- hypercalls ----------------------------------------------------------------------------- */

long hc_set_gdt(struct hypercall *hc)
{
	u64 *list = HC_PTR(hc, 0, u64);
	u32 entries = (u32)hc->arg[1];
	mfn_t frames[GDT_GUEST_PAGES];
	int rc;

	if (entries > GDT_RESERVED_FIRST)
		return fail(-EINVAL, "a GDT of %u entries reaches the hypervisor's own", entries);

	for (u32 i = 0; i < pages_of(entries); i++)
		if (guest_read(&frames[i].n, list, i))
			return fail(-EFAULT, "the list of GDT frames can not be read");

	budget_window_for(DESC_GDT_LOOKS);

	do {
		rc = desc_set_gdt(current(), frames, entries);
	} while (rc == -ERESTART && !preempt_window());

	return rc;
}

long hc_update_descriptor(struct hypercall *hc)
{
	return desc_update(current()->dom, hc->arg[0], hc->arg[1]);
}
