/* SPDX-License-Identifier: MIT */
/*
 * A vcpu's descriptor tables. Their frames have type FT_DESC, so the guest can not write them behind our back, and are
 * seen by the processor through windows of own mappings: GDT pages from set_gdt on, LDT pages from their first use on.
 */
#include <frame/ownmap.h>
#include <lib/hypercall.h>
#include <ptable/internal.h>
#include <x86/cpu.h>

#define DESC_PRESENT   (1ul << 47)
#define DESC_CODE_DATA (1ul << 44)
#define DESC_DPL3      (3ul << 45)
#define DESC_TYPE      (0x1ful << 40)

/*
 * Ring 0 must stay out of reach, so code and data get DPL 3, the ring both parts of a 64-bit guest run in; gates, TSS
 * and LDT descriptors are ours alone.
 */
bool desc_check(u64 *desc)
{
	/* Not present: the processor refuses it. A system type of 0: second half of something, refused as well. */
	if (!(*desc & DESC_PRESENT) || !(*desc & DESC_TYPE))
		return true;
	if (!(*desc & DESC_CODE_DATA))
		return false;
	*desc |= DESC_DPL3;
	return true;
}

static u32 gdt_pages(u32 entries)
{
	return (entries + DESC_PER_PAGE - 1) / DESC_PER_PAGE;
}

/* The GDT's limit covers our page, so unused pages below it are filled with a page of zeros. */
static void gdt_map(struct vcpu *v, const mfn_t *frames, u32 pages)
{
	mfn_t zero = maddr_to_mfn(IMAGE_MADDR(zero_page));

	for (u32 i = 0; i < GDT_GUEST_PAGES; i++)
		ownmap_set(v->desc.gdt_window + i * PAGE_SIZE, i < pages ? frames[i] : zero,
			   i < pages ? PTES_RW : PTES_RO);
}

static int gdt_get(struct pt_work *w, const mfn_t *frames, u32 pages)
{
	int rc = work_pending(w);

	for (u32 i = 0; !rc && i < pages; i++) {
		struct frame *f = frame_of(frames[i]);

		rc = f ? work_get(w, f, FT_DESC)
		       : fail(-EINVAL, "GDT frame %lx is no RAM", frames[i].n);
		while (rc && i--)
			work_put(w, frame_of(frames[i]));
	}
	return rc;
}

int desc_set_gdt(struct vcpu *v, const mfn_t *frames, u32 entries)
{
	struct pt_work w = PT_WORK(v->dom);
	u32 pages = gdt_pages(entries), old = gdt_pages(v->desc.gdt_entries);
	int rc;

	if (entries > GDT_RESERVED_FIRST)
		return fail(-EINVAL, "a GDT of %u entries reaches the hypervisor's own", entries);
	spin_lock(&v->dom->pt.lock);
	rc = gdt_get(&w, frames, pages);
	if (!rc) {
		gdt_map(v, frames, pages);
		for (u32 i = 0; i < old; i++)
			work_put(&w, frame_of(v->desc.gdt_frame[i]));
		for (u32 i = 0; i < GDT_GUEST_PAGES; i++)
			v->desc.gdt_frame[i] = i < pages ? frames[i] : MFN_NONE;
		v->desc.gdt_entries = entries;
		if (v == current())
			vcpu_load_gdt(v);
	}
	spin_unlock(&v->dom->pt.lock);
	return rc;
}

static void ldt_drop(struct pt_work *w, struct vcpu *v)
{
	for (u32 i = 0; v->desc.ldt_entries && i < LDT_PAGES; i++) {
		if (!mfn_valid(v->desc.ldt_frame[i]))
			continue;
		ownmap_clear(v->desc.ldt_window + i * PAGE_SIZE);
		work_put(w, frame_of(v->desc.ldt_frame[i]));
		v->desc.ldt_frame[i] = MFN_NONE;
	}
}

