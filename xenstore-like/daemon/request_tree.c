/* SPDX-License-Identifier: MIT */
/*
 * The operations on nodes: what a payload says, and an answer's layout. The rest is in view.c.
 */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xenstore-like/tree/path.h>

/* Names from offset of the list on, as many as fit; *all: the list ends there. */
static size_t names_put(const struct node *node, size_t offset, char *out, size_t space, bool *all)
{
	size_t at = 0, len = 0;

	*all = true;
	for (unsigned int i = 0; i < node->kid_count; i++) {
		size_t n = strlen(node->kids[i]->name) + 1;

		at += n;
		if (at <= offset)
			continue;
		if (len + n > space) {
			*all = false;
			break;
		}
		memcpy(out + len, node->kids[i]->name, n);
		len += n;
	}
	return len;
}

int request_directory(struct request *rq)
{
	char path[PATH_SPACE];
	const struct node *node;
	bool all;
	int rc = request_path(rq, path);

	if (!rc)
		rc = view_list(&rq->view, path, &node);
	if (rc)
		return rc;
	rq->reply_len = names_put(node, 0, rq->reply, XENSTORE_PAYLOAD_MAX, &all);
	return all ? 0 : -E2BIG;
}

/* Answer: the list's generation, so that a reader sees that it changed between two parts; then
 * names, and one NUL more after the last of all. */
int request_directory_part(struct request *rq)
{
	char path[PATH_SPACE], *strings[2];
	const struct node *node;
	uint64_t offset;
	size_t len;
	bool all;
	int rc;

	if (request_strings(rq, strings, 2) || wire_number(strings[1], UINT32_MAX, &offset) ||
	    path_canonical(path, strings[0], rq->view.who.domid))
		return -EINVAL;
	rc = view_list(&rq->view, path, &node);
	if (rc)
		return rc;
	len = snprintf(rq->reply, XENSTORE_PAYLOAD_MAX, "%llu",
		       (unsigned long long)node->kids_gen) +
	      1;
	len += names_put(node, offset, rq->reply + len, XENSTORE_PAYLOAD_MAX - len - 1, &all);
	if (all)
		rq->reply[len++] = '\0';
	rq->reply_len = len;
	return 0;
}

int request_read(struct request *rq)
{
	char path[PATH_SPACE];
	const struct node *node;
	int rc = request_path(rq, path);

	if (!rc)
		rc = view_read(&rq->view, path, &node);
	return rc ? rc : reply_bytes(rq, node->value, node->value_len);
}

int request_write(struct request *rq)
{
	char path[PATH_SPACE], *name;
	size_t len;
	int rc;

	if (wire_split(rq->payload, rq->len, &name, 1, &len) != 1 ||
	    path_canonical(path, name, rq->view.who.domid))
		return -EINVAL;
	rc = view_write(&rq->view, path, rq->payload + rq->len - len, len);
	return rc ? rc : reply_text(rq, "OK");
}

int request_mkdir(struct request *rq)
{
	char path[PATH_SPACE];
	int rc = request_path(rq, path);

	if (!rc)
		rc = view_mkdir(&rq->view, path);
	return rc ? rc : reply_text(rq, "OK");
}

int request_rm(struct request *rq)
{
	char path[PATH_SPACE];
	int rc = request_path(rq, path);

	if (!rc)
		rc = view_remove(&rq->view, path);
	return rc ? rc : reply_text(rq, "OK");
}

int request_get_perms(struct request *rq)
{
	char path[PATH_SPACE];
	const struct perms *perms;
	int rc = request_path(rq, path);

	if (!rc)
		rc = view_get_perms(&rq->view, path, &perms);
	if (!rc)
		rc = perms_format(perms, rq->reply, XENSTORE_PAYLOAD_MAX);
	if (rc < 0)
		return rc;
	rq->reply_len = rc;
	return 0;
}

int request_set_perms(struct request *rq)
{
	char path[PATH_SPACE], *name;
	struct perms *perms;
	size_t len;
	int rc;

	if (wire_split(rq->payload, rq->len, &name, 1, &len) != 1 ||
	    path_canonical(path, name, rq->view.who.domid))
		return -EINVAL;
	rc = perms_parse(rq->payload + rq->len - len, len, &perms);
	if (rc)
		return rc;
	rc = view_set_perms(&rq->view, path, perms);
	perms_put(perms);
	return rc ? rc : reply_text(rq, "OK");
}
