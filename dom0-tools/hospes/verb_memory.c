/* SPDX-License-Identifier: MIT */
/* hospes memory: who has how much of the host's memory, and what was promised to whom. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/memory_notes.h>
#include "verbs.h"

#define KIB_PER_MIB 1024
/* Pages in transit. */
#define NEAR_KIB    1024
#define WARNING_MAX 256

struct memory_report {
	struct invocation *in;
	struct memory_view view;
	bool sharing;
	struct memory_sum sum;
	struct json_object *domains, *warnings; /* NULL without --json */
};

static uint64_t uses(const struct memory_guest *g)
{
	return memory_guest_uses(g, memory_guest_own(g));
}

/* A size in MiB; a dash for what is not known. */
static const char *size_text(uint64_t kib, char text[24])
{
	snprintf(text, 24, "-");
	if (kib != 0)
		snprintf(text, 24, "%" PRIu64, kib / KIB_PER_MIB);

	return text;
}

static void row_print(const struct memory_guest *g, const char *name)
{
	char target[24], guaranteed[24], wished[24], used[24];

	printf("%-32s %5u %7" PRIu64 " %7s %10s %7s %7s\n", name, g->domid, g->now / KIB_PER_MIB,
	       size_text(g->target, target), size_text(g->guaranteed, guaranteed),
	       size_text(g->shares ? g->wished : 0, wished), size_text(uses(g), used));
}

static void size_add(struct json_object *o, const char *key, uint64_t kib)
{
	if (kib != 0)
		json_number(o, key, (int64_t)kib);
}

static void row_json(struct memory_report *r, const struct memory_guest *g, const char *name)
{
	struct json_object *o = json_object_new_object();

	json_number(o, "domid", g->domid);
	json_text(o, "name", name);
	json_truth(o, "shares", g->shares);
	json_number(o, "memory_kib", (int64_t)g->now);
	size_add(o, "target_kib", g->target);
	size_add(o, "guaranteed_kib", g->guaranteed);
	size_add(o, "wished_kib", g->shares ? g->wished : 0);
	size_add(o, "uses_kib", uses(g));
	json_object_array_add(r->domains, o);
}

static void warn(struct memory_report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void warn(struct memory_report *r, const char *fmt, ...)
{
	char text[WARNING_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	if (r->warnings != NULL)
		json_object_array_add(r->warnings, json_object_new_string(text));
	else
		printf("warning: %s\n", text);
}

static void warn_of_guest(struct memory_report *r, const struct memory_guest *g, const char *name)
{
	if (!g->shares)
		return;

	if (g->runs && g->now > g->target + NEAR_KIB)
		warn(r, "%s was asked to come to %" PRIu64 " MiB, and has %" PRIu64 " MiB", name,
		     g->target / KIB_PER_MIB, g->now / KIB_PER_MIB);
	if (uses(g) == 0 || !memory_is_tight(uses(g), g->now))
		return;

	if (memory_is_tight(g->now, g->wished))
		warn(r, "%s has nearly all that it wishes, and uses it", name);
	else
		warn(r, "%s uses nearly all that it has", name);
}

static void warn_of_host(struct memory_report *r)
{
	const struct memory_view *view = &r->view;
	bool anybody = false;

	for (unsigned int i = 0; i < view->count; i++)
		anybody = anybody || view->guests[i].shares;

	if (anybody && !r->sharing)
		warn(r, "hospesd does not share memory (no --share-memory): all keep theirs");
	if (memory_is_tight(r->sum.held, view->total))
		warn(r, "%" PRIu64 " of %" PRIu64 " MiB are guaranteed or not shared: nearly all",
		     r->sum.held / KIB_PER_MIB, view->total / KIB_PER_MIB);
	if (anybody && memory_is_tight(r->sum.used, view->total))
		warn(r, "%" PRIu64 " of %" PRIu64 " MiB are in use: nearly all",
		     r->sum.used / KIB_PER_MIB, view->total / KIB_PER_MIB);
}

static void head_print(const struct memory_report *r)
{
	printf("%" PRIu64 " MiB of memory, %" PRIu64 " MiB free; guaranteed or not shared %" PRIu64
	       " MiB, wished %" PRIu64 " MiB; %s\n",
	       r->view.total / KIB_PER_MIB, r->view.free / KIB_PER_MIB, r->sum.held / KIB_PER_MIB,
	       r->sum.wished / KIB_PER_MIB, r->sharing ? "shared by hospesd" : "not shared");
	printf("%-32s %5s %7s %7s %10s %7s %7s\n", "Name", "ID", "Has", "Asked", "Guaranteed",
	       "Wished", "Uses");
}

static void head_json(struct memory_report *r)
{
	struct invocation *in = r->in;

	result_number(in, "total_kib", (int64_t)r->view.total);
	result_number(in, "free_kib", (int64_t)r->view.free);
	result_number(in, "held_kib", (int64_t)r->sum.held);
	result_number(in, "wished_kib", (int64_t)r->sum.wished);
	json_truth(in->result, "sharing", r->sharing);
	r->domains = json_object_new_array();
	r->warnings = json_object_new_array();
	json_object_object_add(in->result, "domains", r->domains);
	json_object_object_add(in->result, "warnings", r->warnings);
}

static void report_names(struct memory_report *r)
{
	unsigned int count = r->view.count;
	char name[DOMAIN_NAME_MAX];

	for (unsigned int i = 0; i < count; i++) {
		const struct memory_guest *g = &r->view.guests[i];

		domain_name(&r->in->host, g->domid, name);
		if (r->domains != NULL)
			row_json(r, g, name);
		else
			row_print(g, name);
	}

	for (unsigned int i = 0; i < count; i++) {
		domain_name(&r->in->host, r->view.guests[i].domid, name);
		warn_of_guest(r, &r->view.guests[i], name);
	}

	warn_of_host(r);
}

int verb_memory(struct invocation *in)
{
	struct memory_report r = { .in = in, .sharing = memory_sharing() };
	int rc = memory_view_read(&in->host, &r.view, &in->err);

	if (rc == 0) {
		r.sum = memory_view_sum(&r.view);
		if (in->json)
			head_json(&r);
		else
			head_print(&r);
		report_names(&r);
	}

	memory_view_free(&r.view);
	return rc;
}
