/* SPDX-License-Identifier: MIT */
/*
 * hospes shutdown and reboot: asks the domains' kernels, and with --wait returns when all that
 * follows is over. A domain that has stopped still holds its disks: hospesd, or this command where
 * hospesd has not begun, does what its configuration says, in the domain's turn.
 */
#include <errno.h>
#include <stdio.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/domain/decide.h>
#include <dom0-tools/domain/domain_life.h>
#include "targets.h"
#include "verbs.h"

/* How long --wait takes at most, unless --timeout says otherwise: a server may need minutes. */
#define STOP_WAIT_MS 600000
/* How long a domain that has stopped may wait for hospesd to begin its restart. */
#define WORKER_WAIT_MS 15000
#define WORKER_LOOK_MS 200

/* What becomes of a domain that has stopped. */
enum outcome { OUTCOME_PENDING, OUTCOME_DESTROYED, OUTCOME_PRESERVED, OUTCOME_RESTARTED };

static const char *const outcome_words[] = {
	[OUTCOME_PENDING] = "pending",
	[OUTCOME_DESTROYED] = "destroyed",
	[OUTCOME_PRESERVED] = "preserved",
	[OUTCOME_RESTARTED] = "restarted",
};

/* One invocation: what is asked for, and until when it is waited for. */
struct stopping {
	enum intent_verb verb; /* INTENT_SHUTDOWN or INTENT_REBOOT */
	int timeout_ms;
	int64_t deadline;
};

/* With the turn. One that a restart has made anew since it was named has rebooted. */
static bool is_to_be_asked(const struct turn *t, enum intent_verb verb, domid_t named)
{
	if (!t->alive)
		return false;

	return verb != INTENT_REBOOT || t->domid == named;
}

/* A domain that has stopped already, or is between two lives, is settled without being asked. */
static int ask(struct invocation *in, struct target *target, enum intent_verb verb,
	       struct hospes_error *err)
{
	struct turn *t = &target->turn;
	domid_t named = t->domid;
	int wait_ms, rc;

	if (!t->alive)
		return 0;

	rc = timeout_read(in, INTENT_WAIT_MS, &wait_ms);
	if (rc == 0)
		rc = turn_take(&in->host, t, verb, wait_ms, NULL, err);
	if (rc < 0)
		return rc;

	target->asked_domid = t->domid;
	if (is_to_be_asked(t, verb, named)) {
		rc = domain_ask(&in->host, t->domid, verb == INTENT_REBOOT ? "reboot" : "poweroff",
				err);
		target->asked = rc == 0;
	}

	turn_end(t);
	return rc == -EALREADY ? 0 : rc;
}

static int act_poweroff(struct invocation *in, struct target *target, struct hospes_error *err)
{
	return ask(in, target, INTENT_SHUTDOWN, err);
}

static int act_reboot(struct invocation *in, struct target *target, struct hospes_error *err)
{
	return ask(in, target, INTENT_REBOOT, err);
}

/* What the configuration wants, where a domain that is to be off may not come back by a reboot of
 * its own. Domains of other tools are left alone. */
static enum config_action action_of(const struct stopping *s, domid_t domid, unsigned int reason)
{
	enum config_action action = CONFIG_PRESERVE;
	struct domain_config config;

	if (config_load_saved(domid, &config, NULL) == 0) {
		action = decide_action(&config, reason);
		if (s->verb == INTENT_SHUTDOWN && action == CONFIG_RESTART)
			action = config.on_poweroff == CONFIG_RESTART ? CONFIG_RESTART
								      : CONFIG_DESTROY;
		/* It is hospesd that writes a core, as it is for restarts. */
		if (decide_dump(&config, reason))
			action = CONFIG_RESTART;
	}

	config_free(&config);
	return action;
}

/* With the turn, of a domain that exists and has stopped. */
static int stopped_settle(struct invocation *in, const struct stopping *s, struct target *target,
			  unsigned int reason, enum outcome *outcome, struct hospes_error *err)
{
	struct turn *t = &target->turn;

	switch (action_of(s, t->domid, reason)) {
	case CONFIG_DESTROY:
		*outcome = OUTCOME_DESTROYED;
		return turn_destroy(&in->host, t, err);
	case CONFIG_RESTART:
		return 0; /* hospesd's work */
	default:
		*outcome = OUTCOME_PRESERVED;
	}

	if (target->asked)
		return 0;

	return error_set(err, -EALREADY,
			 "domain %u has stopped already; `hospes destroy %u` removes it", t->domid,
			 t->domid);
}

/* With the turn. */
static int running_settle(const struct stopping *s, const struct target *target,
			  enum outcome *outcome, struct hospes_error *err)
{
	const struct turn *t = &target->turn;

