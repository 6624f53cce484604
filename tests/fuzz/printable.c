/* SPDX-License-Identifier: MIT */
/* Text for terminals: nothing that a terminal obeys is left, and what was clean stays as it is. */
#include <dom0-tools/base/printable.h>
#include <string.h>
#include "fuzz.h"

static void check_clean(const uint8_t *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		fuzz_check(text[i] >= 0x20 && text[i] != 0x7f);
		/* A control character of eight bits, in UTF-8: U+0080 to U+009F. */
		if (i > 0 && text[i - 1] == 0xc2)
			fuzz_check(text[i] >= 0xa0);
		/* A byte of such a character follows another of its kind, or a first one. */
		if (text[i] >= 0x80 && text[i] < 0xc0)
			fuzz_check(i > 0 && text[i - 1] >= 0x80);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *text = malloc(size + 1), *again = malloc(size + 1);

	memcpy(text, data, size);
	printable_make((char *)text, size, false);
	check_clean(text, size);

	memcpy(again, text, size);
	printable_make((char *)again, size, false);
	fuzz_check(memcmp(text, again, size) == 0);

	free(text);
	free(again);
	return 0;
}
