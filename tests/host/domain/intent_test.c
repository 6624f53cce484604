/* SPDX-License-Identifier: MIT */
/*
 * The queue of intents: one at a time and in order, whoever is killed is passed over, whoever waits
 * says for whom and not without end, and a restart learns that somebody wants its domain gone.
 * Other processes are real ones; they are children that announce and then wait to be killed.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/domain/intent.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

#define CHILDREN_MAX 16
#define NAME         "lx"
/* So long a child may take until its intent is seen. */
#define SEEN_MS  5000
#define WAITS_MS 20000

static const uint8_t uuid[16] = { 0x01, 0x23 };
static char directory[80];
static struct hospes_error err;
static pid_t children[CHILDREN_MAX];
static int child_count;

static void setup(void)
{
	scratch_make("intent-test");
	snprintf(directory, sizeof(directory), "%s/intents", scratch);
	setenv("HOSPES_RUN_DIR", scratch, 1);
	error_clear(&err);
	child_count = 0;
}

/* How many intents there are files of. */
static unsigned int files(void)
{
	DIR *d = opendir(directory);
	unsigned int n = 0;
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		n += strchr(e->d_name, '@') != NULL;

	if (d != NULL)
		closedir(d);
	return n;
}

static void child_end(int index)
{
	kill(children[index], SIGKILL);
	waitpid(children[index], NULL, 0);
}

static void teardown(void)
{
	for (int i = 0; i < child_count; i++)
		child_end(i);
	scratch_remove();
}

static int begin(struct intent *i, const char *name, enum intent_verb verb, int wait_ms)
{
	struct intent_request r = {
		.name = name,
		.verb = verb,
		.uuid = uuid,
		.wait_ms = wait_ms,
	};

	return intent_begin(i, &r, &err);
}

/* A process that announces, marks when its turn has come, and stays until it is killed. */
static int child_start(const char *name, enum intent_verb verb, const char *mark)
{
	unsigned int before = files();
	int64_t deadline = clock_ms() + SEEN_MS;
	struct intent i;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (begin(&i, name, verb, WAITS_MS) == 0 && mark != NULL)
			close(open(mark, O_CREAT | O_WRONLY, 0600));
		for (;;)
			pause();
	}

	children[child_count++] = pid;
	while (files() == before && clock_left_ms(deadline) > 0)
		clock_sleep_ms(1);
	ck_assert_uint_eq(files(), before + 1);
	return child_count - 1;
}

static bool appears(const char *path, int ms)
{
	int64_t deadline = clock_ms() + ms;

	while (access(path, F_OK) < 0) {
		if (clock_left_ms(deadline) == 0)
			return false;

		clock_sleep_ms(5);
	}
	return true;
}

START_TEST(one_alone_is_at_once)
{
	struct intent i;
	struct stat st;

	ck_assert_int_eq(begin(&i, NAME, INTENT_CREATE, 0), 0);
	ck_assert_uint_eq(files(), 1);
	ck_assert_int_eq(stat(directory, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);

	intent_end(&i);
	ck_assert_uint_eq(files(), 0);
	intent_end(&i);
}
END_TEST

START_TEST(the_second_says_for_whom_it_waited)
{
	struct intent first, second;
	int64_t from = clock_ms();
	char pid[32];

	snprintf(pid, sizeof(pid), "process %d ", getpid());
	ck_assert_int_eq(begin(&first, NAME, INTENT_RESTART, 0), 0);
	ck_assert_int_eq(begin(&second, NAME, INTENT_DESTROY, 0), -EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, pid));

	ck_assert_int_eq(begin(&second, NAME, INTENT_DESTROY, 1000), -ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(err.text, "waited 1 s"));
	ck_assert_ptr_nonnull(strstr(err.text, "(restart, for "));
	ck_assert_ptr_nonnull(strstr(err.text, pid));
	ck_assert_int_ge(clock_ms() - from, 1000);

	/* It is withdrawn, and not in anybody's way. */
	ck_assert_uint_eq(files(), 1);
	ck_assert(!intent_overruled(&first));
	intent_end(&first);
}
END_TEST

