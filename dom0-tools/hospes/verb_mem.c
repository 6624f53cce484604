/* SPDX-License-Identifier: MIT */
/* hospes mem-set and mem-max: the memory of a domain while it runs, or from its next start on. */
#include <errno.h>
#include <dom0-tools/domain/defined.h>
#include <dom0-tools/domain/domain_memory.h>
#include <dom0-tools/domain/memory_notes.h>
#include "targets.h"
#include "verbs.h"

/* How long --wait waits without --timeout: a guest that swaps takes its time. */
#define BALLOON_WAIT_MS 60000

/* The domain of the first operand and the size of the second; with the turn when it is 0. */
static int sized_turn(struct invocation *in, struct turn *t, uint64_t *kib)
{
	int rc = memory_size_read(in->argv[1], kib, &in->err);

	if (rc < 0)
		return rc;

	return operand_turn(in, 0, INTENT_MEMORY, t);
}

/* What hospesd shares it would change again at once. */
static int shared_check(struct invocation *in, const struct turn *t)
{
	char path[80];

	if (in->flag['f'] || !memory_sharing())
		return 0;

	snprintf(path, sizeof(path), "/local/domain/%u/memory/guaranteed", t->domid);
	if (!store_exists(in->host.store, STORE_NO_TXN, path))
		return 0;

	return error_set(&in->err, -EBUSY,
			 "%s shares its memory, which hospesd sizes; `hospes mem-max` bounds it",
			 in->argv[0]);
}

static void size_result(struct invocation *in, const struct turn *t, uint64_t kib)
{
	result_number(in, "domid", t->domid);
	result_number(in, "memory_kib", (int64_t)kib);
}

typedef int config_write(struct domain_config *c, uint64_t kib, struct hospes_error *err);

/* What is in the file now: it may have changed while we waited for our turn. */
static int definition_write(struct invocation *in, const char *name, uint64_t kib,
			    config_write *write)
{
	struct domain_config config;
	int rc = defined_load(name, &config, &in->err);

	if (rc == 0)
		rc = write(&config, kib, &in->err);
	if (rc == 0)
		rc = defined_save(&in->host, &config, &in->err);

	config_free(&config);
	return rc;
}

/* --config: what the domain has from its next start on. A running one is left as it is. */
static int definition_change(struct invocation *in, config_write *write)
{
	struct domain_config config;
	struct intent_request request = { .verb = INTENT_MEMORY, .wait_ms = INTENT_WAIT_MS };
	struct intent turn = { .fd = -1 };
	uint64_t kib = 0;
	int rc = memory_size_read(in->argv[1], &kib, &in->err);

	if (rc < 0)
		return rc;

	rc = defined_load(in->argv[0], &config, &in->err);
	request.name = config.name;
	request.uuid = config.uuid;
	if (rc == 0)
		rc = intent_begin(&turn, &request, &in->err);
	if (rc == 0)
		rc = definition_write(in, config.name, kib, write);
	intent_end(&turn);

	if (rc == 0) {
		result_text(in, "name", config.name);
		result_number(in, "memory_kib", (int64_t)kib);
	}
	config_free(&config);
	return rc;
}

/* The turn is for the asking: a wait of a minute would keep a destroy waiting, too. */
int verb_mem_set(struct invocation *in)
{
	uint64_t kib = 0;
	struct turn t;
	int timeout_ms, rc;

	if (in->flag['c'])
		return definition_change(in, config_memory_write);

	rc = timeout_read(in, BALLOON_WAIT_MS, &timeout_ms);
	if (rc == 0)
		rc = sized_turn(in, &t, &kib);
	if (rc < 0)
		return rc;

	rc = shared_check(in, &t);
	if (rc == 0)
		rc = memory_ask(&in->host, t.domid, kib, in->flag['f'], &in->err);
	turn_end(&t);
	if (rc == 0 && (in->flag['w'] || in->flag['t']))
		rc = memory_wait(&in->host, t.domid, kib, timeout_ms, &in->err);
	if (rc == 0)
		size_result(in, &t, kib);

	return rc;
}

int verb_mem_max(struct invocation *in)
{
	uint64_t kib = 0;
	struct turn t;
	int rc;

	if (in->flag['c'])
		return definition_change(in, config_memory_max_write);

	rc = sized_turn(in, &t, &kib);
	if (rc < 0)
		return rc;

	rc = memory_set_max(&in->host, t.domid, kib, &in->err);
	turn_end(&t);
	if (rc == 0)
		size_result(in, &t, kib);

	return rc;
}
