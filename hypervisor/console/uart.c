/* SPDX-License-Identifier: MIT */
/*
 * A 16550 serial port, polled: it says whether it takes text now, and for how long it did not. Who
 * waits for it, and how long, is serial.c's.
 */
#include <config.h>
#include <console/console.h>
#include <console/device.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/cpu.h>

#define UART_COM1     0x3f8
#define UART_COM1_IRQ 4
#define UART_CLOCK    115200 /* divisor 1 */
#define PORT_LAST     0xfff8 /* eight ports from there */

enum { REG_DATA = 0, REG_IER = 1, REG_FCR = 2, REG_LCR = 3, REG_MCR = 4, REG_LSR = 5 };
#define FCR_CLEAR        0x07 /* FIFOs on and empty */
#define LCR_8N1          0x03
#define LCR_DLAB         0x80
#define LSR_RECEIVED     0x01
#define LSR_THR_EMPTY    0x20
#define MCR_DTR_RTS_OUT2 0x0b /* OUT2 opens the way to the interrupt controller */
#define IER_RECEIVED     0x01

static struct {
	u16 port; /* 0: there is none */
	int irq;
	u64 full_since; /* TSC when it was first seen full; 0: it was not, the last time */
} uart = { .irq = -1 };

/* "8n1": word length, parity, stop bits as the line control register has them; 0 if unreadable. */
static u8 uart_line_control(const char *s)
{
	static const char parities[] = "no.e"; /* by the values of bits 3 and 4 */
	const char *parity = strnlen(s, 3) == 3 ? strchr(parities, s[1]) : NULL;

	if (!parity || s[0] < '7' || s[0] > '8' || s[2] < '1' || s[2] > '2')
		return 0;

	return (s[0] - '5') | (s[2] - '1') << 2 | (parity - parities) << 3;
}

/* A number at @s replaces *value. Returns what stands behind the next comma. */
static const char *field_read(const char *s, u64 *value)
{
	const char *end, *comma = strchr(s, ',');
	u64 v = str_to_size(s, &end);

	if (end != s)
		*value = v;
	return comma ? comma + 1 : "";
}

static void divisor_set(u16 divisor, u8 lcr)
{
	outb(uart.port + REG_LCR, lcr | LCR_DLAB);
	outb(uart.port + REG_DATA, divisor & 0xff);
	outb(uart.port + REG_IER, divisor >> 8);
}

static bool uart_setup(u64 baud, u8 lcr)
{
	outb(uart.port + REG_IER, 0);

	/* An empty bus reads all ones. */
	if (inb(uart.port + REG_LSR) == 0xff)
		return false;

	if (baud && baud <= UART_CLOCK)
		divisor_set(UART_CLOCK / baud, lcr);
	outb(uart.port + REG_LCR, lcr);
	outb(uart.port + REG_FCR, FCR_CLEAR);
	outb(uart.port + REG_MCR, MCR_DTR_RTS_OUT2);
	outb(uart.port + REG_IER, uart.irq >= 0 ? IER_RECEIVED : 0);
	return true;
}

bool uart_init(const char *spec)
{
	u64 baud = strncmp(spec, "auto", 4) ? CONFIG_SERIAL_BAUD : 0; /* 0: as the loader left it */
	u64 port = UART_COM1, irq = UART_COM1_IRQ, unused;
	u8 lcr;

	spec = field_read(spec, &baud);
	lcr = uart_line_control(spec);
	spec = field_read(spec, &unused);
	spec = field_read(spec, &port);

	/* An interrupt that is named but can not be read is none. */
	if (*spec)
		irq = 0;
	field_read(spec, &irq);

	uart.port = port && port <= PORT_LAST ? port : UART_COM1;
	uart.irq = irq && irq < 16 ? (int)irq : -1;
	if (uart_setup(baud, lcr ? lcr : LCR_8N1))
		return true;

	uart.port = 0;
	uart.irq = -1;
	return false;
}

u64 uart_full_for(void)
{
	u64 now = rdtsc();

	if (inb(uart.port + REG_LSR) & LSR_THR_EMPTY)
		uart.full_since = 0;
	else if (!uart.full_since)
		uart.full_since = now - 1;

	return uart.full_since ? now - uart.full_since : 0;
}

void uart_fill(const char *text, size_t n)
{
	assert(n <= UART_FIFO);

	for (size_t i = 0; i < n; i++)
		outb(uart.port + REG_DATA, text[i]);
}

bool uart_read(char *c)
{
	if (!uart.port || !(inb(uart.port + REG_LSR) & LSR_RECEIVED))
		return false;

	*c = inb(uart.port + REG_DATA);
	return true;
}

int console_uart_irq(void)
{
	return uart.irq;
}

u16 console_uart_port(void)
{
	return uart.port;
}
