/* SPDX-License-Identifier: MIT */
/* From what a person typed to a domain that nobody else acts on. */
#include "turn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/clock.h>
#include "domain_life.h"

/* A domain that is renamed more often than that while we wait for our turn is left alone. */
#define RENAMES_MAX 4

static void queue_name(const struct turn *t, char name[INTENT_NAME_MAX + 1])
{
	if (intent_name_is_plain(t->name))
		snprintf(name, INTENT_NAME_MAX + 1, "%.*s", CONFIG_NAME_MAX, t->name);
	else
		snprintf(name, INTENT_NAME_MAX + 1, "domain@%u", t->domid);
}

int turn_find_number(struct host *h, domid_t domid, struct turn *t, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(h->privcmd, domid, &info, err);

	*t = (struct turn){ .intent = { .fd = -1 } };
	if (rc < 0)
		return rc;

	t->domid = domid;
	t->alive = true;
	memcpy(t->uuid, info.handle, sizeof(t->uuid));
	domain_name(h, domid, t->name);
	return 0;
}

/* The UUID of the domain in a restart's record; false without one. */
static bool record_read(const char *name, uint8_t uuid[16])
{
	struct domain_config config;
	char path[320];
	bool good;

	intent_restart_path(name, path, sizeof(path));
	if (access(path, F_OK) < 0)
		return false;

	good = config_load(path, &config, NULL) == 0;
	if (good)
		memcpy(uuid, config.uuid, sizeof(config.uuid));
	config_free(&config);
	return good;
}

/* Whether a domain of that name, which does not exist, is about to. */
static bool is_coming(const char *name, uint8_t uuid[16])
{
	struct intent_info info;

	if (!intent_name_is_plain(name))
		return false;
	if (record_read(name, uuid))
		return true;
	if (!intent_peek(name, &info))
		return false;

	memcpy(uuid, info.uuid, sizeof(info.uuid));
	return true;
}

void turn_of(const char *name, const uint8_t uuid[16], struct turn *t)
{
	*t = (struct turn){ .intent = { .fd = -1 } };
	snprintf(t->name, sizeof(t->name), "%s", name);
	memcpy(t->uuid, uuid, sizeof(t->uuid));
}

int turn_find(struct host *h, const char *who, struct turn *t, struct hospes_error *err)
{
	uint8_t uuid[16];
	domid_t domid;
	int rc;

	*t = (struct turn){ .intent = { .fd = -1 } };
	rc = domain_resolve(h, who, &domid, err);
	if (rc == 0)
		rc = turn_find_number(h, domid, t, err);
	if (rc != -ESRCH || !is_coming(who, uuid))
		return rc;

	turn_of(who, uuid, t);
	error_clear(err);
	return 0;
}

static bool uuid_is_set(const uint8_t uuid[16])
{
	static const uint8_t none[16];

	return memcmp(uuid, none, sizeof(none)) != 0;
}

/* What has become of it: t->alive, t->domid and t->name. */
static int look_again(struct host *h, struct turn *t, struct hospes_error *err)
{
	domid_t domid = t->domid;
	struct turn now;
	int rc = 0;

	/* Other tools make domains without a UUID: of those only the number is known. */
	if (uuid_is_set(t->uuid))
		rc = domain_by_uuid(h, t->uuid, &domid, err);
	if (rc == 0)
		rc = turn_find_number(h, domid, &now, err);

	t->alive = rc == 0;
	if (rc == -ESRCH) {
		error_clear(err);
		return 0;
	}
	if (rc < 0)
		return rc;

	t->domid = domid;
	if (now.name[0] != '\0')
		memcpy(t->name, now.name, sizeof(t->name));
	return 0;
}

/* With the turn: whether the domain is still called as the queue is, or exists no more. */
static bool queue_is_right(const struct turn *t)
{
	char now[INTENT_NAME_MAX + 1];

	queue_name(t, now);
	return !t->alive || strcmp(now, t->intent.name) == 0;
}

int turn_announce(struct turn *t, enum intent_verb verb, struct hospes_error *err)
{
	char queue[INTENT_NAME_MAX + 1];
	struct intent_request request = { .name = queue, .verb = verb, .uuid = t->uuid };

	queue_name(t, queue);
	return intent_announce(&t->intent, &request, err);
}

int turn_try(struct host *h, struct turn *t, enum intent_verb verb, struct hospes_error *err)
{
	int rc = intent_try(&t->intent, err);

	if (rc == 0)
		rc = look_again(h, t, err);
	if (rc < 0 || queue_is_right(t))
		return rc;

	intent_end(&t->intent);
	rc = turn_announce(t, verb, err);
	if (rc < 0)
		return rc;

	return error_set(err, -EBUSY, "domain %u is called %s now", t->domid, t->name);
}

int turn_take(struct host *h, struct turn *t, enum intent_verb verb, int wait_ms,
	      const volatile sig_atomic_t *interrupted, struct hospes_error *err)
{
	int64_t deadline = clock_ms() + wait_ms;

	for (int tries = 0; tries < RENAMES_MAX; tries++) {
		char queue[INTENT_NAME_MAX + 1];
		struct intent_request request = {
			.name = queue,
			.verb = verb,
			.uuid = t->uuid,
			.wait_ms = wait_ms > 0 ? clock_left_ms(deadline) : 0,
			.interrupted = interrupted,
		};
		int rc;

		queue_name(t, queue);
		rc = intent_begin(&t->intent, &request, err);
		if (rc == 0)
			rc = look_again(h, t, err);
		if (rc < 0) {
			intent_end(&t->intent);
			return rc;
		}

		if (queue_is_right(t))
			return 0;

		/* It has another name now, and with it another queue. */
		intent_end(&t->intent);
	}

	return error_set(err, -EAGAIN, "domain %u is renamed again and again", t->domid);
}

int turn_take_alive(struct host *h, struct turn *t, enum intent_verb verb, int wait_ms,
		    struct hospes_error *err)
{
	int rc = turn_take(h, t, verb, wait_ms, NULL, err);

	if (rc < 0 || t->alive)
		return rc;

	turn_end(t);
	return error_set(err, -ESRCH, "%s does not exist any more; `hospes list` shows all",
			 t->name);
}

void turn_end(struct turn *t)
{
	intent_end(&t->intent);
}

int turn_destroy(struct host *h, struct turn *t, struct hospes_error *err)
{
	char path[320];

	/* Its own worker, if it lives, waits behind us, and finds it gone. */
	if (intent_name_is_plain(t->name)) {
		intent_restart_path(t->name, path, sizeof(path));
		unlink(path);
	}

	return t->alive ? domain_destroy(h, t->domid, err) : 0;
}
