/* SPDX-License-Identifier: MIT */
/*
 * The table of quotas (see quota.h). The names are those of xenstored's option --quota, where it
 * has the same quota.
 */
#include "quota.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct {
	const char *name;
	const char *text;
	unsigned int max;
} quotas[QUOTA_COUNT] = {
	[QUOTA_NODES] = { "nodes", "nodes", QUOTA_NODES_MAX },
	[QUOTA_ENTRY] = { "node-size", "entry size", QUOTA_ENTRY_MAX },
	[QUOTA_PERMS] = { "node-permissions", "permissions of a node", QUOTA_PERMS_MAX },
	[QUOTA_DEPTH] = { "path-depth", "parts of a path", QUOTA_DEPTH_MAX },
	[QUOTA_WATCHES] = { "watches", "watches", QUOTA_WATCHES_MAX },
	[QUOTA_TXNS] = { "transactions", "transactions", QUOTA_TXNS_MAX },
	[QUOTA_TXN_OPS] = { "transaction-nodes", "operations in a transaction", QUOTA_TXN_OPS_MAX },
	[QUOTA_TXN_SECONDS] = { "transaction-seconds", "seconds of a transaction",
				TXN_AGE_MAX_SECONDS },
	[QUOTA_BYTES] = { "memory", "bytes of memory", QUOTA_BYTES_MAX },
};

unsigned int quota_of(enum quota quota)
{
	return quotas[quota].max;
}

const char *quota_name(enum quota quota)
{
	return quotas[quota].name;
}

const char *quota_text(enum quota quota)
{
	return quotas[quota].text;
}

/* The quota whose name the text begins with, up to the '='; QUOTA_COUNT when there is none. */
static enum quota quota_find(const char *text, size_t len)
{
	enum quota quota;

	for (quota = 0; quota < QUOTA_COUNT; quota++) {
		const char *name = quotas[quota].name;

		if (strlen(name) == len && memcmp(name, text, len) == 0)
			break;
	}
	return quota;
}

int quota_set(const char *text)
{
	const char *equals = strchr(text, '=');
	unsigned long number;
	enum quota quota;
	char *end;

	if (!equals)
		return -EINVAL;

	quota = quota_find(text, equals - text);
	if (quota == QUOTA_COUNT)
		return -ENOENT;

	/* strtoul() would also take a sign and blanks. */
	if (equals[1] < '0' || equals[1] > '9')
		return -EINVAL;

	errno = 0;
	number = strtoul(equals + 1, &end, 10);
	if (errno || *end || number < 1 || number > QUOTA_ANY_MAX)
		return -EINVAL;

	quotas[quota].max = number;
	return 0;
}
