/* SPDX-License-Identifier: MIT */
/*
 * The daemon beside a test (see daemon_run.h).
 */
#include "daemon_run.h"

#include <check.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* So often, and so long in between, it is tried to connect. */
#define TRIES       400
#define TRY_EACH_US 25000

#define DAEMON_NAME "/hospes-stored"

char daemon_socket[64];
pid_t daemon_pid;
bool daemon_empty;

static char dir[] = "/tmp/store-daemon-XXXXXX";

/* The daemon that was built for the tests stands beside the test. */
static void program_find(char *program, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", program, size - sizeof(DAEMON_NAME));

	ck_assert_int_gt(n, 0);
	program[n] = '\0';
	strcat(dirname(program), DAEMON_NAME);
}

void daemon_folder_make(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(daemon_socket, sizeof(daemon_socket), "%s/socket", dir);
}

void daemon_folder_remove(void)
{
	char path[128];

	/* One that was killed leaves its socket. */
	unlink(daemon_socket);
	for (int slot = 0; slot < 3; slot++) {
		snprintf(path, sizeof(path), "%s/state.%d", dir, slot);
		unlink(path);
		snprintf(path, sizeof(path), "%s/state.%d.journal", dir, slot);
		unlink(path);
		snprintf(path, sizeof(path), "%s/state.%d.new", dir, slot);
		unlink(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

pid_t daemon_spawn(bool keeps_state)
{
	char program[512];
	char *args[] = {
		program, "-F", "--no-domains", "-s", daemon_socket, "--no-state", NULL,
	};
	pid_t pid;

	if (keeps_state)
		args[5] = daemon_empty ? "--empty" : NULL;

	program_find(program, sizeof(program));
	pid = fork();
	if (pid == 0) {
		/* Its log is for people; what the sanitizers say is seen in its exit. */
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		execv(program, args);
		_exit(127);
	}

	return pid;
}

void daemon_start(bool keeps_state)
{
	daemon_pid = daemon_spawn(keeps_state);
	ck_assert_int_gt(daemon_pid, 0);
}

void daemon_stop(int sig)
{
	int status;

	kill(daemon_pid, sig);
	ck_assert_int_eq(waitpid(daemon_pid, &status, 0), daemon_pid);
	if (sig != SIGTERM)
		return;

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		      "the daemon ended with status %#x", status);
}

struct store *daemon_connect(void)
{
	struct store *store;

	for (int i = 0; i < TRIES; i++) {
		store = store_open_path(daemon_socket);
		if (store)
			return store;
		usleep(TRY_EACH_US);
	}

	ck_abort_msg("the daemon does not answer");
	return NULL;
}
