/* SPDX-License-Identifier: MIT */
/*
 * The console: serial line (16550), VGA text, and a ring in memory that dmesg reads.
 * Formatted lines get "(HV) " in front. Guests' text goes through console_guest_write.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include <lib/log.h>
#include <lib/types.h>

/* Lines below this level are dropped: loglvl= and guest_loglvl= (all|debug, info, warning, error, none). */
void log_set_levels(int ours, int guests);
bool log_guest_wanted(enum log_level level);

/*
 * Turns the devices on. @which: "com1", "vga", "none", a comma list; @com1: "115200,8n1[,0x3f8[,4]]".
 * Unknown words are named on the console and ignored. @text_screen: the adapter shows text, as far as the loader knows.
 */
void console_init(const char *which, const char *com1, bool text_screen);

/* Raw bytes from a guest (hypercall console_io) or of domain @id's debug output. Control characters but \n \t \r \e are dropped. */
void console_guest_write(u32 domid, const char *text, size_t n, bool raw);

/* Input for dom0: takes up to @n bytes out of the input queue; returns how many. */
size_t console_read_input(char *buf, size_t n);
/* Polls/takes the UART's receive side: from the serial interrupt, or the tick when it has none. */
void console_uart_interrupt(void);
/* IRQ line of the console's UART (ISA number), -1 if none. */
int console_uart_irq(void);
/* First of the 8 I/O ports of the console's UART, 0 if none: they are not dom0's. */
u16 console_uart_port(void);

/* Do we write on the VGA text screen; if so, where the cursor is (for dom0's start info). */
bool console_vga_active(u8 *row, u8 *column);
/* dom0 takes the screen over: we write there no more. */
void console_vga_release(void);

/*
 * Reads the ring (XEN_SYSCTL_readconsole): copies up to @n bytes starting at absolute position *pos (moved up to the
 * oldest kept byte if it was overwritten), advances *pos. Returns bytes copied. With @clear, forgets everything.
 */
size_t console_ring_read(u64 *pos, char *buf, size_t n);
void console_ring_clear(void);
#endif
