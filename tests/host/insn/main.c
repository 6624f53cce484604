/* SPDX-License-Identifier: MIT */
/* Tests of hypervisor/insn: decoding, registers by number, code fetched from a guest. */
#include "suites.h"

#include <tests/host/suites_run.h>

int main(void)
{
	return suites_run(decode_suite(), registers_suite(), fetch_suite());
}
