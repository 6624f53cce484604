/* SPDX-License-Identifier: MIT */
/*
 * Where text goes: the hypervisor's lines, with a prefix and a level, to the ring and the devices;
 * guests' text to the devices. One lock guards all of it.
 */
#include <config.h>
#include <console/clean.h>
#include <console/console.h>
#include <console/device.h>
#include <console/ring.h>
#include <lib/format.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/lock.h>

#define RING_SIZE (1u << CONFIG_CONSOLE_RING_SHIFT)
#define LINE_MAX  512 /* a longer line is cut: it is built on the stack */
#define WRITER_US (-1)

static char ring_buf[RING_SIZE];

static struct {
	struct spinlock lock; /* guards the rest, and the devices */
	struct text_ring ring;
	bool serial, vga;
	bool midline; /* the last character shown was no newline */
	int writer;   /* whose line that is: a domain or WRITER_US */
} console = {
	.lock = SPINLOCK(LOCK_CONSOLE),
	.ring = { .buf = ring_buf, .size = RING_SIZE },
};

static int level_ours = CONFIG_LOG_LEVEL;
static struct guest_levels guest_levels = { .always = -1, .limited = CONFIG_GUEST_LOG_LEVEL };

/* console.lock is held. */
static void put(const char *text, size_t n, bool to_ring)
{
	assert(spin_held(&console.lock));
	if (console.serial)
		serial_put(text, n);
	if (console.vga)
		vga_write(text, n);
	if (to_ring)
		text_ring_put(&console.ring, text, n);
}

/* What was put goes out; what can not go now does so soon (hook_console_waits). */
static void go_and_unlock(void)
{
	if (console.serial && serial_go())
		softirq_raise(SOFTIRQ_CONSOLE);

	spin_unlock(&console.lock);
}

/* The length of the first line of @text, its newline included. @n is not 0. */
static size_t line_length(const char *text, size_t n)
{
	size_t len = 1;

	while (len < n && text[len - 1] != '\n')
		len++;
	return len;
}

/*
 * Writes @writer's text, each line with the prefix. A line of another that is still open is ended
 * first. console.lock is held.
 */
static void lines_write(int writer, const char *text, size_t n, const char *prefix, bool to_ring)
{
	while (n) {
		size_t len = line_length(text, n);

		if (console.midline && console.writer != writer) {
			put("\n", 1, false);
			console.midline = false;
		}
		if (!console.midline)
			put(prefix, strlen(prefix), to_ring);

		put(text, len, to_ring);
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
	/* It may quote what a file, a table of the firmware or a guest has brought in. */
	n = text_clean(line, line, n);
	if (!n || line[n - 1] != '\n')
		line[n++] = '\n';

	spin_lock(&console.lock);
	lines_write(WRITER_US, line, n, "(HV) ", true);
	go_and_unlock();
}

void log_print(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_print_v(level, fmt, ap);
	va_end(ap);
}

void log_set_level(int ours)
{
	level_ours = ours;
}

void log_set_guest_levels(struct guest_levels levels)
{
	guest_levels = levels;
}

enum guest_line_shown log_guest_shown(enum log_level level)
{
	if ((int)level <= guest_levels.always)
		return SHOWN_ALWAYS;

	return (int)level <= guest_levels.limited ? SHOWN_LIMITED : SHOWN_NEVER;
}

/* What was said before there was a device is said again, from the ring. console.lock is held. */
static void console_replay(void)
{
	char piece[128];
	u64 pos = 0;
	size_t n;

	while ((n = text_ring_read(&console.ring, &pos, piece, sizeof(piece))) > 0) {
		put(piece, n, false);
		if (console.serial)
			serial_flush();
	}
}

/* The next word of a comma list, *n characters long; *list goes behind it and its comma. */
static const char *next_word(const char **list, size_t *n)
{
	const char *word = *list, *comma = strchr(word, ',');

	if (comma) {
		*n = comma - word;
		*list = comma + 1;
	} else {
		*n = strlen(word);
		*list = word + *n;
	}
	return word;
}

static bool is_word(const char *word, size_t n, const char *name)
{
	return n == strlen(name) && !strncmp(word, name, n);
}

void console_init(const char *which, const char *com1, bool text_screen)
{
	bool serial = false, vga = false;
	const char *word;
	size_t n;

	while (*which) {
		word = next_word(&which, &n);
		if (is_word(word, n, "com1"))
			serial = true;
		else if (is_word(word, n, "vga"))
			vga = text_screen;
		else if (!is_word(word, n, "none"))
			log_warn("console=: \"%.*s\" is not known, ignored", (int)n, word);
	}

	spin_lock(&console.lock);
	console.serial = serial && uart_init(com1);
	console.vga = vga && vga_init();
	console_replay();
	spin_unlock(&console.lock);

	if (serial && !console.serial)
		log_warn("console: no serial port answers (com1=%s)", com1);
}

void console_guest_write(u32 domid, const char *text, size_t n, bool raw)
{
	char clean[128], prefix[16] = "";

	if (!raw)
		format(prefix, sizeof(prefix), "(d%u) ", domid);

	spin_lock(&console.lock);
	while (n) {
		size_t piece = MIN(n, sizeof(clean));
		size_t len = raw ? text_clean_terminal(clean, text, piece)
				 : text_clean(clean, text, piece);

		lines_write((int)domid, clean, len, prefix, !raw);
		text += piece;
		n -= piece;
	}
	go_and_unlock();
}

size_t console_room(void)
{
	size_t room;

	spin_lock(&console.lock);
	room = console.serial ? serial_room() : LINE_MAX;
	spin_unlock(&console.lock);
	return room;
}

void console_queue_start(void)
{
	spin_lock(&console.lock);
	serial_start();
	spin_unlock(&console.lock);
}

bool console_drain(u64 *lost)
{
	bool more;

	spin_lock(&console.lock);
	more = console.serial && serial_go();
	*lost = more ? 0 : serial_lost();
	spin_unlock(&console.lock);

	return more;
}

void console_flush(void)
{
	spin_lock(&console.lock);
	if (console.serial)
		serial_flush();
	spin_unlock(&console.lock);
}

size_t console_ring_read(u64 *pos, char *buf, size_t n)
{
	size_t done;

	spin_lock(&console.lock);
	done = text_ring_read(&console.ring, pos, buf, n);
	spin_unlock(&console.lock);
	return done;
}

void console_ring_clear(void)
{
	spin_lock(&console.lock);
	text_ring_clear(&console.ring);
	spin_unlock(&console.lock);
}

void console_vga_release(void)
{
	WRITE_ONCE(console.vga, false);
}
