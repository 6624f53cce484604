/* SPDX-License-Identifier: MIT */
/*
 * Files with more than one fault: each is told, with its line, in the order of the file, and never
 * in the words of a schema checker. And what a file asks for in vain: told once, in one line.
 */
#include <check.h>
#include <errno.h>
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
	return config_parse(text, strlen(text), "t.xml", &config, &error);
}

static const char many[] = "<domain type='xen'>\n"
			   "  <name>a/b</name>\n"
			   "  <uuid>x</uuid>\n"
			   "  <memory unit='PiB'>1</memory>\n"
			   "  <currentMemory>1</currentMemory>\n"
			   "  <vcpu current='3'>99</vcpu>\n"
			   "  <vcpux/>\n"
			   "  <os>\n"
			   "    <type arch='i686'>hvm</type>\n"
			   "    <kernel>vmlinuz</kernel>\n"
			   "  </os>\n"
			   "  <on_crash>dance</on_crash>\n"
			   "  <on_crash>destroy</on_crash>\n"
			   "  <devices>\n"
			   "    <disk type='file'>\n"
			   "      <driver name='qemu' type='qcow2'/>\n"
			   "      <source dev='/x'/>\n"
			   "      <target dev='vda' bus='virtio'/>\n"
			   "      <readonly>yes</readonly>\n"
			   "    </disk>\n"
			   "    <interface type='network'>\n"
			   "      <mac address='01:00:00:00:00:00'/>\n"
			   "      <mtu size='12'/>\n"
			   "    </interface>\n"
			   "    <hostdev/>\n"
			   "  </devices>\n"
			   "</domain>\n";

static const struct {
	unsigned int line;
	const char *words;
} told[] = {
	{ 2, "the name a/b may hold letters" },
	{ 3, "x is not a UUID" },
	{ 4, "unknown unit PiB" },
	{ 5, "less than 4096 KiB boots no guest" },
	{ 6, "<vcpu> is 99; it must be a number from 1 to 64" },
	{ 6, "<vcpu current='3'>: it must be a number" },
	{ 7, "unknown element <vcpux> in <domain>" },
	{ 9, "<type arch='i686'> is not supported; possible: x86_64" },
	{ 9, "<type> is hvm, which is not supported; possible: linux, xen" },
	{ 10, "the path vmlinuz is not absolute" },
	{ 12, "<on_crash> is dance, which is not supported; possible: destroy" },
	{ 13, "a second <on_crash> in <domain>; the first is in line 12" },
	{ 16, "<driver type='qcow2'> is not supported; possible: raw" },
	{ 17, "a disk of type 'file' has its source in the attribute file, not dev" },
	{ 18, "<target bus='virtio'> is not supported; possible: xen" },
	{ 18, "the disk's target vda is not supported; possible: xvda" },
	{ 19, "<readonly> holds text: it must be empty" },
	{ 21, "<interface type='network'> is not supported; possible: bridge, ethernet" },
	{ 22, "is not the MAC address of one station" },
	{ 23, "<mtu size='12'>: it must be a number from 68" },
	{ 25, "<hostdev> is not supported: devices of the host" },
};

START_TEST(all_faults_of_a_file_are_told_by_line)
{
	char place[32];

	ck_assert_int_lt(parse(many), 0);
	for (unsigned int i = 0; i < config.faults.count; i++) {
		const struct config_fault *f = &config.faults.list[i];

		ck_assert_msg(i < (int)ARRAY_SIZE(told), "one too many: %s", f->text);
		snprintf(place, sizeof(place), "t.xml: line %u: ", told[i].line);
		ck_assert_msg(!strncmp(f->text, place, strlen(place)), "\"%s\" is not in line %u",
			      f->text, told[i].line);
		ck_assert_msg(strstr(f->text, told[i].words) != NULL, "\"%s\" lacks \"%s\"",
			      f->text, told[i].words);
	}
	ck_assert_uint_eq(config.faults.count, (int)ARRAY_SIZE(told));
	ck_assert(!config.faults.more);
	ck_assert_ptr_nonnull(strstr(error.text, "t.xml: line 2: the name a/b"));
	ck_assert_ptr_nonnull(strstr(error.text, "(the first of 21 faults)"));
	config_free(&config);
}
END_TEST

