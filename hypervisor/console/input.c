/* SPDX-License-Identifier: MIT */
/*
 * What somebody types on the serial line: from the UART into a queue that dom0 empties. A full
 * queue drops the newest characters.
 */
#include <console/console.h>
#include <console/device.h>
#include <x86/lock.h>
#include <x86/hooks.h>

#define INPUT_SIZE 1024 /* a pasted screenful; a power of two */

static struct {
	struct spinlock lock; /* guards the queue and the UART's receiver */
	char buf[INPUT_SIZE];
	u32 head, tail; /* positions written and read; they only grow, and wrap */
} input = { .lock = SPINLOCK(LOCK_CONSOLE) };

void console_uart_interrupt(void)
{
	bool any = false;
	char c;

	spin_lock(&input.lock);
	for (u32 i = 0; i < INPUT_SIZE && uart_read(&c); i++) {
		if (input.head - input.tail < INPUT_SIZE)
			input.buf[input.head++ % INPUT_SIZE] = c;
		any = true;
	}
	spin_unlock(&input.lock);

	if (any)
		hook_console_input();
}

size_t console_read_input(char *buf, size_t n)
{
	size_t done = 0;

	spin_lock(&input.lock);
	while (done < n && input.tail != input.head)
		buf[done++] = input.buf[input.tail++ % INPUT_SIZE];
	spin_unlock(&input.lock);
	return done;
}
