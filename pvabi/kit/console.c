/* SPDX-License-Identifier: MIT */
/*
 * Text to the domain's console: a ring in a page that the start info names, and a port to tell the
 * backend; the control domain has neither, and asks the hypervisor. The small formatter knows what
 * a kernel's messages need and no more.
 */
#include <pvabi/io/console.h>
#include <pvabi/kit/kit.h>
#include <pvabi/kit/parts.h>

#define FLUSH_YIELDS 2000000 /* patience with a backend that is slow or not there */

static struct xencons_interface *ring; /* NULL: the control domain's */
struct lock console_lock;

void console_start(void)
{
	if (start_info->flags & SIF_INITDOMAIN)
		return;

	ring = pfn_to_va(mfn_to_pfn(start_info->console.domU.mfn));
}

static u32 ring_used(void)
{
	return ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE);
}

static void ring_notify_backend(void)
{
	struct evtchn_send send = { .port = start_info->console.domU.evtchn };

	if (!ring)
		return;

	hc_event_channel_op(EVTCHNOP_send, &send);
}

static void wait_used_below(u32 limit)
{
	for (u32 i = 0; ring_used() >= limit && i < FLUSH_YIELDS; i++) {
		if (i % 1024 == 0)
			ring_notify_backend();
		hc_sched_op(SCHEDOP_yield, 0);
	}
}

void console_flush(void)
{
	if (ring)
		wait_used_below(1);
}

static void put(char c)
{
	if (!ring) {
		hc_console_io(CONSOLEIO_write, 1, &c);
		return;
	}

	if (ring_used() >= sizeof(ring->out))
		wait_used_below(sizeof(ring->out));
	ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = c;
	__atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
}

static void put_number(u64 n, u32 base, int width, char pad)
{
	char digits[24];
	int i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	for (width -= i; width > 0; width--)
		put(pad);
	while (i)
		put(digits[--i]);
}

static void put_text(const char *s)
{
	for (; *s; s++)
		put(*s);
}

/* One conversion; fmt stands behind the %. Returns where it ends. */
static const char *put_conversion(const char *fmt, va_list *ap)
{
	bool prefix = *fmt == '#';
	int width = 0, longs = 0;
	char pad = ' ';
	long n;

	if (prefix)
		fmt++;
	if (*fmt == '0')
		pad = '0';
	while (*fmt >= '0' && *fmt <= '9')
		width = width * 10 + (*fmt++ - '0');
	for (; *fmt == 'l'; fmt++)
		longs++;
	switch (*fmt) {
	case 's':
		put_text(va_arg(*ap, const char *));
		break;
	case 'c':
		put((char)va_arg(*ap, int));
		break;
	case 'd':
		n = longs ? va_arg(*ap, long) : va_arg(*ap, int);
		if (n < 0)
			put('-');
		put_number(n < 0 ? -(u64)n : (u64)n, 10, width, pad);
		break;
	case 'u':
	case 'x':
		if (prefix)
			put_text("0x");
		put_number(longs ? va_arg(*ap, u64) : va_arg(*ap, u32), *fmt == 'x' ? 16 : 10,
			   width, pad);
		break;
	default:
		put(*fmt);
	}
	return fmt + 1;
}

void print_v(const char *fmt, va_list ap)
{
	va_list args;

	va_copy(args, ap);
	lock_take(&console_lock);
	while (*fmt) {
		if (*fmt == '%') {
			fmt = put_conversion(fmt + 1, &args);
			continue;
		}
		if (*fmt == '\n')
			put('\r');
		put(*fmt++);
	}
	lock_release(&console_lock);
	va_end(args);
	ring_notify_backend();
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_v(fmt, ap);
	va_end(ap);
}