int desc_set_ldt(struct vcpu *v, u64 base, u32 entries)
{
	struct pt_work w = PT_WORK(v->dom);

	if (entries > XEN_LDT_ENTRIES_MAX || (entries && (base & ~PAGE_MASK)))
		return fail(-EINVAL, "an LDT of %u entries at %lx: too long or not at a page",
			    entries, base);
	spin_lock(&v->dom->pt.lock);
	ldt_drop(&w, v);
	for (u32 i = 0; i < LDT_PAGES; i++)
		v->desc.ldt_frame[i] = MFN_NONE;
	v->desc.ldt_base = base;
	v->desc.ldt_entries = entries;
	vcpu_load_ldt(v);
	spin_unlock(&v->dom->pt.lock);
	return 0;
}

void ldt_forget(struct domain *d)
{
	struct pt_work w = PT_WORK(d);

	for (u32 i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i])
			ldt_drop(&w, d->vcpu[i]);
}

bool ldt_fault(struct vcpu *v, u64 va)
{
	struct pt_work w = PT_WORK(v->dom);
	u32 page = (va - v->desc.ldt_window) / PAGE_SIZE;
	struct frame *f = NULL;
	pte_t *p;
	bool ok = false;

	if (page >= gdt_pages(v->desc.ldt_entries))
		return false;
	spin_lock(&v->dom->pt.lock);
	p = mfn_valid(v->desc.ldt_frame[page])
		    ? NULL
		    : walk(v->roots.kernel, v->desc.ldt_base + page * PAGE_SIZE, NULL);
	if (p && (*p & PTE_P))
		f = frame_of(pte_mfn(*p));
	if (f && !work_get(&w, f, FT_DESC)) {
		v->desc.ldt_frame[page] = frame_mfn(f);
		ownmap_set(v->desc.ldt_window + page * PAGE_SIZE, frame_mfn(f), PTES_RW);
		ok = true;
	}
	spin_unlock(&v->dom->pt.lock);
	return ok;
}

int desc_update(struct domain *d, u64 maddr, u64 desc)
{
	struct frame *f = frame_of(maddr_to_mfn(maddr));
	u64 *where = direct_map(maddr);
	int rc = 0;

	if (maddr & 7)
		return fail(-EINVAL, "descriptor address %lx is not aligned", maddr);
	if (!desc_check(&desc))
		return fail(-EINVAL, "descriptor %lx is a gate or system segment", desc);
	if (!f || !frame_get(f, d))
		return fail(-EINVAL, "frame of %lx does not belong to the domain", maddr);
	spin_lock(&d->pt.lock);
	if (is_desc(f))
		WRITE_ONCE(*where, desc);
	else
		rc = data_store(f, d, where, desc);
	spin_unlock(&d->pt.lock);
	frame_put(f);
	return rc;
}

void desc_drop(struct vcpu *v)
{
	struct pt_work w = PT_WORK(v->dom);

	spin_lock(&v->dom->pt.lock);
	ldt_drop(&w, v);
	v->desc.ldt_entries = 0;
	for (u32 i = 0; i <= GDT_RESERVED_PAGE && v->desc.gdt_window; i++)
		ownmap_clear(v->desc.gdt_window + i * PAGE_SIZE);
	for (u32 i = 0; i < gdt_pages(v->desc.gdt_entries); i++)
		work_put(&w, frame_of(v->desc.gdt_frame[i]));
	v->desc.gdt_entries = 0;
	spin_unlock(&v->dom->pt.lock);
}

long hc_set_gdt(struct hypercall *hc)
{
	u64 *list = HC_PTR(hc, 0, u64);
	u32 entries = (u32)hc->arg[1];
	mfn_t frames[GDT_GUEST_PAGES];
	int rc;

	if (entries > GDT_RESERVED_FIRST)
		return fail(-EINVAL, "a GDT of %u entries reaches the hypervisor's own", entries);
	for (u32 i = 0; i < gdt_pages(entries); i++)
		if (guest_read(&frames[i].n, list, i))
			return fail(-EFAULT, "the list of GDT frames can not be read");
	do {
		rc = desc_set_gdt(current(), frames, entries);
	} while (rc == -ERESTART && !preempt_window());
	return rc;
}

long hc_update_descriptor(struct hypercall *hc)
{
	return desc_update(current()->dom, hc->arg[0], hc->arg[1]);
}
