/* SPDX-License-Identifier: MIT */
/*
 * Files of xl.cfg: their keys give the values that libvirt's XML would give, and what is wrong in
 * them is told by line.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/config/config.h>
#include <tests/host/suites_run.h>

static struct domain_config config;
static struct hospes_error error;

static int parse(const char *text)
{
	error_clear(&error);
	return config_parse(text, strlen(text), "t.cfg", &config, &error);
}

static const char good[] =
	"# a guest\n"
	"name = \"web\"; type = 'pv'\n"
	"memory = 256\n"
	"maxmem = 512\n"
	"vcpus = 2; maxvcpus = 4 # of them\n"
	"cpus = [ \"0\", \"1-2\" ]\n"
	"cpu_weight = 512\n"
	"cap = 50\n"
	"kernel = \"/boot/vmlinuz\"\n"
	"ramdisk = '/boot/initrd.img'\n"
	"root = \"/dev/xvda1 ro\"\n"
	"extra = \"a=\\\"b&<c>\\\"\"\n"
	"disk = [ \"phy:/dev/vg/web,xvda1,w!\",\n"
	"  'file:/srv/a.img,sdb,r', # old\n"
	"  \"/srv/b.img,,xvdc,rw\",\n"
	"  \"format=raw, vdev=xvdd, access=ro, no-discard, target=/srv/c,d.img\",\n"
	"]\n"
	"vif = [ 'mac=00:16:3e:00:00:01,bridge=br0,rate=10Mb/s,mtu=9000', '' ]\n"
	"on_crash = \"preserve\"\n"
	"vfb = [ 'vnc=1' ]\n"
	"localtime = 0\n";

START_TEST(keys_give_their_values)
{
	ck_assert_msg(parse(good) == 0, "%s", error.text);
	ck_assert_str_eq(config.name, "web");
	ck_assert_uint_eq(config.memory_kib, 256 * 1024);
	ck_assert_uint_eq(config.memory_max_kib, 512 * 1024);
	ck_assert_uint_eq(config.vcpus, 4);
	ck_assert_uint_eq(config.vcpus_online, 2);
	ck_assert(config.pinned[0] && config.pinned[1] && !config.pinned[2]);
	ck_assert_uint_eq(config.weight, 512);
	ck_assert_uint_eq(config.cap, 50);
	ck_assert_str_eq(config.kernel, "/boot/vmlinuz");
	ck_assert_str_eq(config.initrd, "/boot/initrd.img");
	ck_assert_str_eq(config.cmdline, "root=/dev/xvda1 ro a=\"b&<c>\"");
	ck_assert_int_eq(config.on_crash, CONFIG_PRESERVE);
	ck_assert_int_eq(config.on_reboot, CONFIG_RESTART);
	ck_assert_str_eq(config.notice, "t.cfg: asked for, but not given: vfb (vfb, line 20)");
	config_free(&config);
}
END_TEST

static const struct {
	const char *source, *target;
	bool block, readonly, shareable, no_discard;
} disks[] = {
	{ "/dev/vg/web", "xvda1", true, false, true, false },
	{ "/srv/a.img", "sdb", false, true, false, false },
	{ "/srv/b.img", "xvdc", false, false, false, false },
	{ "/srv/c,d.img", "xvdd", false, true, false, true },
};

START_TEST(disks_of_both_forms_are_read)
{
	ck_assert_msg(parse(good) == 0, "%s", error.text);
	ck_assert_uint_eq(config.disk_count, 4);
	for (unsigned int i = 0; i < config.disk_count; i++) {
		ck_assert_str_eq(config.disks[i].source, disks[i].source);
		ck_assert_str_eq(config.disks[i].target, disks[i].target);
		ck_assert_int_eq(config.disks[i].is_block, disks[i].block);
		ck_assert_int_eq(config.disks[i].readonly, disks[i].readonly);
		ck_assert_int_eq(config.disks[i].shareable, disks[i].shareable);
		ck_assert_int_eq(config.disks[i].no_discard, disks[i].no_discard);
	}
	config_free(&config);
}
END_TEST

START_TEST(interfaces_are_read)
{
	ck_assert_msg(parse(good) == 0, "%s", error.text);
	ck_assert_uint_eq(config.nic_count, 2);
	ck_assert_str_eq(config.nics[0].bridge, "br0");
	ck_assert_uint_eq(config.nics[0].mtu, 9000);
	ck_assert_uint_eq(config.nics[0].rate_kib, 1221);
	ck_assert_mem_eq(config.nics[0].mac, "\x00\x16\x3e\x00\x00\x01", 6);
	ck_assert_str_eq(config.nics[1].bridge, "xenbr0");
	config_free(&config);
}
END_TEST

/* What is kept is XML, and says the same. */
START_TEST(what_is_kept_reads_again)
{
	static struct domain_config again;

	ck_assert_msg(parse(good) == 0, "%s", error.text);
	ck_assert_msg(config_parse(config.text, config.text_length, "x", &again, &error) == 0, "%s",
		      error.text);
	ck_assert_str_eq(again.cmdline, config.cmdline);
	ck_assert_uint_eq(again.disk_count, config.disk_count);
	config_free(&again);
	config_free(&config);
}
END_TEST

