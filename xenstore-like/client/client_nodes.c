/* SPDX-License-Identifier: MIT */
/*
 * The client library's calls on nodes, watches and transactions (see client.h).
 */
#include "client_call.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for any number of 64 bits in decimal, with its NUL. */
#define NUMBER_SPACE 24

/* Room for a permission: a letter, a number, a NUL. */
#define PERM_SPACE 16

/* The letters of enum store_right. */
static const char right_letters[] = "nrwb";

/* ---- values */

int store_read(struct store *s, store_txn txn, const char *path, char **value, size_t *len)
{
	return client_call_path(s, XS_READ, txn, path, value, len);
}

int store_read_number(struct store *s, store_txn txn, const char *path, uint64_t *number)
{
	char *value;
	int rc;

	rc = store_read(s, txn, path, &value, NULL);
	if (rc)
		return rc;

	rc = wire_number(value, UINT64_MAX, number);
	free(value);
	return rc;
}

int store_write(struct store *s, store_txn txn, const char *path, const void *value, size_t len)
{
	const struct iovec parts[] = { part_of(path), { (void *)value, len } };

	return client_call(s, XS_WRITE, txn, parts, 2, NULL, NULL);
}

int store_write_string(struct store *s, store_txn txn, const char *path, const char *value)
{
	return store_write(s, txn, path, value, strlen(value));
}

int store_printf(struct store *s, store_txn txn, const char *path, const char *fmt, ...)
{
	char value[XENSTORE_PAYLOAD_MAX];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);

	if (n < 0 || n >= (int)sizeof(value))
		return -E2BIG;
	return store_write(s, txn, path, value, n);
}

int store_mkdir(struct store *s, store_txn txn, const char *path)
{
	return client_call_path(s, XS_MKDIR, txn, path, NULL, NULL);
}

int store_rm(struct store *s, store_txn txn, const char *path)
{
	return client_call_path(s, XS_RM, txn, path, NULL, NULL);
}

bool store_exists(struct store *s, store_txn txn, const char *path)
{
	char *value;

	if (client_call_path(s, XS_READ, txn, path, &value, NULL))
		return false;

	free(value);
	return true;
}

/* ---- lists of names */

/* The names received so far, each ended by a NUL. */
struct names {
	char *text;
	size_t len;
	char gen[NUMBER_SPACE]; /* of the list, as the daemon says it; "" before the first part */
};

static int names_join(struct names *names, const char *more, size_t len)
{
	char *joined = realloc(names->text, names->len + len + 1);

	if (!joined)
		return -ENOMEM;

	memcpy(joined + names->len, more, len);
	names->text = joined;
	names->len += len;
	return 0;
}

/* The end of the list is marked by an empty name: one NUL more. */
static bool is_last_part(const char *text, size_t len)
{
	if (len == 0 || text[len - 1] != '\0')
		return false;

	return len == 1 || text[len - 2] == '\0';
}

/* One part of a long list as it came: the list's generation, then names. 1: the list is complete;
 * 0: more is to come; -EAGAIN: it changed since the first part. */
static int names_take(struct names *names, const char *part, size_t len)
{
	size_t head = strnlen(part, len) + 1;
	size_t text_len;
	bool last;
	int rc;

	if (head > len || head > sizeof(names->gen))
		return -EPROTO;

	if (*names->gen && strcmp(names->gen, part) != 0)
		return -EAGAIN;
	memcpy(names->gen, part, head);

	text_len = len - head;
	last = is_last_part(part + head, text_len);
	if (last)
		text_len--;

	rc = names_join(names, part + head, text_len);
	if (rc)
		return rc;
	if (last)
		return 1;

	/* A part without names would make this go on for ever. */
	return text_len ? 0 : -EPROTO;
}

static int names_part(struct store *s, store_txn txn, const char *path, struct names *names)
{
	char offset[NUMBER_SPACE], *part;
	struct iovec parts[2];
	size_t len;
	int rc;

	snprintf(offset, sizeof(offset), "%zu", names->len);
	parts[0] = part_of(path);
	parts[1] = part_of(offset);
	rc = client_call(s, XS_DIRECTORY_PART, txn, parts, 2, &part, &len);
	if (rc)
		return rc;

	rc = names_take(names, part, len);
	free(part);
	return rc;
}

static int names_long(struct store *s, store_txn txn, const char *path, struct names *names)
{
	int rc;

	do {
		rc = names_part(s, txn, path, names);

		/* Start over, with the list as it is now. */
		if (rc == -EAGAIN) {
			*names->gen = '\0';
			names->len = 0;
			rc = 0;
		}
	} while (rc == 0);

	return rc < 0 ? rc : 0;
}

