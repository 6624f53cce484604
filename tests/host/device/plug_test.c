/* SPDX-License-Identifier: MIT */
/*
 * Devices of a domain that runs: what it has is listed, one comes and goes beside the others, a MAC
 * address is one station's, and a guest has a time to answer.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/device/dev_guest.h>
#include <dom0-tools/device/dev_view.h>
#include <tests/host/suites_run.h>
#include "device_store.h"

START_TEST(views_tell_what_was_written)
{
	struct dev_view *views, one;

	start_store();
	begin(5);
	add_disk("fd-2", 51728, "ws");
	add_disk("fd-1", 51712, "r");
	add_nic();
	config.nics[0].rate_kib = 1000;
	ck_assert_msg(dev_write_nodes(&attach, &error) == 0, "%s", error.text);

	ck_assert_int_eq(dev_views(store, 5, DEV_DISK, &views, &error), 2);
	ck_assert_uint_eq(views[0].id, 51712);
	ck_assert_str_eq(views[0].source, "/srv/demo.img");
	ck_assert_str_eq(dev_state_word(views[0].state), "initialising");
	ck_assert_str_eq(dev_mode_word(&views[0]), "r");
	ck_assert_str_eq(dev_mode_word(&views[1]), "w!");
	ck_assert_int_eq(views[0].loop, -1);
	free(views);

	ck_assert_int_eq(dev_view_find(store, 5, DEV_NIC, "00:16:3E:01:02:03", &one, &error), 0);
	ck_assert_str_eq(one.name, "vif5.0");
	ck_assert_str_eq(one.bridge, "xenbr0");
	ck_assert_uint_eq(one.rate_kib, 1000);
	ck_assert_int_eq(dev_view_find(store, 5, DEV_DISK, "51728", &one, &error), 0);
	ck_assert_uint_eq(one.id, 51728);
	ck_assert_int_eq(dev_view_find(store, 5, DEV_DISK, "xvdc", &one, &error), -ENODEV);
	ck_assert_str_eq(error.text, "domain 5 has no disk xvdc");

	ck_assert_int_eq(dev_views(store, 6, DEV_NIC, &views, &error), 0);
	free(views);
	stop_store();
}
END_TEST

/* Also those that are no whole number of bytes in an interval. */
START_TEST(a_rate_is_read_back_as_it_was_given)
{
	static const char *const none[] = { "",    "0,50000", "100,0",
					    "100", "x",       "18446744073709551615,1" };
	char text[48];

	for (uint64_t kib = 1; kib < 1UL << 30; kib = kib * 3 + 1) {
		dev_rate_text(kib, text);
		ck_assert_uint_eq(dev_rate_read(text), kib);
	}

	dev_rate_text(0, text);
	ck_assert_str_eq(text, "");
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		ck_assert_uint_eq(dev_rate_read(none[i]), 0);
}
END_TEST

/* Of two stations in a bridge only one has an address; in two bridges both may. */
START_TEST(an_address_is_one_stations)
{
	char *before;

	start_store();
	begin(5);
	before = strdup(list_all());
	add_nic();
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	expect_node(DEV_MACS "/00163e010203/5-0", "xenbr0");

	begin(6);
	add_nic();
	ck_assert_int_eq(dev_write_nodes(&attach, &error), -EEXIST);
	ck_assert_ptr_nonnull(strstr(error.text, "00:16:3e:01:02:03 is that of domain 5 (demo) in "
						 "bridge xenbr0"));
	ck_assert(!store_exists(store, STORE_NO_TXN, "/local/domain/0/backend/vif/6"));

	strcpy(config.nics[0].bridge, "xenbr1");
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	config.nics[0].bridge[0] = '\0';
	ck_assert_int_eq(dev_nic_conflict(store, STORE_NO_TXN, &config.nics[0], &error), 0);

	ck_assert_int_eq(dev_detach_all(6, &error), 0);
	ck_assert_int_eq(dev_detach_all(5, &error), 0);
	ck_assert_int_eq(store_rm(store, STORE_NO_TXN, "/local/domain/6"), 0);
	ck_assert_int_eq(store_rm(store, STORE_NO_TXN, "/local/domain/5/device"), 0);
	ck_assert_str_eq(list_all(), before);
	free(before);
	stop_store();
}
END_TEST

