/* SPDX-License-Identifier: MIT */
/*
 * Who is meant, before and after the wait for the turn: the domain with that UUID, whatever number
 * or name it has by then; never another that took its number or its name; and one that is between
 * two lives is meant too. The hypervisor and the store are made up.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/domain/domain_life.h>
#include <dom0-tools/domain/turn.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

static const char text[] = "<domain type='xen'><name>lx</name><memory>65536</memory>"
			   "<os><type arch='x86_64' machine='xenpv'>xen</type>"
			   "<kernel>/boot/vmlinuz</kernel></os></domain>";

static struct domain_config config;
static char record[128];
static struct hospes_error err;
static struct host host;

/* The made-up world: one domain. */
static struct {
	bool exists;
	domid_t domid;
	char name[16];
	uint8_t uuid[16];
} world;

static int destroyed;
/* What happens when the next lock is taken: while we wait for our turn. */
static void (*meanwhile)(void);

int domctl_info(struct privcmd *p, domid_t domid, struct xen_domctl_getdomaininfo *info,
		struct hospes_error *e)
{
	(void)p;
	if (!world.exists || domid != world.domid)
		return error_set(e, -ESRCH, "there is no domain %u", domid);

	memset(info, 0, sizeof(*info));
	info->domain = domid;
	memcpy(info->handle, world.uuid, 16);
	return 0;
}

void domain_name(struct host *h, domid_t domid, char name[DOMAIN_NAME_MAX])
{
	(void)h;
	snprintf(name, DOMAIN_NAME_MAX, "%s", domid == world.domid ? world.name : "");
}

int domain_resolve(struct host *h, const char *who, domid_t *domid, struct hospes_error *e)
{
	(void)h;
	if (!world.exists || strcmp(who, world.name) != 0)
		return error_set(e, -ESRCH, "no domain is called %s", who);

	*domid = world.domid;
	return 0;
}

/* The first question after the turn has come. */
int domain_by_uuid(struct host *h, const uint8_t uuid[16], domid_t *domid, struct hospes_error *e)
{
	(void)h, (void)e;
	if (meanwhile != NULL)
		meanwhile();
	meanwhile = NULL;
	if (!world.exists || memcmp(uuid, world.uuid, 16) != 0)
		return -ESRCH;

	*domid = world.domid;
	return 0;
}

int domain_destroy(struct host *h, domid_t domid, struct hospes_error *e)
{
	(void)h, (void)e;
	ck_assert_uint_eq(domid, world.domid);
	destroyed++;
	world.exists = false;
	return 0;
}

static void setup(void)
{
	scratch_make("turn-test");
	setenv("HOSPES_RUN_DIR", scratch, 1);
	ck_assert_int_eq(config_parse(text, strlen(text), "test", &config, &err), 0);
	intent_restart_path("lx", record, sizeof(record));

	world.exists = true;
	world.domid = 5;
	strcpy(world.name, "lx");
	memcpy(world.uuid, config.uuid, 16);
	destroyed = 0;
	meanwhile = NULL;
	error_clear(&err);
}

static void teardown(void)
{
	config_free(&config);
	scratch_remove();
}

