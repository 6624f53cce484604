/* SPDX-License-Identifier: MIT */
/*
 * The store, as far as a small kernel needs it: one request at a time over the shared page; of
 * watches it is only known that one of them has seen a change; no transactions. A path that does
 * not begin with / is one below the domain's own home.
 */
#include <pvabi/io/xs_wire.h>
#include <pvabi/kit/kit.h>

#define WAIT_NS 5000000000ul /* a daemon that does not answer in that time is not there */

static struct xenstore_domain_interface *ring(void)
{
	return pfn_to_va(mfn_to_pfn(start_info->store_mfn));
}

/* Signals the daemon and waits a little; false when patience is at its end. */
static bool wait(u64 end)
{
	event_send(start_info->store_evtchn);
	event_wait(start_info->store_evtchn, 20000000);
	return time_ns() < end;
}

static int put(const void *data, u32 n, u64 end)
{
	struct xenstore_domain_interface *r = ring();
	const char *p = data;

	for (; n; n--) {
		while (r->req_prod - __atomic_load_n(&r->req_cons, __ATOMIC_ACQUIRE) ==
		       XENSTORE_RING_SIZE)
			if (!wait(end))
				return -1;
		r->req[MASK_XENSTORE_IDX(r->req_prod)] = *p++;
		__atomic_store_n(&r->req_prod, r->req_prod + 1, __ATOMIC_RELEASE);
	}
	return 0;
}

static int get(void *data, u32 n, u64 end)
{
	struct xenstore_domain_interface *r = ring();
	char *p = data;

	for (; n; n--) {
		while (r->rsp_cons == __atomic_load_n(&r->rsp_prod, __ATOMIC_ACQUIRE))
			if (!wait(end))
				return -1;
		*p++ = r->rsp[MASK_XENSTORE_IDX(r->rsp_cons)];
		__atomic_store_n(&r->rsp_cons, r->rsp_cons + 1, __ATOMIC_RELEASE);
	}
	return 0;
}

static bool changed; /* a watched node, since the kernel has asked */

/* A message's payload, cut to size, always ending in NUL; its length, or -1. */
static int message_get(struct xsd_sockmsg *h, char *value, u32 size, u64 end)
{
	char c;

	if (get(h, sizeof(*h), end) || h->len > XENSTORE_PAYLOAD_MAX)
		return -1;
	for (u32 i = 0; i < h->len; i++) {
		if (get(&c, 1, end))
			return -1;
		if (i + 1 < size)
			value[i] = c;
	}
	value[h->len < size ? h->len : size - 1] = 0;
	if (h->type == XS_WATCH_EVENT)
		changed = true;
	return (int)h->len;
}

/* A path and what follows its NUL; the answer's length, or -1 (also for XS_ERROR). What watches
 * see may come before the answer. */
static int request(u32 type, const char *path, const char *more, u32 more_size, char *value,
		   u32 size)
{
	u32 len = (u32)strlen(path) + 1;
	struct xsd_sockmsg h = { .type = type, .len = len + more_size };
	u64 end = time_ns() + WAIT_NS;
	int got;

	if (put(&h, sizeof(h), end) || put(path, len, end) || put(more, more_size, end))
		return -1;
	do {
		got = message_get(&h, value, size, end);
	} while (got >= 0 && h.type == XS_WATCH_EVENT);
	return got >= 0 && h.type == type ? got : -1;
}

int store_read(const char *path, char *value, u32 size)
{
	return request(XS_READ, path, "", 0, value, size);
}

int store_write(const char *path, const char *value)
{
	char done[8];

	return request(XS_WRITE, path, value, (u32)strlen(value), done, sizeof(done)) < 0 ? -1 : 0;
}

/* Rights are a letter and a domain: the first is the owner's, and its letter is for all others. */
int store_show(const char *path)
{
	char rights[24] = "r", done[8];
	u32 size;

	if (store_read("domid", rights + 1, sizeof(rights) - 1) <= 0)
		return -1;

	size = (u32)strlen(rights) + 1;
	return request(XS_SET_PERMS, path, rights, size, done, sizeof(done)) < 0 ? -1 : 0;
}

int store_watch(const char *path)
{
	static const char token[] = "kit";
	char done[8];

	return request(XS_WATCH, path, token, sizeof(token), done, sizeof(done)) < 0 ? -1 : 0;
}

bool store_changed(void)
{
	u64 end = time_ns() + WAIT_NS;
	struct xsd_sockmsg h;
	char ignored[8];
	bool was;

	while (ring()->rsp_cons != __atomic_load_n(&ring()->rsp_prod, __ATOMIC_ACQUIRE))
		if (message_get(&h, ignored, sizeof(ignored), end) < 0)
			break;
	was = changed;
	changed = false;
	return was;
}