START_TEST(other_domains_do_not_wait)
{
	struct intent first, second, third;

	ck_assert_int_eq(begin(&first, NAME, INTENT_CREATE, 0), 0);
	ck_assert_int_eq(begin(&second, NAME "x", INTENT_CREATE, 0), 0);
	ck_assert_int_eq(begin(&third, "domain@7", INTENT_SWEEP, 0), 0);
	ck_assert(third.ticket > second.ticket && second.ticket > first.ticket);
	intent_end(&third);
	intent_end(&first);
	intent_end(&second);
}
END_TEST

START_TEST(a_killed_holder_is_passed_over)
{
	struct intent i;
	int child = child_start(NAME, INTENT_CREATE, NULL);

	ck_assert_int_eq(begin(&i, NAME, INTENT_DESTROY, 0), -EBUSY);
	child_end(child);
	ck_assert_uint_eq(files(), 1);
	ck_assert_int_eq(begin(&i, NAME, INTENT_DESTROY, 0), 0);
	ck_assert_uint_eq(files(), 1);
	intent_end(&i);
	child_count = 0;
}
END_TEST

/* The first of three is killed, then the second before its turn: the third comes, not earlier. */
START_TEST(they_come_in_order)
{
	char second[100], third[100];
	struct intent i;

	snprintf(second, sizeof(second), "%s/second", scratch);
	snprintf(third, sizeof(third), "%s/third", scratch);
	ck_assert_int_eq(begin(&i, NAME, INTENT_CREATE, 0), 0);
	child_start(NAME, INTENT_REBOOT, second);
	child_start(NAME, INTENT_DESTROY, third);

	ck_assert(!appears(second, 100) && !appears(third, 0));
	intent_end(&i);
	ck_assert(appears(second, SEEN_MS));
	ck_assert(!appears(third, 100));
	child_end(0);
	ck_assert(appears(third, SEEN_MS));
	child_end(1);
	child_count = 0;
}
END_TEST

START_TEST(a_waiter_that_is_killed_is_nobody)
{
	char third[100];
	struct intent i;

	snprintf(third, sizeof(third), "%s/third", scratch);
	ck_assert_int_eq(begin(&i, NAME, INTENT_CREATE, 0), 0);
	child_start(NAME, INTENT_DESTROY, NULL);
	child_start(NAME, INTENT_REBOOT, third);
	ck_assert(intent_overruled(&i));

	child_end(0);
	ck_assert(!intent_overruled(&i));
	intent_end(&i);
	ck_assert(appears(third, SEEN_MS));
	child_end(1);
	child_count = 0;
}
END_TEST

/* Only who wants it gone overrules, and only from behind. */
START_TEST(a_restart_gives_way)
{
	static const struct {
		enum intent_verb verb;
		bool overrules;
	} cases[] = {
		{ INTENT_DESTROY, true }, { INTENT_SHUTDOWN, true }, { INTENT_REBOOT, false },
		{ INTENT_CREATE, false }, { INTENT_SWEEP, false },   { INTENT_RELEASE, false },
	};
	struct intent i;

	ck_assert_int_eq(begin(&i, NAME, INTENT_RESTART, 0), 0);
	child_start(NAME "2", INTENT_DESTROY, NULL);
	ck_assert(!intent_overruled(&i));
	child_start(NAME, cases[_i].verb, NULL);
	ck_assert_int_eq(intent_overruled(&i), cases[_i].overrules);
	intent_end(&i);
	ck_assert(!intent_overruled(&i));
}
END_TEST

