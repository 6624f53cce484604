/* SPDX-License-Identifier: MIT */
/* A happening as a line of JSON. Pure. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <dom0-tools/base/printable.h>
#include <dom0-tools/config/config.h>
#include "feed.h"

/* Names come from the store: what is not printable, and what JSON would have escaped, is a `?`. */
static void text_make(const char *text, char out[128])
{
	snprintf(out, 128, "%s", text);
	printable_make(out, strlen(out), false);
	for (char *c = out; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			*c = '?';
	}
}

/* Appends a member. A line that is full stays as it is: FEED_LINE_MAX has room for all. */
static int member(char *line, int at, const char *key, const char *value)
{
	char text[128];

	text_make(value, text);
	return at + snprintf(line + at, (size_t)(FEED_LINE_MAX - at), ",\"%s\":\"%s\"", key, text);
}

int feed_line(const struct happening *h, int64_t time_ms, char line[FEED_LINE_MAX])
{
	char uuid[CONFIG_UUID_LENGTH + 1];
	int at = snprintf(line, FEED_LINE_MAX, "{\"time_ms\":%" PRId64 ",\"event\":\"%s\"", time_ms,
			  h->what);

	if (h->name != NULL)
		at = member(line, at, "name", h->name);
	if (h->domid != 0)
		at += snprintf(line + at, (size_t)(FEED_LINE_MAX - at), ",\"domid\":%u", h->domid);
	if (h->uuid != NULL) {
		config_uuid_text(h->uuid, uuid);
		at = member(line, at, "uuid", uuid);
	}
	if (h->why != NULL)
		at = member(line, at, "reason", h->why);
	if (h->memory_kib != 0)
		at += snprintf(line + at, (size_t)(FEED_LINE_MAX - at), ",\"memory_kib\":%" PRIu64,
			       h->memory_kib);

	return at + snprintf(line + at, (size_t)(FEED_LINE_MAX - at), "}\n");
}
