/* SPDX-License-Identifier: MIT */
/*
 * A domain that stands still goes on whoever is killed: the command, its keeper, or both, of which
 * a record is left then. A record is left alone while one of them lives or somebody else is at the
 * domain, and is about that domain alone. The hypervisor is made up: one domain, whose pauses all
 * processes of this test see.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/domain/domain_life.h>
#include <dom0-tools/domain/standstill.h>
#include <dom0-tools/domain/suspend.h>
#include <dom0-tools/domain/turn.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

#define DOMID 7

struct world {
	bool exists;
	int pauses;
	bool suspended;
	uint8_t uuid[16];
	pid_t keeper; /* of a command that died */
};

static struct world *world;

static bool busy;
static struct hospes_error err;
static struct host host;

int domctl_info(struct privcmd *p, domid_t domid, struct xen_domctl_getdomaininfo *info,
		struct hospes_error *e)
{
	(void)p;
	if (!world->exists || domid != DOMID)
		return error_set(e, -ESRCH, "there is no domain %u", domid);

	memset(info, 0, sizeof(*info));
	info->domain = domid;
	info->flags = world->pauses > 0 ? XEN_DOMINF_paused : XEN_DOMINF_running;
	memcpy(info->handle, world->uuid, 16);
	return 0;
}

int privcmd_open(struct privcmd **out, struct hospes_error *e)
{
	(void)out, (void)e;
	return 0;
}

int domctl_pause(struct privcmd *p, domid_t domid, struct hospes_error *e)
{
	(void)p, (void)e;
	if (!world->exists || domid != DOMID)
		return -ESRCH;

	world->pauses++;
	return 0;
}

int domctl_unpause(struct privcmd *p, domid_t domid, struct hospes_error *e)
{
	(void)p, (void)e;
	if (domid != DOMID || world->pauses == 0)
		return -EINVAL;

	world->pauses--;
	return 0;
}

int suspend_cancel(struct host *h, domid_t domid, struct hospes_error *e)
{
	int was = world->suspended;

	(void)h, (void)e;
	if (!world->exists || domid != DOMID)
		return -ESRCH;

	world->suspended = false;
	return was;
}

int domain_destroy(struct host *h, domid_t domid, struct hospes_error *e)
{
	(void)h, (void)e;
	ck_assert_uint_eq(domid, DOMID);
	world->exists = false;
	return 0;
}

int host_open(struct host *h, bool need_store, struct hospes_error *e)
{
	(void)e;
	ck_assert(!need_store);
	*h = (struct host){ .store = NULL };
	return 0;
}

void host_close(struct host *h)
{
	(void)h;
}

int turn_find_number(struct host *h, domid_t domid, struct turn *t, struct hospes_error *e)
{
	(void)h, (void)e;
	if (!world->exists || domid != DOMID)
		return -ESRCH;

	*t = (struct turn){ .domid = domid, .alive = true };
	memcpy(t->uuid, world->uuid, 16);
	return 0;
}

int turn_take(struct host *h, struct turn *t, enum intent_verb verb, int wait_ms,
	      const volatile sig_atomic_t *interrupted, struct hospes_error *e)
{
	(void)h, (void)t, (void)interrupted, (void)e;
	ck_assert_int_eq(verb, INTENT_SWEEP);
	ck_assert_int_eq(wait_ms, 0);
	return busy ? -EBUSY : 0;
}

void turn_end(struct turn *t)
{
	(void)t;
}

static void setup(void)
{
	scratch_make("standstill-test");
	setenv("HOSPES_RUN_DIR", scratch, 1);
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	ck_assert_ptr_ne(world, MAP_FAILED);
	world->exists = true;
	world->uuid[0] = 1;
	busy = false;
	/* A keeper whose parent was killed is waited for here. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

static void teardown(void)
{
	munmap(world, sizeof(*world));
	scratch_remove();
}

static unsigned int records(void)
{
	char path[128];
	unsigned int n = 0;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "%s/standstill", scratch);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';

	if (d != NULL)
		closedir(d);
	return n;
}

/* A command that is killed in the midst, and before it its keeper gets the signal @keeper. */
static void command_dies(int keeper)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct standstill s;

		if (standstill_begin(&host, DOMID, &s, &err) < 0)
			_exit(1);
		world->keeper = s.keeper;
		if (keeper != 0)
			kill(s.keeper, keeper);
		if (keeper != 0)
			waitpid(s.keeper, NULL, WUNTRACED);
		raise(SIGKILL);
	}

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
}