START_TEST(signals_end_the_wait)
{
	static volatile sig_atomic_t interrupted = SIGINT;
	struct intent first, second;
	struct intent_request r = {
		.name = NAME,
		.verb = INTENT_CREATE,
		.uuid = uuid,
		.wait_ms = WAITS_MS,
		.interrupted = &interrupted,
	};

	ck_assert_int_eq(begin(&first, NAME, INTENT_CREATE, 0), 0);
	ck_assert_int_eq(intent_begin(&second, &r, &err), -EINTR);
	ck_assert_uint_eq(files(), 1);
	intent_end(&first);
}
END_TEST

START_TEST(one_can_look_who_is_at_it)
{
	struct intent_info info;
	struct intent i;

	ck_assert(!intent_peek(NAME, &info));
	ck_assert_int_eq(begin(&i, NAME, INTENT_RESTART, 0), 0);
	ck_assert(!intent_peek(NAME "2", &info));
	ck_assert(intent_peek(NAME, &info));
	ck_assert_str_eq(info.verb, "restart");
	ck_assert_int_eq(info.pid, getpid());
	ck_assert_mem_eq(info.uuid, uuid, sizeof(uuid));
	intent_end(&i);
	ck_assert(!intent_peek(NAME, &info));
}
END_TEST

/* Whatever lies there: nobody is kept waiting by a file without a lock, or by one that is none. */
START_TEST(other_files_mean_nothing)
{
	static const char *const names[] = { NAME "@00000000", NAME "@x", "@1", NAME "@",
					     NAME "@99999999999999999999" };
	struct intent_info info;
	char path[160];
	struct intent i;

	ck_assert(!intent_peek(NAME, &info));
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[n]);
		close(open(path, O_CREAT | O_WRONLY, 0600));
	}

	ck_assert_int_eq(begin(&i, NAME, INTENT_CREATE, 0), 0);
	ck_assert(i.ticket > 0);
	intent_end(&i);
}
END_TEST

START_TEST(what_dead_processes_left_is_removed)
{
	struct intent i;

	child_start(NAME, INTENT_CREATE, NULL);
	child_start("other", INTENT_CREATE, NULL);
	child_end(0);
	child_end(1);
	child_count = 0;
	ck_assert_int_eq(begin(&i, "third", INTENT_CREATE, 0), 0);
	ck_assert_uint_eq(files(), 3);
	intents_clean();
	ck_assert_uint_eq(files(), 1);
	intent_end(&i);
}
END_TEST

/* Many at once, each killed at some moment or done: never two at a time. */
START_TEST(two_are_never_at_it)
{
	char busy[100];
	int status, bad = 0;

	snprintf(busy, sizeof(busy), "%s/busy", scratch);
	for (int n = 0; n < 12; n++) {
		pid_t pid = fork();
		struct intent i;

		if (pid > 0)
			continue;

		for (int round = 0; round < 5; round++) {
			if (begin(&i, NAME, INTENT_CREATE, WAITS_MS) < 0)
				_exit(2);
			if (mkdir(busy, 0700) < 0)
				_exit(1);

			rmdir(busy);
			if (n % 4 == 3 && round == 2)
				raise(SIGKILL);
			intent_end(&i);
		}
		_exit(0);
	}

	while (wait(&status) > 0)
		bad += WIFEXITED(status) && WEXITSTATUS(status) != 0;
	ck_assert_int_eq(bad, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("intent");
	TCase *t = tcase_create("intent");

	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, one_alone_is_at_once);
	tcase_add_test(t, the_second_says_for_whom_it_waited);
	tcase_add_test(t, other_domains_do_not_wait);
	tcase_add_test(t, a_killed_holder_is_passed_over);
	tcase_add_test(t, they_come_in_order);
	tcase_add_test(t, a_waiter_that_is_killed_is_nobody);
	tcase_add_loop_test(t, a_restart_gives_way, 0, 6);
	tcase_add_test(t, signals_end_the_wait);
	tcase_add_test(t, one_can_look_who_is_at_it);
	tcase_add_test(t, other_files_mean_nothing);
	tcase_add_test(t, what_dead_processes_left_is_removed);
	tcase_add_test(t, two_are_never_at_it);

	return suites_run(suite);
}
