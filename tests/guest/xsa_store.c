/* SPDX-License-Identifier: MIT */
/*
 * What guests did to the store's daemon in known advisories, by the ring of an ordinary guest:
 * rights that are not theirs to give, paths and trees without end, nodes beyond all counting,
 * answers that nobody reads, numbers that wrap. After each of them the daemon answers.
 */
#include <pvabi/io/xs_wire.h>
#include <tests/guest/xsa.h>

#define PATIENCE (10 * SECOND)
#define NODES    3000 /* more than a guest may have */
#define DEEP     2000 /* longer than a path may be */

static char answer[XENSTORE_PAYLOAD_MAX + 1];
static u32 next_id;

static struct xenstore_domain_interface *ring(void)
{
	return pfn_to_va(mfn_to_pfn(start_info->store_mfn));
}

/* Signals the daemon and waits a little; false when patience is at its end. */
static bool wait(u64 end)
{
	event_send(start_info->store_evtchn);
	event_wait(start_info->store_evtchn, SECOND / 50);
	return time_ns() < end;
}

static bool put(const void *data, u32 n)
{
	struct xenstore_domain_interface *r = ring();
	u64 end = time_ns() + PATIENCE;
	const char *p = data;

	while (n) {
		u32 used = r->req_prod - __atomic_load_n(&r->req_cons, __ATOMIC_ACQUIRE);

		if (used == XENSTORE_RING_SIZE) {
			if (!wait(end))
				return false;
			continue;
		}
		r->req[MASK_XENSTORE_IDX(r->req_prod)] = *p++;
		__atomic_store_n(&r->req_prod, r->req_prod + 1, __ATOMIC_RELEASE);
		n--;
	}
	return true;
}

static bool get(void *data, u32 n)
{
	struct xenstore_domain_interface *r = ring();
	u64 end = time_ns() + PATIENCE;
	char *p = data;

	while (n) {
		if (r->rsp_cons == __atomic_load_n(&r->rsp_prod, __ATOMIC_ACQUIRE)) {
			if (!wait(end))
				return false;
			continue;
		}
		*p++ = r->rsp[MASK_XENSTORE_IDX(r->rsp_cons)];
		__atomic_store_n(&r->rsp_cons, r->rsp_cons + 1, __ATOMIC_RELEASE);
		n--;
	}
	return true;
}

static bool send(u32 type, u32 txn, const void *data, u32 n)
{
	struct xsd_sockmsg h = { .type = type, .req_id = ++next_id, .tx_id = txn, .len = n };

	return put(&h, sizeof(h)) && put(data, n);
}

/* The next answer, events left out: its length, -1 for a refusal, -2 if none comes. */
static int receive(void)
{
	struct xsd_sockmsg h;

	do {
		if (!get(&h, sizeof(h)) || h.len > XENSTORE_PAYLOAD_MAX || !get(answer, h.len))
			return -2;
	} while (h.type == XS_WATCH_EVENT);

	answer[h.len] = 0;
	return h.type == XS_ERROR ? -1 : (int)h.len;
}

static int ask(u32 type, u32 txn, const void *data, u32 n)
{
	return send(type, txn, data, n) ? receive() : -2;
}

static int ask_text(u32 type, u32 txn, const char *text)
{
	return ask(type, txn, text, (u32)strlen(text) + 1);
}

/* @path of this guest's part of the store, written with a short value. */
static int make(u32 txn, const char *path)
{
	char text[XENSTORE_PAYLOAD_MAX];
	u32 n = (u32)strlen(path) + 1;

	memcpy(text, path, n);
	text[n] = 'x';
	return ask(XS_WRITE, txn, text, n + 1);
}

static void alive(const char *after)
{
	ok(ask_text(XS_READ, 0, "name") > 0, "the daemon answers after %s", after);
}

/* data/N, as text. */
static const char *numbered(u32 n)
{
	static char path[16];
	u32 at = 15;

	path[at] = 0;
	do {
		path[--at] = '0' + n % 10;
		n /= 10;
	} while (n);
	at -= 5;
	memcpy(path + at, "data/", 5);
	return path + at;
}

static void rights(void)
{
	static const char root[] = "/\0n0", give[] = "data/mine\0n0", all[] = "data/mine\0b0";

	ok(make(0, "/x") < 0, "XSA-353: a node at the root");
	ok(ask_text(XS_RM, 0, "/") < 0, "XSA-353: the root removed");
	ok(ask(XS_SET_PERMS, 0, root, sizeof(root)) < 0, "XSA-353: the root given away");
	ok(make(0, "data/mine") >= 0, "a node of one's own");
	ok(ask(XS_SET_PERMS, 0, give, sizeof(give)) < 0, "XSA-352: given to domain 0");
	ask(XS_SET_PERMS, 0, all, sizeof(all));
	ok(ask_text(XS_GET_PERMS, 0, "data/mine") > 0 && memcmp(answer, "b0", 2),
	   "XSA-352: its owner is who made it (%s)", answer);
	ok(make(0, "/local/domain/0/name") < 0, "XSA-353: a node of domain 0's");
	alive("that");
}

