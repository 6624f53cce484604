/* SPDX-License-Identifier: MIT */
/*
 * Which kernels are likely to be wanted: those of the guests that are described in /etc/hospes or
 * live now, and the newest in /boot. A create that needs one of them while it is being unpacked
 * waits for that, and has it go on at its own priority (kernel_cache.c).
 */
#include <errno.h>
#include <glob.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/builder/kernel_image.h>
#include "ends.h"
#include "note.h"
#include "prefill.h"

#define GUESTS_DIR  "/etc/hospes"
#define KERNELS_DIR "/boot"
/* After the start, and after a change: packages are installed in several steps. */
#define DELAY_MS 3000
/* Without any sign: a kernel may have been written anew in its place. */
#define AGAIN_MS (10 * 60 * 1000)
/* Of /boot: the one that runs, and one more. Old ones stay there for years. */
#define BOOT_KERNELS_MAX 2
/* Far more kernels than anybody keeps. */
#define BOOT_FILES_MAX 64
/* Memory that is left alone. */
#define RESERVE_BYTES (64UL << 20)

static pid_t child;
static long start_at;
static struct timespec dir_times[2];

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whether names came to or went from the directories since the last look. */
static bool dirs_changed(void)
{
	static const char *const dirs[2] = { GUESTS_DIR, KERNELS_DIR };
	bool changed = false;
	struct stat st;

	for (size_t i = 0; i < 2; i++) {
		if (stat(dirs[i], &st) < 0)
			memset(&st, 0, sizeof(st));
		changed |= memcmp(&st.st_mtim, &dir_times[i], sizeof(st.st_mtim)) != 0;
		dir_times[i] = st.st_mtim;
	}
	return changed;
}

void prefill_tick(void)
{
	long now = now_ms();

	if (dirs_changed() || start_at == 0)
		start_at = now + DELAY_MS;
	if (child != 0 || now < start_at)
		return;
	child = worker_start("--prefill", NULL);
	start_at = now + AGAIN_MS;
}

void prefill_ended(pid_t pid)
{
	if (pid == child)
		child = 0;
}

/* Nothing that anybody waits for may wait for this process; and it goes first when memory ends. */
static void step_back(void)
{
	struct sched_param none = { .sched_priority = 0 };
	FILE *f = fopen("/proc/self/oom_score_adj", "we");

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpriority(PRIO_PROCESS, 0, 19);
	sched_setscheduler(0, SCHED_IDLE, &none);
	syscall(SYS_ioprio_set, 1 /* of one process */, 0, 3 << 13 /* idle */);
	if (f != NULL) {
		fputs("1000\n", f);
		fclose(f);
	}
}

static uint64_t free_bytes(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[128];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %lu", &kib) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return ((uint64_t)kib << 10) > RESERVE_BYTES ? ((uint64_t)kib << 10) - RESERVE_BYTES : 0;
}

/* False when there is no use in going on. */
static bool prepare(const char *path)
{
	struct hospes_error err = { .code = 0 };
	long from = now_ms();
	int rc = kernel_prefill(path, free_bytes(), &err);

	if (rc > 0)
		note("the kernel %s is unpacked, in %ld ms of idle time", path, now_ms() - from);
	else if (rc < 0 && rc != -ENOSPC)
		note("cannot unpack a kernel at idle time: %s", err.text);
	return rc != -ENOSPC;
}

static bool prepare_of_guests(const char *pattern)
{
	struct domain_config config;
	bool go_on = true;
	glob_t files;

	if (glob(pattern, 0, NULL, &files) != 0)
		return true;
	for (size_t i = 0; i < files.gl_pathc && go_on; i++) {
		if (config_load(files.gl_pathv[i], &config, NULL) == 0)
			go_on = prepare(config.kernel);
		config_free(&config);
	}
	globfree(&files);
	return go_on;
}

struct kernel_file {
	const char *path;
	struct stat st;
};

static int compare_newest(const void *a, const void *b)
{
	const struct timespec *x = &((const struct kernel_file *)a)->st.st_mtim;
	const struct timespec *y = &((const struct kernel_file *)b)->st.st_mtim;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return x->tv_nsec < y->tv_nsec ? 1 : x->tv_nsec > y->tv_nsec ? -1 : 0;
}

/* Newest first. A link to a kernel and the kernel itself count once. */
static void prepare_newest(const char *pattern)
{
	struct kernel_file kernels[BOOT_FILES_MAX];
	size_t count = 0, taken = 0;
	glob_t files;

	if (glob(pattern, 0, NULL, &files) != 0)
		return;
	for (size_t i = 0; i < files.gl_pathc && count < BOOT_FILES_MAX; i++) {
		kernels[count].path = files.gl_pathv[i];
		if (stat(kernels[count].path, &kernels[count].st) == 0)
			count++;
	}
	qsort(kernels, count, sizeof(kernels[0]), compare_newest);
	for (size_t i = 0; i < count && taken < BOOT_KERNELS_MAX; i++) {
		if (i > 0 && kernels[i].st.st_ino == kernels[i - 1].st.st_ino)
			continue;
		if (!prepare(kernels[i].path))
			break;
		taken++;
	}
	globfree(&files);
}

int prefill_run(void)
{
	char living[320];

	step_back();
	snprintf(living, sizeof(living), "%s/*.xml", config_run_dir());
	if (prepare_of_guests(GUESTS_DIR "/*.xml") && prepare_of_guests(living))
		prepare_newest(KERNELS_DIR "/vmlinuz*");
	return EXIT_SUCCESS;
}
