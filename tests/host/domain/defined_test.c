/* SPDX-License-Identifier: MIT */
/*
 * Domains that stay: what is defined comes back as it was, with its UUID; names and UUIDs of two
 * domains never meet; no name leads out of the folder; what starts with the host comes in order.
 * The hypervisor is made up: one domain that runs.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/domain/defined.h>
#include <dom0-tools/domain/domain_find.h>
#include <tests/host/scratch.h>
#include <tests/host/suites_run.h>

#define UUID_1 "11111111-2222-3333-4444-555555555555"
#define UUID_2 "99999999-2222-3333-4444-555555555555"

static struct hospes_error err;

/* The made-up world. */
static struct host host;
static char running_name[DOMAIN_NAME_MAX];
static uint8_t running_uuid[16];

int domains_read(struct host *h, struct domains *all, struct hospes_error *e)
{
	(void)h, (void)e;
	*all = (struct domains){
		.count = 1,
		.list = calloc(1, sizeof(*all->list)),
		.names = calloc(1, DOMAIN_NAME_MAX),
	};
	all->list[0].domain = 5;
	memcpy(all->list[0].handle, running_uuid, 16);
	strcpy(all->names[0], running_name);
	return 0;
}

void domains_free(struct domains *all)
{
	free(all->list);
	free(all->names);
}

static void setup(void)
{
	scratch_make("defined-test");
	setenv("HOSPES_CONF_DIR", scratch, 1);
	setenv("HOSPES_RUN_DIR", scratch, 1);
	memset(&host, 0, sizeof(host));
	error_clear(&err);
}

/* Defines a domain; @uuid NULL leaves it out. */
static int define(const char *name, const char *uuid)
{
	char text[512], line[80] = "";
	struct domain_config c;
	int rc;

	if (uuid != NULL)
		snprintf(line, sizeof(line), "<uuid>%s</uuid>", uuid);
	snprintf(text, sizeof(text),
		 "<domain type='xen'>\n  <!-- <uuid> is none -->\n  <name>%s</name>%s\n"
		 "  <memory>65536</memory>\n"
		 "  <os><type arch='x86_64' machine='xenpv'>xen</type>"
		 "<kernel>/boot/vmlinuz</kernel></os>\n</domain>\n",
		 name, line);
	ck_assert_msg(config_parse(text, strlen(text), "test", &c, &err) == 0, "%s", err.text);
	rc = defined_save(&host, &c, &err);
	config_free(&c);
	return rc;
}

START_TEST(one_stays)
{
	struct domain_config c;
	char text[64], path[128];
	struct stat st;

	ck_assert_int_eq(define("lx", UUID_1), 0);
	snprintf(path, sizeof(path), "%s/domains/lx.xml", scratch);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);

	ck_assert_int_eq(defined_load("lx", &c, &err), 0);
	config_uuid_text(c.uuid, text);
	ck_assert_str_eq(text, UUID_1);
	config_free(&c);

	ck_assert_int_eq(defined_remove("lx", &err), 0);
	ck_assert_int_eq(defined_remove("lx", &err), -ENOENT);
	ck_assert_int_eq(defined_load("lx", &c, &err), -ENOENT);
	config_free(&c);
}
END_TEST

START_TEST(a_uuid_is_written_back)
{
	char uuid[CONFIG_UUID_LENGTH + 1], line[80];
	struct domain_config c;

	ck_assert_int_eq(define("lx", NULL), 0);
	ck_assert_int_eq(defined_load("lx", &c, &err), 0);
	config_uuid_text(c.uuid, uuid);
	snprintf(line, sizeof(line), "<name>lx</name>\n  <uuid>%s</uuid>\n", uuid);
	ck_assert_ptr_nonnull(strstr(c.text, line));
	ck_assert_ptr_nonnull(strstr(c.text, "<!-- <uuid> is none -->"));
	config_free(&c);

	/* And not twice. */
	ck_assert_int_eq(defined_load("lx", &c, &err), 0);
	ck_assert_int_eq(defined_save(&host, &c, &err), 0);
	ck_assert_ptr_null(strstr(strstr(c.text, line) + 1, line));
	config_free(&c);
}
END_TEST

START_TEST(names_and_uuids_do_not_meet)
{
	ck_assert_int_eq(define("lx", UUID_1), 0);
	ck_assert_int_eq(define("lx", UUID_1), 0);
	ck_assert_int_eq(define("ly", UUID_1), -EEXIST);
	ck_assert_ptr_nonnull(strstr(err.text, "that of lx"));
	ck_assert_int_eq(define("lx", UUID_2), -EEXIST);
	ck_assert_ptr_nonnull(strstr(err.text, UUID_1));
	ck_assert_int_eq(define("ly", UUID_2), 0);
}
END_TEST

