/* SPDX-License-Identifier: MIT */
/*
 * Renaming: first what a later life would be made from, then what the present one is called, so
 * that a domain which is restarted in between comes up as what it is called. Logs go last: one that
 * keeps the old name is no reason to go back.
 */
#include "domain_rename.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/logfile.h>
#include <dom0-tools/console/console.h>
#include "building.h"
#include "defined.h"
#include "domain_nodes.h"
#include "refusals.h"

/* Conflicts with others who write the same nodes: nobody does that often. */
#define WRITE_TRIES 8

struct renaming {
	struct host *h;
	struct turn *t;
	const char *name;
	struct hospes_error *err;
};

/* No domain that exists has it. It stays so with building_lock(). */
static int name_is_free(const struct renaming *r)
{
	struct domains all;
	int rc = domains_read(r->h, &all, r->err);

	for (int i = 0; rc == 0 && i < all.count; i++) {
		if (strcmp(all.names[i], r->name) == 0)
			rc = error_set(r->err, -EEXIST,
				       "a domain called %s exists already: number %u", r->name,
				       all.list[i].domain);
	}

	domains_free(&all);
	return rc;
}

/* In its own node, and where /vm has it, if it has. */
static int names_write(struct host *h, store_txn txn, domid_t domid, const char *name)
{
	char path[96], *vm;
	int rc;

	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	rc = store_write_string(h->store, txn, path, name);
	if (rc < 0)
		return rc;

	rc = nodes_vm_path(h, domid, &vm);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;

	snprintf(path, sizeof(path), "%s/name", vm);
	free(vm);
	return store_write_string(h->store, txn, path, name);
}

static int nodes_rename(const struct renaming *r)
{
	domid_t domid = r->t->domid;
	int rc = -EAGAIN;

	for (int tries = 0; tries < WRITE_TRIES && rc == -EAGAIN; tries++) {
		store_txn txn;
		int end;

		rc = store_transaction_start(r->h->store, &txn);
		if (rc < 0)
			break;

		rc = names_write(r->h, txn, domid, r->name);
		end = store_transaction_end(r->h->store, txn, rc == 0);
		if (rc == 0)
			rc = end;
	}

	if (rc < 0)
		return error_set(r->err, rc,
				 "the store does not take the name of domain %u: %s (%d)", domid,
				 strerror(-rc), rc);

	return 0;
}

/* The kept configuration, from which hospesd restarts it; domains of other tools have none. */
static int kept_rename(const struct renaming *r, const char *name)
{
	struct domain_config config;
	int rc = config_load_saved(r->t->domid, &config, r->err);

	if (rc == 0)
		rc = config_rename(&config, name, r->err);
	if (rc == 0)
		rc = config_save(&config, r->t->domid, r->err);

	config_free(&config);
	if (rc != -ENOENT)
		return rc;

	error_clear(r->err);
	return 0;
}

static int living_rename_locked(const struct renaming *r)
{
	int rc = name_is_free(r);

	if (rc == 0)
		rc = kept_rename(r, r->name);
	if (rc < 0)
		return rc;

	rc = nodes_rename(r);
	if (rc < 0) {
		struct renaming back = *r;

		back.err = NULL;
		ignore(kept_rename(&back, r->t->name));
	}

	return rc;
}

/* With the lock of definitions. */
static int living_rename(void *context)
{
	const struct renaming *r = context;
	int lock, rc;

	if (!r->t->alive)
		return 0;

	lock = building_lock(NULL, r->err);
	if (lock < 0)
		return lock;

	rc = living_rename_locked(r);
	building_unlock(lock);
	return rc;
}

/* The console's log is hospesd's as long as the domain lives; it follows the name in the store. */
static void logs_rename(const struct turn *t, const char *name)
{
	char path[LOGFILE_PATH_MAX], to[LOGFILE_PATH_MAX];

	/* Where there is none, or one of the new name, each stays as it is. */
	ignore(refusals_rename(t->name, name));
	if (t->alive)
		return;

	console_log_path(t->name, path, sizeof(path));
	console_log_path(name, to, sizeof(to));
	ignore(logfile_rename(path, to));
}

/* With both turns. */
static int rename_in_turn(struct host *h, struct turn *t, const char *name,
			  struct hospes_error *err)
{
	struct renaming r = { .h = h, .t = t, .name = name, .err = err };
	char record[320];
	int rc;

	rc = name_is_free(&r);
	if (rc < 0)
		return rc;

	/* A restart that a dead process left would bring it back by its old name. */
	intent_restart_path(t->name, record, sizeof(record));
	if (access(record, F_OK) == 0)
		return error_set(err, -EBUSY, "a restart of %s is under way", t->name);

	rc = defined_rename(h, t->name, t->uuid, name, living_rename, &r, err);
	if (rc < 0)
		return rc;

	logs_rename(t, name);
	snprintf(t->name, sizeof(t->name), "%s", name);
	return 0;
}

/* A domain that exists, or else one that is only defined. */
static int find(struct host *h, const char *who, struct turn *t, struct hospes_error *err)
{
	struct domain_config config;
	int rc = turn_find(h, who, t, err);

	if (rc != -ESRCH)
		return rc;

	rc = defined_load(who, &config, NULL);
	if (rc == 0) {
		turn_of(who, config.uuid, t);
		error_clear(err);
	}

	config_free(&config);
	return rc == 0 ? 0 : -ESRCH;
}

static int check(const struct turn *t, const char *name, struct hospes_error *err)
{
	if (!intent_name_is_plain(name))
		return error_set(
			err, -EINVAL,
			"%s is no name: it may have %d letters, digits and ._+-, no dot first",
			name, CONFIG_NAME_MAX);
	if (t->alive && t->domid == 0)
		return error_set(err, -EINVAL, "domain 0 keeps its name");
	/* Another tool's, whose queue is that of its number. */
	if (!intent_name_is_plain(t->name))
		return error_set(err, -EOPNOTSUPP, "the name of domain %u is not one of ours",
				 t->domid);
	if (strcmp(t->name, name) == 0)
		return error_set(err, -EEXIST, "%s is its name already", name);

	return 0;
}

/* Two turns are taken in the order of their names: so no two processes wait for each other. */
static int turns_take(struct host *h, struct turn *t, struct intent *other, const char *name,
		      int wait_ms, struct hospes_error *err)
{
	struct intent_request request = {
		.name = name,
		.verb = INTENT_RENAME,
		.uuid = t->uuid,
		.wait_ms = wait_ms,
	};
	int rc = 0;

	other->fd = -1;
	if (strcmp(name, t->name) < 0)
		rc = intent_begin(other, &request, err);
	if (rc == 0)
		rc = turn_take(h, t, INTENT_RENAME, wait_ms, NULL, err);
	if (rc == 0 && other->fd < 0)
		rc = intent_begin(other, &request, err);

	return rc;
}

int domain_rename(struct host *h, const char *who, const char *name, int wait_ms, struct turn *t,
		  struct hospes_error *err)
{
	struct intent other = { .fd = -1 };
	char found[DOMAIN_NAME_MAX];
	int rc = find(h, who, t, err);

	if (rc == 0)
		rc = check(t, name, err);
	if (rc < 0)
		return rc;

	snprintf(found, sizeof(found), "%s", t->name);
	rc = turns_take(h, t, &other, name, wait_ms, err);
	if (rc == 0 && strcmp(found, t->name) != 0)
		rc = error_set(err, -EAGAIN, "%s was renamed to %s meanwhile", found, t->name);
	if (rc == 0)
		rc = rename_in_turn(h, t, name, err);

	intent_end(&other);
	turn_end(t);
	return rc;
}
