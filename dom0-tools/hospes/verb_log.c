/* SPDX-License-Identifier: MIT */
/* hospes dmesg, debug-keys and log: what the hypervisor says of itself and of one domain. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/access/hvcall.h>
#include <dom0-tools/access/sysctl.h>
#include "verbs.h"

/* Read in pieces; a reader that is slower than the writer would otherwise go on for ever. */
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

/* A guest may have a say in these lines: nothing but text and line ends reaches the terminal. */
static void text_tame(struct text *t)
{
	for (size_t i = 0; i < t->size; i++) {
		unsigned char c = (unsigned char)t->data[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c >= 0x7f)
			t->data[i] = '?';
	}
}

static void text_show(struct invocation *in, struct text *t, const char *key)
{
	text_tame(t);
	if (in->json) {
		result_text(in, key, t->data != NULL ? t->data : "");
	} else if (t->size > 0) {
		fwrite(t->data, 1, t->size, stdout);
		if (t->data[t->size - 1] != '\n')
			putchar('\n');
	}

	free(t->data);
}

int verb_dmesg(struct invocation *in)
{
	struct text text = { 0 };
	char piece[PIECE];
	uint32_t index = 0;
	int n, rc = 0;

	do {
		n = sysctl_read_console(in->host.privcmd, piece, sizeof(piece), &index, false,
					&in->err);
		if (n > 0 && text_add(&text, piece, (size_t)n) < 0)
			n = error_set(&in->err, -ENOMEM, "no memory for the hypervisor's messages");
	} while (n > 0 && text.size < TEXT_MAX);
	if (n < 0) {
		free(text.data);
		return n;
	}

	text_show(in, &text, "messages");
	if (in->flag['c'])
		rc = sysctl_read_console(in->host.privcmd, piece, sizeof(piece), NULL, true,
					 &in->err);
	if (rc < 0)
		return rc;

	return 0;
}

int verb_debug_keys(struct invocation *in)
{
	return sysctl_debug_keys(in->host.privcmd, in->argv[0], &in->err);
}

int verb_log(struct invocation *in)
{
	struct text text = { 0 };
	char piece[PIECE];
	uint64_t offset = 0;
	domid_t domid;
	int n = verb_domain(in, 0, &domid);

	if (n < 0)
		return n;

	do {
		n = domain_log_read(in->host.privcmd, domid, piece, sizeof(piece), &offset,
				    &in->err);
		if (n > 0 && text_add(&text, piece, (size_t)n) < 0)
			n = error_set(&in->err, -ENOMEM, "no memory for the domain's log");
	} while (n > 0 && text.size < TEXT_MAX);
	if (n < 0) {
		free(text.data);
		return n;
	}

	text_show(in, &text, "log");
	return 0;
}