static int acted;

static int act(void *context)
{
	const int *result = context;

	acted++;
	return *result;
}

static int rename_to(const char *old, const char *uuid, const char *name, int result)
{
	uint8_t bytes[16];

	acted = 0;
	error_clear(&err);
	ck_assert(config_uuid_parse(uuid, bytes));
	return defined_rename(&host, old, bytes, name, act, &result, &err);
}

/* Whether that name is defined, and by itself as what. */
static bool is_defined(const char *name)
{
	struct domain_config c;
	bool good = defined_load(name, &c, NULL) == 0;

	if (good) {
		ck_assert_str_eq(c.name, name);
		ck_assert_ptr_nonnull(strstr(c.text, "<!-- <uuid> is none -->"));
	}
	config_free(&c);
	return good;
}

START_TEST(they_are_renamed)
{
	struct autostart a = { .name = "lx", .order = 7 };

	ck_assert_int_eq(define("lx", UUID_1), 0);
	ck_assert_int_eq(define("lz", UUID_2), 0);
	ck_assert_int_eq(autostart_save(&a, &err), 0);

	/* Taken, or no name. */
	ck_assert_int_eq(rename_to("lx", UUID_1, "lz", 0), -EEXIST);
	ck_assert_int_lt(rename_to("lx", UUID_1, "../ly", 0), 0);
	ck_assert_int_eq(acted, 0);
	ck_assert(is_defined("lx") && is_defined("lz"));

	/* What follows fails: as before. */
	ck_assert_int_eq(rename_to("lx", UUID_1, "ly", -EIO), -EIO);
	ck_assert_int_eq(acted, 1);
	ck_assert(is_defined("lx") && !is_defined("ly"));
	ck_assert_int_eq(autostart_load("ly", &a, &err), -ENOENT);

	ck_assert_int_eq(rename_to("lx", UUID_1, "ly", 0), 0);
	ck_assert_int_eq(acted, 1);
	ck_assert(!is_defined("lx") && is_defined("ly"));
	ck_assert_int_eq(autostart_load("lx", &a, &err), -ENOENT);
	ck_assert_int_eq(autostart_load("ly", &a, &err), 0);
	ck_assert_uint_eq(a.order, 7);
}
END_TEST

/* Interrupted after the new one was written: the same again ends it. */
START_TEST(a_renaming_is_ended_later)
{
	char from[128], to[128];

	ck_assert_int_eq(define("ly", UUID_1), 0);
	snprintf(from, sizeof(from), "%s/domains/ly.xml", scratch);
	snprintf(to, sizeof(to), "%s/ly.xml", scratch);
	ck_assert_int_eq(rename(from, to), 0);
	ck_assert_int_eq(define("lx", UUID_1), 0);
	ck_assert_int_eq(rename(to, from), 0);
	ck_assert(is_defined("lx") && is_defined("ly"));

	ck_assert_int_eq(rename_to("lx", UUID_1, "ly", 0), 0);
	ck_assert(!is_defined("lx") && is_defined("ly"));
}
END_TEST

/* A domain that only runs: no definition changes, and the new name must be nobody's. */
START_TEST(one_that_only_runs_is_renamed)
{
	ck_assert_int_eq(define("lz", UUID_2), 0);
	ck_assert_int_eq(rename_to("lx", UUID_1, "lz", 0), -EEXIST);
	ck_assert_int_eq(acted, 0);
	ck_assert_int_eq(rename_to("lx", UUID_1, "ly", 0), 0);
	ck_assert_int_eq(acted, 1);
	ck_assert(!is_defined("ly"));

	/* Another domain's definition of the old name is left alone. */
	ck_assert_int_eq(rename_to("lz", UUID_1, "ly", 0), 0);
	ck_assert(is_defined("lz") && !is_defined("ly"));
}
END_TEST

START_TEST(those_that_run_count_too)
{
	host.privcmd = (struct privcmd *)&host;
	strcpy(running_name, "lx");
	ck_assert(config_uuid_parse(UUID_1, running_uuid));
	ck_assert_int_eq(define("lx", UUID_2), -EEXIST);
	ck_assert_ptr_nonnull(strstr(err.text, "runs"));
	ck_assert_int_eq(define("ly", UUID_1), -EEXIST);
	ck_assert_int_eq(define("lx", UUID_1), 0);
}
END_TEST

