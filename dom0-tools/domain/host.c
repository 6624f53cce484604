/* SPDX-License-Identifier: MIT */
/* Opens and closes the handles that every command needs. */
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/device/dev.h>

int host_open(struct host *h, bool need_store, struct hospes_error *err)
{
	int rc;

	memset(h, 0, sizeof(*h));
	rc = privcmd_open(&h->privcmd, err);
	if (rc < 0)
		return rc;

	h->store = dev_store_connect();
	if (h->store == NULL && need_store) {
		rc = error_set(err, -errno,
			       "cannot reach the store: %s; does the store daemon run?",
			       strerror(errno));
		host_close(h);
		return rc;
	}

	return 0;
}

bool host_store_answers(struct host *h)
{
	char *value = NULL;
	int rc;

	if (h->store == NULL)
		return false;

	rc = store_read(h->store, STORE_NO_TXN, "/local/domain/0/name", &value, NULL);
	free(value);
	return rc != -ETIMEDOUT && rc != -EPIPE && rc != -ECONNRESET;
}

void host_close(struct host *h)
{
	if (h->store != NULL)
		store_close(h->store);
	privcmd_close(h->privcmd);
	memset(h, 0, sizeof(*h));
}
