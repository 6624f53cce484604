/* SPDX-License-Identifier: MIT */
/* hospes destroy, pause and unpause: done at once, to one domain or to several. */
#include <errno.h>
#include <dom0-tools/access/domctl.h>
#include "targets.h"
#include "verbs.h"

static int each_operand(struct invocation *in, target_act *act)
{
	struct targets targets;
	int rc = targets_read(in, &targets);

	if (rc == 0)
		rc = targets_each(in, &targets, act);
	if (rc == 0)
		targets_result(in, &targets);

	targets_free(&targets);
	return rc;
}

/* How long others who are at the domain are waited for; errors go to @err. */
static int wait_read(struct invocation *in, int *wait_ms, struct hospes_error *err)
{
	int rc = timeout_read(in, INTENT_WAIT_MS, wait_ms);

	if (rc < 0)
		*err = in->err;
	return rc;
}

/* A restart that is under way gives way to it; what others do is waited for. */
static int act_destroy(struct invocation *in, struct target *target, struct hospes_error *err)
{
	struct turn *t = &target->turn;
	int wait_ms, rc = wait_read(in, &wait_ms, err);

	if (rc == 0)
		rc = turn_take(&in->host, t, INTENT_DESTROY, wait_ms, NULL, err);
	if (rc < 0)
		return rc;

	rc = turn_destroy(&in->host, t, err);
	turn_end(t);
	return rc;
}

/* One that is just being made is paused when it is made. */
static int act_pause(struct invocation *in, struct target *target, struct hospes_error *err)
{
	struct turn *t = &target->turn;
	int wait_ms, rc = wait_read(in, &wait_ms, err);

	if (rc == 0 && t->alive && t->domid == 0)
		rc = error_set(err, -EINVAL,
			       "domain 0 is this one: paused, it could not be unpaused again");
	if (rc == 0)
		rc = turn_take_alive(&in->host, t, INTENT_PAUSE, wait_ms, err);
	if (rc < 0)
		return rc;

	rc = domctl_pause(in->host.privcmd, t->domid, err);
	turn_end(t);
	return rc;
}

static int act_unpause(struct invocation *in, struct target *target, struct hospes_error *err)
{
	struct turn *t = &target->turn;
	int wait_ms, rc = wait_read(in, &wait_ms, err);

	if (rc == 0)
		rc = turn_take_alive(&in->host, t, INTENT_UNPAUSE, wait_ms, err);
	if (rc < 0)
		return rc;

	rc = domctl_unpause(in->host.privcmd, t->domid, err);
	turn_end(t);
	return rc;
}

int verb_destroy(struct invocation *in)
{
	return each_operand(in, act_destroy);
}

int verb_pause(struct invocation *in)
{
	return each_operand(in, act_pause);
}

int verb_unpause(struct invocation *in)
{
	return each_operand(in, act_unpause);
}
