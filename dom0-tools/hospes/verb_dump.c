/* SPDX-License-Identifier: MIT */
/* hospes dump-core: a domain's memory and registers in a file. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/domain/domain_core.h>
#include "interrupt.h"
#include "targets.h"
#include "verbs.h"

#define PAGES_PER_MIB 256

/* With the turn. */
static int dump(struct invocation *in, const struct turn *t, struct core_result *result)
{
	struct core_options options = {
		.live = in->flag['l'],
		.interrupted = interrupt_begin(),
	};
	int rc = domain_core(&in->host, t->domid, in->argv[1], &options, result, &in->err);

	interrupt_end();
	progress_end();
	return rc;
}

static void dump_tell(struct invocation *in, const struct turn *t, const struct core_result *result)
{
	result_number(in, "domid", t->domid);
	result_text(in, "file", in->argv[1]);
	result_number(in, "pages", (int64_t)result->pages);
	if (!in->json)
		printf("%s: %" PRIu64 " MiB of %s\n", in->argv[1], result->pages / PAGES_PER_MIB,
		       t->name);
	if (result->cut)
		fprintf(stderr, "hospes: %s maps more pieces than gdb is told of\n", t->name);
}

int verb_dump_core(struct invocation *in)
{
	struct core_result result;
	struct turn t;
	int rc = operand_turn(in, 0, INTENT_DUMP, &t);

	if (rc < 0)
		return rc;

	rc = dump(in, &t, &result);
	if (rc == 0)
		dump_tell(in, &t, &result);
	if (rc == 0 && in->flag['c'])
		rc = turn_destroy(&in->host, &t, &in->err);

	turn_end(&t);
	return rc;
}
