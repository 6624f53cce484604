/* SPDX-License-Identifier: MIT */
/*
 * Who of those that share a host's memory is to have how much, and what to ask of them now. Pure:
 * no I/O, and whatever a guest says about itself only moves memory within what was agreed for it.
 * All sizes in KiB.
 */
#ifndef HOSPES_DOMAIN_MEMORY_SHARE_H
#define HOSPES_DOMAIN_MEMORY_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much the first is above the second. */
static inline uint64_t memory_above(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

struct share {
	uint64_t guaranteed; /* it never has to come below that */
	uint64_t wished;     /* and never gets more than that; not less than guaranteed */
	uint64_t now;        /* what it has */
	uint64_t target;     /* what it was asked to have */
	uint64_t uses;       /* what it says that it uses; 0: it says nothing */
	uint64_t grew;       /* by so much that rose since the last look */

	uint64_t want; /* out of memory_share(): what it is to have in the end */
	uint64_t ask;  /* out of memory_plan(): what it is to be asked for now; 0: nothing new */
};

/* What one that uses @uses needs, to go on without meeting its bound before we look again. */
uint64_t share_need(const struct share *s);

/*
 * Shares @supply, which is all that they have and can get: first what is guaranteed, then what they
 * use, then some room above that, and what is left up to what they wish. Where it does not suffice
 * for a step, each gets of that step by the weight of what it wishes beyond its guaranteed size.
 */
void memory_share(struct share *shares, size_t count, uint64_t supply);

/*
 * What to ask for now: who has too much gives back at once; who is to have more gets it as far as
 * @spare, which is free and meant for nobody, has it. Small changes are left for later, unless a
 * new guest waits for what is given back (@urgent). Returns whether anybody is still on his way to
 * what he is to have.
 */
bool memory_plan(struct share *shares, size_t count, uint64_t spare, bool urgent);

#endif