START_TEST(it_stands_still_and_goes_on)
{
	struct standstill s;

	ck_assert_int_eq(standstill_begin(&host, DOMID, &s, &err), 0);
	ck_assert_int_eq(world->pauses, 1);
	ck_assert_uint_eq(records(), 1);
	ck_assert(!standstill_abandoned());
	ck_assert_int_eq(standstill_clean(&host), 0);
	ck_assert_int_eq(world->pauses, 1);

	ck_assert_int_eq(standstill_end(&host, &s, &err), 0);
	ck_assert_int_eq(world->pauses, 0);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

START_TEST(one_that_stands_still_already_is_left_so)
{
	struct standstill s;

	world->pauses = 1;
	ck_assert_int_eq(standstill_begin(&host, DOMID, &s, &err), 0);
	ck_assert_uint_eq(records(), 0);
	ck_assert_int_eq(standstill_end(&host, &s, &err), 0);
	ck_assert_int_eq(world->pauses, 1);
}
END_TEST

START_TEST(a_killed_command_is_noticed_by_its_keeper)
{
	command_dies(SIGSTOP);
	ck_assert_int_eq(world->pauses, 1);
	ck_assert(!standstill_abandoned());
	ck_assert_int_eq(standstill_clean(&host), 0);
	ck_assert_int_eq(world->pauses, 1);

	ck_assert_int_eq(kill(world->keeper, SIGCONT), 0);
	ck_assert_int_eq(waitpid(world->keeper, NULL, 0), world->keeper);
	ck_assert_int_eq(world->pauses, 0);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

START_TEST(a_killed_keeper_is_done_without)
{
	struct standstill s;

	ck_assert_int_eq(standstill_begin(&host, DOMID, &s, &err), 0);
	ck_assert_int_eq(kill(s.keeper, SIGKILL), 0);
	ck_assert_int_eq(standstill_end(&host, &s, &err), 0);
	ck_assert_int_eq(world->pauses, 0);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

START_TEST(where_both_are_killed_the_next_look_lets_it_go_on)
{
	command_dies(SIGKILL);
	ck_assert_int_eq(world->pauses, 1);
	ck_assert(standstill_abandoned());

	busy = true;
	ck_assert_int_eq(standstill_clean(&host), 0);
	ck_assert_int_eq(world->pauses, 1);

	busy = false;
	ck_assert_int_eq(standstill_clean(&host), 1);
	ck_assert_int_eq(world->pauses, 0);
	ck_assert_uint_eq(records(), 0);
	ck_assert(!standstill_abandoned());
}
END_TEST

/* Paused by hand meanwhile, it is paused twice. */
START_TEST(a_pause_by_hand_stays)
{
	command_dies(SIGKILL);
	world->pauses++;
	ck_assert_int_eq(standstill_clean(&host), 1);
	ck_assert_int_eq(world->pauses, 1);
}
END_TEST

START_TEST(one_that_was_unpaused_by_hand_is_left_alone)
{
	command_dies(SIGKILL);
	world->pauses = 0;
	ck_assert_int_eq(standstill_clean(&host), 0);
	ck_assert_int_eq(world->pauses, 0);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

START_TEST(another_of_that_number_is_not_meant)
{
	command_dies(SIGKILL);
	world->uuid[0] = 2;
	ck_assert_int_eq(standstill_clean(&host), 0);
	ck_assert_int_eq(world->pauses, 1);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

START_TEST(one_that_is_gone_leaves_no_record)
{
	command_dies(SIGKILL);
	world->exists = false;
	ck_assert_int_eq(standstill_clean(&host), 0);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

START_TEST(the_next_of_the_same_domain_takes_the_record_over)
{
	struct standstill s;

	command_dies(SIGKILL);
	world->pauses = 0;
	ck_assert_int_eq(standstill_begin(&host, DOMID, &s, &err), 0);
	ck_assert_uint_eq(records(), 1);
	ck_assert(!standstill_abandoned());
	ck_assert_int_eq(standstill_end(&host, &s, &err), 0);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

/* ---- one that suspends itself, to be saved */

START_TEST(one_that_suspended_itself_goes_on)
{
	struct standstill s;

	ck_assert_int_eq(standstill_suspends(&host, DOMID, &s, &err), 0);
	ck_assert_int_eq(world->pauses, 0);
	ck_assert_uint_eq(records(), 1);
	world->suspended = true;
	ck_assert_int_eq(standstill_end(&host, &s, &err), 0);
	ck_assert(!world->suspended);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

/* A command that is killed when its domain is suspended; with a file it is saved in that. */
static void saver_dies(const char *path, bool named)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		char part[256];
		struct standstill s;
		int fd;

		if (standstill_suspends(&host, DOMID, &s, &err) < 0)
			_exit(1);
		world->suspended = true;
		world->keeper = s.keeper;
		if (path != NULL) {
			snprintf(part, sizeof(part), "%s.part", path);
			fd = open(part, O_RDWR | O_CREAT, 0600);
			if (standstill_saved(&s, path, fd, &err) < 0)
				_exit(1);
			if (named && rename(part, path) < 0)
				_exit(1);
		}
		raise(SIGKILL);
	}

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
}

START_TEST(a_killed_saver_is_noticed_by_its_keeper)
{
	saver_dies(NULL, false);
	ck_assert_int_eq(waitpid(world->keeper, NULL, 0), world->keeper);
	ck_assert(world->exists && !world->suspended);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

/* One of both is there, the domain or the file. */
START_TEST(one_whose_file_has_no_name_yet_goes_on)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/saved", scratch);
	saver_dies(path, false);
	ck_assert(world->suspended);
	ck_assert(standstill_abandoned());
	ck_assert_int_eq(standstill_clean(&host), 1);
	ck_assert(world->exists && !world->suspended);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

START_TEST(one_whose_file_has_its_name_ends)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/saved", scratch);
	saver_dies(path, true);
	ck_assert_int_eq(standstill_clean(&host), 1);
	ck_assert(!world->exists && world->suspended);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

/* Another file of that name is not the one. */
START_TEST(another_file_of_that_name_is_not_meant)
{
	char path[128];
	FILE *other;

	snprintf(path, sizeof(path), "%s/saved", scratch);
	saver_dies(path, false);
	other = fopen(path, "w");
	ck_assert_ptr_nonnull(other);
	fclose(other);
	ck_assert_int_eq(standstill_clean(&host), 1);
	ck_assert(world->exists && !world->suspended);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("standstill");
	TCase *t = tcase_create("standstill");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, it_stands_still_and_goes_on);
	tcase_add_test(t, one_that_stands_still_already_is_left_so);
	tcase_add_test(t, a_killed_command_is_noticed_by_its_keeper);
	tcase_add_test(t, a_killed_keeper_is_done_without);
	tcase_add_test(t, where_both_are_killed_the_next_look_lets_it_go_on);
	tcase_add_test(t, a_pause_by_hand_stays);
	tcase_add_test(t, one_that_was_unpaused_by_hand_is_left_alone);
	tcase_add_test(t, another_of_that_number_is_not_meant);
	tcase_add_test(t, one_that_is_gone_leaves_no_record);
	tcase_add_test(t, the_next_of_the_same_domain_takes_the_record_over);
	tcase_add_test(t, one_that_suspended_itself_goes_on);
	tcase_add_test(t, a_killed_saver_is_noticed_by_its_keeper);
	tcase_add_test(t, one_whose_file_has_no_name_yet_goes_on);
	tcase_add_test(t, one_whose_file_has_its_name_ends);
	tcase_add_test(t, another_file_of_that_name_is_not_meant);
	suite_add_tcase(s, t);
	return suites_run(s);
}
