/* SPDX-License-Identifier: MIT */
/* A pseudo terminal in raw mode. Its other side is held open, so that users may come and go. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "pty.h"

static int set_up(struct pty *pty)
{
	struct termios raw;

	if (grantpt(pty->master) || unlockpt(pty->master) ||
	    ptsname_r(pty->master, pty->name, sizeof(pty->name)))
		return -errno;

	pty->slave = open(pty->name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->slave < 0 || tcgetattr(pty->slave, &raw))
		return -errno;

	cfmakeraw(&raw);
	return tcsetattr(pty->slave, TCSANOW, &raw) ? -errno : 0;
}

int pty_open(struct pty *pty)
{
	int rc;

	*pty = (struct pty){ .master = -1, .slave = -1 };
	pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (pty->master < 0)
		return -errno;

	rc = set_up(pty);
	if (rc)
		pty_close(pty);
	return rc;
}

void pty_close(struct pty *pty)
{
	if (pty->slave >= 0)
		close(pty->slave);
	if (pty->master >= 0)
		close(pty->master);
	pty->master = pty->slave = -1;
}

void pty_write(struct pty *pty, const char *text, size_t length)
{
	ssize_t n = 0;

	while (pty->master >= 0 && length && n >= 0) {
		n = write(pty->master, text, length);
		if (n > 0) {
			text += n;
			length -= (size_t)n;
		}
	}
}
