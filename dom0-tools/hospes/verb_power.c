/* SPDX-License-Identifier: MIT */
/* hospes shutdown, reboot, destroy, pause and unpause: one domain, one request. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include "../access/domctl.h"
#include "../lib/domain_life.h"
#include "verb.h"

static int timeout_read(struct invocation *in, int *timeout_ms)
{
	const char *text = in->value['t'];
	char *end;
	long seconds;

	*timeout_ms = -1;
	if (text == NULL)
		return 0;
	errno = 0;
	seconds = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || seconds < 0 || seconds > INT_MAX / 1000)
		return error_set(&in->err, -EINVAL, "%s is no number of seconds", text);
	*timeout_ms = (int)seconds * 1000;
	return 0;
}

static int ask(struct invocation *in, const char *how)
{
	int timeout_ms, rc = timeout_read(in, &timeout_ms);
	domid_t domid;

	if (rc == 0)
		rc = verb_domain(in, 0, &domid);
	if (rc == 0)
		rc = domain_ask(&in->host, domid, how, &in->err);
	if (rc == 0 && (in->flag['w'] || timeout_ms >= 0))
		rc = domain_wait_stop(&in->host, domid, timeout_ms, &in->err);
	if (rc == 0)
		result_number(in, "domid", domid);
	return rc;
}

int verb_shutdown(struct invocation *in)
{
	return ask(in, "poweroff");
}

int verb_reboot(struct invocation *in)
{
	return ask(in, "reboot");
}

int verb_destroy(struct invocation *in)
{
	domid_t domid;
	int rc = verb_domain(in, 0, &domid);

	if (rc == 0)
		rc = domain_destroy(&in->host, domid, &in->err);
	if (rc == 0)
		result_number(in, "domid", domid);
	return rc;
}

static int pause_set(struct invocation *in, bool paused)
{
	domid_t domid;
	int rc = verb_domain(in, 0, &domid);

	if (rc == 0 && domid == 0)
		return error_set(&in->err, -EINVAL, "domain 0 is this one: paused, it could not be "
				 "unpaused again");
	if (rc == 0)
		rc = paused ? domctl_pause(in->host.privcmd, domid, &in->err)
			    : domctl_unpause(in->host.privcmd, domid, &in->err);
	if (rc == 0)
		result_number(in, "domid", domid);
	return rc;
}

int verb_pause(struct invocation *in)
{
	return pause_set(in, true);
}

int verb_unpause(struct invocation *in)
{
	return pause_set(in, false);
}
