/* SPDX-License-Identifier: MIT */
/* Records of restarts, their locks, and the tries to carry one out. */
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

#define RECORD_PREFIX "restart-"
#define PATH_SIZE     640

/* How often one that pauses looks whether it is called off. */
#define PAUSE_LOOK_MS 100

/* One restart at work: its record, open and locked, and its place in the domain's queue. */
struct restart {
	const struct domain_config *config;
	const char *path;
	int lock;
	const struct intent *intent;
};

void restart_saved_path(uint32_t domid, char *path, size_t size)
{
	snprintf(path, size, "%s/%u.xml", config_run_dir(), domid);
}

static int record_lock(const char *path)
{
	return file_open_locked(AT_FDCWD, path, O_RDONLY, 0);
}

/* The name goes before the lock: nobody finds a record of what is carried out. */
static void record_end(const struct restart *r)
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

/* Somebody waits for his turn to end it, or has removed the record. */
static bool called_off(const struct restart *r)
{
	return !file_has_name(r->lock, AT_FDCWD, r->path) || intent_overruled(r->intent);
}

static bool give_up(void *context)
{
	const struct restart *r = context;

	return called_off(r);
}

static int former_replace(struct host *h, struct restart *r, struct hospes_error *err)
{
	const struct domain_config *config = r->config;
	struct create_options options = { .give_up = give_up, .context = r };
	domid_t domid;
	int rc = former_destroy(h, config->uuid, err);

	if (rc < 0)
		return rc;
	if (called_off(r))
		return error_set(err, -ECANCELED, "it is wanted gone");

	rc = domain_create(h, config, &options, &domid, err);
	if (rc == 0)
		note("%s is domain %u now", config->name, domid);
	return rc;
}

/* With a connection of its own: the store may have been restarted since the last one. */
static int restart_try(struct restart *r, struct hospes_error *err)
{
	struct host h;
	int rc = host_open(&h, true, err);

	if (rc < 0)
		return rc;

	rc = former_replace(&h, r, err);
	host_close(&h);
	return rc;
}

/* False when it is called off meanwhile. */
static bool restart_pause(const struct restart *r, int ms)
{
	for (int slept = 0; slept < ms; slept += PAUSE_LOOK_MS) {
		if (called_off(r))
			return false;

		clock_sleep_ms(PAUSE_LOOK_MS);
	}

	return !called_off(r);
}

/* True when there is nothing more to try: it is done, or will not be. */
static bool restart_settled(const struct restart *r, int rc, int tries, const char *why)
{
	const char *name = r->config->name;

	if (rc == -ECANCELED)
		note("the restart of %s was called off", name);
	else if (rc == -EALREADY)
		note("%s is not restarted: %s", name, why);
	else if (rc < 0 && tries == RESTART_TRIES)
		note("gave up restarting %s after %d tries: %s", name, tries, why);

	return rc == 0 || rc == -ECANCELED || rc == -EALREADY || tries == RESTART_TRIES;
}

static void restart_run(struct restart *r)
{
	const char *name = r->config->name;
	int pause = RESTART_PAUSE_MS;

	for (int tries = 1;; tries++) {
		struct hospes_error err = { 0 };
		int rc = restart_try(r, &err);

		if (restart_settled(r, rc, tries, err.text))
			return;

		note("cannot restart %s yet (try %d of %d, the next in %d s): %s", name, tries,
		     RESTART_TRIES, pause / 1000, err.text);
		if (!restart_pause(r, pause))
			break;

		pause *= 2;
		if (pause > RESTART_PAUSE_MS_MAX)
			pause = RESTART_PAUSE_MS_MAX;
	}

	note("the restart of %s was called off", name);
}

int restart_domain(uint32_t domid, const struct domain_config *config, int pace_ms,
		   const struct intent *intent)
{
	char saved[PATH_SIZE], record[PATH_SIZE];
	struct restart r = { .config = config, .path = record, .intent = intent };
	int rc;

	restart_saved_path(domid, saved, sizeof(saved));
	intent_restart_path(config->name, record, sizeof(record));
	rc = link(saved, record) < 0 ? -errno : 0;
	/* Somebody destroyed it meanwhile, and wants it gone. */
	if (rc == -ENOENT)
		return 0;
	if (rc < 0 && rc != -EEXIST) {
		note("cannot restart %s: %s: %s", config->name, record, strerror(-rc));
		return rc;
	}

	r.lock = record_lock(record);
	/* Another worker is at it, or has just done it. */
	if (r.lock == -EWOULDBLOCK || r.lock == -ENOENT)
		return 0;
	if (r.lock < 0)
		return r.lock;

	if (restart_pause(&r, pace_ms))
		restart_run(&r);
	else
		note("the restart of %s was called off", config->name);
	record_end(&r);
	return 0;
}

/* In its turn: nobody else makes or ends that domain meanwhile. Else the record stays. */
static void record_carry_out(struct restart *r)
{
	struct hospes_error err = { 0 };
	struct intent intent;
	struct intent_request request = {
		.name = r->config->name,
		.verb = INTENT_RESTART,
		.uuid = r->config->uuid,
		.wait_ms = RESTART_WAIT_MS,
	};

	if (intent_begin(&intent, &request, &err) < 0) {
		note("%s", err.text);
		close(r->lock);
		return;
	}

	r->intent = &intent;
	if (file_has_name(r->lock, AT_FDCWD, r->path))
		restart_run(r);
	record_end(r);
	intent_end(&intent);
}

static void record_run(const char *path, int lock)
{
	struct restart r = { .path = path, .lock = lock };
	struct hospes_error err = { 0 };
	struct domain_config config;

	r.config = &config;
	if (config_load(path, &config, &err) == 0) {
		record_carry_out(&r);
	} else {
		note("%s", err.text);
		record_end(&r);
	}

	config_free(&config);
}

/* True: a child works on it now, and holds the lock. */
static bool record_resume(const char *file)
{
	char path[PATH_SIZE];
	pid_t pid;
	int lock;

	snprintf(path, sizeof(path), "%s/%s", config_run_dir(), file);
	lock = record_lock(path);
	if (lock < 0)
		return false;

	pid = fork();
	if (pid == 0) {
		record_run(path, lock);
		_exit(0);
	}
	if (pid < 0)
		note("cannot start a process for %s: %s", path, strerror(errno));

	close(lock);
	return pid > 0;
}

static bool is_record(const char *file)
{
	return strncmp(file, RECORD_PREFIX, strlen(RECORD_PREFIX)) == 0;
}

int restart_resume(void)
{
	DIR *dir = opendir(config_run_dir());
	struct dirent *entry;
	int count = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (is_record(entry->d_name) && record_resume(entry->d_name))
			count++;
	}

	if (dir != NULL)
		closedir(dir);
	return count;
}
