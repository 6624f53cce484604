/* SPDX-License-Identifier: MIT */
/*
 * Walks the page tables of a domain. They are the guest's own words: they may lead in circles or to
 * what is not its, so the walk is bounded, and what cannot be mapped is passed over.
 */
#ifndef HOSPES_DOMAIN_GUEST_WALK_H
#define HOSPES_DOMAIN_GUEST_WALK_H

#include <stdint.h>
#include <dom0-tools/access/privcmd.h>
#include <dom0-tools/base/must_check.h>

/* Virtual addresses without their sign: 48 bits. */
#define WALK_BITS 48
#define WALK_END  (1ULL << WALK_BITS)

struct guest_walk {
	struct privcmd *privcmd;
	domid_t domid;
	uint64_t from, to;    /* addresses below WALK_END */
	uint64_t tables_left; /* that may still be looked at; after the walk 0: it was cut short */
	/*
	 * For each page of 4 KiB that is mapped, by rising @address, which has its sign. Other than
	 * 0 ends the walk with that result.
	 */
	int (*page)(void *context, uint64_t address, uint64_t mfn);
	void *context;
};

/* From the root @mfn. 0, what page() returned, or -errno. */
__must_check int guest_walk(struct guest_walk *w, uint64_t mfn);

/* An address as guest_walk.from takes it. */
static inline uint64_t walk_address(uint64_t address)
{
	return address & (WALK_END - 1);
}

#endif
