/* SPDX-License-Identifier: MIT */
/*
 * dom0's table of pirqs (devices/pirq.h). Inside devices/ only: between pirq.c and pirq_ops.c.
 *
 * Each pirq is its own lock: who finds another state than LOCKED and stores that may change the
 * rest. Nothing waits while it has one.
 */
#ifndef DEVICES_PIRQ_TABLE_H
#define DEVICES_PIRQ_TABLE_H

#include <devices/pirq.h>

enum pirq_state { PIRQ_FREE, PIRQ_MAPPED, PIRQ_BOUND, PIRQ_LOCKED };

struct pirq {
	u32 state;       /* enum pirq_state, atomic */
	u32 port;        /* while bound: what it raises; else 0 */
	struct irq *irq; /* gsi: while bound; MSI: while mapped or bound; else NULL */
	bool level, low;
	u32 vcpu;  /* who hears of it; changes under the port's lock */
	u64 aimed; /* when it was last compared with where its vcpu is; system time */
	struct msi_place msi;
};

extern struct pirq *pirqs; /* n_pirqs of them, those of the gsis first */
extern u32 n_gsis, n_pirqs;

static inline bool pirq_is_msi(const struct pirq *p)
{
	return p >= pirqs + n_gsis;
}

/* The state as a word, for messages. */
const char *pirq_state_name(enum pirq_state state);

/* Waits for it; returns the state that it was in. */
enum pirq_state pirq_lock(struct pirq *p);
/* @p has what belongs to @state, and nothing else. */
void pirq_unlock(struct pirq *p, enum pirq_state state);

/* Pirq @n of @d, or that of @gsi; NULL if there is none, or @d is not the one that has them. */
struct pirq *pirq_of(struct domain *d, u32 n);
struct pirq *pirq_of_gsi(struct domain *d, u32 gsi);

/*
 * A vector for @p, which is locked: for the pin @gsi, which is opened, or for a message (GSI_NONE).
 * False: no vector is left, or the pin is not to be had.
 */
bool pirq_claim_irq(struct pirq *p, u32 gsi);
/* Gives it back; a pin is closed. @p is locked. */
void pirq_free_irq(struct pirq *p);

#endif
