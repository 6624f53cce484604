/* SPDX-License-Identifier: MIT */
/*
 * Devices without a hypervisor: sources of disks, who may share one, and the store nodes against a
 * store daemon of our own on a private socket. What the kernel's backends make of the nodes is
 * tested by whole-system runs.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/device/net_link.h>
#include <tests/host/suites_run.h>
#include "device_store.h"

static char dir[64];

START_TEST(nodes_are_what_linux_reads)
{
	start_store();
	begin(5);
	add_disk("fd-1", 51712, "w");
	add_nic();
	ck_assert_msg(dev_write_nodes(&attach, &error) == 0, "%s", error.text);
#define B "/local/domain/0/backend/vbd/5/51712"
#define F "/local/domain/5/device/vbd/51712"
	expect_node(B "/frontend", F);
	expect_node(B "/frontend-id", "5");
	expect_node(B "/physical-device", "8:10");
	expect_node(B "/mode", "w");
	expect_node(B "/online", "1");
	expect_node(B "/state", "1");
	expect_node(F "/backend", B);
	expect_node(F "/backend-id", "0");
	expect_node(F "/virtual-device", "51712");
	expect_node(F "/device-type", "disk");
	expect_node(F "/state", "1");
	expect_owner(B, 0, 5);
	expect_owner(B "/state", 0, 5);
	expect_owner(F, 5, 0);
	expect_owner(F "/state", 5, 0);
#undef B
#undef F
	expect_node("/local/domain/0/backend/vif/5/0/handle", "0");
	expect_node("/local/domain/0/backend/vif/5/0/script", "/bin/true");
	expect_node("/local/domain/0/backend/vif/5/0/mac", "00:16:3e:01:02:03");
	expect_node("/local/domain/5/device/vif/0/mac", "00:16:3e:01:02:03");
	expect_node("/local/domain/5/device/vif/0/handle", "0");
	ck_assert(!store_exists(store, STORE_NO_TXN,
				"/local/domain/0/backend/vif/5/0/hotplug-status"));
	stop_store();
}
END_TEST

START_TEST(detaching_leaves_the_tree_as_it_was)
{
	char *before;

	start_store();
	begin(5);
	before = strdup(list_all());
	add_disk("fd-1", 51712, "w");
	add_disk("fd-2", 51728, "r");
	add_nic();
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	ck_assert_int_eq(store_write_string(store, STORE_NO_TXN, DEV_ERRORS "/vbd/5/51712/error",
					    "19 creating vbd"),
			 0);
	ck_assert_msg(dev_detach_all(5, &error) == 0, "%s", error.text);
	/* The domain's own part goes with the domain: here its empty folders stay. */
	ck_assert_int_eq(store_rm(store, STORE_NO_TXN, "/local/domain/5/device"), 0);
	ck_assert_str_eq(list_all(), before);
	ck_assert_msg(dev_detach_all(5, &error) == 0, "a second time: %s", error.text);
	free(before);
	stop_store();
}
END_TEST

START_TEST(detaching_one_domain_spares_the_others)
{
	uint32_t domids[8];

	start_store();
	begin(5);
	add_disk("fd-1", 51712, "rs");
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	begin(55);
	add_disk("fd-1", 51712, "rs");
	add_nic();
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	ck_assert_int_eq(dev_domains(domids, 8, &error), 2);
	ck_assert_int_eq(dev_detach_all(5, &error), 0);
	ck_assert_int_eq(dev_domains(domids, 8, &error), 1);
	ck_assert_uint_eq(domids[0], 55);
	expect_node("/local/domain/0/backend/vbd/55/51712/state", "1");
	expect_node(DEV_DISKS "/fd-1/55-51712", "rs");
	ck_assert(!store_exists(store, STORE_NO_TXN, DEV_DISKS "/fd-1/5-51712"));
	stop_store();
}
END_TEST

