/* SPDX-License-Identifier: MIT */
/*
 * Frames with owners and counts, and page-table entries with references: slow and simple models of
 * frame/ and ptable/. Every frame's count must be explained by what is there at the end.
 */
#include "suites.h"
#include "../fake/guest.h"

#include <frame/alloc.h>
#include <ptable/ptable.h>
#include <x86/paging.h>

#include <stdlib.h>
#include <string.h>

#define MAPPINGS 1024

u64 frame_count;
u64 tlb_clock;
u32 world_flushes;
void (*world_on_flush)(void);

static struct {
	u64 where;
	pte_t entry;
} mappings[MAPPINGS];
static u32 n_mappings;
/* By frame: references, writable ones, page tables. A writable reference is in both counts. */
static u32 refs[FRAMES], writers[FRAMES], is_table[FRAMES];
static u32 next_frame;
static struct spinlock world_lock;

static u64 index_of(const struct frame *f)
{
	return frame_mfn(f).n;
}

bool frame_get(struct frame *f, struct domain *d)
{
	if (f->owner != d)
		return false;
	__atomic_fetch_add(&refs[index_of(f)], 1, __ATOMIC_SEQ_CST);
	return true;
}

int frame_get_mapping(struct frame *f, struct domain *d, bool write)
{
	if (write && is_table[index_of(f)])
		return -EINVAL;

	if (!frame_get(f, d))
		return -EINVAL;

	if (write)
		__atomic_fetch_add(&writers[index_of(f)], 1, __ATOMIC_SEQ_CST);
	return 0;
}

void frame_put_mapping(struct frame *f, bool write)
{
	if (write)
		assert(__atomic_fetch_sub(&writers[index_of(f)], 1, __ATOMIC_SEQ_CST) > 0);
	assert(__atomic_fetch_sub(&refs[index_of(f)], 1, __ATOMIC_SEQ_CST) > 1);
}

static struct frame *frame_new(struct domain *d, u8 flags)
{
	struct frame *f = &frame_table[next_frame];

	assert(next_frame < FRAMES);
	f->owner = d;
	f->flags = FRAME_RAM | flags;
	refs[next_frame++] = 1;
	return f;
}

void *domain_alloc_shared(struct domain *d)
{
	return mfn_to_virt(frame_mfn(frame_new(d, FRAME_SHARED)));
}

void domain_free_shared(struct domain *d, void *page)
{
	struct frame *f = frame_of(virt_to_mfn(page));

	assert(f->owner == d && f->flags & FRAME_SHARED);
	assert(refs[index_of(f)]-- >= 1);
	if (!refs[index_of(f)])
		memset(page, 0xee, PAGE_SIZE); /* whoever still writes it is found out */
}

void *pages_alloc(u32 order)
{
	return heap_alloc(PAGE_SIZE << order);
}

void pages_free(void *p, u32 order)
{
	heap_free(p);
}

static u32 mapping_find(u64 where)
{
	u32 i = 0;

	while (i < n_mappings && mappings[i].where != where)
		i++;
	return i;
}

/*
 * Linear addresses here are multiples of a page below 1 MiB; entries by machine address have bit 40
 * set.
 */
#define ENTRY (1ul << 40)

static bool where_ok(u64 where, bool is_pte)
{
	if (is_pte)
		return where & ENTRY && !(where & 7);

	return where < 1 << 20 && !(where & (PAGE_SIZE - 1));
}

static void mapping_drop(u32 i)
{
	struct frame *f = &frame_table[mappings[i].entry >> PAGE_SHIFT];

	frame_put_mapping(f, mappings[i].entry & PTE_RW);
	mappings[i] = mappings[--n_mappings];
}

static void forget(u64 where)
{
	u32 i = mapping_find(where);

	if (i < n_mappings)
		mapping_drop(i);
}

void ptable_grants_begin(struct ptable_grants *g, struct vcpu *v)
{
	spin_lock(&world_lock);
}

void ptable_grants_end(struct ptable_grants *g)
{
	spin_unlock(&world_lock);
}

int ptable_grant_map(struct ptable_grants *g, u64 where, bool is_pte, u64 flags,
		     struct grant_mapping *made)
{
	u64 m = made->frame.n;
	struct frame *f = frame_of(made->frame);
	int rc = -EINVAL;

	assert(f && refs[m] > 0); /* the caller holds one */
	assert((flags & (PTE_P | PTE_U)) == (PTE_P | PTE_U));

	if (where_ok(where, is_pte) && n_mappings < MAPPINGS) {
		rc = frame_get_mapping(f, f->owner, flags & PTE_RW);
		if (!rc) {
			forget(where);
			mappings[n_mappings].where = where;
			mappings[n_mappings++].entry = m << PAGE_SHIFT | flags;
			made->entry = where | ENTRY;
			made->write = flags & PTE_RW;
		}
	}

	return rc;
}

/* The mapping as it was made: of that frame, with those rights, in that place. */
static bool is_as_made(u32 i, const struct grant_mapping *made)
{
	pte_t e = mappings[i].entry;

	return e >> PAGE_SHIFT == made->frame.n && !!(e & PTE_RW) == made->write &&
	       (mappings[i].where | ENTRY) == made->entry;
}

