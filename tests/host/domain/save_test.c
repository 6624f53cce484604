/* SPDX-License-Identifier: MIT */
/*
 * A domain goes into a stream and comes out of it in other frames: what it named by frames names
 * the same pages again, and nothing is mapped any more when its page tables are pinned. What is
 * not its own is refused, and so is a stream that ends anywhere or lies. The hypervisor is made up
 * (save_world.h).
 */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <dom0-tools/domain/restore_stream.h>
#include <dom0-tools/domain/save_stream.h>
#include <tests/host/suites_run.h>
#include "save_world.h"

#define XML                                                                               \
	"<domain type='xen'><name>a</name><memory unit='KiB'>4096</memory><vcpu>2</vcpu>" \
	"<os><type>linux</type><kernel>/k</kernel></os></domain>"
#define P2M_ADDRESS ((uint64_t)P2M << 12)

static uint8_t bytes[1 << 18];
static size_t size, at, limit;
static struct host host;
static struct hospes_error err;
static struct restore restore;
static struct domain_config config;
static struct node_rings rings;

/* ---- the stream */

static int sink_write(void *unused, const void *data, size_t n)
{
	(void)unused;
	if (size + n > limit)
		return -ENOSPC;

	memcpy(bytes + size, data, n);
	size += n;
	return 0;
}

static ssize_t source_read(void *unused, void *to, size_t n)
{
	(void)unused;
	if (n > size - at)
		n = size - at;

	memcpy(to, bytes + at, n);
	at += n;
	return (ssize_t)n;
}

static int save(void)
{
	const struct save_request request = { .domid = OLD, .xml = XML, .xml_length = strlen(XML) };
	const struct stream_sink sink = { sink_write, NULL };
	struct save_result result;

	size = 0;
	error_clear(&err);
	return save_stream(&host, &request, &sink, &result, &err);
}

/* From what the stream holds; @most: how many pages that may be, 0: as it tells. */
static int fill_most(uint64_t most)
{
	const struct stream_source source = { source_read, NULL };
	int rc;

	at = made = pins = ports = grants = 0;
	error_clear(&err);
	memset(memory[FIRST_NEW], 0, (SHARED_OLD - FIRST_NEW) * PAGE_SIZE);
	rc = restore_read_head(&restore, &source, &config, &err);
	if (most > 0)
		restore.pages = most;
	if (rc == 0)
		rc = restore_fill(&restore, NULL, NEW, &rings, &err);

	restore_free(&restore);
	config_free(&config);
	ck_assert_uint_eq(mapped, 0);
	return rc;
}

static int fill(void)
{
	return fill_most(0);
}

/* ---- the domain */

static uint64_t *page(unsigned int pfn)
{
	return memory[OLD_FRAME(pfn)];
}

static uint64_t entry(unsigned int pfn)
{
	return OLD_FRAME(pfn) << 12 | 0x67;
}

static void setup(void)
{
	struct shared_info *shared = (void *)memory[SHARED_OLD];
	struct start_info *start = (void *)page(START);

	memset(memory, 0, sizeof(memory));
	limit = sizeof(bytes);
	for (unsigned int i = 0; i < WORDS; i++)
		page(P2M)[i] = i < HOLE ? OLD_FRAME(i) : ~0ULL;

	page(P2M)[HOLE] = 1ULL << 62 | HOLE; /* a mark */
	page(L4)[0] = entry(L3);
	page(L4)[256] = 5ULL << 12 | 1; /* the hypervisor's */
	page(L3)[0] = entry(L2);
	page(L2)[0] = entry(L1);
	for (unsigned int i = 0; i < HOLE; i++)
		page(L1)[i] = entry(i);

	page(L1)[EMPTY] &= ~1ULL;
	memset(page(DATA), 0x5a, PAGE_SIZE);

	shared->arch.max_pfn = PAGES;
	shared->arch.p2m_cr3 = OLD_FRAME(L4) << 12;
	shared->arch.p2m_vaddr = P2M_ADDRESS;
	shared->evtchn_pending[0] = 3;

	start->store_mfn = STORE;
	start->console.domU.mfn = CONSOLE;
	start->store_evtchn = 1;
	start->console.domU.evtchn = 2;

	memset(&context, 0, sizeof(context));
	context.flags = VGCF_online;
	context.user_regs.rdx = OLD_FRAME(START);
	context.user_regs.rip = 0x1234;
	context.ctrlreg[3] = OLD_FRAME(L4) << 12;
	context.ctrlreg[1] = OLD_FRAME(USER_L4) << 12;
	context.gdt_frames[0] = OLD_FRAME(GDT);
	context.gdt_ents = 100;
}

/* Where the new one has a page: as its own p2m tells, which lies where its tables tell. */
static uint64_t new_frame(unsigned int pfn)
{
	uint64_t l1 = given.ctrlreg[3] >> 12;

	for (int i = 0; i < 3; i++)
		l1 = memory[l1][0] >> 12;

	return memory[memory[l1][P2M] >> 12][pfn];
}

