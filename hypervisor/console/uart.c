/* SPDX-License-Identifier: MIT */
/*
 * A 16550 serial port, polled for output. A port that stops taking bytes is left alone after one
 * bounded wait (and tried again with each text), so a dead line can slow the machine, not stop it.
 */
#include <config.h>
#include <console/device.h>
#include <lib/string.h>
#include <x86/asm.h>

#define UART_COM1 0x3f8
#define UART_COM1_IRQ 4
#define UART_CLOCK 115200 /* divisor 1 */
#define UART_FIFO 16

enum { REG_DATA = 0, REG_IER = 1, REG_FCR = 2, REG_LCR = 3, REG_MCR = 4, REG_LSR = 5 };
#define LCR_DLAB 0x80
#define LSR_RECEIVED 0x01
#define LSR_THR_EMPTY 0x20
#define MCR_DTR_RTS_OUT2 0x0b /* OUT2 opens the way to the interrupt controller */
#define IER_RECEIVED 0x01

/* Reads of the status register, about 1 us each: long enough for 16 bytes at 1200 baud. */
#define UART_PATIENCE 200000

static struct {
	u16 port;
	int irq;
	bool stuck; /* the last wait was in vain */
} uart;

/* "8n1": word length, parity, stop bits as the line control register has them; 0 if unreadable. */
static u8 uart_line_control(const char *s)
{
	u8 lcr;

	if (s[0] < '5' || s[0] > '8' || (s[2] != '1' && s[2] != '2'))
		return 0;
	lcr = (s[0] - '5') | (s[2] == '2' ? 0x04 : 0);
	switch (s[1]) {
	case 'n':
		return lcr;
	case 'o':
		return lcr | 0x08;
	case 'e':
		return lcr | 0x18;
	default:
		return 0;
	}
}

static const char *next_field(const char *s)
{
	s = strchr(s, ',');
	return s ? s + 1 : NULL;
}

static bool uart_setup(u32 baud, u8 lcr)
{
	u16 divisor = baud && baud <= UART_CLOCK ? UART_CLOCK / baud : 0;

	outb(uart.port + REG_IER, 0);
	if (inb(uart.port + REG_LSR) == 0xff) /* an empty bus */
		return false;
	if (divisor) {
		outb(uart.port + REG_LCR, lcr | LCR_DLAB);
		outb(uart.port + REG_DATA, divisor & 0xff);
		outb(uart.port + REG_IER, divisor >> 8);
	}
	outb(uart.port + REG_LCR, lcr);
	outb(uart.port + REG_FCR, 0x07); /* FIFOs on and empty */
	outb(uart.port + REG_MCR, MCR_DTR_RTS_OUT2);
	outb(uart.port + REG_IER, uart.irq >= 0 ? IER_RECEIVED : 0);
	return true;
}

bool uart_init(const char *spec)
{
	const char *f = spec, *end;
	u32 baud = CONFIG_SERIAL_BAUD;
	u8 lcr = 3; /* 8n1 */
	u64 v;

	uart.port = UART_COM1;
	uart.irq = UART_COM1_IRQ;
	v = str_to_size(f, &end);
	if (end != f)
		baud = MIN(v, 0xfffffffful);
	else if (!strncmp(f, "auto", 4))
		baud = 0; /* as the loader left it */
	f = next_field(f);
	if (f && strnlen(f, 3) == 3 && uart_line_control(f))
		lcr = uart_line_control(f);
	f = f ? next_field(f) : NULL;
	if (f) {
		v = str_to_size(f, &end);
		if (end != f && v && v <= 0xfff8)
			uart.port = v;
		f = next_field(f);
	}
	if (f) {
		v = str_to_size(f, &end);
		uart.irq = end != f && v && v < 16 ? (int)v : -1;
	}
	if (uart_setup(baud, lcr))
		return true;
	uart.port = 0;
	uart.irq = -1;
	return false;
}

static bool uart_wait(void)
{
	for (u32 i = uart.stuck ? UART_PATIENCE - 1 : 0; i < UART_PATIENCE; i++) {
		if (inb(uart.port + REG_LSR) & LSR_THR_EMPTY) {
			uart.stuck = false;
			return true;
		}
		cpu_pause();
	}
	uart.stuck = true;
	return false;
}

static void uart_put(char c, u32 *room)
{
	if (!*room) {
		if (!uart_wait())
			return;
		*room = UART_FIFO;
	}
	outb(uart.port + REG_DATA, c);
	--*room;
}

void uart_write(const char *text, size_t n)
{
	u32 room = 0;

	for (size_t i = 0; uart.port && i < n; i++) {
		if (text[i] == '\n')
			uart_put('\r', &room);
		uart_put(text[i], &room);
	}
}

bool uart_read(char *c)
{
	if (!uart.port || !(inb(uart.port + REG_LSR) & LSR_RECEIVED))
		return false;
	*c = inb(uart.port + REG_DATA);
	return true;
}

int uart_irq(void)
{
	return uart.port ? uart.irq : -1;
}

u16 uart_port(void)
{
	return uart.port;
}