/* A hostile file gets its share of attention, and no more. */
START_TEST(faults_are_bounded)
{
	char *text = malloc(CONFIG_FILE_MAX);
	size_t n = (size_t)sprintf(text, "<domain type='xen'>");

	while (n < CONFIG_FILE_MAX - 32)
		n += (size_t)sprintf(text + n, "<a/>");
	sprintf(text + n, "</domain>");
	ck_assert_int_eq(parse(text), -EINVAL);
	ck_assert_uint_eq(config.faults.count, CONFIG_FAULTS_MAX);
	ck_assert(config.faults.more);
	ck_assert_ptr_nonnull(strstr(error.text, "the first of more than 50 faults"));
	config_free(&config);
	free(text);
}
END_TEST

/* What a live domain's XML of libvirt looks like, in our own words. */
static const char live[] =
	"<domain type='xen' id='7'>\n"
	"  <name>web</name>\n"
	"  <genid>5d9b5a6e-0001-4002-8003-000000000000</genid>\n"
	"  <title>Web</title>\n"
	"  <description>Two lines\nof it</description>\n"
	"  <metadata><x:a xmlns:x='urn:x'><x:b c='d'/>text</x:a></metadata>\n"
	"  <maxMemory slots='4' unit='MiB'>1024</maxMemory>\n"
	"  <memory unit='MiB' dumpCore='off'>512</memory>\n"
	"  <currentMemory unit='KB'>262144</currentMemory>\n"
	"  <vcpu placement='static' current='1'>2</vcpu>\n"
	"  <bootloader>/usr/lib/xen-4.17/bin/pygrub</bootloader>\n"
	"  <os><type arch='x86_64' machine='xenpv'>linux</type><boot dev='hd'/></os>\n"
	"  <features><acpi/><apic/><pae/><xen><e820_host state='on'/></xen></features>\n"
	"  <clock offset='utc' adjustment='reset'/>\n"
	"  <on_crash>coredump-restart</on_crash>\n"
	"  <devices>\n"
	"    <emulator>/usr/lib/xen/bin/qemu-system-i386</emulator>\n"
	"    <disk type='file' device='disk'>\n"
	"      <driver name='qemu' type='raw' cache='none' discard='ignore' queues='2'/>\n"
	"      <source file='/srv/web.img' index='1'/>\n"
	"      <backingStore/>\n"
	"      <target dev='sda1' bus='xen'/>\n"
	"      <alias name='xen-disk'/>\n"
	"      <address type='drive' controller='0' bus='0' target='0' unit='0'/>\n"
	"    </disk>\n"
	"    <controller type='xenbus' index='0'/>\n"
	"    <controller type='usb' index='0' model='qusb2'/>\n"
	"    <interface type='bridge'>\n"
	"      <source bridge='xenbr0'/>\n"
	"      <script path='vif-bridge'/>\n"
	"      <mtu size='9000'/>\n"
	"      <bandwidth><inbound average='9'/><outbound average='1024'/></bandwidth>\n"
	"      <driver queues='4'/>\n"
	"      <link state='down'/>\n"
	"    </interface>\n"
	"    <interface type='ethernet'><mac address='00:16:3e:00:00:07'/></interface>\n"
	"    <console type='pty' tty='/dev/pts/4'>\n"
	"      <source path='/dev/pts/4'/><target type='xen' port='0'/></console>\n"
	"    <console type='pty'><target type='xen' port='1'/></console>\n"
	"    <input type='mouse' bus='xen'/><input type='keyboard' bus='xen'/>\n"
	"    <graphics type='vnc' port='-1' autoport='yes'><listen type='address'/></graphics>\n"
	"    <memballoon model='xen'/>\n"
	"  </devices>\n"
	"  <seclabel type='none' model='none'/>\n"
	"</domain>\n";

START_TEST(what_libvirt_writes_is_taken)
{
	ck_assert_msg(parse(live) == 0, "%s", error.text);
	ck_assert_uint_eq(config.memory_kib, 256000);
	ck_assert_uint_eq(config.memory_max_kib, 1024 * 1024);
	ck_assert(config.bootloader);
	ck_assert_str_eq(config.kernel, CONFIG_BOOTLOADER);
	ck_assert_int_eq(config.on_crash, CONFIG_RESTART);
	ck_assert(config.crash_dump);
	ck_assert_uint_eq(config.disks[0].vdev, (8 << 8) | 1);
	ck_assert(config.disks[0].no_discard);
	ck_assert_uint_eq(config.disks[0].queues, 2);
	ck_assert_uint_eq(config.nics[0].mtu, 9000);
	ck_assert_uint_eq(config.nics[0].rate_kib, 1024);
	ck_assert_uint_eq(config.nics[0].queues, 4);
	ck_assert(config.nics[0].link_down && !config.nics[1].link_down);
	ck_assert_str_eq(config.nics[1].bridge, "");
	config_free(&config);
}
END_TEST

