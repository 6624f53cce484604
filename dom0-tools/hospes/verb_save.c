/* SPDX-License-Identifier: MIT */
/* hospes save and restore: a domain into a file, and back. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/domain/domain_restore.h>
#include <dom0-tools/domain/domain_save.h>
#include <dom0-tools/domain/suspend.h>
#include "interrupt.h"
#include "targets.h"
#include "verbs.h"

#define PAGES_PER_MIB 256

static int save_then_read(struct invocation *in, enum save_then *then)
{
	*then = SAVE_AND_END;
	if (in->flag['k'] && in->flag['p'])
		return error_set(&in->err, -EINVAL,
				 "--keep-running and --paused exclude each other");
	if (in->flag['k'])
		*then = SAVE_AND_RUN;
	if (in->flag['p'])
		*then = SAVE_AND_PAUSE;

	return 0;
}

/* With the turn. */
static int save(struct invocation *in, const struct turn *t, enum save_then then,
		struct save_result *result)
{
	struct save_options options = {
		.then = then,
		.wait_ms = SUSPEND_WAIT_MS,
		.interrupted = interrupt_begin(),
	};
	int rc = domain_save(&in->host, t->domid, in->argv[1], &options, result, &in->err);

	interrupt_end();
	progress_end();
	return rc;
}

static void save_tell(struct invocation *in, const struct turn *t, const struct save_result *result)
{
	result_number(in, "domid", t->domid);
	result_text(in, "file", in->argv[1]);
	result_number(in, "pages", (int64_t)result->pages);
	result_number(in, "bytes", (int64_t)result->bytes);
	if (!in->json)
		printf("%s: %" PRIu64 " MiB of %s\n", in->argv[1], result->pages / PAGES_PER_MIB,
		       t->name);
}

int verb_save(struct invocation *in)
{
	struct save_result result = { .pages = 0 };
	enum save_then then;
	struct turn t;
	int rc = save_then_read(in, &then);

	if (rc == 0)
		rc = operand_turn(in, 0, INTENT_SAVE, &t);
	if (rc < 0)
		return rc;

	rc = save(in, &t, then, &result);
	if (rc == 0)
		save_tell(in, &t, &result);
	turn_end(&t);
	return rc;
}

/* ---- */

/* Who ends a domain of that name just now has its disks and its name. */
static int restore_in_turn(struct invocation *in, struct restore_file *file,
			   struct create_options *options, int wait_ms, domid_t *domid)
{
	struct intent_request request = {
		.name = file->config.name,
		.verb = INTENT_RESTORE,
		.uuid = file->config.uuid,
		.wait_ms = wait_ms,
		.interrupted = options->interrupted,
	};
	struct intent intent;
	int rc = intent_begin(&intent, &request, &in->err);

	if (rc < 0)
		return rc;

	rc = domain_restore(&in->host, file, options, domid, &in->err);
	intent_end(&intent);
	return rc;
}

static int restore(struct invocation *in, struct restore_file *file, domid_t *domid)
{
	struct create_options options = {
		.paused = in->flag['p'],
		.verbose = in->flag['v'],
	};
	int wait_ms, rc = timeout_read(in, INTENT_WAIT_MS, &wait_ms);

	if (rc < 0)
		return rc;

	options.interrupted = interrupt_begin();
	rc = restore_in_turn(in, file, &options, wait_ms, domid);
	interrupt_end();
	progress_end();
	return rc;
}

int verb_restore(struct invocation *in)
{
	struct restore_file file;
	domid_t domid = 0;
	int rc = restore_file_open(&file, in->argv[0], &in->err);

	if (rc == 0)
		rc = restore(in, &file, &domid);
	if (rc == 0) {
		result_text(in, "name", file.config.name);
		result_number(in, "domid", domid);
		if (!in->json)
			printf("%s is domain %u\n", file.config.name, domid);
	}

	restore_file_close(&file);
	return rc;
}
