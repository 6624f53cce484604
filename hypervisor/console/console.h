/* SPDX-License-Identifier: MIT */
/*
 * The console: serial line (16550), VGA text, and a ring in memory that dmesg reads.
 * Formatted lines get "(HV) " in front. Guests' text goes through console_guest_write.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include <lib/log.h>
#include <lib/types.h>

/* Lines that matter less than this level (enum log_level; -1: all) are dropped: loglvl=. */
void log_set_level(int ours);

/* Which lines that a guest causes are shown: guest_loglvl=. Levels, -1: none. */
struct guest_levels {
	int always;  /* up to this one, however many */
	int limited; /* and up to this one, so many in a time (dom/log.c) */
};
void log_set_guest_levels(struct guest_levels levels);

enum guest_line_shown { SHOWN_NEVER, SHOWN_LIMITED, SHOWN_ALWAYS };
enum guest_line_shown log_guest_shown(enum log_level level);

/*
 * Turns the devices on. @which: a comma list of "com1", "vga", "none"; other words are named on the
 * console and ignored. @com1: "115200,8n1[,0x3f8[,4]]". @text_screen: the adapter shows text, as
 * far as the loader knows.
 */
void console_init(const char *which, const char *com1, bool text_screen);

/*
 * Text of domain @domid: dom0's for its terminal (@raw), others' for debugging, line by line and
 * without anything that a terminal would obey (clean.h). Nobody waits for the serial line: what it
 * does not take in time is lost. dom0 asks for room first.
 */
void console_guest_write(u32 domid, const char *text, size_t n, bool raw);
/* How many characters are taken now; 0: ask again. A dead line is given up after a while. */
size_t console_room(void);

/*
 * The end of booting: from here on text for the serial line is queued (serial.c), SOFTIRQ_CONSOLE
 * raised where some is left, and console_drain called about every millisecond until it says false.
 * *lost: characters that the line did not take in time, when the rest has gone.
 */
void console_queue_start(void);
bool console_drain(u64 *lost);
/* Before the machine goes down: waits until all is sent, but never for ever. */
void console_flush(void);

/* Input for dom0: takes up to @n bytes out of the input queue; returns how many. */
size_t console_read_input(char *buf, size_t n);
/* The UART's receiver has something, or may have. */
void console_uart_interrupt(void);
/* IRQ line of the console's UART (ISA number), -1 if none. */
int console_uart_irq(void);
/* First of the 8 I/O ports of the console's UART, 0 if none: they are not dom0's. */
u16 console_uart_port(void);

/* dom0, which does not run yet, will take over the screen: we write there no more. */
void console_vga_release(void);

/*
 * Reads the ring (XEN_SYSCTL_readconsole): up to @n bytes from absolute position *pos on, which is
 * first moved up to the oldest kept byte, and advances. Returns how many.
 */
size_t console_ring_read(u64 *pos, char *buf, size_t n);
void console_ring_clear(void);
#endif