int ptable_grant_unmap(struct ptable_grants *g, u64 where, bool is_pte,
		       const struct grant_mapping *made)
{
	u32 i = mapping_find(where);

	if (!where_ok(where, is_pte) || i == n_mappings || !is_as_made(i, made))
		return -EINVAL;

	mapping_drop(i);
	return 0;
}

/* The writable mappings of frame @m that a handle of domain @d stands for. */
static u32 handles_writing(const struct domain *d, u64 m)
{
	const struct maptrack *t = &d->grants->maptrack;
	u32 n = 0;

	for (u32 h = 0; h < maptrack_handles(t); h++) {
		struct maptrack_record *r = maptrack_find(t, h);

		if (!r || !(r->flags & GNTMAP_host_map) || r->flags & GNTMAP_readonly)
			continue;
		if (table_active(r->granter->grants, r->ref)->frame == m)
			n++;
	}

	return n;
}

void world_handles_cover(void)
{
	for (u64 m = 0; m < next_frame; m++) {
		u32 mapped = 0, handles = 0;

		for (u32 i = 0; i < n_mappings; i++)
			if (mappings[i].entry >> PAGE_SHIFT == m && mappings[i].entry & PTE_RW)
				mapped++;
		for (u32 i = 0; i < FAKE_DOMAINS && mapped; i++)
			handles += handles_writing(fake_domain[i], m);

		if (mapped > handles)
			ck_abort_msg("frame %lu: %u writable mappings, %u handles", m, mapped,
				     handles);
	}
}

void vcpus_flush(const struct domain *d, u64 vcpus, bool page, u64 va)
{
	must(d == current()->dom && vcpus == ~0ul && !page);
	world_flushes++;
	if (world_on_flush)
		world_on_flush();
}

void world_up(void)
{
	fake_memory_up(FRAMES);
	fake_guest_memory_any();

	memset(refs, 0, sizeof(refs));
	memset(writers, 0, sizeof(writers));
	memset(is_table, 0, sizeof(is_table));
	n_mappings = next_frame = world_flushes = 0;
	spin_init(&world_lock, LOCK_PTABLE);
	fake_preempt_after = 0;
	world_on_flush = NULL;

	fake_domains_up(1);
	for (u32 i = 0; i < FAKE_DOMAINS; i++)
		ck_assert_int_eq(grant_init(fake_domain[i], 4, 2), 0);
}

void world_down(void)
{
	for (u32 i = 0; i < FAKE_DOMAINS; i++) {
		while (grant_teardown(fake_domain[i]))
			fake_enter();
	}

	while (n_mappings)
		mapping_drop(0); /* as the page tables' own teardown does */

	for (u32 i = 0; i < next_frame; i++) {
		bool shared = frame_table[i].flags & FRAME_SHARED;

		ck_assert_msg(refs[i] == !shared && !writers[i],
			      "frame %u: %u references, %u writers", i, refs[i], writers[i]);
	}
	for (u32 i = 0; i < FAKE_DOMAINS; i++)
		grant_free(fake_domain[i]);
	fake_domains_down();
	fake_memory_down();
}

u64 world_page(u32 who, unsigned char fill)
{
	struct frame *f = frame_new(fake_domain[who], 0);

	memset(mfn_to_virt(frame_mfn(f)), fill, PAGE_SIZE);
	return frame_mfn(f).n;
}

u64 world_refs(u64 mfn)
{
	return refs[mfn];
}

u64 world_writers(u64 mfn)
{
	return writers[mfn];
}

void world_make_table(u64 mfn, bool on)
{
	is_table[mfn] = on;
}

u32 world_mappings(void)
{
	return n_mappings;
}

u64 world_entry(u64 where)
{
	u32 i = mapping_find(where);

	if (i == n_mappings)
		return 0;

	return mappings[i].entry;
}

void world_forget(u64 where)
{
	forget(where);
}

long call(u32 who, u32 cmd, void *list, u32 n)
{
	struct hypercall hc = { .arg = { cmd, (u64)list, n } };
	long rc;

	fake_current = fake_domain[who]->vcpu[0];
	do {
		fake_enter();
		rc = hc_grant_table_op(&hc);
	} while (rc == -ERESTART);
	return rc;
}

struct grant_entry_v1 *entry_of(u32 who, u32 ref)
{
	return &fake_domain[who]->grants->shared[ref / ENTRIES_PER_FRAME][ref % ENTRIES_PER_FRAME];
}

void grant(u32 who, u32 ref, u32 to, u64 mfn, u32 flags)
{
	*entry_of(who, ref) = (struct grant_entry_v1){ GTF_permit_access | flags, to, mfn };
}

int map(u32 who, u32 from, u32 ref, u64 where, u32 flags, u32 *handle)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = where, .flags = flags, .ref = ref, .dom = from, .status = 99
	};

	must(!call(who, GNTTABOP_map_grant_ref, &op, 1));
	*handle = op.handle;
	return op.status;
}

int unmap(u32 who, u64 where, u32 handle)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = where, .handle = handle, .status = 99 };

	must(!call(who, GNTTABOP_unmap_grant_ref, &op, 1));
	return op.status;
}
