/* SPDX-License-Identifier: MIT */
/* One input, from the making of the world to its end. */
#include "../fuzz.h"
#include "machine.h"

#define STEPS_MOST 400

void machine_run(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };

	u8 processor = fuzz_byte(&in);

	world_up(processor & 1, processor & 2);
	ops_start();
	for (u32 i = 0; i < STEPS_MOST && in.left && !world_off; i++)
		ops_step(&in);

	recount();
	world_down();
}