/* Its kernel would connect at the first node that it sees. */
START_TEST(a_running_guest_sees_a_device_when_it_is_ready)
{
	start_store();
	begin(5);
	attach.running = true;
	add_nic();
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	expect_owner("/local/domain/5/device/vif/0", 0, 0);
	expect_owner("/local/domain/5/device/vif/0/state", 0, 0);
	expect_owner("/local/domain/0/backend/vif/5/0", 0, 5);

	ck_assert_msg(dev_write_reveal(&attach, &error) == 0, "%s", error.text);
	expect_owner("/local/domain/5/device/vif/0", 5, 0);
	expect_owner("/local/domain/5/device/vif/0/state", 5, 0);
	expect_owner("/local/domain/5/device/vif/0/mac", 5, 0);
	expect_node("/local/domain/5/device/vif/0/state", "1");
	stop_store();
}
END_TEST

START_TEST(one_device_goes_and_the_others_stay)
{
	char *before;

	start_store();
	begin(5);
	add_disk("fd-1", 51712, "w");
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	before = strdup(list_all());

	attach.count = 0;
	add_disk("fd-2", 51728, "w");
	add_nic();
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	ck_assert_int_eq(store_write_string(store, STORE_NO_TXN, DEV_ERRORS "/vbd/5/51728/error",
					    "19 creating vbd"),
			 0);
	ck_assert_msg(dev_detach_one(5, DEV_DISK, 51728, &error) == 0, "%s", error.text);
	ck_assert(!store_exists(store, STORE_NO_TXN, DEV_ERRORS));
	expect_node("/local/domain/0/backend/vif/5/0/handle", "0");
	ck_assert_msg(dev_detach_one(5, DEV_NIC, 0, &error) == 0, "%s", error.text);
	ck_assert_str_eq(list_all(), before);
	ck_assert_msg(dev_detach_one(5, DEV_NIC, 0, &error) == 0, "again: %s", error.text);
	free(before);
	stop_store();
}
END_TEST

static void set_states(const char *back, const char *front)
{
	ck_assert_int_eq(store_write_string(store, STORE_NO_TXN,
					    "/local/domain/0/backend/vbd/5/51712/state", back),
			 0);
	ck_assert_int_eq(store_write_string(store, STORE_NO_TXN,
					    "/local/domain/5/device/vbd/51712/state", front),
			 0);
}

static const struct {
	const char *back, *front;
	int rc;
} answers[] = {
	{ "4", "4", 0 },          { "2", "1", -ETIMEDOUT },  { "4", "1", -ETIMEDOUT },
	{ "2", "4", -ETIMEDOUT }, { "6", "4", -EIO },        { "4", "6", -EIO },
	{ "5", "1", -EIO },       { "2", "99", -ETIMEDOUT }, { "2", "x", -ETIMEDOUT },
};

START_TEST(a_guest_is_waited_for)
{
	volatile sig_atomic_t interrupted = 0;
	struct dev_patience patience = { .wait_ms = 30, .interrupted = &interrupted };

	start_store();
	set_states(answers[_i].back, answers[_i].front);
	ck_assert_int_eq(dev_guest_connects(store, 5, DEV_DISK, 51712, &patience, &error),
			 answers[_i].rc);

	set_states("2", "1");
	interrupted = 1;
	patience.wait_ms = 60000;
	ck_assert_int_eq(dev_guest_connects(store, 5, DEV_DISK, 51712, &patience, &error), -EINTR);
	stop_store();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plug");
	TCase *t = tcase_create("plug");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, views_tell_what_was_written);
	tcase_add_test(t, a_rate_is_read_back_as_it_was_given);
	tcase_add_test(t, an_address_is_one_stations);
	tcase_add_test(t, a_running_guest_sees_a_device_when_it_is_ready);
	tcase_add_test(t, one_device_goes_and_the_others_stay);
	tcase_add_loop_test(t, a_guest_is_waited_for, 0, (int)ARRAY_SIZE(answers));
	suite_add_tcase(s, t);

	return suites_run(s);
}
