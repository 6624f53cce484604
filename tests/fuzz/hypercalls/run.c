/* SPDX-License-Identifier: MIT */
/* One input, from the making of the world to its end. */
#include "../fuzz.h"
#include "machine.h"

#define STEPS_MOST 400

void machine_run(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };

	u8 how = fuzz_byte(&in);
	const struct kind_of_machine k = {
		.pcid = how & 1, .l1tf = how & 2, .isolation = how & 4, .events = how & 8
	};

	world_up(&k);
	ops_start();
	for (u32 i = 0; i < STEPS_MOST && in.left && !world_off; i++)
		ops_step(&in);

	recount(true);
	world_down();
}
