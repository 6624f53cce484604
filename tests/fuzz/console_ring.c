/* SPDX-License-Identifier: MIT */
/*
 * A console's ring, whose page the guest writes at any time: no byte beside it changes, no more is
 * taken or given than there is room.
 */
#include <dom0-tools/hospesd/ring.h>
#include <string.h>
#include "fuzz.h"

#define FENCE 0x5a

static struct {
	uint8_t before[64];
	struct xencons_interface page;
	uint8_t after[64];
} shared;

static void guest_writes(struct fuzz_input *in)
{
	size_t len, at = fuzz_number(in, 2) % sizeof(shared.page);
	const uint8_t *bytes = fuzz_take(in, fuzz_byte(in) % 32, &len);

	if (len > sizeof(shared.page) - at)
		len = sizeof(shared.page) - at;
	if (len > 0)
		memcpy((uint8_t *)&shared.page + at, bytes, len);
}

static void step(struct console_ring *ring, struct fuzz_input *in)
{
	char text[RING_OUT_SIZE], input[64] = { 0 };
	size_t n;

	guest_writes(in);
	n = ring_peek(ring, text);
	fuzz_check(n <= sizeof(text));
	ring_consume(ring, n);
	fuzz_check(shared.page.out_cons == ring->out_cons);

	n = fuzz_byte(in) % sizeof(input);
	fuzz_check(ring_put(ring, input, n) <= n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct console_ring ring;

	memset(&shared, FENCE, sizeof(shared));
	memset(&shared.page, 0, sizeof(shared.page));
	guest_writes(&in);
	ring_open(&ring, &shared.page);
	while (in.left > 0)
		step(&ring, &in);

	for (size_t i = 0; i < sizeof(shared.before); i++)
		fuzz_check(shared.before[i] == FENCE && shared.after[i] == FENCE);
	return 0;
}
