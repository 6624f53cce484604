/* SPDX-License-Identifier: MIT */
/*
 * The memory of the whole host: who has how much, what was agreed with each, and what each says
 * about itself. Reads only. Sizes in KiB.
 *
 * Who has a node memory/guaranteed takes part in the sharing: guests whose XML says so, and domain
 * 0 while hospesd shares. What a guest says stands in its nodes data/meminfo_total and
 * data/meminfo_free, where agents write MemTotal and MemAvailable of /proc/meminfo. That is a
 * guest's word: it is taken only where it can be true.
 */
#ifndef HOSPES_DOMAIN_MEMORY_VIEW_H
#define HOSPES_DOMAIN_MEMORY_VIEW_H

#include <pvabi/domctl.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

struct memory_guest {
	domid_t domid;
	uint8_t uuid[16];
	bool runs;           /* not paused, stopped or dying: a balloon can move */
	bool shares;         /* something is guaranteed to it */
	uint64_t now;        /* what it has */
	uint64_t target;     /* what it was asked to have; 0: nothing is known */
	uint64_t guaranteed; /* 0 unless it shares */
	uint64_t wished;     /* the most that it may have; 0: nothing is known */
	uint64_t said_total; /* what it says; 0: nothing, or nonsense */
	uint64_t said_free;
};

struct memory_view {
	uint64_t total, free; /* free: and promised to no domain that is being made */
	unsigned int count;
	struct memory_guest *guests;
};

/* memory_view_free() in any case. */
__must_check int memory_view_read(struct host *h, struct memory_view *view,
				  struct hospes_error *err);
void memory_view_free(struct memory_view *view);

/* --- memory_guest.c ------------------------------------------------------------------------- */

/* A number of KiB: digits alone, and no more than any machine has. 0: it is no such thing. */
uint64_t memory_number(const char *text);

/* Drops what cannot be true, and an agreement without bounds; sets g->shares. */
void memory_guest_check(struct memory_guest *g);

/*
 * What its kernel keeps for itself and counts in no total: page structures, its own text. True
 * while its balloon stands still and it has said something since.
 */
uint64_t memory_guest_own(const struct memory_guest *g);

/* What it uses by its word, with what its kernel keeps for itself; 0: it says nothing. */
uint64_t memory_guest_uses(const struct memory_guest *g, uint64_t own);

/* More than so much of what there is, in percent, is told as tight; who watches tells below the
 * other that it is over. */
#define MEMORY_TIGHT_PERCENT 90
#define MEMORY_EASED_PERCENT 85

__must_check bool memory_is_tight(uint64_t part, uint64_t whole);

/* Of all domains together. */
struct memory_sum {
	uint64_t held; /* what nobody can be asked for: guaranteed, or had by those who share not */
	uint64_t wished; /* by those who share, or had by those who do not */
	uint64_t used;   /* by their word, or had by those who say nothing */
};

struct memory_sum memory_view_sum(const struct memory_view *view);

/* What those who share have beyond their guaranteed size: so much can be taken back. */
uint64_t memory_view_reclaimable(const struct memory_view *view);

/* What is free and was granted to nobody who is about to take it. */
uint64_t memory_view_spare(const struct memory_view *view);

#endif
