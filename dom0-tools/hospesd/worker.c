/* SPDX-License-Identifier: MIT */
/* One stopped domain, by what its configuration says; and what dead processes have left. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <pvabi/sched.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/domain/building.h>
#include <dom0-tools/device/dev.h>
#include <dom0-tools/domain/decide.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/domain_life.h>
#include <dom0-tools/domain/standstill.h>
#include <dom0-tools/domain/turn.h>
#include "dump.h"
#include "note.h"
#include "restart.h"
#include "worker.h"

/*
 * A domain that stops sooner than this after its start is restarted only when the time is over, so
 * that one that does nothing but crash cannot keep dom0 busy.
 */
#define CRASH_PACE_SECONDS  10
#define REBOOT_PACE_SECONDS 3
#define LEFTOVERS_MAX       4096

/* How long a restart must wait, in ms. */
static int restart_pace(uint32_t domid, unsigned int reason)
{
	char path[320];
	time_t pace = reason == SHUTDOWN_reboot ? REBOOT_PACE_SECONDS : CRASH_PACE_SECONDS;
	struct stat st;
	time_t lived;

	restart_saved_path(domid, path, sizeof(path));
	if (stat(path, &st))
		return 0;

	lived = time(NULL) - st.st_mtime;
	if (lived < 0 || lived >= pace)
		return 0;

	return (int)(pace - lived) * 1000;
}

/* In the domain's turn, which is @t's. */
static int act(struct host *h, struct turn *t, const struct domain_config *config,
	       enum config_action action, unsigned int reason)
{
	struct hospes_error err = { .code = 0 };
	int rc;

	note("domain %u (%s) %s: %s", t->domid, config->name, decide_reason(reason),
	     config_action_name(action));
	if (decide_dump(config, reason))
		dump_write(h, t->domid, config->name, &t->intent);
	if (action == CONFIG_RESTART)
		return restart_domain(t->domid, config, restart_pace(t->domid, reason), &t->intent);

	rc = turn_destroy(h, t, &err);
	if (rc < 0)
		note("%s", err.text);
	return rc;
}

static int open_host(struct host *h)
{
	struct hospes_error err = { .code = 0 };
	int rc = host_open(h, true, &err);

	if (rc)
		note("%s", err.text);
	return rc;
}

/* Whether the domain is still there, and still stopped; *reason is why. */
static bool is_stopped(struct host *h, uint32_t domid, unsigned int *reason)
{
	struct xen_domctl_getdomaininfo info;

	if (domctl_info(h->privcmd, (domid_t)domid, &info, NULL) < 0)
		return false;

	*reason = domain_shutdown_code(&info);
	return (info.flags & XEN_DOMINF_shutdown) != 0 && (info.flags & XEN_DOMINF_dying) == 0;
}

/* Waits for the turn; others may have done all there is to do meanwhile. */
static int act_in_turn(struct host *h, uint32_t domid, const struct domain_config *config,
		       unsigned int reason)
{
	enum config_action action = decide_action(config, reason);
	enum intent_verb verb = action == CONFIG_RESTART ? INTENT_RESTART : INTENT_RELEASE;
	struct hospes_error err = { .code = 0 };
	struct turn t;
	int rc;

	if (action == CONFIG_PRESERVE) {
		note("domain %u (%s) %s: preserve", domid, config->name, decide_reason(reason));
		return 0;
	}

	rc = turn_find_number(h, (domid_t)domid, &t, &err);
	if (rc == 0)
		rc = turn_take(h, &t, verb, RESTART_WAIT_MS, NULL, &err);
	if (rc < 0) {
		note("%s", err.text);
		return rc;
	}

	if (t.alive && t.domid == domid && is_stopped(h, domid, &reason))
		rc = act(h, &t, config, action, reason);
	turn_end(&t);
	return rc;
}

/* Does what the configuration of a stopped domain says; without one it is not one of ours. */
static int handle(struct host *h, uint32_t domid)
{
	struct domain_config config;
	unsigned int reason;
	int rc = 0;

	if (!is_stopped(h, domid, &reason))
		return 0;

	if (config_load_saved(domid, &config, NULL) == 0)
		rc = act_in_turn(h, domid, &config, reason);
	config_free(&config);
	return rc;
}