static void record_make(void)
{
	FILE *f = fopen(record, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static int take(struct turn *t)
{
	int rc = turn_find(&host, "lx", t, &err);

	return rc < 0 ? rc : turn_take(&host, t, INTENT_DESTROY, 0, NULL, &err);
}

START_TEST(one_that_exists)
{
	struct turn t;

	ck_assert_int_eq(take(&t), 0);
	ck_assert(t.alive && t.domid == 5);
	ck_assert_str_eq(t.intent.name, "lx");
	ck_assert_int_eq(turn_destroy(&host, &t, &err), 0);
	ck_assert_int_eq(destroyed, 1);
	turn_end(&t);
}
END_TEST

START_TEST(one_that_nobody_knows)
{
	struct turn t;

	world.exists = false;
	ck_assert_int_eq(take(&t), -ESRCH);
	ck_assert_ptr_nonnull(strstr(err.text, "no domain is called lx"));
}
END_TEST

/* A destroy in the midst of a restart, whose process was killed: the guest does not come back. */
START_TEST(one_between_two_lives)
{
	struct turn t;

	world.exists = false;
	record_make();
	ck_assert_int_eq(take(&t), 0);
	ck_assert(!t.alive);
	ck_assert_int_eq(turn_destroy(&host, &t, &err), 0);
	ck_assert_int_eq(destroyed, 0);
	ck_assert_int_lt(access(record, F_OK), 0);
	turn_end(&t);
}
END_TEST

static void comes_back(void)
{
	world.exists = true;
	world.domid = 6;
}

START_TEST(one_that_came_back_meanwhile)
{
	struct turn t;

	world.exists = false;
	record_make();
	meanwhile = comes_back;
	ck_assert_int_eq(take(&t), 0);
	ck_assert(t.alive && t.domid == 6);
	ck_assert_int_eq(turn_destroy(&host, &t, &err), 0);
	ck_assert_int_eq(destroyed, 1);
	turn_end(&t);
}
END_TEST

/* Somebody makes it just now: its UUID is known from his intent. */
START_TEST(one_that_is_just_being_made)
{
	struct intent maker;
	struct intent_request r = {
		.name = "lx",
		.verb = INTENT_CREATE,
		.uuid = config.uuid,
	};
	struct turn t;

	world.exists = false;
	ck_assert_int_eq(intent_begin(&maker, &r, &err), 0);
	ck_assert_int_eq(turn_find(&host, "lx", &t, &err), 0);
	ck_assert_int_eq(turn_take(&host, &t, INTENT_DESTROY, 0, NULL, &err), -EBUSY);
	intent_end(&maker);

	comes_back();
	ck_assert_int_eq(turn_take(&host, &t, INTENT_DESTROY, 0, NULL, &err), 0);
	ck_assert(t.alive && t.domid == 6);
	turn_end(&t);
}
END_TEST

static void another_takes_name_and_number(void)
{
	world.uuid[0] ^= 1;
}

START_TEST(another_of_that_name_is_not_meant)
{
	struct turn t;

	meanwhile = another_takes_name_and_number;
	ck_assert_int_eq(take(&t), 0);
	ck_assert(!t.alive);
	ck_assert_int_eq(turn_destroy(&host, &t, &err), 0);
	ck_assert_int_eq(destroyed, 0);
	turn_end(&t);
}
END_TEST

/* What only an existing domain can be asked for takes no turn of one that has gone. */
START_TEST(one_that_must_exist)
{
	struct turn t;

	ck_assert_int_eq(turn_find(&host, "lx", &t, &err), 0);
	ck_assert_int_eq(turn_take_alive(&host, &t, INTENT_PAUSE, 0, &err), 0);
	ck_assert_int_ge(t.intent.fd, 0);
	turn_end(&t);

	meanwhile = another_takes_name_and_number;
	ck_assert_int_eq(turn_take_alive(&host, &t, INTENT_PAUSE, 0, &err), -ESRCH);
	ck_assert_ptr_nonnull(strstr(err.text, "lx does not exist any more"));
	ck_assert_int_lt(t.intent.fd, 0);
}
END_TEST

static void is_renamed(void)
{
	strcpy(world.name, "ly");
}

START_TEST(one_that_is_renamed_is_in_the_queue_of_its_name)
{
	struct turn t;

	meanwhile = is_renamed;
	ck_assert_int_eq(take(&t), 0);
	ck_assert(t.alive);
	ck_assert_str_eq(t.intent.name, "ly");
	turn_end(&t);
}
END_TEST

/* Who waits for several turns at once tries, and is seen by those who are at it. */
START_TEST(one_of_several_that_are_waited_for)
{
	struct intent restart;
	struct intent_request r = {
		.name = "lx",
		.verb = INTENT_RESTART,
		.uuid = config.uuid,
	};
	struct turn t;

	ck_assert_int_eq(intent_begin(&restart, &r, &err), 0);
	ck_assert_int_eq(turn_find(&host, "lx", &t, &err), 0);
	ck_assert_int_eq(turn_announce(&t, INTENT_SHUTDOWN, &err), 0);
	ck_assert(intent_overruled(&restart));
	ck_assert_int_eq(turn_try(&host, &t, INTENT_SHUTDOWN, &err), -EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "is at it (restart"));
	error_clear(&err);

	comes_back();
	intent_end(&restart);
	ck_assert_int_eq(turn_try(&host, &t, INTENT_SHUTDOWN, &err), 0);
	ck_assert(t.alive && t.domid == 6);
	turn_end(&t);
}
END_TEST

START_TEST(one_of_several_that_is_renamed)
{
	struct turn t;

	ck_assert_int_eq(turn_find(&host, "lx", &t, &err), 0);
	ck_assert_int_eq(turn_announce(&t, INTENT_SHUTDOWN, &err), 0);
	is_renamed();
	ck_assert_int_eq(turn_try(&host, &t, INTENT_SHUTDOWN, &err), -EBUSY);
	error_clear(&err);
	ck_assert_int_eq(turn_try(&host, &t, INTENT_SHUTDOWN, &err), 0);
	ck_assert_str_eq(t.intent.name, "ly");
	turn_end(&t);
}
END_TEST

/* A name that is none for a file leads to no file. */
START_TEST(names_of_other_tools)
{
	struct turn t;

	strcpy(world.name, "../lx");
	ck_assert_int_eq(turn_find(&host, "../lx", &t, &err), 0);
	ck_assert_int_eq(turn_take(&host, &t, INTENT_DESTROY, 0, NULL, &err), 0);
	ck_assert_str_eq(t.intent.name, "domain@5");
	turn_end(&t);
}
END_TEST

/* Without a UUID the number is all there is to know it by. */
START_TEST(one_without_a_uuid)
{
	struct turn t;

	memset(world.uuid, 0, 16);
	ck_assert_int_eq(take(&t), 0);
	ck_assert(t.alive && t.domid == 5);
	turn_end(&t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("turn");
	TCase *t = tcase_create("turn");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, one_that_exists);
	tcase_add_test(t, one_that_nobody_knows);
	tcase_add_test(t, one_between_two_lives);
	tcase_add_test(t, one_that_came_back_meanwhile);
	tcase_add_test(t, one_that_is_just_being_made);
	tcase_add_test(t, another_of_that_name_is_not_meant);
	tcase_add_test(t, one_that_must_exist);
	tcase_add_test(t, one_that_is_renamed_is_in_the_queue_of_its_name);
	tcase_add_test(t, one_of_several_that_are_waited_for);
	tcase_add_test(t, one_of_several_that_is_renamed);
	tcase_add_test(t, names_of_other_tools);
	tcase_add_test(t, one_without_a_uuid);

	return suites_run(suite);
}
