/* SPDX-License-Identifier: MIT */
/*
 * Text on its way to the serial line: a queue, because 16 characters take 1.4 ms at 115200 baud,
 * and nobody may wait so long with interrupts off on behalf of a guest. What is put goes to the
 * UART as far as it takes it at once, the rest from a timer (ctl/console.c). While booting, and in
 * the last words of a CPU that stopped the others, it is waited for. A full queue forgets its
 * oldest characters, and a line that takes nothing loses what waits; what was lost is counted.
 */
#include <console/device.h>
#include <console/ring.h>
#include <x86/asm.h>
#include <x86/cpu.h>

#define QUEUE_SIZE 16384u /* 1.4 s of a line of 115200 baud; a power of two */
#define GO_MOST    64     /* characters at a time: to hand one over may take a microsecond */

/* Cycles without taking anything until a wait is over: longer than 16 bytes need at 1200 baud. */
#define PATIENCE (1ul << 29)
/* And until what waits is lost: 7 to 17 seconds at 5 to 2 GHz, less than a kernel's watchdog. */
#define GIVE_UP (1ul << 35)

static char queue_buf[QUEUE_SIZE];

static struct {
	struct text_ring ring;
	u64 sent; /* position in the ring: what is before it went to the UART, or is lost */
	u64 lost; /* characters that nobody was told of */
	bool started;
} queue = { .ring = { .buf = queue_buf, .size = QUEUE_SIZE } };

static void lose_until(u64 pos)
{
	queue.lost += pos - queue.sent;
	queue.sent = pos;
}

void serial_put(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			text_ring_put(&queue.ring, "\r", 1);
		text_ring_put(&queue.ring, &text[i], 1);
	}

	if (queue.sent < queue.ring.tail)
		lose_until(queue.ring.tail);
}

static bool waits(void)
{
	return queue.sent != queue.ring.head;
}

/* Into the empty FIFO. Returns how many characters went. */
static size_t fifo_fill(void)
{
	char piece[UART_FIFO];
	size_t n = text_ring_read(&queue.ring, &queue.sent, piece, sizeof(piece));

	uart_fill(piece, n);
	return n;
}

bool serial_flush(void)
{
	while (waits()) {
		u64 full = uart_full_for();

		if (!full)
			fifo_fill();
		else if (full >= PATIENCE)
			lose_until(queue.ring.head);
		else
			cpu_pause();
	}

	return false;
}

bool serial_go(void)
{
	if (!queue.started || cpu_alone())
		return serial_flush();

	for (size_t n = 0; n < GO_MOST && waits() && !uart_full_for();)
		n += fifo_fill();

	if (waits() && uart_full_for() >= GIVE_UP)
		lose_until(queue.ring.head);

	return waits();
}

void serial_start(void)
{
	queue.started = true;
}

/* Half of the queue is ours, and each character may be a newline, which becomes two. */
size_t serial_room(void)
{
	u64 waiting;

	serial_go();
	waiting = queue.ring.head - queue.sent;

	return waiting < QUEUE_SIZE / 2 ? (QUEUE_SIZE / 2 - waiting) / 2 : 0;
}

u64 serial_lost(void)
{
	u64 lost = queue.lost;

	queue.lost = 0;
	return lost;
}
