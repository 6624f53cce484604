/* SPDX-License-Identifier: MIT */
/* The devices behind the console; its lock is held around all. Inside console/ only. */
#ifndef CONSOLE_DEVICE_H
#define CONSOLE_DEVICE_H

#include <lib/types.h>

#define UART_FIFO 16

/* @spec: "BAUD[,DATA PARITY STOP[,PORT[,IRQ]]]" or empty; false if there is no such device. */
bool uart_init(const char *spec);
/* Cycles since its FIFO was first seen not empty; 0: it is, and takes UART_FIFO characters. */
u64 uart_full_for(void);
void uart_fill(const char *text, size_t n); /* into the empty FIFO */
bool uart_read(char *c);                    /* false: nothing received */

void serial_put(const char *text, size_t n); /* into the queue of the serial line */
/*
 * What was put begins its way. Before serial_start() and on the last CPU it waits for the line, but
 * never for ever; else the UART gets what it takes now. True: some is left, call again soon.
 */
bool serial_go(void);
bool serial_flush(void); /* waits, as above; false */
void serial_start(void); /* nobody waits for the line from here on */
size_t serial_room(void);
u64 serial_lost(void); /* characters since the last call that the line did not take in time */

bool vga_init(void); /* false if the adapter shows no text */
void vga_write(const char *text, size_t n);

#endif
