/* SPDX-License-Identifier: MIT */
/*
 * Devices that come to a configuration, go and change: what becomes of its XML holds the same rules
 * as any file, and the others stay what they are, also where their MAC addresses were derived.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/config/config_device.h>
#include <tests/host/suites_run.h>

#define HEAD                                                                            \
	"<domain type='xen'><name>x</name><memory>65536</memory><os><type>linux</type>" \
	"<kernel>/k</kernel></os>"
#define DISK "<disk type='file'><source file='/a'/><target dev='xvda'/></disk>"
#define NIC  "<interface type='bridge'><source bridge='br0'/></interface>"

static struct domain_config before, after;
static struct hospes_error error;

static void given(const char *devices)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s</domain>", HEAD, devices);
	error_clear(&error);
	ck_assert_msg(config_parse(text, strlen(text), "x.xml", &before, &error) == 0, "%s",
		      error.text);
}

static int add(enum config_device kind, const char *text, bool xml)
{
	const struct config_addition addition = {
		.kind = kind, .name = "the device", .text = text, .xml = xml
	};

	error_clear(&error);
	return config_device_add(&before, &addition, &after, &error);
}

static void done(void)
{
	config_free(&before);
	config_free(&after);
}

static const struct {
	enum config_device kind;
	bool xml;
	const char *text;
} good[] = {
	{ CONFIG_DISK, false, "/b,raw,xvdb,r" },
	{ CONFIG_DISK, false, "/b,xvdb,r" },
	{ CONFIG_DISK, false, "vdev=xvdb,access=ro,target=/b" },
	{ CONFIG_DISK, true,
	  "<disk type='file'><source file='/b'/><target dev='xvdb'/><readonly/></disk>" },
};

START_TEST(a_disk_comes)
{
	given("<devices>" DISK "</devices>");
	ck_assert_msg(add(good[_i].kind, good[_i].text, good[_i].xml) == 0, "%s", error.text);
	ck_assert_uint_eq(after.disk_count, 2);
	ck_assert_str_eq(after.disks[0].source, "/a");
	ck_assert_str_eq(after.disks[1].source, "/b");
	ck_assert_str_eq(after.disks[1].target, "xvdb");
	ck_assert(after.disks[1].readonly);
	ck_assert_mem_eq(after.uuid, before.uuid, 16);
	done();
}
END_TEST

START_TEST(the_first_device_comes)
{
	given("");
	ck_assert_msg(add(CONFIG_DISK, "/b,xvdb", false) == 0, "%s", error.text);
	ck_assert_uint_eq(after.disk_count, 1);
	done();
}
END_TEST

static const struct {
	enum config_device kind;
	bool xml;
	const char *text, *reason;
} bad[] = {
	{ CONFIG_DISK, false, "/b,raw,xvda,w", "collides with xvda" },
	{ CONFIG_DISK, false, "/b,qcow2,xvdb,w", "qcow2" },
	{ CONFIG_DISK, false, "/b,raw,xvdb,x", "access x" },
	{ CONFIG_DISK, false, "b,raw,xvdb,w", "path" },
	{ CONFIG_DISK, false, "", "" },
	{ CONFIG_DISK, false, "/b,raw,xvdb,w,nonsense=1", "nonsense=1" },
	{ CONFIG_DISK, false, "/b\x01,raw,xvdb,w", "control character" },
	{ CONFIG_DISK, false, "/b\xff\xc3,raw,xvdb,w", "UTF-8" },
	{ CONFIG_DISK, true, NIC, "<interface>, not a <disk>" },
	{ CONFIG_DISK, true, "<disk type='file'/>", "lacks" },
	{ CONFIG_DISK, true, DISK DISK, "not well-formed" },
	{ CONFIG_DISK, true, "", "well-formed" },
	{ CONFIG_DISK, true, "<!DOCTYPE x [<!ENTITY a 'b'>]><disk/>", "document type" },
	{ CONFIG_NIC, false, "mac=00:16:3e:00:00:01", "MAC address of that" },
	{ CONFIG_NIC, false, "rate=fast", "rate" },
	{ CONFIG_NIC, false, "bridge=a/b", "a/b" },
	{ CONFIG_NIC, true, DISK, "<disk>, not a <interface>" },
};

START_TEST(what_is_wrong_is_refused)
{
	given("<devices>" DISK "<interface type='bridge'><source bridge='br0'/>"
	      "<mac address='00:16:3e:00:00:01'/></interface></devices>");
	ck_assert_int_lt(add(bad[_i].kind, bad[_i].text, bad[_i].xml), 0);
	ck_assert_int_ne(error.code, 0);
	ck_assert_msg(strstr(error.text, bad[_i].reason) != NULL, "%s", error.text);
	done();
}
END_TEST

/* The second one keeps its address when the first goes, and a third gets one of its own. */
START_TEST(addresses_stay)
{
	struct domain_config less;

	given("<devices>" NIC NIC "</devices>");
	ck_assert_int_eq(config_device_remove(&before, CONFIG_NIC, 0, &less, &error), 0);
	ck_assert_uint_eq(less.nic_count, 1);
	ck_assert_mem_eq(less.nics[0].mac, before.nics[1].mac, 6);

	config_free(&before);
	before = less;
	ck_assert_msg(add(CONFIG_NIC, "bridge=br1", false) == 0, "%s", error.text);
	ck_assert_uint_eq(after.nic_count, 2);
	ck_assert_str_eq(after.nics[1].bridge, "br1");
	ck_assert_mem_eq(after.nics[0].mac, less.nics[0].mac, 6);
	ck_assert_mem_ne(after.nics[1].mac, less.nics[0].mac, 6);
	done();
}
END_TEST

