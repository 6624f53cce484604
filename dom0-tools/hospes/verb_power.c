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

/* A restart that is under way gives way to it; what others do is waited for. */
static int act_destroy(struct invocation *in, struct target *target, struct hospes_error *err)
{
	struct turn *t = &target->turn;
	int wait_ms, rc = timeout_read(in, INTENT_WAIT_MS, &wait_ms);

	if (rc < 0) {
		*err = in->err;
		return rc;
	}

	rc = turn_take(&in->host, t, INTENT_DESTROY, wait_ms, NULL, err);
	if (rc < 0)
		return rc;

	rc = turn_destroy(&in->host, t, err);
	turn_end(t);
	return rc;
}

static int require_life(const struct turn *t, struct hospes_error *err)
{
	if (t->alive)
		return 0;

	return error_set(err, -ESRCH, "%s is just being made, and cannot be paused yet", t->name);
}

static int act_pause(struct invocation *in, struct target *target, struct hospes_error *err)
{
	struct turn *t = &target->turn;
	int rc = require_life(t, err);

	if (rc < 0)
		return rc;
	if (t->domid == 0)
		return error_set(err, -EINVAL,
				 "domain 0 is this one: paused, it could not be unpaused again");

	return domctl_pause(in->host.privcmd, t->domid, err);
}

static int act_unpause(struct invocation *in, struct target *target, struct hospes_error *err)
{
	int rc = require_life(&target->turn, err);

	if (rc < 0)
		return rc;

	return domctl_unpause(in->host.privcmd, target->turn.domid, err);
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
