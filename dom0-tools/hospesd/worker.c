/* SPDX-License-Identifier: MIT */
/*
 * Ends, restarts and leftovers. A restart first writes down its intent (a second name of the kept
 * configuration, restart-NAME.xml), then destroys, then creates: whoever finds an intent that
 * nobody holds a lock on carries it out. So a restart happens also if this process dies half way.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <pvabi/sched.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/domain/building.h>
#include <dom0-tools/device/dev.h>
#include <dom0-tools/domain/domain_create.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/domain_life.h>
#include "decide.h"
#include "note.h"
#include "worker.h"

/*
 * A domain that stops sooner than this after its start is restarted only when the time is over, so
 * that one that does nothing but crash cannot keep dom0 busy.
 */
#define CRASH_PACE_SECONDS  10
#define REBOOT_PACE_SECONDS 3
#define LEFTOVERS_MAX       4096
#define INTENT_PREFIX       "restart-"

static void saved_path(uint32_t domid, char *path, size_t size)
{
	snprintf(path, size, "%s/%u.xml", config_run_dir(), domid);
}

static void intent_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/" INTENT_PREFIX "%s.xml", config_run_dir(), name);
}

/*
 * Takes the lock on the intent, which ends with this process. -EWOULDBLOCK: another worker has it.
 */
static int intent_lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;

	close(fd);
	return -EWOULDBLOCK;
}

static void create(struct host *h, const struct domain_config *config)
{
	struct create_options options = { .paused = false };
	struct hospes_error err = { .code = 0 };
	domid_t domid;
	int rc = domain_create(h, config, &options, &domid, &err);

	if (rc)
		note("cannot restart %s: %s", config->name, err.text);
	else
		note("%s is domain %u now", config->name, domid);
}

static void pace_restart(uint32_t domid, unsigned int reason)
{
	char path[320];
	time_t pace = reason == SHUTDOWN_reboot ? REBOOT_PACE_SECONDS : CRASH_PACE_SECONDS;
	struct stat st;
	time_t lived;

	saved_path(domid, path, sizeof(path));
	if (stat(path, &st))
		return;

	lived = time(NULL) - st.st_mtime;
	if (lived >= 0 && lived < pace)
		sleep((unsigned int)(pace - lived));
}

static int restart(struct host *h, uint32_t domid, const struct domain_config *config)
{
	struct hospes_error err = { .code = 0 };
	char saved[320], intent[400];
	int lock, rc;

	saved_path(domid, saved, sizeof(saved));
	intent_path(config->name, intent, sizeof(intent));
	rc = link(saved, intent) < 0 ? -errno : 0;
	/* Somebody destroyed it meanwhile, and wants it gone. */
	if (rc == -ENOENT)
		return 0;
	if (rc < 0 && rc != -EEXIST) {
		note("cannot restart %s: %s: %s", config->name, intent, strerror(-rc));
		return rc;
	}

	lock = intent_lock(intent);
	/* Another worker is at it. */
	if (lock == -EWOULDBLOCK)
		return 0;
	if (lock < 0)
		return lock;

	rc = domain_destroy(h, (domid_t)domid, &err);
	if (rc)
		note("%s", err.text);
	else
		create(h, config);

	unlink(intent);
	close(lock);
	return rc;
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
		return restart(h, domid, config);
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

static void resume_restart(struct host *h, const char *file)
{
	struct hospes_error err = { .code = 0 };
	struct domain_config config;
	char path[640];
	domid_t domid;
	int lock;

	snprintf(path, sizeof(path), "%s/%s", config_run_dir(), file);
	lock = intent_lock(path);
	if (lock < 0)
		return;

	if (config_load(path, &config, &err))
		note("%s", err.text);
	else if (domain_by_uuid(h, config.uuid, &domid, NULL) == -ESRCH)
		create(h, &config);

	config_free(&config);
	unlink(path);
	close(lock);
}

static void sweep_restarts(struct host *h)
{
	DIR *dir = opendir(config_run_dir());
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, INTENT_PREFIX, strlen(INTENT_PREFIX)))
			resume_restart(h, entry->d_name);
	if (dir)
		closedir(dir);
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
	sweep_restarts(&h);

	host_close(&h);
	return EXIT_SUCCESS;
}
