/* SPDX-License-Identifier: MIT */
/*
 * The client library's calls for the toolstack: domains, and questions to the daemon about itself
 * (see client.h).
 */
#include "client_call.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS_MAX  3
#define NUMBER_SPACE 24
#define WORDS_MAX    16

/* A call whose payload is numbers. */
static int call_numbers(struct store *s, enum xsd_sockmsg_type type, const uint64_t *numbers,
			unsigned int count, char **answer)
{
	char text[NUMBERS_MAX][NUMBER_SPACE];
	struct iovec parts[NUMBERS_MAX];

	for (unsigned int i = 0; i < count; i++) {
		snprintf(text[i], sizeof(text[i]), "%" PRIu64, numbers[i]);
		parts[i] = part_of(text[i]);
	}
	return client_call(s, type, STORE_NO_TXN, parts, count, answer, NULL);
}

int store_introduce_domain(struct store *s, uint32_t domid, uint64_t mfn, uint32_t port)
{
	return call_numbers(s, XS_INTRODUCE, (uint64_t[]){ domid, mfn, port }, 3, NULL);
}

int store_release_domain(struct store *s, uint32_t domid)
{
	return call_numbers(s, XS_RELEASE, (uint64_t[]){ domid }, 1, NULL);
}

int store_resume_domain(struct store *s, uint32_t domid)
{
	return call_numbers(s, XS_RESUME, (uint64_t[]){ domid }, 1, NULL);
}

int store_set_target(struct store *s, uint32_t domid, uint32_t target)
{
	return call_numbers(s, XS_SET_TARGET, (uint64_t[]){ domid, target }, 2, NULL);
}

int store_is_domain_introduced(struct store *s, uint32_t domid, bool *introduced)
{
	char *answer;
	int rc;

	rc = call_numbers(s, XS_IS_DOMAIN_INTRODUCED, (uint64_t[]){ domid }, 1, &answer);
	if (rc)
		return rc;

	*introduced = strcmp(answer, "T") == 0;
	free(answer);
	return 0;
}

int store_get_domain_path(struct store *s, uint32_t domid, char **path)
{
	return call_numbers(s, XS_GET_DOMAIN_PATH, (uint64_t[]){ domid }, 1, path);
}

int store_control(struct store *s, const char *const *words, unsigned int count, char **answer)
{
	struct iovec parts[WORDS_MAX];

	if (count > WORDS_MAX)
		return -E2BIG;

	for (unsigned int i = 0; i < count; i++)
		parts[i] = part_of(words[i]);
	return client_call(s, XS_CONTROL, STORE_NO_TXN, parts, count, answer, NULL);
}

/* Tells of each line; *last is the child of the last one. -EPROTO: an answer of another form. */
static int each_tell(char *text, store_each_fn *each, void *context, char **last)
{
	char *line, *value, *rest = text;

	while ((line = strsep(&rest, "\n")) && *line) {
		value = strchr(line, ' ');
		if (!value)
			return -EPROTO;

		*value++ = '\0';
		each(context, line, value);
		*last = line;
	}
	return 0;
}

int store_each(struct store *s, const char *path, const char *name, store_each_fn *each,
	       void *context)
{
	const char *words[] = { "each", path, name, NULL };
	char *text, *last, *before = NULL;
	int rc;

	/* Each answer goes on behind the one before, so this ends. */
	do {
		words[3] = before;
		rc = store_control(s, words, before ? 4 : 3, &text);
		if (rc)
			break;

		last = NULL;
		rc = each_tell(text, each, context, &last);
		if (!rc && last && before && strcmp(last, before) <= 0)
			rc = -EPROTO;

		free(before);
		before = last && !rc ? strdup(last) : NULL;
		free(text);
	} while (before);

	free(before);
	return rc;
}