int worker_handle(uint32_t domid)
{
	struct host h;
	int rc;

	if (open_host(&h))
		return EXIT_FAILURE;

	rc = handle(&h, domid);
	host_close(&h);
	return rc == 0 || rc == -ESRCH ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool is_among(uint32_t domid, const uint32_t *domids, unsigned int count)
{
	while (count && domids[count - 1] != domid)
		count--;
	return count != 0;
}

/* The number in "N.xml", the configuration of domain N. */
static bool saved_number(const char *file, unsigned int *domid)
{
	unsigned int used = 0;

	if (sscanf(file, "%u.xml%n", domid, &used) != 1)
		return false;

	return used > 0 && file[used] == '\0';
}

/* All domain numbers that our files or store nodes still mention. */
static unsigned int find_leftovers(uint32_t *domids)
{
	int n = dev_domains(domids, LEFTOVERS_MAX / 2, NULL);
	unsigned int count = n > 0 ? (unsigned int)n : 0;
	DIR *dir = opendir(config_run_dir());
	struct dirent *entry;
	unsigned int domid;

	while (dir && count < LEFTOVERS_MAX && (entry = readdir(dir))) {
		if (saved_number(entry->d_name, &domid) && !is_among(domid, domids, count))
			domids[count++] = domid;
	}

	if (dir)
		closedir(dir);
	return count;
}

static bool is_gone(struct host *h, uint32_t domid)
{
	struct xen_domctl_getdomaininfo info;

	if (domid == 0 || domid >= DOMID_FIRST_RESERVED)
		return false;

	return domctl_info(h->privcmd, (domid_t)domid, &info, NULL) == -ESRCH;
}

/* The name that its queue has: from the kept configuration, else from its number. */
static void leftover_name(uint32_t domid, char name[CONFIG_NAME_MAX + 1], uint8_t uuid[16])
{
	struct domain_config config;

	memset(uuid, 0, 16);
	snprintf(name, CONFIG_NAME_MAX + 1, "domain@%u", domid);
	if (config_load_saved(domid, &config, NULL) == 0) {
		snprintf(name, CONFIG_NAME_MAX + 1, "%s", config.name);
		memcpy(uuid, config.uuid, 16);
	}
	config_free(&config);
}

/* What somebody is at is no leftover, but may become one: -EBUSY. */
static int leftover_remove(struct host *h, uint32_t domid)
{
	struct hospes_error err = { .code = 0 };
	char name[CONFIG_NAME_MAX + 1];
	struct intent_request request = { .name = name, .verb = INTENT_SWEEP };
	struct intent intent;
	uint8_t uuid[16];
	int rc;

	leftover_name(domid, name, uuid);
	request.uuid = uuid;
	rc = intent_begin(&intent, &request, &err);
	if (rc < 0)
		return rc;

	if (is_gone(h, domid)) {
		note("domain %u is gone, but not all that belonged to it: cleaning up", domid);
		if (domain_destroy(h, (domid_t)domid, &err) < 0)
			note("%s", err.text);
	}
	intent_end(&intent);
	return 0;
}

/* False when something must be looked at again. */
static bool sweep_dead(struct host *h)
{
	static uint32_t domids[LEFTOVERS_MAX];
	unsigned int count = find_leftovers(domids);
	bool all = true;

	/* Listed before they are asked for: a number that comes to life meanwhile is seen alive. */
	for (unsigned int i = 0; i < count; i++) {
		if (is_gone(h, domids[i]) && leftover_remove(h, domids[i]) < 0)
			all = false;
	}

	return all;
}

int worker_sweep(void)
{
	struct hospes_error err = { .code = 0 };
	struct host h;
	bool all;
	int n, still;

	if (open_host(&h))
		return EXIT_FAILURE;

	n = building_clean(&h, false, &err);
	if (n > 0)
		note("removed %d half-built domain(s) whose creator died", n);
	else if (n < 0)
		note("%s", err.text);
	still = standstill_clean(&h);
	if (still > 0)
		note("%d domain(s) stood still for a command that was killed, and go on", still);
	all = sweep_dead(&h);
	host_close(&h);

	restart_resume();
	intents_clean();
	return n < 0 || !all ? EXIT_FAILURE : EXIT_SUCCESS;
}