static void long_paths(void)
{
	static char path[XENSTORE_PAYLOAD_MAX];
	static char watch[XENSTORE_PAYLOAD_MAX];
	u32 n = 0;

	memset(path, 'a', sizeof(path));
	memcpy(path, "data/", 5);
	for (u32 len = 2000; len < 4000; len += 61) {
		path[len] = 0;
		n += make(0, path) >= 0 && len > XENSTORE_REL_PATH_MAX;
		path[len] = 'a';
	}
	ok_is(n, 0, "XSA-323: no path is longer than it may be");
	for (u32 len = 3000; len < 4094; len += 7) {
		memset(watch, 'w', sizeof(watch));
		memcpy(watch, "data", 5);
		watch[len] = 0;
		ask(XS_WATCH, 0, watch, len + 1);
	}
	ok(ask_text(XS_RESET_WATCHES, 0, "") >= 0, "XSA-324: watches with tokens of any length");
	alive("long paths");
}

static void deep_trees(void)
{
	static char path[DEEP + 8];
	int deepest = 0;

	memcpy(path, "data", 5);
	for (u32 len = 4; len < DEEP; len += 2) {
		memcpy(path + len, "/d", 3);
		if (make(0, path) < 0)
			break;
		deepest++;
	}
	ok(deepest > 0, "a tree of %d levels", deepest);
	ok(ask_text(XS_RM, 0, "data/d") >= 0, "XSA-418: is removed at once");
	ok(ask_text(XS_READ, 0, "data/d") < 0, "and is gone");
	alive("a deep tree");
}

static void very_many_nodes(void)
{
	u32 made = 0, in_txn = 0, left = 0, id;

	while (made < NODES && make(0, numbered(made)) >= 0)
		made++;
	ok(made < NODES, "XSA-272, XSA-419: after %u nodes there are no more", made);
	for (u32 t = 0; t < 3; t++) {
		if (ask_text(XS_TRANSACTION_START, 0, "") < 0)
			break;
		id = (u32)number_parse(answer);
		for (u32 i = 0; i < 30; i++)
			in_txn += make(id, numbered(NODES + t * 30 + i)) >= 0;
		ask_text(XS_TRANSACTION_END, id, "T");
	}
	for (u32 i = 0; i < 90; i++)
		left += ask_text(XS_READ, 0, numbered(NODES + i)) >= 0;
	ok_is(left, 0, "XSA-421: nor by transactions (%u were made in them)", in_txn);
	for (u32 i = 0; i < made; i++)
		ask_text(XS_RM, 0, numbered(i));
	ok(make(0, "data/again") >= 0, "removed, and there is room again");
	alive("very many nodes");
}

/* As many questions as the ring takes, and no answer is read meanwhile. */
static void unread(void)
{
	struct xenstore_domain_interface *r = ring();
	u32 asked = 0, answered = 0;

	for (u32 i = 0; i < 2000; i++) {
		u32 free = XENSTORE_RING_SIZE - (r->req_prod - r->req_cons);

		if (free < 64) {
			event_send(start_info->store_evtchn);
			time_sleep(SECOND / 1000);
			continue;
		}
		asked += send(XS_DIRECTORY, 0, "", 1);
	}
	while (answered < asked && receive() != -2)
		answered++;
	ok_is(answered, asked, "XSA-326: %u answers come when they are read at last", asked);
	alive("them");
}

static void resets(void)
{
	u32 refused = 0;

	for (u32 i = 0; i < 200; i++) {
		static const char watch[] = "data\0token";

		if (i % 3 == 0)
			ask(XS_WATCH, 0, watch, sizeof(watch));
		refused += ask_text(XS_RESET_WATCHES, 0, "") < 0;
	}
	ok_is(refused, 0, "XSA-330, XSA-484: watches are reset again and again");
	alive("resets");
}

static void numbers(void)
{
	static const char *const ids[] = { "4294967296", "2147483648",           "-1",
					   "65536",      "0x7fffffff",           "1073741824",
					   "",           "99999999999999999999", "7ff0" };

	for (u32 i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ask_text(XS_GET_DOMAIN_PATH, 0, ids[i]);
		ask_text(XS_IS_DOMAIN_INTRODUCED, 0, ids[i]);
		ok(ask_text(XS_RELEASE, 0, ids[i]) < 0, "XSA-420: domain %s is not let go", ids[i]);
		ok(ask_text(XS_TRANSACTION_END, 0x40000000u << i | i, "T") < 0,
		   "XSA-420: no such transaction");
	}
	for (u32 type = 0; type < XS_TYPE_COUNT + 4; type++)
		if (type != XS_TRANSACTION_START && ask(type, 0, "\377\377\377\377", 4) == -2)
			ok(false, "an answer to a message of type %u", type);
	alive("strange numbers");
}

/* The last: its length is more than a message may have, and the daemon may close the ring. */
static void length(void)
{
	struct xsd_sockmsg h = { .type = XS_READ, .len = ~0u };

	put(&h, sizeof(h));
	event_send(start_info->store_evtchn);
	time_sleep(SECOND / 5);
	ok(true, "XSA-38, XSA-72: a message of 4 GiB is announced");
}

void test_main(void)
{
	rights();
	long_paths();
	deep_trees();
	very_many_nodes();
	unread();
	resets();
	numbers();
	length();
}
