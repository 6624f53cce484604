/* SPDX-License-Identifier: MIT */
/*
 * The operations on nodes: what a payload says, and how an answer is laid out. What is allowed, and
 * what is done, is decided in txn/view.c.
 */
#include "request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Puts as many names as fit, from offset in the list on. *all: the list ends there. Returns the
 * bytes put. */
static size_t names_put(const struct node *node, size_t offset, char *out, size_t space, bool *all)
{
	size_t at = 0, len = 0;

	*all = true;
	for (unsigned int i = 0; i < node->kid_count; i++) {
		const char *name = node->kids[i]->name;
		size_t n = strlen(name) + 1;

		at += n;
		if (at <= offset)
			continue;

		if (len + n > space) {
			*all = false;
			break;
		}
		memcpy(out + len, name, n);
		len += n;
	}
	return len;
}

int request_directory(struct request *rq)
{
	char path[PATH_SPACE];
	const struct node *node;
	bool all;
	int rc;

	rc = request_path(rq, path);
	if (rc)
		return rc;

	rc = view_list(&rq->view, path, &node);
	if (rc)
		return rc;

	rq->reply_len = names_put(node, 0, rq->reply, XENSTORE_PAYLOAD_MAX, &all);
	return all ? 0 : -E2BIG;
}

/* The answer begins with the list's generation, by which the reader sees whether the list changed
 * between two parts. Then come names; after the very last there is one more NUL. */
static void list_part_put(struct request *rq, const struct node *node, size_t offset)
{
	const size_t last_nul = 1;
	size_t len;
	bool all;

	len = snprintf(rq->reply, XENSTORE_PAYLOAD_MAX, "%" PRIu64, node->kids_gen) + 1;
	len += names_put(node, offset, rq->reply + len, XENSTORE_PAYLOAD_MAX - len - last_nul,
			 &all);
	if (all)
		rq->reply[len++] = '\0';
	rq->reply_len = len;
}

int request_directory_part(struct request *rq)
{
	char path[PATH_SPACE], *strings[2];
	const struct node *node;
	uint64_t offset;
	int rc;

	rc = request_strings(rq, strings, 2);
	if (rc)
		return rc;

	rc = wire_number(strings[1], UINT32_MAX, &offset);
	if (rc)
		return rc;

	rc = path_canonical(path, strings[0], rq->view.who.domid);
	if (rc)
		return rc;

	rc = view_list(&rq->view, path, &node);
	if (rc)
		return rc;

	list_part_put(rq, node, offset);
	return 0;
}

int request_read(struct request *rq)
{
	char path[PATH_SPACE];
	const struct node *node;
	int rc;

	rc = request_path(rq, path);
	if (rc)
		return rc;

	rc = view_read(&rq->view, path, &node);
	if (rc)
		return rc;

	return reply_bytes(rq, node->value, node->value_len);
}

int request_write(struct request *rq)
{
	char path[PATH_SPACE];
	const char *value;
	size_t len;
	int rc;

	rc = request_path_and_bytes(rq, path, &value, &len);
	if (rc)
		return rc;

	rc = view_write(&rq->view, path, value, len);
	if (rc)
		return rc;

	return reply_ok(rq);
}

int request_mkdir(struct request *rq)
{
	char path[PATH_SPACE];
	int rc;

	rc = request_path(rq, path);
	if (rc)
		return rc;

	rc = view_mkdir(&rq->view, path);
	if (rc)
		return rc;

	return reply_ok(rq);
}

int request_rm(struct request *rq)
{
	char path[PATH_SPACE];
	int rc;

	rc = request_path(rq, path);
	if (rc)
		return rc;

	rc = view_remove(&rq->view, path);
	if (rc)
		return rc;

	return reply_ok(rq);
}

int request_get_perms(struct request *rq)
{
	char path[PATH_SPACE];
	const struct perms *perms;
	int rc;

	rc = request_path(rq, path);
	if (rc)
		return rc;

	rc = view_get_perms(&rq->view, path, &perms);
	if (rc)
		return rc;

	rc = perms_format(perms, rq->reply, XENSTORE_PAYLOAD_MAX);
	if (rc < 0)
		return rc;

	rq->reply_len = rc;
	return 0;
}

int request_set_perms(struct request *rq)
{
	char path[PATH_SPACE];
	const char *text;
	struct perms *perms;
	size_t len;
	int rc;

	rc = request_path_and_bytes(rq, path, &text, &len);
	if (rc)
		return rc;

	rc = perms_parse(text, len, &perms);
	if (rc)
		return rc;

	rc = view_set_perms(&rq->view, path, perms);
	perms_put(perms);
	if (rc)
		return rc;

	return reply_ok(rq);
}
