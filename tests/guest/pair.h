/* SPDX-License-Identifier: MIT */
/* What two domains of one kernel need to meet: each other's number, which the runner writes to
 * their nodes. */
#ifndef TESTS_GUEST_PAIR_H
#define TESTS_GUEST_PAIR_H

#include <tests/guest/test.h>

/* Which of the two this is. */
static inline bool pair_first(void)
{
	char side[4];

	return cmdline_word("side", side, sizeof(side)) && side[0] == 'a';
}

/* The other's domain number; -1 if nobody says it within some seconds. */
static inline int pair_peer(void)
{
	char text[16];

	for (u32 i = 0; i < 200; i++) {
		if (store_read("data/peer", text, sizeof(text)) > 0)
			return (int)number_parse(text);
		time_sleep(100000000);
	}
	return -1;
}

#endif
