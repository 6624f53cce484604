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
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/domain_life.h>
#include "decide.h"
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

static void pace_restart(uint32_t domid, unsigned int reason)
{
	char path[320];
	time_t pace = reason == SHUTDOWN_reboot ? REBOOT_PACE_SECONDS : CRASH_PACE_SECONDS;
	struct stat st;
	time_t lived;

	restart_saved_path(domid, path, sizeof(path));
	if (stat(path, &st))
		return;

	lived = time(NULL) - st.st_mtime;
	if (lived >= 0 && lived < pace)
		sleep((unsigned int)(pace - lived));
}

static int act(struct host *h, uint32_t domid, const struct domain_config *config,
	       unsigned int reason)
{
	enum config_action action = decide_action(config, reason);
	struct hospes_error err = { .code = 0 };
	int rc = 0;

	note("domain %u (%s) %s: %s", domid, config->name, decide_reason(reason),
	     config_action_name(action));
	if (action == CONFIG_RESTART) {
		pace_restart(domid, reason);
		return restart_domain(domid, config);
	}

	if (action == CONFIG_DESTROY)
		rc = domain_destroy(h, (domid_t)domid, &err);
	if (rc)
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

/* Does what the configuration of a stopped domain says; without one it is not one of ours. */
static int handle(struct host *h, uint32_t domid)
{
	struct xen_domctl_getdomaininfo info;
	struct domain_config config;
	int rc = domctl_info(h->privcmd, (domid_t)domid, &info, NULL);

	if (rc == -ESRCH)
		return 0;
	if (rc < 0)
		return rc;
	if (!(info.flags & XEN_DOMINF_shutdown) || (info.flags & XEN_DOMINF_dying))
		return 0;

	if (config_load_saved(domid, &config, NULL) == 0)
		rc = act(h, domid, &config, domain_shutdown_code(&info));
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

static void sweep_dead(struct host *h)
{
	static uint32_t domids[LEFTOVERS_MAX];
	unsigned int count = find_leftovers(domids);

	/* Listed before they are asked for: a number that comes to life meanwhile is seen alive. */
	for (unsigned int i = 0; i < count; i++) {
		struct hospes_error err = { .code = 0 };

		if (!is_gone(h, domids[i]))
			continue;

		note("domain %u is gone, but not all that belonged to it: cleaning up", domids[i]);
		if (domain_destroy(h, (domid_t)domids[i], &err) < 0)
			note("%s", err.text);
	}
}

int worker_sweep(void)
{
	struct hospes_error err = { .code = 0 };
	struct host h;
	int n;

	if (open_host(&h))
		return EXIT_FAILURE;

	n = building_clean(&h, false, &err);
	if (n > 0)
		note("removed %d half-built domain(s) whose creator died", n);
	else if (n < 0)
		note("%s", err.text);
	sweep_dead(&h);
	host_close(&h);

	restart_resume();
	return n < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
