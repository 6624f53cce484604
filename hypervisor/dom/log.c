/* SPDX-License-Identifier: MIT */
/*
 * Why a call was refused, in words: each domain has a ring of such lines. They also appear on the
 * console when guest_loglvl asks for it.
 */
#include <console/console.h>
#include <console/ring.h>
#include <dom/domain.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/format.h>
#include <lib/string.h>

#define LINE_MAX 200 /* a longer reason is cut: it comes partly from the guest */

struct dom_log {
	struct spinlock lock; /* guards the ring */
	struct text_ring ring;
	char text[CONFIG_DOMAIN_LOG_SIZE];
};

_Static_assert((CONFIG_DOMAIN_LOG_SIZE & (CONFIG_DOMAIN_LOG_SIZE - 1)) == 0, "a ring's size");

struct dom_log *domain_log_create(void)
{
	struct dom_log *l = heap_alloc(sizeof(*l));

	if (!l)
		return NULL;
	spin_init(&l->lock, LOCK_LOG);
	text_ring_init(&l->ring, l->text, sizeof(l->text));
	return l;
}

static void log_line(struct domain *d, enum log_level level, const char *line)
{
	if (log_guest_wanted(level))
		log_print(level, "d%u: %s", d->id, line);
	if (!d->log)
		return;
	spin_lock(&d->log->lock);
	text_ring_put(&d->log->ring, line, strlen(line));
	text_ring_put(&d->log->ring, "\n", 1);
	spin_unlock(&d->log->lock);
}

void domain_log(struct domain *d, const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format_v(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_line(d, LOG_INFO, line);
}

void fail_reason(int err, const char *where, const char *fmt, ...)
{
	struct vcpu *v = current();
	char line[LINE_MAX];
	va_list ap;
	int n;

	n = format(line, sizeof(line), "v%u %s: ", v ? v->id : 0, where);
	va_start(ap, fmt);
	n += format_v(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	if (n < (int)sizeof(line))
		format(line + n, sizeof(line) - n, " (%d)", err);
	if (v)
		log_line(v->dom, LOG_DEBUG, line);
	else
		log_warn("%s", line);
}

size_t domain_log_read(struct domain *d, u64 *pos, char *buf, size_t n)
{
	size_t got;

	spin_lock(&d->log->lock);
	got = text_ring_read(&d->log->ring, pos, buf, n);
	spin_unlock(&d->log->lock);
	return got;
}
