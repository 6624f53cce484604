/* SPDX-License-Identifier: MIT */
/*
 * hospes top: what domains use of the host, again and again: on the screen, as text in batches, or
 * as JSON. The first look that is shown follows one that is not, so that it has rates.
 */
#include "top.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/config/config.h>
#include "verbs.h"

#define DELAY_DEFAULT 3
/* Shorter delays would measure little but this program. */
#define DELAY_MIN 0.1
#define DELAY_MAX 86400
/* The screen shows its first rates after this time. */
#define FIRST_MS 300

static void look_print(const struct top *top)
{
	char text[TOP_LINE_MAX];

	for (unsigned int line = 0; line < 2; line++) {
		top_summary(top, line, text, TOP_LINE_MAX);
		puts(text);
	}

	top_head(text, TOP_LINE_MAX);
	puts(text);
	for (unsigned int i = 0; i < top->usage.count; i++) {
		top_row(top, i, text, TOP_LINE_MAX);
		puts(text);
	}

	putchar('\n');
	fflush(stdout);
}

/* Two digits are as many as mean anything. */
static void add_rate(struct json_object *o, const char *key, double value)
{
	char text[40];

	snprintf(text, sizeof(text), "%.2f", value);
	json_object_object_add(o, key, json_object_new_double_s(value, text));
}

static const struct {
	const char *key;
	size_t offset; /* in struct domain_usage, of a uint64_t */
} counts[] = {
	{ "cpu_time_ns", offsetof(struct domain_usage, cpu_ns) },
	{ "memory_kib", offsetof(struct domain_usage, memory_kib) },
	{ "net_sent_bytes", offsetof(struct domain_usage, net_tx) },
	{ "net_received_bytes", offsetof(struct domain_usage, net_rx) },
	{ "disk_reads", offsetof(struct domain_usage, disk_reads) },
	{ "disk_writes", offsetof(struct domain_usage, disk_writes) },
	{ "disk_read_bytes", offsetof(struct domain_usage, disk_read) },
	{ "disk_written_bytes", offsetof(struct domain_usage, disk_written) },
};

static const struct {
	const char *key;
	size_t offset; /* in struct usage_rate, of a double */
} rates[] = {
	{ "cpu_percent", offsetof(struct usage_rate, cpu_percent) },
	{ "memory_percent", offsetof(struct usage_rate, memory_percent) },
	{ "net_sent_per_second", offsetof(struct usage_rate, net_tx) },
	{ "net_received_per_second", offsetof(struct usage_rate, net_rx) },
	{ "disk_read_per_second", offsetof(struct usage_rate, disk_read) },
	{ "disk_written_per_second", offsetof(struct usage_rate, disk_written) },
};

static struct json_object *domain_json(const struct usage_rate *r)
{
	struct json_object *o = json_object_new_object();
	const struct domain_usage *u = r->domain;
	char uuid[37];

	config_uuid_text(u->handle, uuid);
	json_text(o, "name", u->name);
	json_number(o, "domid", u->domid);
	json_text(o, "uuid", uuid);
	json_text(o, "state", u->state);
	json_number(o, "vcpus", u->vcpus);
	json_number(o, "interfaces", u->nics);
	json_number(o, "disks", u->disks);
	if (u->memory_max_kib > 0) /* else it has no bound */
		json_number(o, "memory_max_kib", (int64_t)u->memory_max_kib);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		json_number(o, counts[i].key,
			    *(const uint64_t *)((const char *)u + counts[i].offset));
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
		add_rate(o, rates[i].key, *(const double *)((const char *)r + rates[i].offset));
	return o;
}

static void look_json(struct json_object *looks, const struct top *top)
{
	struct json_object *o = json_object_new_object(), *domains = json_object_new_array();

	json_number(o, "time_ns", top->usage.time_ns);
	json_number(o, "cpus", top->usage.cpus);
	json_number(o, "memory_kib", (int64_t)top->usage.memory_kib);
	json_number(o, "memory_free_kib", (int64_t)top->usage.memory_free_kib);
	for (unsigned int i = 0; i < top->usage.count; i++)
		json_object_array_add(domains, domain_json(&top->rates[i]));
	json_object_object_add(o, "domains", domains);
	json_object_array_add(looks, o);
}

/* Takes @count looks, or goes on forever when it is 0. */
static int top_batch(struct invocation *in, struct top *top, long count, int delay_ms)
{
	int rc = 0;

	if (in->json)
		in->result = json_object_new_array();
	for (long i = 0; (count == 0 || i < count) && rc == 0 && !ferror(stdout); i++) {
		clock_sleep_ms(delay_ms);
		rc = top_look(&in->host, top, &in->err);
		if (rc == 0 && in->json)
			look_json(in->result, top);
		else if (rc == 0)
			look_print(top);
	}

	return rc;
}

static int delay_take(struct invocation *in, int *delay_ms)
{
	const char *text = in->value['d'];
	double seconds = DELAY_DEFAULT;
	char *end;

	if (text != NULL) {
		seconds = strtod(text, &end);
		/* Written so that what is no number at all (NaN) is refused too. */
		if (end == text || *end != '\0' || !(seconds >= DELAY_MIN && seconds <= DELAY_MAX))
			return error_set(&in->err, -EINVAL,
					 "%s is no delay: it must be seconds from %.1f to %d", text,
					 DELAY_MIN, DELAY_MAX);
	}

	*delay_ms = (int)(1000 * seconds);
	return 0;
}

/* How many looks; 0: forever. */
static int count_take(struct invocation *in, long *count)
{
	const char *text = in->value['n'];
	char *end;

	/* JSON output is one value, so it must end. */
	*count = in->json ? 1 : 0;
	if (text == NULL)
		return 0;

	errno = 0;
	*count = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || *count < 1)
		return error_set(&in->err, -EINVAL, "%s is no number of looks", text);
	return 0;
}

static int sort_take(struct invocation *in, enum top_sort *sort)
{
	const char *text = in->value['s'];

	if (text == NULL)
		return 0;

	for (int i = 0; i < SORTS; i++) {
		if (strcmp(text, top_keys[i].name) == 0) {
			*sort = (enum top_sort)i;
			return 0;
		}
	}

	return error_set(&in->err, -EINVAL,
			 "%s is no column to sort by: cpu, time, memory, network, disk, id or name",
			 text);
}

static int options_take(struct invocation *in, struct top *top, long *count, int *delay_ms)
{
	int rc = delay_take(in, delay_ms);

	if (rc == 0)
		rc = count_take(in, count);
	if (rc == 0)
		rc = sort_take(in, &top->sort);
	return rc;
}

int verb_top(struct invocation *in)
{
	struct top top = { .sort = SORT_CPU };
	int delay_ms = 0, rc;
	long count = 0;
	bool batch;

	rc = options_take(in, &top, &count, &delay_ms);
	if (rc == 0)
		rc = top_look(&in->host, &top, &in->err);
	batch = in->json || in->flag['b'] || in->flag['n'] || !isatty(STDIN_FILENO) ||
		!isatty(STDOUT_FILENO);
	if (rc == 0 && batch)
		rc = top_batch(in, &top, count, delay_ms);
	if (rc == 0 && !batch) {
		clock_sleep_ms(delay_ms < FIRST_MS ? delay_ms : FIRST_MS);
		rc = top_look(&in->host, &top, &in->err);
		if (rc == 0)
			rc = top_screen(&in->host, &top, delay_ms, &in->err);
	}

	top_free(&top);
	return rc;
}