/* Pointers and strings in one allocation. */
static int names_index(const struct names *names, char ***out, unsigned int *count)
{
	unsigned int n = 0;
	char **list, *at;

	for (size_t i = 0; i < names->len; i++)
		if (names->text[i] == '\0')
			n++;

	list = malloc((n + 1) * sizeof(*list) + names->len);
	if (!list)
		return -ENOMEM;

	at = (char *)(list + n + 1);
	if (names->len)
		memcpy(at, names->text, names->len);

	for (unsigned int i = 0; i < n; i++) {
		list[i] = at;
		at += strlen(at) + 1;
	}
	list[n] = NULL;

	*out = list;
	*count = n;
	return 0;
}

static int names_fetch(struct store *s, store_txn txn, const char *path, struct names *names)
{
	int rc;

	rc = client_call_path(s, XS_DIRECTORY, txn, path, &names->text, &names->len);
	if (rc == -E2BIG)
		rc = names_long(s, txn, path, names);
	if (rc)
		return rc;

	if (names->len && names->text[names->len - 1] != '\0')
		return -EPROTO;
	return 0;
}

int store_directory(struct store *s, store_txn txn, const char *path, char ***names,
		    unsigned int *count)
{
	struct names all = { 0 };
	int rc;

	rc = names_fetch(s, txn, path, &all);
	if (!rc)
		rc = names_index(&all, names, count);
	free(all.text);
	return rc;
}

/* ---- permissions */

static int perm_read(const char *text, struct store_perm *perm)
{
	const char *letter = *text ? strchr(right_letters, *text) : NULL;
	uint64_t domid;

	if (!letter || wire_number(text + 1, UINT32_MAX, &domid))
		return -EPROTO;

	*perm = (struct store_perm){ domid, letter - right_letters };
	return 0;
}

static int perms_read(const char *text, size_t len, struct store_perm **perms, unsigned int *count)
{
	struct store_perm *list = calloc(len / 2 + 1, sizeof(*list));
	unsigned int n = 0;
	int rc;

	if (!list)
		return -ENOMEM;

	for (size_t at = 0; at < len; at += strlen(text + at) + 1) {
		rc = perm_read(text + at, &list[n]);
		if (rc) {
			free(list);
			return rc;
		}
		n++;
	}

	*perms = list;
	*count = n;
	return 0;
}

int store_get_permissions(struct store *s, store_txn txn, const char *path,
			  struct store_perm **perms, unsigned int *count)
{
	char *text;
	size_t len;
	int rc;

	rc = client_call_path(s, XS_GET_PERMS, txn, path, &text, &len);
	if (rc)
		return rc;

	rc = perms_read(text, len, perms, count);
	free(text);
	return rc;
}

int store_set_permissions(struct store *s, store_txn txn, const char *path,
			  const struct store_perm *perms, unsigned int count)
{
	char text[XENSTORE_PAYLOAD_MAX];
	struct iovec parts[2];
	size_t at = 0;

	for (unsigned int i = 0; i < count; i++) {
		char letter = right_letters[perms[i].right & STORE_BOTH];

		if (sizeof(text) - at < PERM_SPACE)
			return -E2BIG;
		at += 1 + snprintf(text + at, PERM_SPACE, "%c%u", letter, perms[i].domid);
	}

	parts[0] = part_of(path);
	parts[1] = (struct iovec){ text, at };
	return client_call(s, XS_SET_PERMS, txn, parts, 2, NULL, NULL);
}

/* ---- transactions */

int store_transaction_start(struct store *s, store_txn *txn)
{
	uint64_t number = 0;
	char *text;
	int rc;

	rc = client_call_path(s, XS_TRANSACTION_START, STORE_NO_TXN, "", &text, NULL);
	if (rc)
		return rc;

	rc = wire_number(text, UINT32_MAX, &number);
	free(text);
	if (rc || number == STORE_NO_TXN)
		return -EPROTO;

	*txn = number;
	return 0;
}

int store_transaction_end(struct store *s, store_txn txn, bool commit)
{
	return client_call_path(s, XS_TRANSACTION_END, txn, commit ? "T" : "F", NULL, NULL);
}

/* ---- watches */

static int watch_call(struct store *s, enum xsd_sockmsg_type type, const char *path,
		      const char *token)
{
	const struct iovec parts[] = { part_of(path), part_of(token) };

	return client_call(s, type, STORE_NO_TXN, parts, 2, NULL, NULL);
}

int store_watch(struct store *s, const char *path, const char *token)
{
	return watch_call(s, XS_WATCH, path, token);
}

int store_unwatch(struct store *s, const char *path, const char *token)
{
	return watch_call(s, XS_UNWATCH, path, token);
}
