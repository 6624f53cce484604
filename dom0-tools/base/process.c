/* SPDX-License-Identifier: MIT */
/* Child processes. */
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t process_start(const char *path, char *const argv[], char *const env[])
{
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t pid;
	int rc;

	if (env == NULL)
		env = environ;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn(&pid, path, NULL, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);

	return rc != 0 ? -rc : pid;
}

void process_signals_reset(void)
{
	struct sigaction action;

	for (int signal = 1; signal < NSIG; signal++) {
		if (sigaction(signal, NULL, &action) < 0)
			continue;
		if (action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL)
			continue;

		action = (struct sigaction){ .sa_handler = SIG_DFL };
		sigaction(signal, &action, NULL);
	}
}

int process_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}

	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}
