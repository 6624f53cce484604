/* SPDX-License-Identifier: MIT */
/* The state file: a daemon that goes on where another ended, and files that are broken or lie. */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore-like/daemon/limits.h>
#include <xenstore-like/tree/work.h>
#include "fake_floor.h"

static char good[65536], bad[65536];

static void setup(void)
{
	world_up();
	state_place("state");
}

static void teardown(void)
{
	world_down();
	fake_is_let_go();
}

static void introduce(uint32_t domid, uint64_t mfn, uint32_t port)
{
	ck_assert_int_eq(INTRODUCE(&root, domid, mfn, port), 0);
}

static void serve_domain(uint32_t domid)
{
	struct conn *conn;

	if (domain_find(&server, domid))
		conn_wake(&domain_find(&server, domid)->conn);
	while ((conn = conn_next(&server.guests)))
		if (conn_domain(conn))
			domain_serve(conn_domain(conn));
}

/* The daemon ends and another goes on: nobody in a domain notices. */
static void restart(int expect)
{
	conn_end(&root.conn);
	domain_drop_all(&server);
	server_free(&server);
	ck_assert_int_eq(server_init(&server, &fake_floor), 0);
	ck_assert_int_eq(state_load(&server, &state), expect);
	peer_init(&root, &server, 0);
}