START_TEST(no_name_leads_out_of_the_folder)
{
	static const char *const names[] = {
		"../lx", "", ".", "..", "a/b", ".hidden", "a\nb", "a b"
	};
	struct domain_config c;
	struct autostart a;

	ck_assert_int_eq(defined_load(names[_i], &c, &err), -EINVAL);
	config_free(&c);
	ck_assert_int_eq(defined_remove(names[_i], &err), -EINVAL);
	ck_assert_int_eq(autostart_load(names[_i], &a, &err), -EINVAL);
	ck_assert_int_eq(autostart_save(&a, &err), -EINVAL);
}
END_TEST

/* What a process left that died while it wrote is no domain. */
START_TEST(they_are_listed)
{
	char(*names)[CONFIG_NAME_MAX + 1], command[200];

	ck_assert_int_eq(defined_list(&names, &err), 0);
	free(names);
	ck_assert_int_eq(define("web", UUID_1), 0);
	ck_assert_int_eq(define("db", UUID_2), 0);
	snprintf(command, sizeof(command), "cd %s/domains && touch lz.xml.new README .xml",
		 scratch);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(defined_list(&names, &err), 2);
	ck_assert_str_eq(names[0], "db");
	ck_assert_str_eq(names[1], "web");
	free(names);
}
END_TEST

static void autostart(const char *name, unsigned int order)
{
	struct autostart a;

	ck_assert_int_eq(autostart_load(name, &a, &err), -ENOENT);
	ck_assert_uint_eq(a.order, AUTOSTART_ORDER);
	ck_assert_uint_eq(a.stop_timeout, AUTOSTART_STOP_TIMEOUT);
	a.order = order;
	a.delay = 7;
	ck_assert_int_eq(autostart_save(&a, &err), 0);
}

START_TEST(they_start_in_order)
{
	struct autostart *list;

	ck_assert_int_eq(define("db", UUID_1), 0);
	autostart("web", 20);
	autostart("db", 10);
	autostart("aux", 20);
	ck_assert_int_eq(autostart_list(&list, &err), 3);
	ck_assert_str_eq(list[0].name, "db");
	ck_assert_str_eq(list[1].name, "aux");
	ck_assert_str_eq(list[2].name, "web");
	ck_assert_uint_eq(list[2].delay, 7);
	free(list);

	/* It goes with its definition. */
	ck_assert_int_eq(defined_remove("db", &err), 0);
	ck_assert_int_eq(autostart_remove("web", &err), 0);
	ck_assert_int_eq(autostart_remove("web", &err), 0);
	ck_assert_int_eq(autostart_list(&list, &err), 1);
	free(list);
}
END_TEST

START_TEST(people_may_write_them)
{
	static const struct {
		const char *text;
		int rc;
		unsigned int order, stop;
	} cases[] = {
		{ "", 0, AUTOSTART_ORDER, AUTOSTART_STOP_TIMEOUT },
		{ "# mine\n\norder 3\nstop-timeout   9\n", 0, 3, 9 },
		{ "order\n", -EINVAL, AUTOSTART_ORDER, AUTOSTART_STOP_TIMEOUT },
		{ "order 3 4\n", -EINVAL, AUTOSTART_ORDER, AUTOSTART_STOP_TIMEOUT },
		{ "order -1\n", -EINVAL, AUTOSTART_ORDER, AUTOSTART_STOP_TIMEOUT },
		{ "odrer 3\n", -EINVAL, AUTOSTART_ORDER, AUTOSTART_STOP_TIMEOUT },
	};
	struct autostart a;
	char path[128];
	FILE *f;

	autostart("lx", 1);
	snprintf(path, sizeof(path), "%s/autostart/lx", scratch);
	f = fopen(path, "w");
	fputs(cases[_i].text, f);
	fclose(f);
	ck_assert_int_eq(autostart_load("lx", &a, &err), cases[_i].rc);
	ck_assert_uint_eq(a.order, cases[_i].order);
	ck_assert_uint_eq(a.stop_timeout, cases[_i].stop);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("defined");
	TCase *t = tcase_create("defined");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, scratch_remove);
	tcase_add_test(t, one_stays);
	tcase_add_test(t, a_uuid_is_written_back);
	tcase_add_test(t, names_and_uuids_do_not_meet);
	tcase_add_test(t, they_are_renamed);
	tcase_add_test(t, a_renaming_is_ended_later);
	tcase_add_test(t, one_that_only_runs_is_renamed);
	tcase_add_test(t, those_that_run_count_too);
	tcase_add_loop_test(t, no_name_leads_out_of_the_folder, 0, 8);
	tcase_add_test(t, they_are_listed);
	tcase_add_test(t, they_start_in_order);
	tcase_add_loop_test(t, people_may_write_them, 0, 6);

	return suites_run(suite);
}
