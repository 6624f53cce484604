/* SPDX-License-Identifier: MIT */
/* Joining a terminal and a guest's console until ^], the end of the input, or the domain's end. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include "console.h"

/* When input that is not a terminal has ended, this long without output ends the session. */
#define IDLE_END_MS 1000

struct session {
	int console, in, out;
	bool terminal; /* input is one */
	bool in_ended;
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
	if (n && send(s->console, text, (size_t)n, MSG_NOSIGNAL) < 0)
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
	}

	if (s.terminal)
		tcsetattr(in, TCSANOW, &s.saved);
	return 0;
}
