/* SPDX-License-Identifier: MIT */
/*
 * Domains on several CPUs at once: binding, sending and closing both ends of the same channels in
 * random order. The locks panic at a wrong lock order; the pairs must be whole at the end.
 */
#include "suites.h"
#include "../fake/lock.h"

#include <pthread.h>
#include <stdlib.h>

#define ROUNDS 60000
#define PORTS  12

static void *guest(void *arg)
{
	u32 me = (u64)arg % FAKE_DOMAINS, other = (me + 1) % FAKE_DOMAINS;
	unsigned int seed = (u64)arg;

	for (u32 i = 0; i < ROUNDS; i++) {
		u32 port = 1 + rand_r(&seed) % PORTS;

		switch (rand_r(&seed) % 5) {
		case 0:
			if (alloc_unbound(me, other) > PORTS * 4)
				close_port(me, 1 + rand_r(&seed) % (PORTS * 5));
			break;
		case 1:
			bind_interdomain(other, me, port);
			break;
		case 2:
			send_port(me, port);
			break;
		case 3:
			close_port(me, port);
			break;
		case 4:
			close_port(other, port);
			break;
		}
	}
	return NULL;
}

START_TEST(both_ends)
{
	pthread_t t[4];

	fake_lock_threads = true;
	domains_up(1);
	for (u64 i = 0; i < ARRAY_SIZE(t); i++)
		pthread_create(&t[i], NULL, guest, (void *)i);

	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		pthread_join(t[i], NULL);

	invariants();
	domains_down();
}
END_TEST

static void *dying(void *arg)
{
	while (event_teardown(fake_domain[1]) == -ERESTART)
		fake_enter();
	return NULL;
}

/* One domain is torn down while the others go on with its channels. */
START_TEST(death_at_work)
{
	pthread_t t[3];

	fake_lock_threads = true;
	domains_up(1);
	for (u32 i = 0; i < 1000; i++)
		bind_interdomain(2, 1, alloc_unbound(1, 2));

	pthread_create(&t[0], NULL, dying, NULL);
	pthread_create(&t[1], NULL, guest, (void *)2);
	pthread_create(&t[2], NULL, guest, (void *)5);

	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		pthread_join(t[i], NULL);

	invariants();
	for (u32 n = 1; n < table_ports(fake_domain[1]->events); n++)
		ck_assert_int_eq(table_port(fake_domain[1]->events, n)->state, PORT_FREE);
	ck_assert_int_eq(alloc_unbound(1, 0), -ESRCH);
	domains_down();
}
END_TEST

Suite *suite_races(void)
{
	Suite *s = suite_create("event races");
	TCase *t = tcase_create("races");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, both_ends);
	tcase_add_test(t, death_at_work);
	suite_add_tcase(s, t);
	return s;
}