START_TEST(state_kept)
{
	uint32_t type;
	struct domain *d;

	introduce(5, 1000, 7);
	introduce(6, 1000, 7);

	CALL_VALUE(&root, XS_WRITE, 0, "/local/domain/5/data/x\0\1\0\2");
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5/data\0n5\0r6");
	CALL(&root, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r5");

	guest_send(5, XS_WATCH, "data\0t", 7);
	guest_send(5, XS_TRANSACTION_START, "", 1);
	serve_domain(5);

	while (guest_take(5, &type))
		;

	/* Half a request is in, when the daemon ends. */
	guest_send(5, XS_GET_DOMAIN_PATH, "5", 2);
	fake[5].page.req_prod -= 1;
	serve_domain(5);

	ck_assert_uint_eq(domain_find(&server, 5)->conn.in.have, 17);
	ck_assert_int_eq(state_save(&server, &state), 0);

	restart(0);
	d = domain_find(&server, 5);
	ck_assert_ptr_nonnull(d);

	fake[5].page.req_prod += 1;
	serve_domain(5);
	ck_assert_str_eq(guest_take(5, &type), "/local/domain/5");

	/* The watch looks once more; then as ever. */
	ck_assert_str_eq(guest_take(5, &type), "data");
	ck_assert_uint_eq(type, XS_WATCH_EVENT);

	WRITE(&root, 0, "/local/domain/5/data/x", "2");
	serve_domain(5);
	ck_assert_str_eq(guest_take(5, &type), "data/x");

	CALL(&root, XS_GET_PERMS, 0, "/local/domain/5/data");
	ck_assert_mem_eq(answer.payload, "n5\0r6", 6);
	CALL(&root, XS_GET_PERMS, 0, "@releaseDomain");
	ck_assert_mem_eq(answer.payload, "n0\0r5", 6);

	accounts_are_right(&root);

	/* The transaction is there still, and in vain. */
	ck_assert_uint_eq(d->conn.txn_count, 1);
	ck_assert(d->conn.txns->doomed);
}
END_TEST

/* What the daemon knew of its domains it still knows. */
START_TEST(state_of_domains)
{
	uint32_t type, id;

	introduce(5, 1000, 7);
	introduce(6, 1000, 7);
	introduce(7, 1000, 7);
	ck_assert_int_eq(CALL(&root, XS_SET_TARGET, 0, "6\0005"), 0);
	fake[5].shutdown = true;
	domain_check_all(&server);
	fake[7].page.req_prod = 5000;
	serve_domain(7);

	domain_find(&server, 6)->conn.last_txn = 41;
	guest_send(6, XS_TRANSACTION_START, "", 1);
	serve_domain(6);
	id = atoi(guest_take(6, &type));
	ck_assert_int_eq(state_save(&server, &state), 0);
	restart(0);

	/* A shutdown that was told is not told again. */
	CALL(&root, XS_WATCH, 0, "@releaseDomain\0t");
	ck_assert_ptr_nonnull(peer_event(&root));
	domain_check_all(&server);
	ck_assert_ptr_null(peer_event(&root));

	ck_assert_uint_eq(domain_find(&server, 6)->conn.watcher.who.target, 5);
	ck_assert(domain_find(&server, 7)->stopped);

	/* The next transaction has a number of its own. */
	guest_send(6, XS_TRANSACTION_START, "", 1);
	serve_domain(6);
	ck_assert_int_eq(atoi(guest_take(6, &type)), id + 1);
}
END_TEST

START_TEST(state_domain_gone)
{
	introduce(5, 1000, 7);
	CALL(&root, XS_MKDIR, 0, "/local/domain/5");
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5\0n5");

	ck_assert_int_eq(state_save(&server, &state), 0);
	fake[5].exists = false;
	restart(0);

	ck_assert_ptr_null(domain_find(&server, 5));
	CALL(&root, XS_GET_PERMS, 0, "/local/domain/5");
	ck_assert_str_eq(answer.payload, "n0");
}
END_TEST

/* Half a message that would be more than whole: the reader would run off its end. */
START_TEST(state_lies)
{
	static const uint32_t lens[] = { 10, XENSTORE_PAYLOAD_MAX + 1 };

	for (int i = 0; i < 2; i++) {
		struct conn *conn;

		introduce(5, 1000, 7);
		conn = &domain_find(&server, 5)->conn;
		conn->in.hdr.len = lens[i];
		conn->in.have = sizeof(conn->in.hdr) + 20;
		ck_assert_int_eq(state_save(&server, &state), 0);
		restart(-EBADMSG);
	}
}
END_TEST

/* A file of the state: that of the generation now, with this behind its name. */
static const char *file_name(const char *suffix)
{
	static char name[128];

	snprintf(name, sizeof(name), "%s.%d%s", state.path, (int)(state.generation % STATE_SLOTS),
		 suffix);
	return name;
}

static size_t file_get(const char *suffix, char *bytes, size_t size)
{
	FILE *file = fopen(file_name(suffix), "r");
	size_t len;

	ck_assert_ptr_nonnull(file);
	len = fread(bytes, 1, size, file);
	fclose(file);
	return len;
}

static void file_put(const char *suffix, const char *bytes, size_t len)
{
	FILE *file = fopen(file_name(suffix), "w");

	fwrite(bytes, 1, len, file);
	fclose(file);
}

/* Makes the checksum of a snapshot right again, so that what it says is believed. */
static void snapshot_sign(char *bytes, size_t len)
{
	struct snapshot_header header;

	memcpy(&header, bytes, sizeof(header));
	header.sum = record_sum(RECORD_SUM_FIRST, bytes + sizeof(header), len - sizeof(header));
	memcpy(bytes, &header, sizeof(header));
}

/* The same for the group of a journal that holds the byte at; false if that is in a header. */
static bool group_sign(char *bytes, size_t at)
{
	struct group_header header;
	size_t group = sizeof(struct journal_header);

	for (;;) {
		memcpy(&header, bytes + group, sizeof(header));
		if (at < group + sizeof(header))
			return false;
		if (at < group + sizeof(header) + header.len)
			break;
		group += sizeof(header) + header.len;
	}

	header.sum = record_sum(RECORD_SUM_FIRST, bytes + group + sizeof(header), header.len);
	memcpy(bytes + group, &header, sizeof(header));
	return true;
}

/* A daemon starts from these files, and it does no harm, whatever they say. What it answers. */
static int start_from_anything(void)
{
	uint64_t generation = state.generation;
	int rc;

	conn_end(&root.conn);
	domain_drop_all(&server);
	server_free(&server);
	ck_assert_int_eq(server_init(&server, &fake_floor), 0);
	rc = state_load(&server, &state);

	peer_init(&root, &server, 0);
	serve_domain(5);
	accounts_are_right(&root);
	state.generation = generation;
	return rc;
}

static void something_to_save(void)
{
	introduce(5, 1000, 7);
	WRITE(&root, 0, "/local/domain/5/data/x", "1");

	guest_send(5, XS_WATCH, "data\0t", 7);
	guest_send(5, XS_TRANSACTION_START, "", 1);
	serve_domain(5);
	fake[5].page.req_prod += 5;
	serve_domain(5);
}

/* Cut anywhere it is refused whole; so it is with a byte changed anywhere. */
START_TEST(state_broken)
{
	size_t len;

	something_to_save();
	ck_assert_int_eq(state_save(&server, &state), 0);
	len = file_get("", good, sizeof(good));
	for (size_t cut = 0; cut < len; cut++) {
		file_put("", good, cut);
		restart(-EBADMSG);
		ck_assert_ptr_null(server.domains);
	}

	for (size_t at = 0; at < len; at++) {
		memcpy(bad, good, len);
		bad[at] ^= 1 << at % 8;
		file_put("", bad, len);
		restart(-EBADMSG);

		/* And should it be a lie that knows its checksum: it does no harm. */
		snapshot_sign(bad, len);
		file_put("", bad, len);
		ignore(start_from_anything());
	}

	state_remove(&state);
	restart(-ENOENT);
}
END_TEST

/* A journal cut anywhere gives what came before; one that lies does no harm. */
START_TEST(journal_broken)
{
	const size_t head = sizeof(struct journal_header);
	size_t len, first;
	int rc;

	ck_assert_int_eq(state_save(&server, &state), 0);
	something_to_save();
	journal_commit(&server);
	first = file_get(".journal", good, sizeof(good));
	CALL(&root, XS_SET_PERMS, 0, "/local/domain/5/data\0n5\0r6");
	CALL(&root, XS_RM, 0, "/local/domain/5/data/x");
	journal_commit(&server);
	len = file_get(".journal", good, sizeof(good));
	ck_assert_uint_gt(len, head + 500);

	for (size_t cut = head; cut < len; cut++) {
		file_put(".journal", good, cut);
		restart(0);
		accounts_are_right(&root);
	}

	for (size_t at = head; at < len; at++) {
		memcpy(bad, good, len);
		bad[at] ^= 1 << at % 8;
		/* The second time with a checksum that is believed. */
		for (int believed = 0; believed < 2; believed++) {
			if (believed && !group_sign(bad, at))
				break;
			file_put(".journal", bad, len);
			rc = start_from_anything();
			if (!believed && at < first && group_sign(bad, at))
				ck_assert_int_eq(rc, -EBADMSG);
		}
	}
}
END_TEST

/* What was answered is in the journal: a daemon that was killed is followed by one that knows. */
START_TEST(journal_kept)
{
	uint32_t type, tx;

	ck_assert_int_eq(state_save(&server, &state), 0);
	introduce(5, 1000, 7);
	introduce(6, 1000, 7);
	introduce(7, 1000, 7);
	ck_assert_int_eq(CALL(&root, XS_MKDIR, 0, "/local/domain/5"), 0);
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, 0, "/local/domain/5\0n5\0r6"), 0);
	ck_assert_int_eq(CALL(&root, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r5"), 0);
	ck_assert_int_eq(CALL(&root, XS_SET_TARGET, 0, "6\0005"), 0);
	ck_assert_int_eq(WRITE(&root, 0, "/gone/a", "1"), 0);
	ck_assert_int_eq(CALL(&root, XS_RM, 0, "/gone"), 0);

	tx = peer_begin(&root);
	ck_assert_int_eq(WRITE(&root, tx, "/t/a", "1"), 0);
	ck_assert_int_eq(WRITE(&root, tx, "/t/b", "2"), 0);
	ck_assert_int_eq(peer_end(&root, tx), 0);
	tx = peer_begin(&root);
	ck_assert_int_eq(WRITE(&root, tx, "/t/c", "3"), 0);

	guest_send(5, XS_WATCH, "data\0t", 7);
	guest_send(5, XS_WATCH, "more\0t", 7);
	guest_send(5, XS_UNWATCH, "data\0t", 7);
	guest_send(5, XS_TRANSACTION_START, "", 1);
	serve_domain(5);
	while (guest_take(5, &type))
		;
	fake[7].page.req_prod = 5000;
	serve_domain(7);
	ck_assert_int_eq(CALL(&root, XS_RELEASE, 0, "6"), 0);
	fake[5].shutdown = true;
	domain_check_all(&server);
	journal_commit(&server);

	restart(0);
	ck_assert_ptr_null(domain_find(&server, 6));
	ck_assert(domain_find(&server, 7)->stopped);
	ck_assert(domain_find(&server, 5)->shutdown);
	ck_assert_uint_eq(domain_find(&server, 5)->conn.watcher.watch_count, 1);
	ck_assert_uint_eq(domain_find(&server, 5)->conn.txn_count, 1);
	ck_assert(domain_find(&server, 5)->conn.txns->doomed);

	ck_assert_int_eq(CALL(&root, XS_GET_PERMS, 0, "/local/domain/5"), 0);
	ck_assert_mem_eq(answer.payload, "n5", 3);
	ck_assert_int_eq(CALL(&root, XS_GET_PERMS, 0, "@releaseDomain"), 0);
	ck_assert_mem_eq(answer.payload, "n0\0r5", 6);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/gone"), -ENOENT);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/t/b"), 0);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/t/c"), -ENOENT);
	accounts_are_right(&root);
}
END_TEST