/* In this order, since names come before values. */
static const char *const in_vain[] = {
	"t.xml: asked for, but not given: ",
	"a dump without memory (<memory dumpCore='off'>, line 9)",
	"devices of the host (<e820_host state='on'>, line 14)",
	"a disk's cache mode (<driver cache='none'>, line ",
	"a controller of that type (<controller type='usb'>",
	"scripts for links (<script>",
	"a limit of what a guest receives (<inbound>",
	"a screen (<graphics>",
	"more than one console (<console>, line 40)",
};

START_TEST(what_is_not_given_is_told_once)
{
	const char *at;

	ck_assert_msg(parse(live) == 0, "%s", error.text);
	ck_assert_ptr_nonnull(config.notice);
	at = config.notice;
	for (int i = 0; i < (int)ARRAY_SIZE(in_vain); i++) {
		at = strstr(at, in_vain[i]);
		ck_assert_msg(at != NULL, "\"%s\" lacks \"%s\"", config.notice, in_vain[i]);
		ck_assert_ptr_null(strstr(at + 1, in_vain[i]));
	}
	ck_assert_ptr_null(strchr(config.notice, '\n'));
	ck_assert_ptr_null(strstr(config.notice, "xenbus"));
	ck_assert_ptr_null(strstr(config.notice, "mouse"));
	config_free(&config);
}
END_TEST

START_TEST(a_plain_file_gets_no_notice)
{
	ck_assert_int_eq(parse("<domain type='xen'><name>s</name><memory>65536</memory><os>"
			       "<type>linux</type><kernel>/k</kernel></os></domain>"),
			 0);
	ck_assert_ptr_null(config.notice);
	config_free(&config);
}
END_TEST

#define BOOTED(what)                                                                    \
	"<domain type='xen'><name>s</name><memory>65536</memory><os><type>linux</type>" \
	"</os>" what "</domain>"

static const struct {
	const char *xml, *why; /* NULL: taken */
} loaders[] = {
	{ BOOTED("<bootloader/>"), NULL },
	{ BOOTED("<bootloader>pygrub</bootloader>"), NULL },
	{ BOOTED("<bootloader>/usr/bin/pygrub</bootloader>"), NULL },
	{ BOOTED("<bootloader>" CONFIG_BOOTLOADER "</bootloader>"), NULL },
	{ BOOTED("<bootloader>/usr/bin/domUloader</bootloader>"), "possible: pygrub, pvgrub, or" },
	{ BOOTED(""), "lacks a <kernel>, and there is no <bootloader>" },
	{ "<domain type='xen'><name>s</name><memory>65536</memory><bootloader/><os>"
	  "<type>linux</type><kernel>/k</kernel></os></domain>",
	  "<kernel> stands beside <bootloader>" },
};

START_TEST(boot_loaders_are_grubs)
{
	int rc = parse(loaders[_i].xml);

	ck_assert_msg((rc == 0) == (loaders[_i].why == NULL), "%s", error.text);
	if (rc == 0)
		ck_assert_str_eq(config.kernel, CONFIG_BOOTLOADER);
	else
		ck_assert_msg(strstr(error.text, loaders[_i].why) != NULL, "%s", error.text);
	config_free(&config);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config_faults");
	TCase *t = tcase_create("config_faults");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, all_faults_of_a_file_are_told_by_line);
	tcase_add_test(t, faults_are_bounded);
	tcase_add_test(t, what_libvirt_writes_is_taken);
	tcase_add_test(t, what_is_not_given_is_told_once);
	tcase_add_test(t, a_plain_file_gets_no_notice);
	tcase_add_loop_test(t, boot_loaders_are_grubs, 0, (int)ARRAY_SIZE(loaders));
	suite_add_tcase(s, t);

	return suites_run(s);
}
