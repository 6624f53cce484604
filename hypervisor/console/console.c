/* SPDX-License-Identifier: MIT */
/*
 * Where text goes: the hypervisor's lines (prefixed, levelled) to ring and devices, guests' text to
 * the devices. One lock guards all of it; last words before a panic go without.
 */
#include <config.h>
#include <console/console.h>
#include <console/device.h>
#include <console/ring.h>
#include <lib/format.h>
#include <lib/string.h>
#include <x86/lock.h>

#define RING_SIZE (1u << CONFIG_CONSOLE_RING_SHIFT)
#define LINE_MAX 512 /* a longer line is cut: it is built on the stack */
#define WRITER_US (-1)

static char ring_buf[RING_SIZE];

/* Guarded by .lock, but for .emergency and the levels. */
static struct {
	struct spinlock lock;
	struct text_ring ring;
	bool serial, vga, emergency;
	bool midline; /* the last character shown was no newline */
	int writer;   /* whose line that is: a domain or WRITER_US */
} console = {
	.lock = SPINLOCK(LOCK_CONSOLE),
	.ring = { .buf = ring_buf, .size = RING_SIZE },
};

static int level_ours = CONFIG_LOG_LEVEL, level_guests = CONFIG_GUEST_LOG_LEVEL;

static void console_lock(void)
{
	if (!console.emergency)
		spin_lock(&console.lock);
}

static void console_unlock(void)
{
	if (!console.emergency)
		spin_unlock(&console.lock);
}

static void device_write(const char *text, size_t n)
{
	if (console.serial)
		uart_write(text, n);
	if (console.vga)
		vga_write(text, n);
}

/* @writer's text, of its own line: if another's line is open it is ended first. Lock held. */
static void line_write(int writer, const char *text, size_t n, const char *prefix, bool to_ring)
{
	while (n) {
		const char *nl = text;
		size_t len;

		if (console.midline && console.writer != writer) {
			device_write("\n", 1);
			console.midline = false;
		}
		while (nl < text + n && *nl != '\n')
			nl++;
		len = nl - text + (nl < text + n);
		if (!console.midline) {
			device_write(prefix, strlen(prefix));
			if (to_ring)
				text_ring_put(&console.ring, prefix, strlen(prefix));
		}
		device_write(text, len);
		if (to_ring)
			text_ring_put(&console.ring, text, len);
		console.midline = text[len - 1] != '\n';
		console.writer = writer;
		text += len;
		n -= len;
	}
}

void log_print_v(enum log_level level, const char *fmt, va_list ap)
{
	char line[LINE_MAX];
	size_t n;

	if ((int)level > level_ours)
		return;
	n = format_v(line, sizeof(line), fmt, ap);
	n = MIN(n, sizeof(line) - 2);
	if (!n || line[n - 1] != '\n')
		line[n++] = '\n';
	console_lock();
	line_write(WRITER_US, line, n, "(HV) ", true);
	console_unlock();
}

void log_print(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_print_v(level, fmt, ap);
	va_end(ap);
}

void log_set_levels(int ours, int guests)
{
	level_ours = ours;
	level_guests = guests;
}

bool log_guest_wanted(enum log_level level)
{
	return (int)level <= level_guests;
}

/* Is @word one of the comma list @list? */
static bool list_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (!strncmp(p, word, n) && (p[n] == 0 || p[n] == ','))
			return true;
	return false;
}

static void console_name_unknown(const char *list)
{
	for (const char *p = list; *p;) {
		const char *comma = strchr(p, ',');
		int n = comma ? comma - p : (int)strlen(p);

		if (n && strncmp(p, "com1", 4) && strncmp(p, "vga", 3) && strncmp(p, "none", 4))
			log_warn("console=: \"%.*s\" is not known, ignored", n, p);
		p += n + !!comma;
	}
}

/* What was said before there was a device is said again from the ring. */
static void console_replay(void)
{
	char piece[128];
	u64 pos = 0;
	size_t n;

	while ((n = text_ring_read(&console.ring, &pos, piece, sizeof(piece))) > 0)
		device_write(piece, n);
}

void console_init(const char *which, const char *com1, bool text_screen)
{
	bool serial = list_has(which, "com1") && uart_init(com1);
	bool vga = list_has(which, "vga") && text_screen && vga_init();

	console_lock();
	console.serial = serial;
	console.vga = vga;
	console_replay();
	console_unlock();
	console_name_unknown(which);
	if (list_has(which, "com1") && !serial)
		log_warn("console: no serial port answers (com1=%s)", com1);
}

/* Keeps what a terminal needs of a guest's text: printable characters and \n \t \r \e \b. */
static bool char_allowed(char c)
{
	return (u8)c >= ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\e' || c == '\b';
}

void console_guest_write(u32 domid, const char *text, size_t n, bool raw)
{
	char clean[128], prefix[16] = "";
	size_t len = 0;

	if (!raw)
		format(prefix, sizeof(prefix), "(d%u) ", domid);
	console_lock();
	for (size_t i = 0; i < n; i++) {
		if (char_allowed(text[i]))
			clean[len++] = text[i];
		if (len == sizeof(clean) || (i == n - 1 && len)) {
			line_write((int)domid, clean, len, prefix, !raw);
			len = 0;
		}
	}
	console_unlock();
}

size_t console_ring_read(u64 *pos, char *buf, size_t n)
{
	size_t done;

	console_lock();
	done = text_ring_read(&console.ring, pos, buf, n);
	console_unlock();
	return done;
}

void console_ring_clear(void)
{
	console_lock();
	text_ring_clear(&console.ring);
	console_unlock();
}

bool console_vga_active(u8 *row, u8 *column)
{
	bool active;

	console_lock();
	active = console.vga;
	if (active)
		vga_cursor(row, column);
	console_unlock();
	return active;
}

void console_vga_release(void)
{
	console_lock();
	console.vga = false;
	console_unlock();
}

void console_emergency(void)
{
	console.emergency = true;
	if (console.midline)
		device_write("\n", 1);
	console.midline = false;
}
