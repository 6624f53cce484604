/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls by chance (fuzz.h), from several vcpus on as many CPUs: they change and free under
 * each other's calls the same pages, ports and vcpus. This domain may break itself and be crashed;
 * nobody else may notice: a witness guest runs beside it, and dom0 must be as before.
 *
 * vcpus: 4
 * cpus: 4
 * run: seed=1 seconds=SECONDS any
 * run: seed=2 seconds=SECONDS any
 * run: seed=3 seconds=SECONDS any
 */
#include <tests/guest/fuzz.h>

void test_main(void)
{
	fuzz_start();
	vcpus_run(vcpu_count(), fuzz, NULL);
	ok(fuzz_calls() > 1000, "%lu calls by chance", fuzz_calls());
}