/* Printed and read again, all that xl.cfg can say is as it was. */
START_TEST(what_is_printed_reads_again)
{
	static struct domain_config again;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_msg(parse(good) == 0, "%s", error.text);
	config_print_xl(&config, out);
	fclose(out);
	ck_assert_msg(config_parse(text, size, "x", &again, &error) == 0, "%s in %s", error.text,
		      text);
	ck_assert_mem_eq(again.uuid, config.uuid, sizeof(again.uuid));
	ck_assert_str_eq(again.cmdline, config.cmdline);
	ck_assert_uint_eq(again.memory_kib, config.memory_kib);
	ck_assert_uint_eq(again.memory_max_kib, config.memory_max_kib);
	ck_assert_uint_eq(again.vcpus_online, config.vcpus_online);
	ck_assert_uint_eq(again.cap, config.cap);
	ck_assert_int_eq(again.on_crash, config.on_crash);
	ck_assert_uint_eq(again.disk_count, config.disk_count);
	for (unsigned int i = 0; i < again.disk_count; i++) {
		ck_assert_str_eq(again.disks[i].source, config.disks[i].source);
		ck_assert_uint_eq(again.disks[i].vdev, config.disks[i].vdev);
		ck_assert_int_eq(again.disks[i].readonly, config.disks[i].readonly);
		ck_assert_int_eq(again.disks[i].shareable, config.disks[i].shareable);
	}
	ck_assert_uint_eq(again.nics[0].rate_kib, config.nics[0].rate_kib);
	ck_assert_str_eq(again.nics[1].bridge, config.nics[1].bridge);
	config_free(&again);
	config_free(&config);
	free(text);
}
END_TEST

#define SMALL "name='s'\nkernel='/k'\nmemory=64\n"

static const struct {
	const char *text, *why;
} bad[] = {
	{ SMALL "memroy = 5\n", "t.cfg: line 4: unknown key memroy" },
	{ SMALL "memory = 65\n", "line 4: a key that stands there already" },
	{ SMALL "vcpus = [ 3 ]\n", "line 4: vcpus must not be a list" },
	{ SMALL "disk = '/d,raw,xvda,w'\n", "line 4: disk must be a list" },
	{ SMALL "vcpus = 99\n", "line 4: <vcpu> is 99" },
	{ SMALL "vcpus\n", "line 4: a key lacks its =" },
	{ SMALL "= 3\n", "line 4: not a setting" },
	{ SMALL "vcpus = 3 4\n", "line 4: something stands behind" },
	{ SMALL "extra = 'a\n", "line 4: a string does not end" },
	{ SMALL "extra = 'a\\q'\n", "line 4: an unknown escape" },
	{ SMALL "extra = a\n", "line 4: neither a number" },
	{ SMALL "cpus = [ '0'\n '1' ]\n", "line 5: a list lacks a comma" },
	{ SMALL "cpus = [ [ '0' ] ]\n", "line 4: a list inside a list" },
	{ SMALL "cpus = [ '0',", "line 4: neither a number" },
	{ SMALL "type = 'hvm'\n", "line 4: type is hvm" },
	{ SMALL "pci = [ '01:00.0' ]\n", "line 4: pci is not supported" },
	{ SMALL "disk = [ '/d,qcow2,xvda,w' ]\n", "line 4: <driver type='qcow2'>" },
	{ SMALL "disk = [ '/d,raw,xvda,x' ]\n", "line 4: access x" },
	{ SMALL "disk = [ '/d,raw,xvda,w,cdrom' ]\n", "line 4: cdrom in disk" },
	{ SMALL "vif = [ 'rate=fast' ]\n", "line 4: rate=fast" },
	{ SMALL "vif = [ 'backend=net' ]\n", "line 4: backend=net in vif" },
	{ SMALL "cap = 'much'\n", "line 4: cap is much" },
	{ SMALL "bootloader = 'pygrub'\n", "<kernel> stands beside <bootloader>" },
	{ SMALL "extra = '\x01'\n", "control character" },
	{ SMALL "extra = '\xff'\n", "not in UTF-8" },
	{ "name='s'\nmemory=64\n", "lacks a <kernel>" },
};

START_TEST(faults_are_told_by_line)
{
	int rc = parse(bad[_i].text);

	ck_assert_msg(rc < 0, "accepted: %s", bad[_i].text);
	ck_assert_msg(strstr(error.text, bad[_i].why) != NULL, "\"%s\" lacks \"%s\"", error.text,
		      bad[_i].why);
	config_free(&config);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config_xl");
	TCase *t = tcase_create("config_xl");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, keys_give_their_values);
	tcase_add_test(t, disks_of_both_forms_are_read);
	tcase_add_test(t, interfaces_are_read);
	tcase_add_test(t, what_is_kept_reads_again);
	tcase_add_test(t, what_is_printed_reads_again);
	tcase_add_loop_test(t, faults_are_told_by_line, 0, (int)ARRAY_SIZE(bad));
	suite_add_tcase(s, t);

	return suites_run(s);
}
