/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls by chance (fuzz.h), from one vcpu. This domain may break itself and be crashed; nobody
 * else may notice. A seed gives the same calls again.
 *
 * run: seed=1 seconds=SECONDS any
 * run: seed=2 seconds=SECONDS any
 * run: seed=3 seconds=SECONDS any
 */
#include <tests/guest/fuzz.h>

void test_main(void)
{
	fuzz_start();
	fuzz(NULL);
	ok(fuzz_calls() > 1000, "%lu calls by chance", fuzz_calls());
}
