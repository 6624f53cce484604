/* SPDX-License-Identifier: MIT */
/*
 * hospes guests-start and guests-stop: what the host's boot and its end mean for the domains. Each
 * step is a line, for the console of a host that goes down slowly. What one domain does keeps no
 * other from starting, nor the host from going down.
 */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/domain/defined.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/domain_life.h>
#include "targets.h"
#include "verbs.h"

#define MS_PER_S 1000
#define LOOK_MS  200
/* How often those that are waited for are named. */
#define WAITING_MS 5000
/* A domain that comes back by a restart that had begun is found by the next round. */
#define ROUNDS_MAX 3

static void say(struct invocation *in, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A line, or with --json a member of the result. */
static void say(struct invocation *in, const char *name, const char *fmt, ...)
{
	char text[HOSPES_ERROR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);

	progress_hide();
	if (in->json) {
		result_text(in, name, text);
		return;
	}
	printf("%s: %s\n", name, text);
	fflush(stdout);
}

/* ---- up */

static int guest_start(struct invocation *in, const char *name, struct hospes_error *err)
{
	struct create_options options = { .paused = false };
	struct domain_config config;
	domid_t domid;
	int rc = defined_load(name, &config, err);

	if (rc == 0 && domain_by_uuid(&in->host, config.uuid, &domid, NULL) == 0) {
		say(in, name, "runs already, as domain %u", domid);
		config_free(&config);
		return -EALREADY;
	}

	if (rc == 0)
		rc = create_in_turn(&in->host, &config, &options, INTENT_WAIT_MS, &domid, err);
	if (rc == 0)
		say(in, name, "started, as domain %u", domid);
	else
		say(in, name, "failed: %s", err->text);
	config_free(&config);
	return rc;
}

static void delay_wait(const struct autostart *a)
{
	int64_t over = clock_ms() + (int64_t)a->delay * MS_PER_S;

	progress_next("guests-start: a pause of %u s after %s", a->delay, a->name);
	while (clock_left_ms(over) > 0) {
		progress_tick();
		clock_sleep_ms(clock_left_ms(over) < LOOK_MS ? clock_left_ms(over) : LOOK_MS);
	}
}

int verb_guests_start(struct invocation *in)
{
	struct autostart *list;
	int n = autostart_list(&list, &in->err), failed = 0;

	for (int i = 0; i < n; i++) {
		struct hospes_error err = { 0 };
		int rc = guest_start(in, list[i].name, &err);

		if (rc < 0 && rc != -EALREADY)
			failed++;
		if (rc == 0 && i + 1 < n)
			delay_wait(&list[i]);
	}

	free(list);
	if (n < 0)
		return n;
	if (failed > 0)
		return error_set(&in->err, -EIO, "%d of %d domains could not be started", failed,
				 n);

	return 0;
}

/* ---- down */

/*
 * A domain on its way down: it waits for its turn, is asked, has until its limit to stop, waits for
 * its turn again, and is ended.
 */
enum stage { STAGE_TURN, STAGE_STOP, STAGE_OVER };

struct guest {
	struct turn turn;
	enum stage stage;
	bool asked;
	domid_t asked_domid; /* as which it was asked */
	int limit_s;
	int64_t deadline;         /* until when it may take to stop */
	int64_t give_up;          /* until when its turn is waited for */
	struct hospes_error busy; /* who is before us; 0: nobody */
};

struct guests {
	struct guest *list;
	int count, left;
};

static void guest_over(struct guests *gs, struct guest *g)
{
	turn_end(&g->turn);
	g->stage = STAGE_OVER;
	gs->left--;
}

/* It waits for its turn from now on; one that cannot even do that is given up. */
static int guest_announce(struct invocation *in, struct guests *gs, struct guest *g)
{
	struct hospes_error err = { 0 };
	int rc = turn_announce(&g->turn, INTENT_SHUTDOWN, &err);

	g->stage = STAGE_TURN;
	if (rc == 0)
		return 0;

	say(in, g->turn.name, "%s", err.text);
	guest_over(gs, g);
	return rc;
}

static void guest_begin(struct guest *g, int limit_s)
{
	struct autostart a;

	if (g->turn.name[0] == '\0')
		snprintf(g->turn.name, sizeof(g->turn.name), "domain %u", g->turn.domid);

	g->limit_s = limit_s;
	if (autostart_load(g->turn.name, &a, NULL) == 0)
		g->limit_s = (int)a.stop_timeout;
	g->deadline = clock_ms() + (int64_t)g->limit_s * MS_PER_S;
	g->give_up = g->deadline + INTENT_WAIT_MS;
}

/* All that exist, announced. The first failure is the result. */
static int guests_find(struct invocation *in, struct guests *gs, int limit_s)
{
	struct xen_domctl_getdomaininfo *list;
	int n = domain_list(&in->host, &list, &in->err);
	int rc = 0;

	*gs = (struct guests){ .list = NULL };
	if (n < 0)
		return n;

	gs->list = calloc((size_t)n + 1, sizeof(*gs->list));
	for (int i = 0; i < n && gs->list != NULL; i++) {
		struct guest *g = &gs->list[gs->count];
		int one;

		if (list[i].domain == 0)
			continue;
		if (turn_find_number(&in->host, list[i].domain, &g->turn, NULL) < 0)
			continue;

		gs->count++;
		gs->left++;
		guest_begin(g, limit_s);
		one = guest_announce(in, gs, g);
		if (rc == 0)
			rc = one;
	}

	free(list);
	return gs->list != NULL ? rc : -ENOMEM;
}

static bool has_stopped(struct invocation *in, const struct guest *g)
{
	struct xen_domctl_getdomaininfo info;

	if (domctl_info(in->host.privcmd, g->turn.domid, &info, NULL) < 0)
		return true;

	return (info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0;
}

/* With the turn. What it held goes now, whatever its XML says about an end: the host goes down. */
static int guest_end(struct invocation *in, struct guest *g, bool stopped)
{
	struct hospes_error err = { 0 };
	int rc = turn_destroy(&in->host, &g->turn, &err);

	if (rc < 0)
		say(in, g->turn.name, "%s", err.text);
	else if (stopped)
		say(in, g->turn.name, "shut down");
	else
		say(in, g->turn.name, "did not shut down in %d s, and was destroyed", g->limit_s);
	return rc;
}

/* With the turn. One that cannot be asked has no time to stop. */
static void guest_ask(struct invocation *in, struct guest *g)
{
	struct hospes_error err = { 0 };
	int rc = domain_ask(&in->host, g->turn.domid, "poweroff", &err);

	g->asked = true;
	g->asked_domid = g->turn.domid;
	if (rc == 0 || rc == -EALREADY)
		return;

	say(in, g->turn.name, "%s", err.text);
	g->limit_s = 0;
	g->deadline = clock_ms();
}

/* With the turn. One that a restart has made anew since it was asked is asked again. */
static bool is_to_be_asked(const struct guest *g)
{
	if (g->asked && g->asked_domid == g->turn.domid)
		return false;

	return clock_left_ms(g->deadline) > 0;
}

static int turn_look(struct invocation *in, struct guests *gs, struct guest *g)
{
	bool stopped;
	int rc;

	error_clear(&g->busy);
	rc = turn_try(&in->host, &g->turn, INTENT_SHUTDOWN, &g->busy);
	if (rc == -EBUSY && clock_left_ms(g->give_up) > 0)
		return 0;

	if (rc < 0) {
		say(in, g->turn.name, "%s", g->busy.text);
		guest_over(gs, g);
		return rc;
	}

	stopped = !g->turn.alive || has_stopped(in, g);
	if (!stopped && is_to_be_asked(g)) {
		guest_ask(in, g);
		turn_end(&g->turn);
		g->stage = STAGE_STOP;
		return 0;
	}

	rc = guest_end(in, g, stopped);
	guest_over(gs, g);
	return rc;
}

static int stop_look(struct invocation *in, struct guests *gs, struct guest *g)
{
	if (!has_stopped(in, g) && clock_left_ms(g->deadline) > 0)
		return 0;

	g->give_up = clock_ms() + INTENT_WAIT_MS;
	return guest_announce(in, gs, g);
}

static int guest_look(struct invocation *in, struct guests *gs, struct guest *g)
{
	switch (g->stage) {
	case STAGE_TURN:
		return turn_look(in, gs, g);
	case STAGE_STOP:
		return stop_look(in, gs, g);
	default:
		return 0;
	}
}

static void waiting_print(struct invocation *in, const struct guests *gs)
{
	if (in->json)
		return;

	progress_hide();
	printf("waiting for");
	for (int i = 0; i < gs->count; i++) {
		const struct guest *g = &gs->list[i];

		if (g->stage == STAGE_OVER)
			continue;
		if (g->busy.code != 0)
			printf(" %s;", g->busy.text);
		else
			printf(" %s (%d s)", g->turn.name, clock_left_ms(g->deadline) / MS_PER_S);
	}
	printf("\n");
	fflush(stdout);
}

/* Returns how many there were; the first failure else. */
static int round_run(struct invocation *in, int limit_s)
{
	int64_t tell_at = clock_ms() + WAITING_MS;
	struct guests gs;
	int rc = guests_find(in, &gs, limit_s);

	while (gs.left > 0) {
		for (int i = 0; i < gs.count; i++) {
			int one = guest_look(in, &gs, &gs.list[i]);

			if (one < 0 && rc == 0)
				rc = one;
		}

		if (gs.left == 0)
			break;
		if (clock_left_ms(tell_at) == 0) {
			waiting_print(in, &gs);
			tell_at = clock_ms() + WAITING_MS;
		}
		progress_tell("%d of %d domains have not stopped yet", gs.left, gs.count);
		clock_sleep_ms(LOOK_MS);
	}

	free(gs.list);
	return rc < 0 ? rc : gs.count;
}

#define RECORD_PREFIX "restart-"
#define RECORD_SUFFIX ".xml"

/* The name in "restart-NAME.xml". */
static bool record_name(const char *file, char name[CONFIG_NAME_MAX + 1])
{
	size_t length = strlen(file), around = strlen(RECORD_PREFIX) + strlen(RECORD_SUFFIX);

	if (length <= around || length - around > CONFIG_NAME_MAX)
		return false;
	if (strncmp(file, RECORD_PREFIX, strlen(RECORD_PREFIX)) != 0)
		return false;
	if (strcmp(file + length - strlen(RECORD_SUFFIX), RECORD_SUFFIX) != 0)
		return false;

	snprintf(name, CONFIG_NAME_MAX + 1, "%.*s", (int)(length - around),
		 file + strlen(RECORD_PREFIX));
	return true;
}

/* Restarts that are between two tries have no domain: they are called off by name. */
static void restarts_call_off(struct invocation *in)
{
	DIR *dir = opendir(config_run_dir());
	char name[CONFIG_NAME_MAX + 1];
	struct dirent *e;
	struct turn t;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (!record_name(e->d_name, name))
			continue;
		if (turn_find(&in->host, name, &t, NULL) < 0)
			continue;
		if (turn_take(&in->host, &t, INTENT_SHUTDOWN, INTENT_WAIT_MS, NULL, NULL) < 0)
			continue;

		ignore(turn_destroy(&in->host, &t, NULL));
		turn_end(&t);
		say(in, name, "its restart was called off");
	}

	if (dir != NULL)
		closedir(dir);
}

int verb_guests_stop(struct invocation *in)
{
	int limit_ms, n = 0;
	int rc = timeout_read(in, AUTOSTART_STOP_TIMEOUT * MS_PER_S, &limit_ms);

	if (rc < 0)
		return rc;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		restarts_call_off(in);
		n = round_run(in, limit_ms / MS_PER_S);
		if (n <= 0)
			break;
	}

	if (n < 0)
		return error_set(&in->err, n, "not all domains could be ended: %s", strerror(-n));

	return 0;
}
