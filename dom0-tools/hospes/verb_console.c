/* SPDX-License-Identifier: MIT */
/* hospes console: joins the terminal with a domain's console; hospesd is at the other end. */
#include <errno.h>
#include <unistd.h>
#include <dom0-tools/console/console.h>
#include "verbs.h"

int verb_console(struct invocation *in)
{
	domid_t domid;
	int rc = verb_domain(in, 0, &domid);

	if (rc < 0)
		return rc;
	if (domid == 0)
		return error_set(&in->err, -EINVAL, "the console of domain 0 is the machine's own");

	return console_interact(domid, !in->flag['n'], STDIN_FILENO, STDOUT_FILENO, &in->err);
}
