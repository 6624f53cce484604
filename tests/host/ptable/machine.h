/* SPDX-License-Identifier: MIT */
/*
 * The small machine under the page-table room: its memory, two domains, and a recount of
 * everything.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <ptable/internal.h>

#define FRAMES 120u
#define OWNED  56u /* frames a domain starts with */
#define LOOSE  (FRAMES - 2 * OWNED)

/* libcheck's assertions are too slow for millions. */
#define CHECK(x, ...)                                    \
	do {                                             \
		if (!(x))                                \
			machine_failed(#x, __VA_ARGS__); \
	} while (0)
void machine_failed(const char *what, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

extern struct domain doms[2];
extern struct vcpu vcpus[2];
extern u64 flushes, window_flushes, released;
extern bool machine_iomem; /* domain 0 may map what is no RAM; the recount knows no such entries */
/* References the test itself holds on a frame, as grant tables do. */
extern u32 held[FRAMES];
/* How our own direct map has each frame cached. */
extern u32 alias_cache[FRAMES];

/* The CPUs of the last flush, a bit each; and the page, if it was one of a page, or else 0. */
extern u64 flushed_cpus, flushed_page;

void machine_start(void);

/* Frame @i of domain 1; a table's entries; the machine address of entry @i of table @m. */
static inline u64 own(u32 i)
{
	return OWNED + i;
}

static inline pte_t *entries(u64 m)
{
	return mfn_to_virt(MFN(m));
}

static inline u64 at(u64 m, u32 i)
{
	return m << PAGE_SHIFT | i * 8;
}

/*
 * A fresh machine, where domain 1 has a tree: L4 own(0) - L3 own(1) - L2 own(2) - L1 own(3), which
 * maps own(10) writable and own(11) read-only.
 */
void machine_tree(void);
/* One update of a run, as mmu_update makes it. */
/* A call begins, with a budget of its own. */
void machine_entered(void);
/* Is a piece of work to be called again? It has another budget then. */
bool machine_again(int rc);
/* A batch of one. */
int grant_map(struct vcpu *v, u64 where, bool is_pte, u64 flags, struct grant_mapping *made);
int grant_unmap(struct vcpu *v, u64 where, bool is_pte, const struct grant_mapping *made);
int machine_update(struct domain *d, struct domain *of, u64 maddr, pte_t new, bool preserve_ad);
/* A free frame goes to @d, cleared as dom/memory.c does it. NULL if none is free. */
struct frame *machine_give(struct domain *d);

/*
 * Recounts all references from what is really there, and compares every frame's word; checks each
 * entry of each table in use, and that no page table can be written by a stale translation.
 */
void machine_recount(const char *after);
void machine_flushed(void);     /* the CPU's translations are those in memory now */
void machine_all_flushed(void); /* and no frame's stamp asks for another flush */

#endif
