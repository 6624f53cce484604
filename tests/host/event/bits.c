/* SPDX-License-Identifier: MIT */
/*
 * The shared bits: the rules of pending, mask, selector and upcall; and that no event is lost
 * between us and the guest.
 */
#include "suites.h"

#include <event/bits.h>
#include <lib/bitmap.h>

#include <pthread.h>
#include <string.h>

static u64 pending[64], mask[64];
static struct vcpu_info info;

/* True: the vcpu is to be woken. */
static bool raise_and_tell(u32 port)
{
	return bits_raise(pending, mask, port) == RAISED_TELL && bits_tell(&info, port);
}

static bool unmask_and_tell(u32 port)
{
	return bits_unmask(pending, mask, port) && bits_tell(&info, port);
}

static void clear(void)
{
	memset(pending, 0, sizeof(pending));
	memset(mask, 0, sizeof(mask));
	memset(&info, 0, sizeof(info));
}

static const u32 ports[] = { 1, 63, 64, 2047, 4095 };

START_TEST(raise_unmasked)
{
	u32 port = ports[_i];

	clear();
	ck_assert(raise_and_tell(port));
	ck_assert(bit_test(pending, port));
	ck_assert_uint_eq(info.evtchn_pending_sel, 1ul << port / 64);
	ck_assert_uint_eq(info.evtchn_upcall_pending, 1);
	ck_assert_int_eq(bits_raise(pending, mask, port), RAISED_NOTHING);

	/* the selector bit is there already */
	ck_assert_int_eq(bits_raise(pending, mask, port ^ 1), RAISED_TELL);
	ck_assert(!bits_tell(&info, port ^ 1));
}
END_TEST

START_TEST(raise_masked)
{
	u32 port = ports[_i];

	clear();
	bit_set(mask, port);
	ck_assert_int_eq(bits_raise(pending, mask, port), RAISED_MASKED);
	ck_assert(bit_test(pending, port) && !info.evtchn_pending_sel &&
		  !info.evtchn_upcall_pending);

	ck_assert(unmask_and_tell(port));
	ck_assert(!bit_test(mask, port) && info.evtchn_pending_sel == 1ul << port / 64 &&
		  info.evtchn_upcall_pending == 1);
	ck_assert(!unmask_and_tell(port)); /* it was not masked */

	clear();
	bit_set(mask, port);
	ck_assert(!unmask_and_tell(port)); /* nothing was pending */
	ck_assert(!bit_test(mask, port) && !info.evtchn_upcall_pending);
}
END_TEST

START_TEST(no_info_yet)
{
	clear();
	ck_assert_int_eq(bits_raise(pending, mask, 5), RAISED_TELL);
	ck_assert(bit_test(pending, 5));
	bits_tell_all(&info);
	ck_assert(info.evtchn_pending_sel == ~0ul && info.evtchn_upcall_pending == 1);
}
END_TEST

#define ROUNDS 200000
static u32 sent[2], stop;

static void *sender(void *arg)
{
	static const u32 port[2] = { 3, 70 };

	for (u32 i = 0; i < ROUNDS; i++) {
		for (u32 k = 0; k < ARRAY_SIZE(port); k++) {
			__atomic_store_n(&sent[k], i, __ATOMIC_SEQ_CST);
			raise_and_tell(port[k]);
		}
	}

	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/*
 * A guest's handler, as the ABI tells it: upcall byte, selector, pending bits. What it saw last is
 * what was sent last.
 */
START_TEST(none_lost)
{
	u32 seen[2] = { 0 }, over = 0;
	pthread_t thread;

	clear();
	stop = sent[0] = sent[1] = 0;
	pthread_create(&thread, NULL, sender, NULL);

	while (!over) {
		u64 sel;

		over = __atomic_load_n(&stop, __ATOMIC_SEQ_CST);
		if (!__atomic_exchange_n(&info.evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST))
			continue;

		sel = __atomic_exchange_n(&info.evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
		for (u32 w = 0; w < 2; w++) {
			if (sel >> w & 1 && __atomic_exchange_n(&pending[w], 0, __ATOMIC_SEQ_CST))
				seen[w] = __atomic_load_n(&sent[w], __ATOMIC_SEQ_CST);
		}
	}

	pthread_join(thread, NULL);
	ck_assert_uint_eq(seen[0], ROUNDS - 1);
	ck_assert_uint_eq(seen[1], ROUNDS - 1);
}
END_TEST

Suite *suite_bits(void)
{
	Suite *s = suite_create("event bits");
	TCase *t = tcase_create("bits");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, raise_unmasked, 0, ARRAY_SIZE(ports));
	tcase_add_loop_test(t, raise_masked, 0, ARRAY_SIZE(ports));
	tcase_add_test(t, no_info_yet);
	tcase_add_test(t, none_lost);
	suite_add_tcase(s, t);
	return s;
}
