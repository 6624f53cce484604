/* SPDX-License-Identifier: MIT */
/*
 * hospes create and start: from an XML file, or from a defined domain, to a running one. Signals
 * that would end the process only mark it as interrupted, and the creation undoes itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/console/console.h>
#include <dom0-tools/domain/defined.h>
#include <dom0-tools/domain/domain_create.h>
#include "interrupt.h"
#include "targets.h"
#include "verbs.h"

/* Who ends a domain of that name just now has its disks and its name. */
int create_in_turn(struct host *h, const struct domain_config *config,
		   const struct create_options *options, int wait_ms, domid_t *domid,
		   struct hospes_error *err)
{
	struct intent intent;
	struct intent_request request = {
		.name = config->name,
		.verb = INTENT_CREATE,
		.uuid = config->uuid,
		.wait_ms = wait_ms,
		.interrupted = options->interrupted,
	};
	int rc = intent_begin(&intent, &request, err);

	if (rc < 0)
		return rc;

	rc = domain_create(h, config, options, domid, err);
	intent_end(&intent);
	return rc;
}

static int create_run(struct invocation *in, const struct domain_config *config, domid_t *domid)
{
	struct create_options options = {
		.dry_run = in->flag['n'],
		.paused = in->flag['p'],
		.verbose = in->flag['v'],
	};
	int wait_ms, rc = timeout_read(in, INTENT_WAIT_MS, &wait_ms);

	if (rc < 0)
		return rc;

	options.interrupted = interrupt_begin();
	if (options.dry_run)
		rc = domain_create(&in->host, config, &options, domid, &in->err);
	else
		rc = create_in_turn(&in->host, config, &options, wait_ms, domid, &in->err);
	interrupt_end();
	progress_end();
	return rc;
}

static void result_tell(struct invocation *in, const struct domain_config *config, domid_t domid)
{
	result_text(in, "name", config->name);
	if (!in->flag['n'])
		result_number(in, "domid", domid);
	if (!in->json && in->flag['n'])
		printf("%s: %s could be created\n", in->argv[0], config->name);
	else if (!in->json)
		printf("%s is domain %u\n", config->name, domid);
	fflush(stdout);
}

/* Takes and frees @config. */
static int config_start(struct invocation *in, struct domain_config *config)
{
	domid_t domid = 0;
	int rc = create_run(in, config, &domid);

	if (rc == 0)
		result_tell(in, config, domid);
	config_free(config);
	if (rc < 0 || !in->flag['c'] || in->flag['n'])
		return rc;

	return console_interact(domid, true, STDIN_FILENO, STDOUT_FILENO, &in->err);
}

int verb_create(struct invocation *in)
{
	struct domain_config config;
	int rc = verb_config_load(in, in->argv[0], &config);

	if (rc == 0)
		return config_start(in, &config);

	config_free(&config);
	return rc;
}

int verb_start(struct invocation *in)
{
	struct domain_config config;
	int rc = defined_load(in->argv[0], &config, &in->err);

	rc = verb_faults_tell(in, in->argv[0], &config, rc);
	if (rc == 0)
		return config_start(in, &config);

	config_free(&config);
	return rc;
}
