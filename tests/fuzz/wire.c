/* SPDX-License-Identifier: MIT */
/*
 * Messages of the store, which come in pieces of any size, and the ring that brings them: indexes
 * and bytes are the guest's. The bytes beside the page must not change.
 */
#include <string.h>
#include <xenstore-like/wire/wire.h>
#include <xenstore-like/wire/xsring.h>
#include "fuzz.h"

#define FENCE   0x5a
#define STRINGS 8

static struct {
	uint8_t before[64];
	struct xenstore_domain_interface page;
	uint8_t after[64];
} shared;

static void message_read(struct wire_in *in)
{
	char *strings[STRINGS];
	size_t rest = 0;
	uint64_t number;
	int n = wire_split(in->payload, in->hdr.len, strings, STRINGS, &rest);

	fuzz_check(n >= 0 && n <= STRINGS);
	fuzz_check(rest <= in->hdr.len);
	for (int i = 0; i < n; i++) {
		fuzz_check(strings[i] >= in->payload);
		fuzz_check(strings[i] + strlen(strings[i]) < in->payload + in->hdr.len);
		if (wire_number(strings[i], UINT32_MAX, &number) == 0)
			fuzz_check(number <= UINT32_MAX);
		fuzz_check(wire_error_number(strings[i]) > 0);
	}
}

static void ring_step(struct fuzz_input *in, struct xsring *ring, struct wire_in *message)
{
	uint8_t *page = (uint8_t *)&shared.page;
	size_t len, want, at = fuzz_number(in, 2) % sizeof(shared.page);
	const uint8_t *bytes = fuzz_take(in, fuzz_byte(in) % 64, &len);
	void *to;
	int n;

	if (len > sizeof(shared.page) - at)
		len = sizeof(shared.page) - at;
	if (len > 0)
		memcpy(page + at, bytes, len);

	to = wire_want(message, &want);
	fuzz_check(want > 0);
	n = xsring_read(ring, &shared.page, to, want);
	fuzz_check(n <= (int)want);
	if (n > 0 && wire_got(message, (size_t)n) != 0)
		wire_in_reset(message);

	n = xsring_write(ring, &shared.page, "answer", 6);
	fuzz_check(n <= 6);
	if (fuzz_byte(in) & 1)
		xsring_consume(ring, &shared.page);
	if (xsring_wants_reconnect(&shared.page))
		xsring_reconnect(ring, &shared.page);
}

static void ring_run(struct fuzz_input *in)
{
	struct wire_in *message = calloc(1, sizeof(*message));
	struct xsring ring;

	memset(&shared, FENCE, sizeof(shared));
	memset(&shared.page, 0, sizeof(shared.page));
	xsring_begin(&ring, &shared.page);
	while (in->left > 0)
		ring_step(in, &ring, message);

	for (size_t i = 0; i < sizeof(shared.before); i++)
		fuzz_check(shared.before[i] == FENCE && shared.after[i] == FENCE);
	free(message);
}

static void stream_run(struct fuzz_input *in)
{
	struct wire_in *message = calloc(1, sizeof(*message));
	size_t piece = 1 + fuzz_byte(in);
	int rc = 0;

	while (in->left > 0 && rc >= 0) {
		size_t want, got;
		void *to = wire_want(message, &want);
		const uint8_t *bytes = fuzz_take(in, want < piece ? want : piece, &got);

		fuzz_check(want > 0);
		memcpy(to, bytes, got);
		rc = wire_got(message, got);
		if (rc == 1) {
			message_read(message);
			wire_in_reset(message);
		}
	}
	free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };

	if (fuzz_byte(&in) & 1)
		ring_run(&in);
	else
		stream_run(&in);
	return 0;
}
