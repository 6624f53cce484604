/* SPDX-License-Identifier: MIT */
/* The devices behind the console, known to console/ alone. The console's lock is held around all of them. */
#ifndef CONSOLE_DEVICE_H
#define CONSOLE_DEVICE_H

#include <lib/types.h>

/* @spec: "BAUD[,DATA PARITY STOP[,PORT[,IRQ]]]" or empty; false if there is no such device. */
bool uart_init(const char *spec);
void uart_write(const char *text, size_t n); /* waits, but never for ever */
bool uart_read(char *c);		     /* false: nothing received */
int uart_irq(void);			     /* -1: none */
u16 uart_port(void);			     /* 0: none */

bool vga_init(void); /* false if the adapter shows no text */
void vga_write(const char *text, size_t n);
void vga_cursor(u8 *row, u8 *column);

#endif
