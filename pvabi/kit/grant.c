/* SPDX-License-Identifier: MIT */
/* Grants: the first page of the domain's table, mapped at an address of its own; 512 references. */
#include <pvabi/kit/kit.h>
#include <pvabi/kit/parts.h>

#define TABLE_VA 0xffffffffc0000000ul
#define REFS     (PAGE_SIZE / sizeof(struct grant_entry_v1))

struct grant_entry_v1 *grant_table;
static u32 next_ref = GNTTAB_NR_RESERVED_ENTRIES;

void grants_start(void)
{
	xen_pfn_t frame = 0;
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 1 };

	op.frame_list.p = &frame;
	if (hc_grant_table_op(GNTTABOP_setup_table, &op, 1) || op.status ||
	    page_map(TABLE_VA, frame << PAGE_SHIFT | PTE_DATA)) {
		print("kit: no grant table (status %d)\n", op.status);
		return;
	}
	grant_table = (struct grant_entry_v1 *)TABLE_VA;
}

/* The flags come last: they make the entry valid. */
int grant_access(domid_t to, u64 mfn, bool readonly)
{
	u32 ref = __atomic_fetch_add(&next_ref, 1, __ATOMIC_RELAXED);
	struct grant_entry_v1 *e = &grant_table[ref];

	if (ref >= REFS)
		return -1;
	e->domid = to;
	e->frame = (u32)mfn;
	__atomic_store_n(&e->flags, GTF_permit_access | (readonly ? GTF_readonly : 0),
			 __ATOMIC_RELEASE);
	return (int)ref;
}

bool grant_end(u32 ref)
{
	u16 flags = __atomic_load_n(&grant_table[ref].flags, __ATOMIC_ACQUIRE);

	do {
		if (flags & (GTF_reading | GTF_writing))
			return false;
	} while (!__atomic_compare_exchange_n(&grant_table[ref].flags, &flags, 0, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE));
	return true;
}

int grant_map(domid_t of, u32 ref, u64 va, u32 flags, u32 *handle)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = va, .flags = GNTMAP_host_map | flags, .ref = ref, .dom = of
	};
	long rc = hc_grant_table_op(GNTTABOP_map_grant_ref, &op, 1);

	*handle = op.handle;
	return rc ? (int)rc : op.status;
}

int grant_unmap(u32 handle, u64 va)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = va, .handle = handle };
	long rc = hc_grant_table_op(GNTTABOP_unmap_grant_ref, &op, 1);

	return rc ? (int)rc : op.status;
}
