/* SPDX-License-Identifier: MIT */
/*
 * hospes events: what happens to domains, as it happens, a line each. With --json each line is an
 * object, as hospesd gives it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <dom0-tools/base/printable.h>
#include <dom0-tools/console/feed.h>
#include "targets.h"
#include "verbs.h"

#define LINE_MAX_BYTES 1024
#define MS_PER_S       1000

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(o, key, &value) ? json_object_get_string(value) : "";
}

static int64_t number_of(struct json_object *o, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(o, key, &value) ? json_object_get_int64(value) : 0;
}

static void lost_print(struct json_object *o)
{
	printf("(%" PRId64 " events were lost: they came faster than they were read)\n",
	       number_of(o, "count"));
}

static void event_print(struct json_object *o)
{
	time_t seconds = (time_t)(number_of(o, "time_ms") / MS_PER_S);
	int64_t domid = number_of(o, "domid"), memory = number_of(o, "memory_kib");
	const char *reason = text_of(o, "reason"), *name = text_of(o, "name");
	char when[32];
	struct tm tm;

	strftime(when, sizeof(when), "%F %T", localtime_r(&seconds, &tm));
	printf("%s %-11s", when, text_of(o, "event"));
	if (name[0] != '\0')
		printf(" %s", name);
	if (domid != 0)
		printf(" (domain %" PRId64 ")", domid);
	if (reason[0] != '\0')
		printf(": %s", reason);
	if (memory != 0)
		printf(": %" PRId64 " MiB", memory >> 10);
	printf("\n");
}

static void line_print(struct invocation *in, const char *line)
{
	struct json_object *o = in->json ? NULL : json_tokener_parse(line);

	if (in->json)
		printf("%s\n", line);
	else if (o == NULL)
		printf("%s\n", line);
	else if (strcmp(text_of(o, "event"), "lost") == 0)
		lost_print(o);
	else
		event_print(o);

	json_object_put(o);
	fflush(stdout);
}

/* Prints up to *left lines, < 0: all. 0 when there are enough, else the connection has ended. */
static int lines_print(struct invocation *in, FILE *from, long *left)
{
	char line[LINE_MAX_BYTES];

	while (*left != 0 && fgets(line, sizeof(line), from) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		printable_make(line, strlen(line), false);
		line_print(in, line);
		if (ferror(stdout))
			return 0;
		if (*left > 0)
			(*left)--;
	}

	return *left == 0 ? 0 : -ECONNRESET;
}

static int events_follow(struct invocation *in, unsigned int last, long left)
{
	for (;;) {
		int rc, fd = feed_connect(last, &in->err);
		FILE *from;

		if (fd < 0)
			return fd;

		from = fdopen(fd, "r");
		if (from == NULL) {
			close(fd);
			return error_set(&in->err, -ENOMEM, "no memory for the events");
		}

		rc = lines_print(in, from, &left);
		fclose(from);
		if (rc == 0)
			return 0;

		/* What happened while the daemon was away is not known to it either. */
		fprintf(stderr, "hospes: hospesd is away: events may be missing\n");
		last = 0;
	}
}

static int count_read(struct invocation *in, char letter, long otherwise, long *number)
{
	const char *text = in->value[(int)letter];
	char *end;

	*number = otherwise;
	if (text == NULL)
		return 0;

	errno = 0;
	*number = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || *number < 0 || *number > INT32_MAX)
		return error_set(&in->err, -EINVAL, "%s is no number of events", text);

	return 0;
}

int verb_events(struct invocation *in)
{
	long last, left;
	int rc = count_read(in, 'n', 0, &last);

	if (rc == 0)
		rc = count_read(in, 'c', -1, &left);
	if (rc == 0)
		rc = events_follow(in, (unsigned int)last, left);

	/* All has been printed. */
	if (rc == 0)
		in->json = false;
	return rc;
}