static const struct {
	const char *first, *second;
	bool good;
} sharing[] = {
	{ "w", "w", false },  { "w", "r", false },  { "r", "w", false },  { "r", "r", true },
	{ "ws", "ws", true }, { "ws", "w", false }, { "w", "ws", false }, { "rs", "ws", true },
	{ "ws", "rs", true }, { "ws", "r", false }, { "r", "ws", false }, { "rs", "r", true },
};

START_TEST(a_disk_is_shared_only_by_agreement)
{
	char *before;

	start_store();
	begin(5);
	add_disk("fd-1", 51712, sharing[_i].first);
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	begin(6);
	before = strdup(list_all());
	add_disk("fd-1", 51712, sharing[_i].second);
	if (sharing[_i].good) {
		ck_assert_msg(dev_write_nodes(&attach, &error) == 0, "%s", error.text);
	} else {
		ck_assert_int_eq(dev_write_nodes(&attach, &error), -EBUSY);
		ck_assert_msg(strstr(error.text, "line 17") &&
				      strstr(error.text, "domain 5 (demo)"),
			      "%s", error.text);
		ck_assert_str_eq(list_all(), before);
	}
	free(before);
	stop_store();
}
END_TEST

START_TEST(other_disks_do_not_matter)
{
	start_store();
	begin(5);
	add_disk("fd-1", 51712, "w");
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	begin(6);
	add_disk("fd-2", 51712, "w");
	ck_assert_int_eq(dev_write_nodes(&attach, &error), 0);
	stop_store();
}
END_TEST

static int open_path(const char *path, bool is_block, struct dev_source *source)
{
	struct config_disk disk = { .source = (char *)path,
				    .target = "xvda",
				    .is_block = is_block };
	int ret;

	error_clear(&error);
	ret = dev_disk_open(&disk, source, &error);
	if (!ret)
		dev_disk_close(source);
	return ret;
}

static void make_file(const char *path, off_t size)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
}

START_TEST(a_source_must_be_what_it_says)
{
	char path[96], again[96];
	struct dev_source a, b;

	strcpy(dir, "/tmp/hospes-dev-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/disk", dir);
	snprintf(again, sizeof(again), "%s/again", dir);
	ck_assert_int_eq(open_path(path, false, &a), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, path));
	make_file(path, 0);
	ck_assert_int_eq(open_path(path, false, &a), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "is empty"));
	make_file(path, 4096);
	ck_assert_msg(open_path(path, false, &a) == 0, "%s", error.text);
	ck_assert_int_eq(open_path(path, true, &b), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "is not a block device"));
	ck_assert_int_eq(link(path, again), 0);
	ck_assert_int_eq(open_path(again, false, &b), 0);
	ck_assert_str_eq(a.identity, b.identity);
	unlink(again);
	make_file(again, 4096);
	ck_assert_int_eq(open_path(again, false, &b), 0);
	ck_assert_str_ne(a.identity, b.identity);
	unlink(again);
	unlink(path);
	ck_assert_int_lt(open_path(dir, false, &a), 0);
	ck_assert_int_lt(open_path("/dev/null", false, &a), 0);
	ck_assert_int_lt(open_path("/dev/null", true, &a), 0);
	rmdir(dir);
}
END_TEST

START_TEST(a_bridge_must_be_one)
{
	error_clear(&error);
	ck_assert_int_eq(net_bridge_check("hospesnone0", &error), -ENODEV);
	ck_assert_ptr_nonnull(strstr(error.text, "the bridge hospesnone0 does not exist"));
	error_clear(&error);
	ck_assert_int_eq(net_bridge_check("lo", &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "not a bridge"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dev");
	TCase *t = tcase_create("dev");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, nodes_are_what_linux_reads);
	tcase_add_test(t, detaching_leaves_the_tree_as_it_was);
	tcase_add_test(t, detaching_one_domain_spares_the_others);
	tcase_add_loop_test(t, a_disk_is_shared_only_by_agreement, 0, (int)ARRAY_SIZE(sharing));
	tcase_add_test(t, other_disks_do_not_matter);
	tcase_add_test(t, a_source_must_be_what_it_says);
	tcase_add_test(t, a_bridge_must_be_one);
	suite_add_tcase(s, t);

	return suites_run(s);
}
