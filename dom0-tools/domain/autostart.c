/* SPDX-License-Identifier: MIT */
/* /etc/hospes/autostart/NAME: lines of a word and a number, for people too. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/file.h>
#include "defined.h"
#include "intent.h"

#define FOLDER         "autostart"
#define TEXT_MAX       512
#define AUTOSTARTS_MAX 4096

/* The words of the file. */
struct setting {
	const char *word;
	size_t offset;
	unsigned int max;
};

static const struct setting settings[] = {
	{ "order", offsetof(struct autostart, order), AUTOSTART_ORDER_MAX },
	{ "delay", offsetof(struct autostart, delay), AUTOSTART_SECONDS_MAX },
	{ "stop-timeout", offsetof(struct autostart, stop_timeout), AUTOSTART_SECONDS_MAX },
};

static unsigned int *setting_of(struct autostart *a, const struct setting *s)
{
	return (unsigned int *)((char *)a + s->offset);
}

static void defaults(struct autostart *a, const char *name)
{
	*a = (struct autostart){
		.order = AUTOSTART_ORDER,
		.stop_timeout = AUTOSTART_STOP_TIMEOUT,
	};
	snprintf(a->name, sizeof(a->name), "%s", name);
}

/* False where the line says nothing that is known. Empty lines and those with # are fine. */
static bool line_read(struct autostart *a, const char *line)
{
	unsigned int number;
	char word[32], more;

	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (sscanf(line, "%31s %u %c", word, &number, &more) != 2)
		return false;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (strcmp(settings[i].word, word) != 0 || number > settings[i].max)
			continue;

		*setting_of(a, &settings[i]) = number;
		return true;
	}
	return false;
}

int autostart_load(const char *name, struct autostart *a, struct hospes_error *err)
{
	char path[256], text[TEXT_MAX], *line, *rest = text;
	ssize_t n;
	int rc;

	defaults(a, name);
	rc = defined_path(FOLDER, name, "", path, err);
	if (rc < 0)
		return rc;

	n = file_read_text(path, text, sizeof(text));
	if (n == -ENOENT)
		return error_set(err, -ENOENT, "%s does not start with the host", name);
	if (n < 0)
		return error_set(err, (int)n, "cannot read %s: %s", path, strerror((int)-n));

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (!line_read(a, line))
			return error_set(err, -EINVAL, "%s: the line '%s' is not understood", path,
					 line);
	}
	return 0;
}

int autostart_save(const struct autostart *a, struct hospes_error *err)
{
	char path[256], text[TEXT_MAX];
	int n, rc = defined_path(FOLDER, a->name, "", path, err);

	if (rc < 0)
		return rc;

	n = snprintf(text, sizeof(text), "order %u\ndelay %u\nstop-timeout %u\n", a->order,
		     a->delay, a->stop_timeout);
	return defined_write(FOLDER, path, text, (size_t)n, err);
}

int autostart_remove(const char *name, struct hospes_error *err)
{
	char path[256];
	int rc = defined_path(FOLDER, name, "", path, err);

	if (rc == 0)
		rc = defined_unlink(FOLDER, path, err);
	if (rc != -ENOENT)
		return rc;

	error_clear(err);
	return 0;
}

static int compare(const void *x, const void *y)
{
	const struct autostart *a = x, *b = y;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;

	return strcmp(a->name, b->name);
}

/* One file that cannot be read keeps no other from starting: it has the defaults. */
int autostart_list(struct autostart **list, struct hospes_error *err)
{
	struct autostart *all = calloc(AUTOSTARTS_MAX, sizeof(*all));
	char path[200];
	struct dirent *e;
	int count = 0;
	DIR *dir;

	*list = all;
	if (all == NULL)
		return error_set(err, -ENOMEM, "no memory to list what starts with the host");

	snprintf(path, sizeof(path), "%s/" FOLDER, defined_dir());
	dir = opendir(path);
	while (dir != NULL && count < AUTOSTARTS_MAX && (e = readdir(dir)) != NULL) {
		size_t length = strlen(e->d_name);

		if (!intent_name_is_plain(e->d_name))
			continue;
		/* Left by a process that died while it wrote, see defined_write(). */
		if (length > 4 && strcmp(e->d_name + length - 4, ".new") == 0)
			continue;

		ignore(autostart_load(e->d_name, &all[count], NULL));
		count++;
	}

	if (dir != NULL)
		closedir(dir);
	qsort(all, (size_t)count, sizeof(*all), compare);
	return count;
}