START_TEST(it_comes_out_in_other_frames)
{
	const struct shared_info *shared = (void *)memory[SHARED_NEW];
	const struct start_info *start;

	ck_assert_msg(save() == 0, "%s", err.text);
	ck_assert_msg(fill() == 0, "%s", err.text);
	ck_assert_uint_eq(made, HOLE);

	for (unsigned int i = 0; i < HOLE; i++) {
		uint64_t to = new_frame(i);

		ck_assert(owns(NEW, to));
		if (i != P2M && i != START && (i < L4 || i > L1) && i != USER_L4)
			ck_assert_int_eq(memcmp(memory[to], page(i), PAGE_SIZE), 0);
		ck_assert_uint_eq(memory[new_frame(L1)][i],
				  (i != EMPTY ? to << 12 | 0x67 : page(L1)[i]));
	}

	ck_assert_uint_eq(new_frame(HOLE), 1ULL << 62 | HOLE);
	ck_assert_uint_eq(new_frame(HOLE + 1), ~0ULL);
	ck_assert_uint_eq(memory[new_frame(L4)][256], 0);

	ck_assert_uint_eq(given.user_regs.rip, 0x1234);
	ck_assert_uint_eq(given.user_regs.rdx, new_frame(START));
	ck_assert_uint_eq(given.ctrlreg[3], new_frame(L4) << 12);
	ck_assert_uint_eq(given.ctrlreg[1], new_frame(USER_L4) << 12);
	ck_assert_uint_eq(given.gdt_frames[0], new_frame(GDT));
	ck_assert_uint_eq(state_given, 0x1234);
	ck_assert_uint_eq(pins, 2);
	ck_assert_uint_eq(pinned[0], new_frame(L4));
	ck_assert_uint_eq(pinned[1], new_frame(USER_L4));

	start = (const void *)memory[new_frame(START)];
	ck_assert_uint_eq(start->shared_info, (uint64_t)SHARED_NEW << 12);
	ck_assert_uint_eq(start->store_mfn, new_frame(STORE));
	ck_assert_uint_eq(rings.console_mfn, new_frame(CONSOLE));
	ck_assert_uint_eq(rings.console_port, 2);
	ck_assert_uint_eq(grants, 1);
	ck_assert_uint_eq(shared->arch.max_pfn, PAGES);
	ck_assert_uint_eq(shared->arch.p2m_cr3, 0);
	ck_assert_uint_eq(shared->evtchn_pending[0], 0);
	ck_assert_uint_eq(shared->evtchn_mask[0], ~0UL);
}
END_TEST

START_TEST(what_is_not_its_own_is_refused)
{
	page(L1)[DATA] = (uint64_t)ALIEN << 12 | 0x67;
	ck_assert_int_eq(save(), -ENXIO);
	ck_assert_ptr_nonnull(strstr(err.text, "maps what is not its own"));
	ck_assert_uint_eq(mapped, 0);

	setup();
	context.gdt_frames[0] = ALIEN;
	ck_assert_int_eq(save(), -ENXIO);

	/* No machine has such frames. */
	setup();
	page(P2M)[DATA] = 1ULL << 50;
	page(L1)[DATA] = 0;
	ck_assert_int_eq(save(), 0);
	page(L1)[DATA] = 0x000ffffffffff001ULL;
	ck_assert_int_eq(save(), -ENXIO);

	/* Told twice, a frame is the first page's. */
	setup();
	page(P2M)[EMPTY] = OLD_FRAME(DATA);
	ck_assert_int_eq(save(), 0);
	ck_assert_int_eq(fill(), 0);
	ck_assert_uint_eq(made, HOLE - 1);
}
END_TEST

START_TEST(a_full_disk_is_told_anywhere)
{
	size_t whole;

	ck_assert_int_eq(save(), 0);
	whole = size;
	for (limit = 0; limit < whole; limit += 501) {
		ck_assert_int_eq(save(), -ENOSPC);
		ck_assert_uint_eq(mapped, 0);
	}
}
END_TEST

START_TEST(an_end_anywhere_is_refused)
{
	ck_assert_int_eq(save(), 0);
	while (size > 301) {
		size -= 301;
		ck_assert_int_eq(fill(), -ENODATA);
	}
}
END_TEST

START_TEST(damage_anywhere_is_refused)
{
	ck_assert_int_eq(save(), 0);
	for (size_t i = 0; i < size; i += 97) {
		bytes[i] ^= 4;
		ck_assert_int_lt(fill(), 0);
		bytes[i] ^= 4;
	}
}
END_TEST

START_TEST(more_pages_than_announced_are_refused)
{
	ck_assert_int_eq(save(), 0);
	ck_assert_int_eq(fill_most(HOLE), 0);
	ck_assert_int_eq(fill_most(5), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(err.text, "more pages than the 5"));
}
END_TEST

START_TEST(a_guest_keeps_its_ports)
{
	struct start_info *start = (void *)page(START);

	start->store_evtchn = 2;
	start->console.domU.evtchn = 1;
	ck_assert_int_eq(save(), 0);
	ck_assert_int_eq(fill(), 0);
	ck_assert_uint_eq(rings.store_port, 2);

	start->store_evtchn = 3;
	ck_assert_int_eq(save(), 0);
	ck_assert_int_eq(fill(), -EOPNOTSUPP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("save");
	TCase *t = tcase_create("save");

	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, it_comes_out_in_other_frames);
	tcase_add_test(t, what_is_not_its_own_is_refused);
	tcase_add_test(t, a_full_disk_is_told_anywhere);
	tcase_add_test(t, an_end_anywhere_is_refused);
	tcase_add_test(t, damage_anywhere_is_refused);
	tcase_add_test(t, more_pages_than_announced_are_refused);
	tcase_add_test(t, a_guest_keeps_its_ports);

	return suites_run(suite);
}
