/* SPDX-License-Identifier: MIT */
/*
 * The domains that the operands of a verb name: all are found before anything is done to one, and
 * what fails for one is done to the others all the same.
 */
#ifndef HOSPES_HOSPES_TARGETS_H
#define HOSPES_HOSPES_TARGETS_H

#include <dom0-tools/base/must_check.h>
#include <dom0-tools/domain/turn.h>
#include "verb.h"

struct target {
	struct turn turn;
	bool asked;          /* its kernel was asked to stop ... */
	domid_t asked_domid; /* ... as this domain */
};

struct targets {
	struct target *list;
	int count;
};

/* Each domain once. targets_free() in any case. */
__must_check int targets_read(struct invocation *in, struct targets *targets);
void targets_free(struct targets *targets);

typedef int target_act(struct invocation *in, struct target *target, struct hospes_error *err);

/* Does it to each; the first failure is the result, the others are told. */
__must_check int targets_each(struct invocation *in, struct targets *targets, target_act *act);

/* The numbers, for --json. */
void targets_result(struct invocation *in, const struct targets *targets);

/* Runs @each on the domains that the operands name, or on all. One that ends meanwhile is left out
 * of all. */
typedef int domain_show(struct invocation *in, domid_t domid);
__must_check int domains_each(struct invocation *in, domain_show *each);

/* Finds the domain that operand @index names, and takes the turn to act on it, which --timeout
 * bounds. turn_end() after success only. */
__must_check int operand_turn(struct invocation *in, int index, enum intent_verb verb,
			      struct turn *t);

/* The argument of --timeout in ms; @otherwise without one. */
__must_check int timeout_read(struct invocation *in, int otherwise, int *timeout_ms);

#endif
