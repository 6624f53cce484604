/* SPDX-License-Identifier: MIT */
/* What level-1 entries refer to: references on mapped frames, of the domain itself, of another, or device memory. */
#include <ptable/internal.h>

bool (*ptable_iomem_ok)(struct domain *d, mfn_t m);

/* A frame that is a descriptor page only because it was faulted in as LDT may be written again. */
static int map_get_writable(struct domain *d, struct domain *of, struct frame *f)
{
	fstate_t s = READ_ONCE(f->state);

	if (of == d && state_type(s) == FT_DESC && state_type_refs(s))
		ldt_forget(d);
	return frame_get_writable_of(f, of);
}

int map_get(struct domain *d, struct domain *of, pte_t e)
{
	mfn_t m = pte_mfn(e);
	struct frame *f = frame_of(m);

	if (!f) {
		if (ptable_iomem_ok && ptable_iomem_ok(d, m))
			return 0;
		return fail(-EINVAL, "frame %lx is no RAM, and not the domain's to map", m.n);
	}
	if (!of)
		return fail(-EINVAL, "frame %lx is RAM, not device memory", m.n);
	if (e & PTE_RW)
		return map_get_writable(d, of, f);
	if (!frame_get(f, of))
		return fail(-EINVAL, "frame %lx does not belong to domain %u", m.n, of->id);
	return 0;
}

void map_put(pte_t e)
{
	struct frame *f = frame_of(pte_mfn(e));

	if (!f)
		return;
	if (e & PTE_RW)
		frame_put_writable(f);
	else
		frame_put(f);
}
