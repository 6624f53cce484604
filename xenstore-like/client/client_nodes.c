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

int store_read(struct store *s, store_txn txn, const char *path, char **value, size_t *len)
{
	return client_call_path(s, XS_READ, txn, path, value, len);
}

int store_read_number(struct store *s, store_txn txn, const char *path, uint64_t *number)
{
	char *value;
	int rc = store_read(s, txn, path, &value, NULL);

	if (rc)
		return rc;
	rc = wire_number(value, UINT64_MAX, number);
	free(value);
	return rc;
}

int store_write(struct store *s, store_txn txn, const char *path, const void *value, size_t len)
{
	struct iovec parts[2] = { { (char *)path, strlen(path) + 1 }, { (void *)value, len } };

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

/* Grows the list by a part. */
static int names_join(char **names, size_t *len, const char *more, size_t more_len)
{
	char *joined = realloc(*names, *len + more_len + 1);

	if (!joined)
		return -ENOMEM;
	memcpy(joined + *len, more, more_len);
	*names = joined;
	*len += more_len;
	return 0;
}

/* One part of a long list. 1: the list is complete; -EAGAIN: it changed since the first part. */
static int names_part(struct store *s, store_txn txn, const char *path, char **names, size_t *len,
		      char gen[24])
{
	char offset[24], *part;
	size_t part_len, head;
	struct iovec parts[2] = { { (char *)path, strlen(path) + 1 }, { offset, 0 } };
	bool all;
	int rc;

	parts[1].iov_len = snprintf(offset, sizeof(offset), "%zu", *len) + 1;
	rc = client_call(s, XS_DIRECTORY_PART, txn, parts, 2, &part, &part_len);
	if (rc)
		return rc;
	head = strnlen(part, part_len) + 1;
	if (head > part_len || head > 24) {
		rc = -EPROTO;
	} else if (*gen && strcmp(gen, part)) {
		rc = -EAGAIN;
	} else {
		strcpy(gen, part);
		/* The end is marked by an empty name. */
		all = part_len > head && part[part_len - 1] == '\0' &&
		      (part_len == head + 1 || part[part_len - 2] == '\0');
		rc = names_join(names, len, part + head, part_len - head - all);
		if (!rc)
			rc = all ? 1 : part_len == head ? -EPROTO : 0;
	}
	free(part);
	return rc;
}

static int names_long(struct store *s, store_txn txn, const char *path, char **names, size_t *len)
{
	char gen[24] = "";
	int rc;

	do {
		rc = names_part(s, txn, path, names, len, gen);
		if (rc == -EAGAIN) {
			*gen = '\0';
			*len = 0;
			rc = 0;
		}
	} while (rc == 0);
	return rc < 0 ? rc : 0;
}

/* Pointers and strings in one allocation. */
static int names_index(const char *names, size_t len, char ***out, unsigned int *count)
{
	unsigned int n = 0;
	char **list, *at;

	for (size_t i = 0; i < len; i++)
		n += names[i] == '\0';
	list = malloc((n + 1) * sizeof(*list) + len);
	if (!list)
		return -ENOMEM;
	at = (char *)(list + n + 1);
	if (len)
		memcpy(at, names, len);
	for (unsigned int i = 0; i < n; i++) {
		list[i] = at;
		at += strlen(at) + 1;
	}
	list[n] = NULL;
	*out = list;
	*count = n;
	return 0;
}

int store_directory(struct store *s, store_txn txn, const char *path, char ***names,
		    unsigned int *count)
{
	char *text = NULL;
	size_t len = 0;
	int rc = client_call_path(s, XS_DIRECTORY, txn, path, &text, &len);

	if (rc == -E2BIG)
		rc = names_long(s, txn, path, &text, &len);
	if (!rc && len && text[len - 1] != '\0')
		rc = -EPROTO;
	if (!rc)
		rc = names_index(text, len, names, count);
	free(text);
	return rc;
}

static int perms_read(const char *text, size_t len, struct store_perm **perms, unsigned int *count)
{
	static const char letters[] = "nrwb";
	struct store_perm *list = calloc(len / 2 + 1, sizeof(*list));
	unsigned int n = 0;

	if (!list)
		return -ENOMEM;
	for (size_t at = 0; at < len; at += strlen(text + at) + 1) {
		const char *letter = text[at] ? strchr(letters, text[at]) : NULL;
		uint64_t domid;

		if (!letter || wire_number(text + at + 1, UINT32_MAX, &domid)) {
			free(list);
			return -EPROTO;
		}
		list[n++] = (struct store_perm){ domid, letter - letters };
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
	int rc = client_call_path(s, XS_GET_PERMS, txn, path, &text, &len);

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
	struct iovec parts[2] = { { (char *)path, strlen(path) + 1 }, { text, 0 } };
	size_t at = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (sizeof(text) - at < 16)
			return -E2BIG;
		at += 1 + snprintf(text + at, sizeof(text) - at, "%c%u", "nrwb"[perms[i].right & 3],
				   perms[i].domid);
	}
	parts[1].iov_len = at;
	return client_call(s, XS_SET_PERMS, txn, parts, 2, NULL, NULL);
}

int store_transaction_start(struct store *s, store_txn *txn)
{
	uint64_t number = 0;
	char *text;
	int rc = client_call_path(s, XS_TRANSACTION_START, STORE_NO_TXN, "", &text, NULL);

	if (rc)
		return rc;
	rc = wire_number(text, UINT32_MAX, &number) || !number ? -EPROTO : 0;
	free(text);
	*txn = number;
	return rc;
}

int store_transaction_end(struct store *s, store_txn txn, bool commit)
{
	return client_call_path(s, XS_TRANSACTION_END, txn, commit ? "T" : "F", NULL, NULL);
}

static int watch_call(struct store *s, enum xsd_sockmsg_type type, const char *path,
		      const char *token)
{
	struct iovec parts[2] = { { (char *)path, strlen(path) + 1 },
				  { (char *)token, strlen(token) + 1 } };

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
