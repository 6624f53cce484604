/* SPDX-License-Identifier: MIT */
/*
 * Why a call was refused, in words: each domain has a ring of such lines, each with the time since
 * the machine started, as a kernel has it, and with the guest's rip. They also appear on the
 * console when guest_loglvl asks for it. What a guest can cause to be said comes this way and no
 * other (tests/lint/messages), and the console takes so many lines of each domain, and of all of
 * them, in a time: a serial line at 115200 baud carries some hundred in a second, and what is too
 * much for it is lost.
 */
#include <console/console.h>
#include <console/ring.h>
#include <dom/domain.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/format.h>
#include <lib/ratelimit.h>
#include <lib/string.h>
#include <x86/budget.h>

#define LINE_MAX 200 /* a longer reason is cut: it comes partly from the guest */

/* On the console, of one domain and of all. */
#define LINES_OF_ONE 20
#define LINES_OF_ALL 60
#define LINES_PERIOD (10 * NS_PER_SEC)

struct dom_log {
	struct spinlock lock; /* guards the ring and the limit */
	struct text_ring ring;
	struct ratelimit limit;
};

_Static_assert((CONFIG_DOMAIN_LOG_SIZE & (CONFIG_DOMAIN_LOG_SIZE - 1)) == 0, "a ring's size");

struct dom_log *domain_log_create(void)
{
	struct dom_log *l = heap_alloc(sizeof(*l));
	char *text = heap_alloc(CONFIG_DOMAIN_LOG_SIZE); /* by itself: just a page */

	if (!l || !text) {
		heap_free(l);
		heap_free(text);
		return NULL;
	}

	spin_init(&l->lock, LOCK_LOG);
	text_ring_init(&l->ring, text, CONFIG_DOMAIN_LOG_SIZE);
	l->limit = (struct ratelimit)RATELIMIT(LINES_OF_ONE, LINES_PERIOD);
	return l;
}

void domain_log_free(struct dom_log *l)
{
	if (!l)
		return;

	heap_free(l->ring.buf);
	heap_free(l);
}

static struct {
	struct spinlock lock; /* guards the limit */
	struct ratelimit limit;
} all = { .lock = SPINLOCK(LOCK_LOG), .limit = RATELIMIT(LINES_OF_ALL, LINES_PERIOD) };

/* May another line go to the console? *untold: how many of @d's did not since the last. */
static bool console_takes(struct domain *d, u32 *untold)
{
	struct dom_log *l = d->log;
	u32 of_all;
	bool yes;

	if (!l)
		return false;

	spin_lock(&l->lock);
	yes = ratelimit_allows(&l->limit, time_now(), untold);
	spin_unlock(&l->lock);

	if (!yes)
		return false;

	spin_lock(&all.lock);
	yes = ratelimit_allows(&all.limit, time_now(), &of_all);
	spin_unlock(&all.lock);

	return yes;
}

bool domain_may_print(struct domain *d, enum log_level level)
{
	u32 untold = 0;

	switch (log_guest_shown(level)) {
	case SHOWN_NEVER:
		return false;
	case SHOWN_ALWAYS:
		return true;
	default:
		break;
	}

	if (!console_takes(d, &untold))
		return false;

	if (untold)
		log_print(LOG_WARN, "d%u: %u lines were not shown here, it has too much to say",
			  d->id, untold);
	return true;
}

/* @line says whom it is about: it stands on the console among those of other domains. */
static void log_line(struct domain *d, enum log_level level, const char *line)
{
	struct dom_log *l = d->log;

	u64 us = time_now() / 1000;
	char stamp[24];

	if (domain_may_print(d, level))
		log_print(level, "%s", line);
	if (!l)
		return;

	format(stamp, sizeof(stamp), "[%5lu.%06lu] ", us / 1000000, us % 1000000);

	spin_lock(&l->lock);
	text_ring_put(&l->ring, stamp, strlen(stamp));
	text_ring_put(&l->ring, line, strlen(line));
	text_ring_put(&l->ring, "\n", 1);
	spin_unlock(&l->lock);
}

/* A line that is put together in pieces; what does not fit is cut off. */
struct line {
	char text[LINE_MAX];
	u32 used;
};

static void line_add_v(struct line *l, const char *fmt, va_list ap)
{
	if (l->used < sizeof(l->text))
		l->used += format_v(l->text + l->used, sizeof(l->text) - l->used, fmt, ap);
}

static void printf_like(2, 3) line_add(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_add_v(l, fmt, ap);
	va_end(ap);
}

void domain_log(struct domain *d, const char *fmt, ...)
{
	struct line line = { .used = 0 };
	va_list ap;

	line_add(&line, "d%u: ", d->id);
	va_start(ap, fmt);
	line_add_v(&line, fmt, ap);
	va_end(ap);

	log_line(d, LOG_INFO, line.text);
}

void fail_reason(int rc, const char *where, const char *fmt, ...)
{
	struct vcpu *v = current();
	struct line line = { .used = 0 };
	va_list ap;

	budget_charge(BUDGET_REFUSAL);
	if (v)
		line_add(&line, "d%uv%u %lx %s: ", v->dom->id, v->id, guest_regs()->rip, where);
	else
		line_add(&line, "%s: ", where);

	va_start(ap, fmt);
	line_add_v(&line, fmt, ap);
	va_end(ap);
	line_add(&line, " (%d)", rc);

	if (v)
		log_line(v->dom, LOG_DEBUG, line.text);
	else
		log_warn("%s", line.text);
}

size_t domain_log_read(struct domain *d, u64 *pos, char *buf, size_t n)
{
	size_t got;

	spin_lock(&d->log->lock);
	got = text_ring_read(&d->log->ring, pos, buf, n);
	spin_unlock(&d->log->lock);

	return got;
}
