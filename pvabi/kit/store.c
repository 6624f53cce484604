/* SPDX-License-Identifier: MIT */
/*
 * The store, as far as a small kernel needs it: one request at a time over the shared page, no
 * watches, no transactions. A path that does not begin with / is one below the domain's own home.
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

/* The answer's payload, cut to size, always ending in NUL; its length, or -1 (also for XS_ERROR).
 */
static int answer_get(u32 type, char *value, u32 size, u64 end)
{
	struct xsd_sockmsg h;
	char c;

	if (get(&h, sizeof(h), end) || h.len > XENSTORE_PAYLOAD_MAX)
		return -1;
	for (u32 i = 0; i < h.len; i++) {
		if (get(&c, 1, end))
			return -1;
		if (i + 1 < size)
			value[i] = c;
	}
	value[h.len < size ? h.len : size - 1] = 0;
	return h.type == type ? (int)h.len : -1;
}

int store_read(const char *path, char *value, u32 size)
{
	u32 len = (u32)strlen(path) + 1;
	struct xsd_sockmsg h = { .type = XS_READ, .len = len };
	u64 end = time_ns() + WAIT_NS;

	if (put(&h, sizeof(h), end) || put(path, len, end))
		return -1;
	return answer_get(XS_READ, value, size, end);
}

int store_write(const char *path, const char *value)
{
	u32 len = (u32)strlen(path) + 1, more = (u32)strlen(value);
	struct xsd_sockmsg h = { .type = XS_WRITE, .len = len + more };
	u64 end = time_ns() + WAIT_NS;
	char done[8];

	if (put(&h, sizeof(h), end) || put(path, len, end) || put(value, more, end))
		return -1;
	return answer_get(XS_WRITE, done, sizeof(done), end) < 0 ? -1 : 0;
}
