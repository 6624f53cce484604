/* SPDX-License-Identifier: MIT */
/* The devices behind the console; its lock is held around all. Inside console/ only. */
#ifndef CONSOLE_DEVICE_H
#define CONSOLE_DEVICE_H

#include <lib/types.h>

/* @spec: "BAUD[,DATA PARITY STOP[,PORT[,IRQ]]]" or empty; false if there is no such device. */
bool uart_init(const char *spec);
size_t uart_room(void);                      /* characters taken without a wait; not 0 for ever */
void uart_write(const char *text, size_t n); /* waits, but never for ever */
bool uart_read(char *c);                     /* false: nothing received */

bool vga_init(void); /* false if the adapter shows no text */
void vga_write(const char *text, size_t n);

#endif