START_TEST(a_disk_goes)
{
	given("<devices>" DISK
	      "<disk type='block'><source dev='/dev/b'/><target dev='xvdb'/></disk>"
	      "</devices>");
	ck_assert_int_eq(config_device_remove(&before, CONFIG_DISK, 0, &after, &error), 0);
	ck_assert_uint_eq(after.disk_count, 1);
	ck_assert_str_eq(after.disks[0].source, "/dev/b");
	config_free(&after);

	ck_assert_int_eq(config_device_remove(&before, CONFIG_DISK, 2, &after, &error), -ENODEV);
	done();
}
END_TEST

START_TEST(a_link_changes)
{
	struct config_link_change change = {
		.rate = true, .rate_kib = 1000, .link = true, .down = true
	};

	given("<devices>" NIC NIC "</devices>");
	ck_assert_int_eq(config_nic_change(&before, 1, &change, &after, &error), 0);
	ck_assert_uint_eq(after.nics[0].rate_kib, 0);
	ck_assert(!after.nics[0].link_down);
	ck_assert_uint_eq(after.nics[1].rate_kib, 1000);
	ck_assert(after.nics[1].link_down);

	config_free(&before);
	before = after;
	change = (struct config_link_change){ .rate = true };
	ck_assert_int_eq(config_nic_change(&before, 1, &change, &after, &error), 0);
	ck_assert_uint_eq(after.nics[1].rate_kib, 0);
	ck_assert(after.nics[1].link_down);
	config_free(&after);

	ck_assert_int_eq(config_nic_change(&before, 2, &change, &after, &error), -ENODEV);
	done();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config_device");
	TCase *t = tcase_create("config_device");

	tcase_add_loop_test(t, a_disk_comes, 0, (int)ARRAY_SIZE(good));
	tcase_add_test(t, the_first_device_comes);
	tcase_add_loop_test(t, what_is_wrong_is_refused, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(t, addresses_stay);
	tcase_add_test(t, a_disk_goes);
	tcase_add_test(t, a_link_changes);
	suite_add_tcase(s, t);

	return suites_run(s);
}
