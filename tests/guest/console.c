/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's console takes a guest's words for debugging. Counts that are huge, negative or
 * reach beyond the guest's memory end in -EFAULT, and the machine is not held up by them.
 */
#include <tests/guest/test.h>

static char text[256];

void test_main(void)
{
	static const u64 counts[] = { 1ul << 20, 0x7fffffff, 0x80000000, 0xffffffff };

	memset(text, 'x', sizeof(text));
	text[255] = '\n';
	ok_is(hc_console_io(CONSOLEIO_write, 0, text), 0, "no text");
	ok(hc_console_io(CONSOLEIO_write, 256, text) <= 0, "a line without an end before 255");
	for (u32 i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		u64 begin = time_ns();
		long rc = hc_console_io(CONSOLEIO_write, counts[i],
					(void *)(KERNEL_BASE + PAGE_SIZE));

		ok(rc < 0 || counts[i] < 1ul << 24, "%lx bytes: %ld after %lu ms", counts[i], rc,
		   (time_ns() - begin) / 1000000);
	}
	ok_refused(hc_console_io(CONSOLEIO_write, 16, (void *)HV_INSIDE), "text of the hypervisor");
	ok_refused(hc_console_io(CONSOLEIO_read, ~0ul, text), "reading is dom0's");
	ok(hc_console_io(7, 1, text) < 0, "operation 7");
}
