/* SPDX-License-Identifier: MIT */
/*
 * The operations on domains: the numbers in their payloads, and their answers (see domain.h).
 */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include "domain.h"

static int domid_of(const char *text, uint32_t *domid)
{
	uint64_t number;

	if (wire_number(text, DOMID_FIRST_RESERVED - 1, &number))
		return -EINVAL;
	*domid = number;
	return 0;
}

static int only_domid(struct request *rq, uint32_t *domid)
{
	char *text;

	return request_strings(rq, &text, 1) ? -EINVAL : domid_of(text, domid);
}

int request_introduce(struct request *rq)
{
	char *strings[3];
	uint64_t mfn, port;
	uint32_t domid;
	bool fresh;
	int rc;

	if (request_strings(rq, strings, 3) || domid_of(strings[0], &domid) || domid == 0 ||
	    wire_number(strings[1], UINT64_MAX, &mfn) ||
	    wire_number(strings[2], UINT32_MAX, &port) || port == 0)
		return -EINVAL;
	rc = domain_introduce(rq->server, domid, mfn, port, &fresh);
	if (rc)
		return rc;
	rq->special = SPECIAL_INTRODUCE;
	return reply_text(rq, "OK");
}

int request_release(struct request *rq)
{
	uint32_t domid;
	int rc = only_domid(rq, &domid);

	if (rc || domid == 0)
		return -EINVAL;
	rc = domain_release(rq->server, domid);
	if (rc)
		return rc;
	rq->special = SPECIAL_RELEASE;
	return reply_text(rq, "OK");
}

int request_get_domain_path(struct request *rq)
{
	uint32_t domid;
	char path[32];
	int rc = only_domid(rq, &domid);

	if (rc)
		return rc;
	snprintf(path, sizeof(path), "/local/domain/%u", domid);
	return reply_text(rq, path);
}

int request_is_domain_introduced(struct request *rq)
{
	uint32_t domid;
	int rc = only_domid(rq, &domid);

	if (rc)
		return rc;
	return reply_text(rq, domid == 0 || domain_find(rq->server, domid) ? "T" : "F");
}

int request_resume(struct request *rq)
{
	struct domain *d;
	uint32_t domid;

	if (only_domid(rq, &domid))
		return -EINVAL;
	d = domain_find(rq->server, domid);
	if (!d)
		return -ENOENT;
	d->shutdown = false;
	return reply_text(rq, "OK");
}

int request_set_target(struct request *rq)
{
	char *strings[2];
	uint32_t domid, target;
	struct domain *d;

	if (request_strings(rq, strings, 2) || domid_of(strings[0], &domid) ||
	    domid_of(strings[1], &target) || domid == 0 || target == 0)
		return -EINVAL;
	d = domain_find(rq->server, domid);
	if (!d || !domain_find(rq->server, target))
		return -ENOENT;
	d->conn.watcher.who.target = target;
	return reply_text(rq, "OK");
}
