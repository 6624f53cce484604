/* SPDX-License-Identifier: MIT */
/*
 * hospes dmesg, debug-keys and log: what the hypervisor says of itself and of one domain, also of
 * one that has ended.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/access/hvcall.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/printable.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/refusals.h>
#include "verbs.h"

/* Text is read in pieces, up to a limit: a slow reader would otherwise never end. */
#define PIECE    16384
#define TEXT_MAX (16UL << 20)

struct text {
	char *data;
	size_t size;
};

static int text_add(struct text *t, const char *data, size_t size)
{
	char *more = realloc(t->data, t->size + size + 1);

	if (more == NULL)
		return -ENOMEM;

	memcpy(more + t->size, data, size);
	t->data = more;
	t->size += size;
	t->data[t->size] = '\0';

	return 0;
}

static void text_show(struct invocation *in, struct text *t, const char *key)
{
	/* Guests can influence these lines. */
	printable_make(t->data, t->size, true);
	if (in->json) {
		result_text(in, key, t->data != NULL ? t->data : "");
	} else if (t->size > 0) {
		fwrite(t->data, 1, t->size, stdout);
		if (t->data[t->size - 1] != '\n')
			putchar('\n');
	}
}

/* Reads the next piece: how many bytes, 0 at the end, or -errno with in->err set. */
typedef int (*piece_reader)(struct invocation *in, void *place, char piece[PIECE]);

static int text_read(struct invocation *in, struct text *t, piece_reader next, void *place)
{
	char piece[PIECE];

	while (t->size < TEXT_MAX) {
		int n = next(in, place, piece);

		if (n <= 0)
			return n;
		if (text_add(t, piece, (size_t)n) < 0)
			return error_set(&in->err, -ENOMEM, "no memory for so much text");
	}
	return 0;
}

/* Reads all that @next gives, and shows it. @place is where its next piece begins. */
static int text_tell(struct invocation *in, piece_reader next, void *place, const char *key)
{
	struct text text = { 0 };
	int rc = text_read(in, &text, next, place);

	if (rc == 0)
		text_show(in, &text, key);
	free(text.data);
	return rc;
}

static int console_piece(struct invocation *in, void *index, char piece[PIECE])
{
	return sysctl_read_console(in->host.privcmd, piece, PIECE, index, false, &in->err);
}

static int console_clear(struct invocation *in)
{
	char piece[PIECE];
	int rc = sysctl_read_console(in->host.privcmd, piece, PIECE, NULL, true, &in->err);

	return rc < 0 ? rc : 0;
}

int verb_dmesg(struct invocation *in)
{
	uint32_t index = 0;
	int rc = text_tell(in, console_piece, &index, "messages");

	if (rc < 0 || !in->flag['c'])
		return rc;

	return console_clear(in);
}

int verb_debug_keys(struct invocation *in)
{
	return sysctl_debug_keys(in->host.privcmd, in->argv[0], &in->err);
}

/* Of one domain, from an offset on. */
struct log_place {
	domid_t domid;
	uint64_t offset;
};

static int log_piece(struct invocation *in, void *place, char piece[PIECE])
{
	struct log_place *p = place;

	return domain_log_read(in->host.privcmd, p->domid, piece, PIECE, &p->offset, &in->err);
}

static int kept_piece(struct invocation *in, void *fd, char piece[PIECE])
{
	int rc = (int)file_read(*(const int *)fd, piece, PIECE);

	if (rc < 0)
		return error_set(&in->err, rc, "cannot read what is kept of %s: %s (%d)",
				 in->argv[0], strerror(-rc), rc);

	return rc;
}

/* What earlier domains called @name were refused. */
static int kept_read(struct invocation *in, const char *name, struct text *t)
{
	int rc = 0;

	for (int old = 1; old >= 0 && rc == 0; old--) {
		int fd = refusals_open(name, old);

		if (fd < 0)
			continue;

		rc = text_read(in, t, kept_piece, &fd);
		close(fd);
	}
	return rc;
}

/* All lives of that name; the last of them from the hypervisor, while it lasts. */
static int lives_read(struct invocation *in, struct text *t)
{
	char name[DOMAIN_NAME_MAX];
	struct log_place place = { 0 };
	int alive = verb_domain(in, 0, &place.domid), rc;

	snprintf(name, sizeof(name), "%s", in->argv[0]);
	if (alive == 0)
		domain_name(&in->host, place.domid, name);

	rc = kept_read(in, name, t);
	if (rc < 0)
		return rc;
	if (alive == -ESRCH && t->size > 0)
		return 0;
	if (alive < 0)
		return alive;

	return text_read(in, t, log_piece, &place);
}

int verb_log(struct invocation *in)
{
	struct text text = { 0 };
	int rc = lives_read(in, &text);

	if (rc == 0)
		text_show(in, &text, "log");
	free(text.data);
	return rc;
}