	*outcome = OUTCOME_RESTARTED;
	if (s->verb == INTENT_REBOOT)
		return 0;

	return error_set(err, -EBUSY, "%s was started again meanwhile: it is domain %u", t->name,
			 t->domid);
}

/* With the turn. OUTCOME_PENDING: nobody has begun to restart it. */
static int settle_look(struct invocation *in, const struct stopping *s, struct target *target,
		       enum outcome *outcome, struct hospes_error *err)
{
	struct turn *t = &target->turn;
	struct xen_domctl_getdomaininfo info;
	int rc;

	*outcome = OUTCOME_PENDING;
	if (!t->alive) {
		*outcome = OUTCOME_DESTROYED;
		return s->verb == INTENT_SHUTDOWN ? turn_destroy(&in->host, t, err) : 0;
	}

	rc = domctl_info(in->host.privcmd, t->domid, &info, err);
	if (rc < 0)
		return rc;

	if ((info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) == 0)
		return running_settle(s, target, outcome, err);

	return stopped_settle(in, s, target, domain_shutdown_code(&info), outcome, err);
}

static int settle_once(struct invocation *in, const struct stopping *s, struct target *target,
		       enum outcome *outcome, struct hospes_error *err)
{
	struct turn *t = &target->turn;
	int rc;

	rc = turn_take(&in->host, t, s->verb, clock_left_ms(s->deadline), NULL, err);
	if (rc < 0)
		return rc;

	rc = settle_look(in, s, target, outcome, err);
	turn_end(t);
	return rc;
}

static void outcome_tell(struct invocation *in, const struct turn *t, enum outcome outcome)
{
	if (in->argc == 1)
		result_text(in, "outcome", outcome_words[outcome]);
	if (in->json)
		return;

	progress_hide();
	if (outcome == OUTCOME_PRESERVED)
		printf("%s has stopped and is preserved, as its XML says\n", t->name);
	if (outcome == OUTCOME_RESTARTED)
		printf("%s is domain %u\n", t->name, t->domid);
}

/* Returns when the domain holds nothing any more, is kept on purpose, or runs again. */
static int settle(struct invocation *in, const struct stopping *s, struct target *target,
		  struct hospes_error *err)
{
	int64_t begun = clock_ms() + WORKER_WAIT_MS;
	enum outcome outcome;

	for (;;) {
		int rc = settle_once(in, s, target, &outcome, err);

		if (rc < 0)
			return rc;
		if (outcome != OUTCOME_PENDING)
			break;
		if (clock_left_ms(begun) == 0)
			return error_set(
				err, -ETIMEDOUT,
				"%s has stopped, and nobody restarts it: is hospesd running?",
				target->turn.name);

		progress_tell("%s has stopped, hospesd is to restart it", target->turn.name);
		clock_sleep_ms(WORKER_LOOK_MS);
	}

	outcome_tell(in, &target->turn, outcome);
	return 0;
}

static int stop_await(struct invocation *in, const struct stopping *s, struct target *target,
		      struct hospes_error *err)
{
	int left = clock_left_ms(s->deadline);

	if (!target->asked)
		return 0;

	progress_next("%s of %s", in->verb->name, target->turn.name);
	return domain_wait_stop(&in->host, target->asked_domid, left, err);
}

/* All together have until the deadline. Without --wait only those are settled that were not asked,
 * because they had stopped. */
static int settle_all(struct invocation *in, const struct stopping *s, struct targets *targets,
		      bool wait)
{
	int rc = 0;

	for (int i = 0; i < targets->count && rc == 0; i++) {
		struct target *target = &targets->list[i];

		if (!wait && target->asked)
			continue;

		rc = stop_await(in, s, target, &in->err);
		if (rc == 0)
			rc = settle(in, s, target, &in->err);
	}

	return rc;
}

/* All are asked before one is waited for. */
static int stop(struct invocation *in, enum intent_verb verb, target_act *act)
{
	struct stopping s = { .verb = verb };
	struct targets targets = { 0 };
	int rc = timeout_read(in, STOP_WAIT_MS, &s.timeout_ms);

	s.deadline = clock_ms() + s.timeout_ms;
	if (rc == 0)
		rc = targets_read(in, &targets);
	if (rc == 0)
		rc = targets_each(in, &targets, act);
	if (rc == 0)
		targets_result(in, &targets);
	if (rc == 0)
		rc = settle_all(in, &s, &targets, in->flag['w'] || in->flag['t']);

	targets_free(&targets);
	return rc;
}

int verb_shutdown(struct invocation *in)
{
	return stop(in, INTENT_SHUTDOWN, act_poweroff);
}

int verb_reboot(struct invocation *in)
{
	return stop(in, INTENT_REBOOT, act_reboot);
}
