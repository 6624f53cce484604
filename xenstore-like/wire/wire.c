/* SPDX-License-Identifier: MIT */
/*
 * Messages of the store protocol (see wire.h). Lengths are checked here before they are used as
 * such; what the strings mean is checked by the operations.
 */
#include "wire.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void *wire_want(struct wire_in *in, size_t *len)
{
	size_t payload_have;

	if (in->have < sizeof(in->hdr)) {
		*len = sizeof(in->hdr) - in->have;
		return (char *)&in->hdr + in->have;
	}

	payload_have = in->have - sizeof(in->hdr);
	*len = in->hdr.len - payload_have;
	return in->payload + payload_have;
}

int wire_got(struct wire_in *in, size_t n)
{
	in->have += n;
	if (in->have < sizeof(in->hdr))
		return 0;

	if (in->hdr.len > XENSTORE_PAYLOAD_MAX)
		return -EPROTO;

	if (in->have < sizeof(in->hdr) + in->hdr.len)
		return 0;

	in->payload[in->hdr.len] = '\0';
	return 1;
}

void wire_in_reset(struct wire_in *in)
{
	in->have = 0;
}

void wire_out_reset(struct wire_out *out)
{
	out->len = 0;
	out->done = 0;
}

void wire_out_begin(struct wire_out *out, uint32_t type, uint32_t req_id, uint32_t tx_id,
		    size_t len)
{
	assert(len <= XENSTORE_PAYLOAD_MAX);

	out->hdr = (struct xsd_sockmsg){
		.type = type,
		.req_id = req_id,
		.tx_id = tx_id,
		.len = len,
	};
	out->len = sizeof(out->hdr) + len;
	out->done = 0;
}

int wire_split(char *payload, size_t len, char **strings, int max, size_t *rest)
{
	int count = 0;
	size_t at = 0;

	while (at < len && count < max) {
		size_t n = strnlen(payload + at, len - at);

		/* Without a NUL, the last bytes are not a string. */
		if (at + n == len)
			break;

		strings[count++] = payload + at;
		at += n + 1;
	}

	if (rest)
		*rest = len - at;
	else if (at != len)
		return -EINVAL;
	return count;
}

int wire_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;

	if (!*text)
		return -EINVAL;

	for (; *text; text++) {
		uint64_t digit = *text - '0';

		if (*text < '0' || *text > '9')
			return -EINVAL;

		if (__builtin_mul_overflow(n, 10, &n))
			return -EINVAL;
		if (__builtin_add_overflow(n, digit, &n))
			return -EINVAL;
		if (n > max)
			return -EINVAL;
	}

	*number = n;
	return 0;
}

static const struct {
	int number;
	const char *name;
} errors[] = {
#define ERROR_ROW(error) { error, #error },
	XSD_ERROR_NAMES(ERROR_ROW)
#undef ERROR_ROW
};

#define ERROR_COUNT (sizeof(errors) / sizeof(errors[0]))

const char *wire_error_name(int error)
{
	for (size_t i = 0; i < ERROR_COUNT; i++)
		if (errors[i].number == error)
			return errors[i].name;
	return "EINVAL";
}

int wire_error_number(const char *name)
{
	for (size_t i = 0; i < ERROR_COUNT; i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	return EIO;
}
