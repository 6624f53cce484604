/* SPDX-License-Identifier: MIT */
/* Hypercall console_io: dom0's console is ours; others may leave words there for debugging. */
#include <console/console.h>
#include <ctl/ctl.h>
#include <dom/ops.h>
#include <event/event.h>
#include <guest/guest.h>
#include <irq/irq.h>
#include <lib/fail.h>
#include <pvabi/xen.h>
#include <time/time.h>
#include <x86/hooks.h>

#define CHUNK      128 /* bytes copied at a time, on our stack */
#define UART_PORTS 8
#define DRAIN_NS   NS_PER_MS /* in which 115200 baud send 11 of the 16 characters of a FIFO */

#define OP_console_io(nr, name, arg, who, how, ...) OP_HANDLER(op_console_##name, arg, how)
#include <pvabi/hypercalls.def>

/* How much is taken at a time; 0: the line is behind. */
static size_t chunk_size(const struct domain *d)
{
	if (!d->privileged)
		return CHUNK;

	return MIN(console_room(), (size_t)CHUNK);
}

long op_console_write(struct hypercall *hc, char *text)
{
	struct domain *d = current()->dom;
	u32 count = (u32)hc->arg[1];
	char buf[CHUNK];

	while (count) {
		size_t n = chunk_size(d);

		/* dom0 waits for the line outside of ring 0. */
		if (!n)
			return -ERESTART;

		n = MIN(n, (size_t)count);
		if (guest_copy_in(buf, text, n))
			return fail(-EFAULT, "console text is not readable");

		if (d->privileged || domain_may_print(d, LOG_INFO))
			console_guest_write(d->id, buf, n, d->privileged);

		count -= n;
		text += n;
		hc->arg[1] = count;
		hc->arg[2] = (u64)text;

		if (count && preempt_window())
			return -ERESTART;
	}

	return 0;
}

long op_console_read(struct hypercall *hc, char *to)
{
	u32 count = (u32)hc->arg[1];
	char buf[CHUNK];
	size_t n;

	n = console_read_input(buf, MIN(count, (u32)CHUNK));
	if (guest_copy_out(to, buf, n))
		return fail(-EFAULT, "console buffer is not writable");

	return n;
}

#define OP_console_io(nr, name, arg, who, how, ...) OP_ADAPTER(op_console_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_console_io(nr, name, arg, who, how, ...) [nr] = OP_ROW(op_console_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_console_io(struct hypercall *hc)
{
	u32 cmd = MIN(hc->arg[0], (u64)~0u);

	return ops_run(OP_FIND(ops, cmd), cmd, "console", current(), HC_PTR(hc, 2, void), hc);
}

void hook_console_input(void)
{
	if (dom0)
		event_virq_global(dom0, VIRQ_CONSOLE);
}

/* --- the serial line -------------------------------------------------------------------------- */

static struct timer drain_timer;

void hook_console_waits(void)
{
	timer_set(&drain_timer, time_now() + DRAIN_NS);
}

static void drain(struct timer *t)
{
	u64 lost;

	if (console_drain(&lost))
		hook_console_waits();
	else if (lost)
		log_warn("console: %lu characters were lost, the serial line is slow", lost);
}

static void uart_arrived(struct irq *irq, void *arg)
{
	console_uart_interrupt();
	irq_eoi(irq);
}

/* The console's line interrupts us, and its ports are not dom0's. */
void console_uart_start(void)
{
	u32 port = console_uart_port();
	int line = console_uart_irq();
	bool level, low;
	u32 gsi;

	timer_init(&drain_timer, drain);

	if (port)
		port_reserve(port, port + UART_PORTS - 1);

	if (line < 0)
		return;

	gsi = irq_isa_to_gsi(line, &level, &low);
	if (!irq_claim(gsi, level, low, uart_arrived, NULL))
		log_warn("console: interrupt line %d is not to be had: no input", line);

	/* What came before is still in the port, and would send no edge. */
	console_uart_interrupt();
}
