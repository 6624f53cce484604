/* SPDX-License-Identifier: MIT */
/*
 * A domain, and the turn to act on it: who is meant is found out first, and again when the turn has
 * come. Meant is the domain with that UUID: a restart gives it another number, a rename another
 * name, and neither name nor number of one that ended says anything about who has them now.
 */
#ifndef HOSPES_DOMAIN_TURN_H
#define HOSPES_DOMAIN_TURN_H

#include "domain_find.h"
#include "intent.h"

struct turn {
	struct intent intent;
	char name[DOMAIN_NAME_MAX]; /* "" where it has none */
	uint8_t uuid[16];
	domid_t domid; /* the last that is known */
	bool alive;    /* it exists now, running or not; else it may be between two lives */
};

/*
 * Finds the domain that @who, a name or a number, means: one that exists, or one that is just being
 * made or made anew. -ESRCH. Waits for nothing.
 */
__must_check int turn_find(struct host *h, const char *who, struct turn *t,
			   struct hospes_error *err);
/* The same for one that exists nowhere, of which only name and UUID are known. */
void turn_of(const char *name, const uint8_t uuid[16], struct turn *t);
/* The same for the existing domain @domid. */
__must_check int turn_find_number(struct host *h, domid_t domid, struct turn *t,
				  struct hospes_error *err);

/*
 * Waits for the turn to act on it, at most @wait_ms, and looks again: t->alive and t->domid are
 * true from here on until turn_end(). Errors as intent_begin(); none when it does not exist any
 * more. @interrupted may be NULL.
 */
__must_check int turn_take(struct host *h, struct turn *t, enum intent_verb verb, int wait_ms,
			   const volatile sig_atomic_t *interrupted, struct hospes_error *err);
/* The same for what only a domain that exists can be asked for. -ESRCH: it does not (any more). */
__must_check int turn_take_alive(struct host *h, struct turn *t, enum intent_verb verb, int wait_ms,
				 struct hospes_error *err);
/*
 * The same in two steps, for several domains at once, see intent_announce(): when turn_try() says 0
 * the turn has come; -EBUSY: not yet, for the reason that @err tells. turn_end() in any case.
 */
__must_check int turn_announce(struct turn *t, enum intent_verb verb, struct hospes_error *err);
__must_check int turn_try(struct host *h, struct turn *t, enum intent_verb verb,
			  struct hospes_error *err);

void turn_end(struct turn *t);

/* With the turn: calls off a restart that a dead process left, and destroys the domain if it
 * exists. */
__must_check int turn_destroy(struct host *h, struct turn *t, struct hospes_error *err);

#endif