/* The newest generation is damaged: the one before, with both journals, says the same. */
START_TEST(generation_before)
{
	ck_assert_int_eq(state_save(&server, &state), 0);
	ck_assert_int_eq(WRITE(&root, 0, "/first", "1"), 0);
	ck_assert_int_eq(state_save(&server, &state), 0);
	ck_assert_int_eq(WRITE(&root, 0, "/second", "1"), 0);
	journal_commit(&server);

	file_put("", "damage", 6);
	restart(0);
	ck_assert_ptr_nonnull(strstr(logged, "damaged"));
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/first"), 0);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/second"), 0);
}
END_TEST

/* A snapshot is written in slices; what happens meanwhile is in the next journal. */
START_TEST(snapshot_in_slices)
{
	unsigned int slices = 0;
	uint64_t before;
	char path[32];

	ck_assert_int_eq(state_save(&server, &state), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "/n/%d", i);
		ck_assert_int_eq(WRITE(&root, 0, path, "some value"), 0);
	}

	server.journal.written += 100u << 20;
	ck_assert(state_settle(&server, &state));
	ck_assert_uint_eq(state.generation, 2);
	ck_assert_int_eq(WRITE(&root, 0, "/meanwhile", "1"), 0);
	journal_commit(&server);
	ck_assert_int_eq(CALL(&root, XS_RM, 0, "/n/4000"), 0);
	do {
		before = work_done;
		slices++;
	} while (state_settle(&server, &state) && work_done - before < 2 * WORK_SLICE);
	ck_assert(!state.saving);
	ck_assert_uint_gt(slices, 2);
	ck_assert_uint_eq(state.whole, 2);

	restart(0);
	ck_assert_uint_ge(state.generation, 2);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/n/4999"), 0);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/meanwhile"), 0);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/n/4000"), -ENOENT);
}
END_TEST

