/* SPDX-License-Identifier: MIT */
/* Joining a terminal and a guest's console until ^], the end of the input, or the domain's end. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include "console.h"

/* When input that is not a terminal has ended, this long without output ends the session. */
#define IDLE_END_MS 1000
/* So long a terminal's input waits for a guest that takes none; then it is lost, and ^] is read. */
#define INPUT_SECONDS 2

struct session {
	int console, in, out;
	bool terminal; /* input is one */
	bool in_ended;
	bool stuck; /* the console took nothing of a terminal's input, the last time */
	struct termios saved;
};

static void raw_mode(struct session *s)
{
	struct termios raw;

	s->terminal = isatty(s->in) && tcgetattr(s->in, &s->saved) == 0;
	if (!s->terminal)
		return;

	raw = s->saved;
	cfmakeraw(&raw);
	tcsetattr(s->in, TCSANOW, &raw);
}

/* Nobody may be kept in a session by a guest, or a daemon, that does not read. */
static void bound_input(const struct session *s)
{
	struct timeval limit = { .tv_sec = INPUT_SECONDS };

	if (s->terminal)
		setsockopt(s->console, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* Only a terminal's input is ever lost: that from elsewhere waits. */
static bool to_console(struct session *s, const char *text, size_t size)
{
	int how = s->stuck ? MSG_NOSIGNAL | MSG_DONTWAIT : MSG_NOSIGNAL;
	ssize_t n = send(s->console, text, size, how);

	s->stuck = s->terminal && n < (ssize_t)size;
	return n >= 0 || errno == EAGAIN || errno == EINTR;
}

enum verdict { GO_ON, USER_LEFT, CONSOLE_ENDED };

static enum verdict from_user(struct session *s)
{
	char text[1024], *escape;
	ssize_t n = read(s->in, text, sizeof(text));

	if (n < 0 && errno == EINTR)
		return GO_ON;

	if (n <= 0) {
		s->in_ended = true;
		return s->terminal ? USER_LEFT : GO_ON;
	}

	escape = memchr(text, CONSOLE_ESCAPE, (size_t)n);
	if (escape)
		n = escape - text;
	if (n && !to_console(s, text, (size_t)n))
		return CONSOLE_ENDED;

	return escape ? USER_LEFT : GO_ON;
}

static enum verdict from_console(struct session *s)
{
	char text[4096];
	ssize_t n = read(s->console, text, sizeof(text));

	if (n < 0 && errno == EINTR)
		return GO_ON;
	if (n <= 0)
		return CONSOLE_ENDED;

	return file_write(s->out, text, (size_t)n) == 0 ? GO_ON : USER_LEFT;
}

static enum verdict pass_bytes(struct session *s)
{
	struct pollfd p[2] = {
		{ .fd = s->console, .events = POLLIN },
		{ .fd = s->in_ended ? -1 : s->in, .events = POLLIN },
	};
	int n = poll(p, 2, s->in_ended ? IDLE_END_MS : -1);
	enum verdict v = GO_ON;

	if (n < 0)
		return errno == EINTR ? GO_ON : USER_LEFT;
	if (n == 0)
		return USER_LEFT;

	if (p[0].revents)
		v = from_console(s);
	if (v == GO_ON && p[1].revents)
		v = from_user(s);
	return v;
}

int console_interact(uint32_t domid, bool replay, int in, int out, struct hospes_error *err)
{
	struct session s = { .in = in, .out = out };
	enum verdict v;

	s.console = console_connect(domid, replay, err);
	if (s.console < 0)
		return s.console;

	raw_mode(&s);
	bound_input(&s);
	for (;;) {
		v = pass_bytes(&s);
		if (v == GO_ON)
			continue;

		close(s.console);
		s.console = -1;
		if (v == USER_LEFT)
			break;

		/*
		 * Either the domain ended, or hospesd was restarted: then it still knows the
		 * domain.
		 */
		s.console = console_connect(domid, false, NULL);
		if (s.console < 0)
			break;
		bound_input(&s);
	}

	if (s.terminal)
		tcsetattr(in, TCSANOW, &s.saved);
	return 0;
}
