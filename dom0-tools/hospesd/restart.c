/* SPDX-License-Identifier: MIT */
/* Intents of restarts, their locks, and the tries to carry one out. */
#include "restart.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/domain/domain_create.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/domain_life.h>
#include <dom0-tools/domain/host.h>
#include "note.h"

#define INTENT_PREFIX "restart-"
#define PATH_SIZE     640

/* One restart at work: its intent, open and locked. */
struct restart {
	const struct domain_config *config;
	const char *path;
	int lock;
};

void restart_saved_path(uint32_t domid, char *path, size_t size)
{
	snprintf(path, size, "%s/%u.xml", config_run_dir(), domid);
}

static int intent_lock(const char *path)
{
	return file_open_locked(AT_FDCWD, path, O_RDONLY, 0);
}

/* The name goes before the lock: nobody finds an intent that is carried out. */
static void intent_end(const struct restart *r)
{
	if (file_has_name(r->lock, AT_FDCWD, r->path) && unlink(r->path) < 0)
		note("cannot remove %s: %s", r->path, strerror(errno));
	close(r->lock);
}

/*
 * Removes what is left of the domain's former life. -EALREADY: it runs, so the restart is done, or
 * somebody else created it.
 */
static int former_destroy(struct host *h, const uint8_t uuid[16], struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	domid_t domid;
	int rc = domain_by_uuid(h, uuid, &domid, err);

	if (rc == 0)
		rc = domctl_info(h->privcmd, domid, &info, err);
	if (rc == -ESRCH)
		return 0;
	if (rc < 0)
		return rc;

	if ((info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) == 0)
		return error_set(err, -EALREADY, "it runs already, as domain %u", domid);

	return domain_destroy(h, domid, err);
}

static int former_replace(struct host *h, const struct domain_config *config,
			  struct hospes_error *err)
{
	struct create_options options = { .paused = false };
	domid_t domid;
	int rc = former_destroy(h, config->uuid, err);

	if (rc < 0)
		return rc;

	rc = domain_create(h, config, &options, &domid, err);
	if (rc == 0)
		note("%s is domain %u now", config->name, domid);
	return rc;
}

/* With a connection of its own: the store may have been restarted since the last one. */
static int restart_try(const struct domain_config *config, struct hospes_error *err)
{
	struct host h;
	int rc = host_open(&h, true, err);

	if (rc < 0)
		return rc;

	rc = former_replace(&h, config, err);
	host_close(&h);
	return rc;
}

static void restart_run(const struct restart *r)
{
	const char *name = r->config->name;
	int pause = RESTART_PAUSE_MS;

	for (int tries = 1; file_has_name(r->lock, AT_FDCWD, r->path); tries++) {
		struct hospes_error err = { 0 };
		int rc = restart_try(r->config, &err);

		if (rc == 0)
			return;

		if (rc == -EALREADY) {
			note("%s is not restarted: %s", name, err.text);
			return;
		}

		if (tries == RESTART_TRIES) {
			note("gave up restarting %s after %d tries: %s", name, tries, err.text);
			return;
		}

		note("cannot restart %s yet (try %d of %d, the next in %d s): %s", name, tries,
		     RESTART_TRIES, pause / 1000, err.text);
		clock_sleep_ms(pause);
		pause *= 2;
		if (pause > RESTART_PAUSE_MS_MAX)
			pause = RESTART_PAUSE_MS_MAX;
	}

	note("the restart of %s was called off: %s is gone", name, r->path);
}

int restart_domain(uint32_t domid, const struct domain_config *config)
{
	char saved[PATH_SIZE], intent[PATH_SIZE];
	struct restart r = { .config = config, .path = intent };
	int rc;

	restart_saved_path(domid, saved, sizeof(saved));
	snprintf(intent, sizeof(intent), "%s/" INTENT_PREFIX "%s.xml", config_run_dir(),
		 config->name);
	rc = link(saved, intent) < 0 ? -errno : 0;
	/* Somebody destroyed it meanwhile, and wants it gone. */
	if (rc == -ENOENT)
		return 0;
	if (rc < 0 && rc != -EEXIST) {
		note("cannot restart %s: %s: %s", config->name, intent, strerror(-rc));
		return rc;
	}

	r.lock = intent_lock(intent);
	/* Another worker is at it, or has just done it. */
	if (r.lock == -EWOULDBLOCK || r.lock == -ENOENT)
		return 0;
	if (r.lock < 0)
		return r.lock;

	restart_run(&r);
	intent_end(&r);
	return 0;
}

static void intent_run(const char *path, int lock)
{
	struct restart r = { .path = path, .lock = lock };
	struct hospes_error err = { 0 };
	struct domain_config config;

	r.config = &config;
	if (config_load(path, &config, &err) < 0)
		note("%s", err.text);
	else
		restart_run(&r);

	intent_end(&r);
	config_free(&config);
}

/* True: a child works on it now, and holds the lock. */
static bool intent_resume(const char *file)
{
	char path[PATH_SIZE];
	pid_t pid;
	int lock;

	snprintf(path, sizeof(path), "%s/%s", config_run_dir(), file);
	lock = intent_lock(path);
	if (lock < 0)
		return false;

	pid = fork();
	if (pid == 0) {
		intent_run(path, lock);
		_exit(0);
	}
	if (pid < 0)
		note("cannot start a process for %s: %s", path, strerror(errno));

	close(lock);
	return pid > 0;
}

static bool is_intent(const char *file)
{
	return strncmp(file, INTENT_PREFIX, strlen(INTENT_PREFIX)) == 0;
}

int restart_resume(void)
{
	DIR *dir = opendir(config_run_dir());
	struct dirent *entry;
	int count = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (is_intent(entry->d_name) && intent_resume(entry->d_name))
			count++;
	}

	if (dir != NULL)
		closedir(dir);
	return count;
}