/* A state that is larger than any that a machine's guests could make is read like a small one. */
START_TEST(state_large)
{
	char path[64];
	static char value[4001];

	memset(value, 'v', sizeof(value) - 1);
	for (int i = 0; i < 70000; i++) {
		snprintf(path, sizeof(path), "/large/%d/%d", i / 1000, i);
		ck_assert_int_eq(WRITE(&root, 0, path, value), 0);
	}
	ck_assert_int_eq(state_save(&server, &state), 0);
	ck_assert_uint_gt(state.snapshot_bytes, 256ul << 20);
	restart(0);
	ck_assert_int_eq(CALL(&root, XS_READ, 0, "/large/69/69999"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store state");
	TCase *tcase = tcase_create("state");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, state_kept);
	tcase_add_test(tcase, state_of_domains);
	tcase_add_test(tcase, state_domain_gone);
	tcase_add_test(tcase, state_lies);
	tcase_add_test(tcase, state_broken);
	tcase_add_test(tcase, journal_kept);
	tcase_add_test(tcase, journal_broken);
	tcase_add_test(tcase, generation_before);
	tcase_add_test(tcase, snapshot_in_slices);
	tcase_add_test(tcase, state_large);
	tcase_set_timeout(tcase, 180);
	suite_add_tcase(suite, tcase);
	return suites_run(suite);
}
