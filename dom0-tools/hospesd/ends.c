/* SPDX-License-Identifier: MIT */
/*
 * Starts a worker for each domain that stopped, and one that sweeps after domains that are gone.
 * Keeps no truth of its own: a successor of this process finds the same stopped domains and the
 * same leftovers, and starts the same workers, which keep out of each other's way by locks.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/process.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/domain/decide.h>
#include <dom0-tools/domain/standstill.h>
#include "ends.h"
#include "note.h"

/* Failures of one domain's worker after which it is left to the operator. */
#define WORKER_TRIES 3
/*
 * `hospes destroy` cleans up after itself. What is left after this time was left by a killed one.
 */
#define SWEEP_DELAY_MS 3000
/* A sweep or a worker that failed: the store may be away for a while. */
#define SWEEP_AGAIN_MS 30000
/* A sweeper that is at it for so long hangs: all its own waits together are shorter. */
#define SWEEP_LIMIT_MS (15 * 60 * 1000)
/* Records younger than this belong to a creator that is still at work. */
#define BUILDING_SECONDS 3

/* A domain that has stopped and still exists, or whose worker still runs. */
struct stop {
	struct stop *next;
	uint32_t domid;
	bool handled, alive;
	unsigned int failures;
	pid_t worker;
};

static struct stop *stops;
static pid_t sweeper;
static int64_t sweeper_limit; /* when it is taken to hang */
static int64_t sweep_at;      /* 0: not planned */

/*
 * Starts this program again as a child, which says what it does where we do: 0 when it cannot be.
 * @arg may be NULL.
 */
static pid_t worker_start(const char *what, const char *arg)
{
	char *argv[5] = { "hospesd" };
	size_t n = 1;
	pid_t pid;

	if (note_to_stderr())
		argv[n++] = "--foreground";
	argv[n++] = (char *)what;
	argv[n++] = (char *)arg;

	pid = process_start("/proc/self/exe", argv, NULL);
	if (pid > 0)
		return pid;

	note("cannot start a worker: %s", strerror(-pid));
	return 0;
}

static struct stop *find_stop(uint32_t domid)
{
	struct stop *stop = stops;

	while (stop && stop->domid != domid)
		stop = stop->next;
	return stop;
}

static struct stop *make_stop(uint32_t domid)
{
	struct stop *stop = calloc(1, sizeof(*stop));

	if (stop) {
		stop->domid = domid;
		stop->next = stops;
		stops = stop;
	}

	return stop;
}

void ends_begin(void)
{
	for (struct stop *stop = stops; stop; stop = stop->next)
		stop->alive = false;
}

void ends_stopped(uint32_t domid, unsigned int reason)
{
	struct stop *stop = find_stop(domid);
	char number[16];

	if (!stop)
		stop = make_stop(domid);
	if (!stop)
		return; /* out of memory: the next look tries again */

	stop->alive = true;
	if (stop->handled || stop->failures >= WORKER_TRIES || stop->worker)
		return;

	note("domain %u %s", domid, decide_reason(reason));
	snprintf(number, sizeof(number), "%u", domid);
	stop->worker = worker_start("--handle", number);
	stop->handled = true;
}

/* Forgets domains that are gone, so that a reused number starts afresh. */
void ends_finish(void)
{
	struct stop **at = &stops;

	while (*at) {
		struct stop *stop = *at;

		if (stop->alive || stop->worker) {
			at = &stop->next;
			continue;
		}

		*at = stop->next;
		free(stop);
	}
}

void ends_sweep_after(int ms)
{
	int64_t at = clock_ms() + ms;

	/* An earlier one that is planned already sees this too. */
	if (sweep_at == 0 || at < sweep_at)
		sweep_at = at;
}

void ends_gone(uint32_t domid)
{
	(void)domid;
	ends_sweep_after(SWEEP_DELAY_MS);
}

/*
 * Whether a domain is being built for longer than that takes, or was when its creator died: the
 * sweeper finds out which, by the creator's lock.
 */
static bool building_records(void)
{
	char path[320], record[640];
	struct dirent *entry;
	bool found = false;
	struct stat st;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/building", config_run_dir());
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		if (strlen(entry->d_name) != CONFIG_UUID_LENGTH)
			continue;

		snprintf(record, sizeof(record), "%s/%s", path, entry->d_name);
		found = stat(record, &st) == 0 && st.st_mtime + BUILDING_SECONDS < time(NULL);
	}

	if (dir)
		closedir(dir);
	return found;
}

void ends_tick(void)
{
	bool due = sweep_at != 0 && clock_left_ms(sweep_at) == 0;

	if (sweeper && clock_left_ms(sweeper_limit) == 0) {
		note("the sweeper hangs: it is ended, and another will follow");
		kill(sweeper, SIGKILL);
		sweeper_limit = clock_ms() + SWEEP_LIMIT_MS;
	}
	if (sweeper)
		return;

	if (due || building_records() || standstill_abandoned()) {
		sweep_at = 0;
		sweeper = worker_start("--sweep", NULL);
		sweeper_limit = clock_ms() + SWEEP_LIMIT_MS;
	}
}

static void stop_failed(struct stop *stop)
{
	stop->handled = false;
	stop->failures++;
	if (stop->failures == WORKER_TRIES)
		note("domain %u is left to the operator: its worker failed %d times", stop->domid,
		     WORKER_TRIES);
}

/* Also of processes that a sweeper started and left to us. */
static void worker_ended(pid_t pid, int status)
{
	bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (pid == sweeper) {
		sweeper = 0;
		if (!good)
			ends_sweep_after(SWEEP_AGAIN_MS);
		return;
	}

	for (struct stop *stop = stops; stop; stop = stop->next) {
		if (stop->worker != pid)
			continue;

		stop->worker = 0;
		if (!good)
			stop_failed(stop);
	}

	/* One that was killed may leave an intent of a restart. */
	if (!good)
		ends_sweep_after(SWEEP_DELAY_MS);
}

void ends_reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		worker_ended(pid, status);
}
