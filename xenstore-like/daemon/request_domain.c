/* SPDX-License-Identifier: MIT */
/*
 * The operations on domains: the numbers in their payloads, and their answers (see domain.h).
 */
#include "request.h"

#include <errno.h>
#include "domain.h"

/* The payload is the number of a domain, and nothing else. */
static int only_domid(struct request *rq, uint32_t *domid)
{
	char *text;
	int rc;

	rc = request_strings(rq, &text, 1);
	if (rc)
		return rc;

	return request_domid(text, domid);
}

/* What an introduction says. */
struct introduction {
	uint32_t domid;
	uint64_t mfn;
	uint64_t port;
};

static int introduction_of(struct request *rq, struct introduction *in)
{
	char *strings[3];
	int rc;

	rc = request_strings(rq, strings, 3);
	if (rc)
		return rc;

	rc = request_domid(strings[0], &in->domid);
	if (rc)
		return rc;

	rc = wire_number(strings[1], UINT64_MAX, &in->mfn);
	if (rc)
		return rc;

	rc = wire_number(strings[2], UINT32_MAX, &in->port);
	if (rc)
		return rc;

	/* Domain 0 is known from the start, and port 0 is never valid. */
	if (in->domid == 0 || in->port == 0)
		return -EINVAL;
	return 0;
}

int request_introduce(struct request *rq)
{
	struct introduction in;
	int rc;

	rc = introduction_of(rq, &in);
	if (rc)
		return rc;

	rc = domain_introduce(rq->server, in.domid, in.mfn, in.port);
	if (rc)
		return rc;

	rq->special = SPECIAL_INTRODUCE;
	return reply_ok(rq);
}

int request_release(struct request *rq)
{
	uint32_t domid;
	int rc;

	rc = only_domid(rq, &domid);
	if (rc)
		return rc;

	if (domid == 0)
		return -EINVAL;

	rc = domain_release(rq->server, domid);
	if (rc)
		return rc;

	rq->special = SPECIAL_RELEASE;
	return reply_ok(rq);
}

int request_get_domain_path(struct request *rq)
{
	uint32_t domid;
	int rc;

	rc = only_domid(rq, &domid);
	if (rc)
		return rc;

	return reply_printf(rq, "/local/domain/%u", domid);
}

int request_is_domain_introduced(struct request *rq)
{
	uint32_t domid;
	int rc;

	rc = only_domid(rq, &domid);
	if (rc)
		return rc;

	/* Domain 0 can always use the socket. */
	if (domid == 0 || domain_find(rq->server, domid))
		return reply_text(rq, "T");
	return reply_text(rq, "F");
}

int request_resume(struct request *rq)
{
	struct domain *d;
	uint32_t domid;
	int rc;

	rc = only_domid(rq, &domid);
	if (rc)
		return rc;

	d = domain_find(rq->server, domid);
	if (!d)
		return -ENOENT;

	/* Its next shutdown fires @releaseDomain again. */
	d->shutdown = false;
	return reply_ok(rq);
}

int request_set_target(struct request *rq)
{
	uint32_t domid, target;
	char *strings[2];
	struct domain *d;
	int rc;

	rc = request_strings(rq, strings, 2);
	if (rc)
		return rc;

	rc = request_domid(strings[0], &domid);
	if (rc)
		return rc;

	rc = request_domid(strings[1], &target);
	if (rc)
		return rc;

	/* Domain 0 has all rights anyway, and nobody may act for it. */
	if (domid == 0 || target == 0)
		return -EINVAL;

	d = domain_find(rq->server, domid);
	if (!d || !domain_find(rq->server, target))
		return -ENOENT;

	d->conn.watcher.who.target = target;
	return reply_ok(rq);
}
