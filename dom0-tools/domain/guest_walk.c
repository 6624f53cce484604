/* SPDX-License-Identifier: MIT */
/* Four levels of tables (Intel SDM 3A, 4.5), of which a domain's hold machine frames. */
#include "guest_walk.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <dom0-tools/base/array.h>

#define LEVELS     4
#define LEVEL_BITS 9
#define ENTRIES    (1U << LEVEL_BITS)

#define ENTRY_PRESENT (1ULL << 0)
#define ENTRY_LARGE   (1ULL << 7) /* above the last level: no table; PV guests have none */
#define ENTRY_FRAME   0x000ffffffffff000ULL

/* In the first table: what the hypervisor keeps for itself. */
#define SLOT_HYPERVISOR     256
#define SLOT_HYPERVISOR_END 272

/* Tables of one level that are mapped at a time. */
#define BATCH 64

/* How much one entry of a table of that level maps; the last level is 1. */
static uint64_t entry_span(int level)
{
	return 1ULL << (PAGE_SHIFT + LEVEL_BITS * (level - 1));
}

static uint64_t with_sign(uint64_t address)
{
	return (uint64_t)((int64_t)(address << (64 - WALK_BITS)) >> (64 - WALK_BITS));
}

static bool is_wanted(const struct guest_walk *w, int level, unsigned int i, uint64_t base,
		      uint64_t entry)
{
	uint64_t address = base + i * entry_span(level);

	if (level == LEVELS && i >= SLOT_HYPERVISOR && i < SLOT_HYPERVISOR_END)
		return false;
	if (address >= w->to || address + entry_span(level) <= w->from)
		return false;
	if ((entry & ENTRY_PRESENT) == 0)
		return false;

	return level == 1 || (entry & ENTRY_LARGE) == 0;
}

static int table_walk(struct guest_walk *w, int level, const uint64_t *table, uint64_t base);

/* Some tables of the level below, each with the address at which it begins. */
struct batch {
	size_t count;
	xen_pfn_t frames[BATCH];
	uint64_t bases[BATCH];
};

static int batch_walk(struct guest_walk *w, int level, struct batch *b)
{
	int errs[BATCH], rc = 0;
	void *tables;

	if (b->count == 0)
		return 0;
	/* None of them can be mapped: passed over like one. */
	if (privcmd_map(w->privcmd, w->domid, PROT_READ, b->frames, errs, b->count, &tables) < 0) {
		b->count = 0;
		return 0;
	}

	for (size_t i = 0; i < b->count && rc == 0; i++) {
		const char *table = (const char *)tables + i * PAGE_SIZE;

		if (errs[i] == 0)
			rc = table_walk(w, level, (const uint64_t *)table, b->bases[i]);
	}

	privcmd_unmap(w->privcmd, tables, b->count);
	b->count = 0;
	return rc;
}

static int pages_walk(struct guest_walk *w, const uint64_t *table, uint64_t base)
{
	int rc = 0;

	for (unsigned int i = 0; i < ENTRIES && rc == 0; i++) {
		uint64_t entry = table[i];

		if (is_wanted(w, 1, i, base, entry))
			rc = w->page(w->context, with_sign(base + i * PAGE_SIZE),
				     (entry & ENTRY_FRAME) >> PAGE_SHIFT);
	}

	return rc;
}

/* Each entry is read once: the guest may run, and change it. */
static int table_walk(struct guest_walk *w, int level, const uint64_t *table, uint64_t base)
{
	struct batch b = { .count = 0 };
	int rc = 0;

	if (w->tables_left == 0)
		return 0;

	w->tables_left--;
	if (level == 1)
		return pages_walk(w, table, base);

	for (unsigned int i = 0; i < ENTRIES && rc == 0; i++) {
		uint64_t entry = *(const volatile uint64_t *)&table[i];

		if (!is_wanted(w, level, i, base, entry))
			continue;

		b.frames[b.count] = (entry & ENTRY_FRAME) >> PAGE_SHIFT;
		b.bases[b.count++] = base + i * entry_span(level);
		if (b.count == BATCH)
			rc = batch_walk(w, level - 1, &b);
	}

	return rc != 0 ? rc : batch_walk(w, level - 1, &b);
}

int guest_walk(struct guest_walk *w, uint64_t mfn)
{
	xen_pfn_t frame = mfn;
	void *root;
	int rc = privcmd_map(w->privcmd, w->domid, PROT_READ, &frame, NULL, 1, &root);

	if (rc < 0)
		return rc;

	rc = table_walk(w, LEVELS, root, 0);
	privcmd_unmap(w->privcmd, root, 1);
	return rc;
}
