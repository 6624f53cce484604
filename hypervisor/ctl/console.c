/* SPDX-License-Identifier: MIT */
/* Hypercall console_io: dom0's console is ours; others may leave words there for debugging. */
#include <console/console.h>
#include <ctl/ctl.h>
#include <event/event.h>
#include <guest/guest.h>
#include <irq/irq.h>
#include <lib/fail.h>
#include <pvabi/xen.h>
#include <x86/hooks.h>

#define CHUNK      128 /* bytes copied at a time, on our stack */
#define UART_PORTS 8

static long console_write(struct hypercall *hc, u32 count)
{
	struct domain *d = current()->dom;
	char buf[CHUNK];

	while (count) {
		size_t n = d->privileged ? MIN(console_room(), sizeof(buf)) : sizeof(buf);

		if (!n) /* the line is behind: dom0 waits for it outside of ring 0 */
			return -ERESTART;
		n = MIN(n, (size_t)count);
		if (guest_copy_in(buf, HC_PTR(hc, 2, char), n))
			return fail(-EFAULT, "console text is not readable");
		if (d->privileged || log_guest_wanted(LOG_INFO))
			console_guest_write(d->id, buf, n, d->privileged);
		count -= n;
		hc->arg[1] = count;
		hc->arg[2] += n;
		if (count && preempt_window())
			return -ERESTART;
	}
	return 0;
}

static long console_read(struct hypercall *hc, u32 count)
{
	char buf[CHUNK];
	size_t n;

	if (!current()->dom->privileged)
		return fail(-EPERM, "console input is dom0's");
	n = console_read_input(buf, MIN(count, (u32)CHUNK));
	if (guest_copy_out(HC_PTR(hc, 2, char), buf, n))
		return fail(-EFAULT, "console buffer is not writable");
	return n;
}

long hc_console_io(struct hypercall *hc)
{
	u32 count = (u32)hc->arg[1];

	switch (hc->arg[0]) {
	case CONSOLEIO_write:
		return console_write(hc, count);
	case CONSOLEIO_read:
		return console_read(hc, count);
	default:
		return fail(-ENOSYS, "console operation %lu", hc->arg[0]);
	}
}

void hook_console_input(void)
{
	if (dom0)
		event_virq_global(dom0, VIRQ_CONSOLE);
}

static void uart_arrived(struct irq *irq, void *arg)
{
	console_uart_interrupt();
	irq_eoi(irq);
}

/* The console's line interrupts us, and its ports are not dom0's. */
void console_uart_start(void)
{
	int line = console_uart_irq();
	bool level, low;
	u32 gsi;

	if (console_uart_port())
		port_reserve(console_uart_port(), console_uart_port() + UART_PORTS - 1);
	if (line < 0)
		return;
	gsi = irq_isa_to_gsi(line, &level, &low);
	if (!irq_claim(gsi, level, low, uart_arrived, NULL))
		log_warn("console: interrupt line %d is not to be had: no input", line);
	console_uart_interrupt(); /* what came before is still in the port: it would send no edge */
}
