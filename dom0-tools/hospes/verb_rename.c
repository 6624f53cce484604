/* SPDX-License-Identifier: MIT */
/* hospes rename: another name for a domain, whether it runs, is defined, or both. */
#include <stdio.h>
#include <dom0-tools/domain/domain_rename.h>
#include "targets.h"
#include "verbs.h"

int verb_rename(struct invocation *in)
{
	struct turn t;
	int wait_ms, rc = timeout_read(in, INTENT_WAIT_MS, &wait_ms);

	if (rc == 0)
		rc = domain_rename(&in->host, in->argv[0], in->argv[1], wait_ms, &t, &in->err);
	if (rc < 0)
		return rc;

	result_text(in, "name", t.name);
	if (t.alive)
		result_number(in, "domid", t.domid);
	return 0;
}
