/* SPDX-License-Identifier: MIT */
/*
 * The domain XML: good files give their values; bad ones are refused with a line that names the
 * cause. Each bad file is the good one with one thing changed, so that a test fails for its own
 * reason only.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
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

static const char good[] = "<domain type='xen'>\n"
			   "  <name>demo</name>\n"
			   "  <uuid>01234567-89ab-cdef-0123-456789abcdef</uuid>\n"
			   "  <memory unit='MiB'>256</memory>\n"
			   "  <currentMemory unit='MiB'>128</currentMemory>\n"
			   "  <vcpu>2</vcpu>\n"
			   "  <os>\n"
			   "    <type arch='x86_64' machine='xenpv'>linux</type>\n"
			   "    <kernel>/boot/vmlinuz</kernel>\n"
			   "    <initrd>/boot/initrd</initrd>\n"
			   "    <cmdline>console=hvc0 quiet</cmdline>\n"
			   "  </os>\n"
			   "  <on_poweroff>destroy</on_poweroff>\n"
			   "  <on_reboot>restart</on_reboot>\n"
			   "  <on_crash>preserve</on_crash>\n"
			   "  <devices>\n"
			   "    <disk type='file' device='disk'>\n"
			   "      <driver name='phy' type='raw'/>\n"
			   "      <source file='/srv/a.img'/>\n"
			   "      <target dev='xvda' bus='xen'/>\n"
			   "    </disk>\n"
			   "    <disk type='block'>\n"
			   "      <source dev='/dev/sdb'/>\n"
			   "      <target dev='xvdb1'/>\n"
			   "      <readonly/>\n"
			   "      <shareable/>\n"
			   "    </disk>\n"
			   "    <interface type='bridge'>\n"
			   "      <mac address='00:16:3e:12:34:56'/>\n"
			   "      <source bridge='xenbr0'/>\n"
			   "      <target dev='web0'/>\n"
			   "    </interface>\n"
			   "    <console type='pty'><target type='xen' port='0'/></console>\n"
			   "  </devices>\n"
			   "</domain>\n";

START_TEST(a_full_file_gives_its_values)
{
	char uuid[37];

	ck_assert_msg(parse(good) == 0, "%s", error.text);
	ck_assert_str_eq(config.name, "demo");
	config_uuid_text(config.uuid, uuid);
	ck_assert_str_eq(uuid, "01234567-89ab-cdef-0123-456789abcdef");
	ck_assert_uint_eq(config.memory_max_kib, 256 * 1024);
	ck_assert_uint_eq(config.memory_kib, 128 * 1024);
	ck_assert_uint_eq(config.vcpus, 2);
	ck_assert_str_eq(config.kernel, "/boot/vmlinuz");
	ck_assert_str_eq(config.initrd, "/boot/initrd");
	ck_assert_str_eq(config.cmdline, "console=hvc0 quiet");
	ck_assert_int_eq(config.on_poweroff, CONFIG_DESTROY);
	ck_assert_int_eq(config.on_reboot, CONFIG_RESTART);
	ck_assert_int_eq(config.on_crash, CONFIG_PRESERVE);
	ck_assert_str_eq(config.text, good);
	config_free(&config);
}
END_TEST

START_TEST(devices_give_their_values)
{
	ck_assert_msg(parse(good) == 0, "%s", error.text);
	ck_assert_uint_eq(config.disk_count, 2);
	ck_assert_str_eq(config.disks[0].source, "/srv/a.img");
	ck_assert(!config.disks[0].is_block && !config.disks[0].readonly);
	ck_assert(!config.disks[0].shareable);
	ck_assert_uint_eq(config.disks[0].vdev, 51712);
	ck_assert_uint_eq(config.disks[0].line, 17);
	ck_assert(config.disks[1].is_block && config.disks[1].readonly &&
		  config.disks[1].shareable);
	ck_assert_uint_eq(config.disks[1].vdev, 51712 + 16 + 1);
	ck_assert_uint_eq(config.nic_count, 1);
	ck_assert_str_eq(config.nics[0].bridge, "xenbr0");
	ck_assert_str_eq(config.nics[0].target, "web0");
	ck_assert_mem_eq(config.nics[0].mac, "\x00\x16\x3e\x12\x34\x56", 6);
	config_free(&config);
}
END_TEST

#define SMALL(devices)                                                                  \
	"<domain type='xen'><name>s</name><memory>65536</memory><os><type>linux</type>" \
	"<kernel>/k</kernel></os>" devices "</domain>"

START_TEST(what_is_left_out_has_a_default)
{
	ck_assert_msg(parse(SMALL("")) == 0, "%s", error.text);
	ck_assert_uint_eq(config.memory_kib, 65536);
	ck_assert_uint_eq(config.memory_max_kib, 65536);
	ck_assert_uint_eq(config.vcpus, 1);
	ck_assert_ptr_null(config.initrd);
	ck_assert_str_eq(config.cmdline, "");
	ck_assert_int_eq(config.on_poweroff, CONFIG_DESTROY);
	ck_assert_int_eq(config.on_reboot, CONFIG_RESTART);
	ck_assert_int_eq(config.on_crash, CONFIG_DESTROY);
	ck_assert_uint_eq(config.disk_count + config.nic_count, 0);
	config_free(&config);
}
END_TEST

START_TEST(memory_is_guaranteed)
{
	ck_assert_msg(parse(SMALL("<memtune><hard_limit>1</hard_limit>"
				  "<min_guarantee unit='MiB'>48</min_guarantee></memtune>")) == 0,
		      "%s", error.text);
	ck_assert_uint_eq(config.memory_guaranteed_kib, 48 * 1024);
	ck_assert_ptr_nonnull(strstr(config.notice, "limits of dom0's memory"));
	config_free(&config);
}
END_TEST

START_TEST(derived_identities_are_stable_and_differ)
{
	const char *two = SMALL(
		"<devices><interface type='bridge'><source bridge='b'/></interface>"
		"<interface type='bridge'><source bridge='b'/></interface></devices>");
	uint8_t uuid[16], mac[6];

	ck_assert_msg(parse(two) == 0, "%s", error.text);
	memcpy(uuid, config.uuid, 16);
	memcpy(mac, config.nics[0].mac, 6);
	ck_assert_mem_eq(mac, "\x00\x16\x3e", 3);
	ck_assert(memcmp(mac, config.nics[1].mac, 6) != 0);
	config_free(&config);
	ck_assert_int_eq(parse(two), 0);
	ck_assert_mem_eq(uuid, config.uuid, 16);
	ck_assert_mem_eq(mac, config.nics[0].mac, 6);
	config_free(&config);
	ck_assert_int_eq(parse(good), 0);
	ck_assert(memcmp(uuid, config.uuid, 16) != 0);
	config_free(&config);
}
END_TEST

static const struct {
	const char *target;
	unsigned int vdev;
} targets[] = {
	{ "xvda", 51712 },
	{ "xvda15", 51727 },
	{ "xvdp", 51712 + 240 },
	{ "xvdq", (1 << 28) | (16 << 8) },
	{ "xvdz3", (1 << 28) | (25 << 8) | 3 },
	{ "xvdp15", 51712 + 255 },
	{ "xvda16", (1 << 28) | 16 },
	{ "xvdaa", (1 << 28) | (26 << 8) },
	{ "xvdzz255", (1 << 28) | (701 << 8) | 255 },
	{ "hda", 3 << 8 },
	{ "hdb63", (3 << 8) | 64 | 63 },
	{ "hdc1", (22 << 8) | 1 },
	{ "hdd", (22 << 8) | 64 },
	{ "sda1", (8 << 8) | 1 },
	{ "sdp15", (8 << 8) | 255 },
};

START_TEST(disk_targets_have_the_frontends_numbers)
{
	char text[512];

	snprintf(text, sizeof(text),
		 SMALL("<devices><disk type='file'><source file='/d'/><target "
		       "dev='%s'/></disk></devices>"),
		 targets[_i].target);
	ck_assert_msg(parse(text) == 0, "%s", error.text);
	ck_assert_uint_eq(config.disks[0].vdev, targets[_i].vdev);
	config_free(&config);
}
END_TEST

static const struct {
	const char *text;
	unsigned long kib;
} sizes[] = {
	{ "<memory>8192</memory>", 8192 },
	{ "<memory unit='KiB'>8192</memory>", 8192 },
	{ "<memory unit='M'>64</memory>", 65536 },
	{ "<memory unit='GiB'>2</memory>", 2UL << 20 },
	{ "<memory unit='T'>16</memory>", 16UL << 30 },
	{ "<memory unit='MB'>10</memory>", 9766 },
	{ "<memory unit='b'>8388609</memory>", 8193 },
	{ "<memory unit='Bytes'>8388608</memory>", 8192 },
	{ "<memory unit='KB'>10000</memory>", 9766 },
	{ "<memory unit='m'>64</memory>", 65536 },
	{ "<maxMemory slots='2' unit='TiB'>1</maxMemory><memory>8192</memory>", 8192 },
	{ "<memory unit='MiB'>\n 64 \n</memory>", 65536 },
};

START_TEST(sizes_count_in_their_unit)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "<domain type='xen'><name>s</name>%s<os><type>linux</type><kernel>/k</kernel></os>"
		 "</domain>",
		 sizes[_i].text);
	ck_assert_msg(parse(text) == 0, "%s", error.text);
	ck_assert_uint_eq(config.memory_kib, sizes[_i].kib);
	config_free(&config);
}
END_TEST

/* The good file with @from replaced by @to must be refused with a line that holds @why. */
static const struct {
	const char *from, *to, *why;
} bad[] = {
	/* form */
	{ "</domain>", "</domain", "line 36: not well-formed" },
	{ "<vcpu>2</vcpu>", "<vcpu>2</cpu>", "line 6: not well-formed" },
	{ "<vcpu>2", "<vcpu>&no;", "line 6: not well-formed" },
	{ "<domain type='xen'>", "<!DOCTYPE domain><domain type='xen'>", "document type" },
	{ "<domain type='xen'>",
	  "<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><domain type='xen'>",
	  "document type" },
	{ "<domain type='xen'>", "<domain type='xen'>stray",
	  "line 1: <domain> holds text between its elements" },
	/* names */
	{ "<vcpu>2</vcpu>", "<vcpux>2</vcpux>", "line 6: unknown element <vcpux> in <domain>" },
	{ "<readonly/>", "<readonly><x/></readonly>",
	  "line 25: unknown element <x> in <readonly>" },
	{ "<readonly/>", "<transient/>", "line 25: <transient> is not supported: what is written" },
	{ "<readonly/>", "<readwrite/>", "line 25: unknown element <readwrite> in <disk>" },
	{ "<vcpu>2", "<vcpu cpus='1'>2", "line 6: unknown attribute cpus of <vcpu>" },
	{ "<vcpu>2</vcpu>", "<x:vcpu xmlns:x='urn:x'>2</x:vcpu>",
	  "line 6: unknown element <vcpu>" },
	{ "<vcpu>2</vcpu>", "<vcpu xml:space='preserve'>2</vcpu>", "line 6: unknown attribute" },
	{ "<console type='pty'>", "<hostdev mode='subsystem'/><console type='pty'>",
	  "line 33: <hostdev> is not supported: devices of the host" },
	{ "<driver name='phy' type='raw'/>", "<driver name='phy' type='raw' speed='high'/>",
	  "line 18: unknown attribute speed" },
	/* doubles and absences */
	{ "<vcpu>2</vcpu>", "<vcpu>2</vcpu><name>b</name>",
	  "line 6: a second <name> in <domain>; the first is in line 2" },
	{ "<name>demo</name>", "", "line 1: <domain> lacks a <name>" },
	{ "<memory unit='MiB'>256</memory>", "", "lacks a <memory>" },
	{ "<kernel>/boot/vmlinuz</kernel>", "", "line 7: <os> lacks a <kernel>" },
	{ "<source file='/srv/a.img'/>", "", "line 17: <disk> lacks a <source>" },
	{ "<target dev='xvda' bus='xen'/>", "", "line 17: <disk> lacks a <target>" },
	{ "<source bridge='xenbr0'/>", "", "line 28: <interface> lacks a <source>" },
	{ " type='xen'", "", "line 1: <domain> lacks the attribute type" },
	{ "<disk type='block'>", "<disk>", "lacks the attribute type" },
	/* name and uuid */
	{ ">demo<", "><", "<name> is empty" },
	{ ">demo<", ">a/b<", "may hold letters" },
	{ ">demo<", ">../x<", "must begin with a letter" },
	{ ">demo<", ">a b<", "may hold letters" },
	{ ">demo<", ">12<", "is a number" },
	{ ">demo<", ">d\xc3\xa9mo<", "may hold letters" },
	{ ">demo<", ">a234567890123456789012345678901234567890123456789012345678901234<",
	  "longer than 63 bytes" },
	{ "01234567-89ab", "0123456-89ab", "line 3" },
	{ "01234567-89ab", "x1234567-89ab", "is not a UUID" },
	{ "01234567-89ab", "001234567-89ab", "is not a UUID" },
	/* memory and vcpus */
	{ "unit='MiB'>256", "unit='MiB'>-1", "not a whole number" },
	{ "unit='MiB'>256", "unit='MiB'>0x100", "not a whole number" },
	{ "unit='MiB'>256", "unit='MiB'>1.5", "not a whole number" },
	{ "unit='MiB'>256", "unit='MiB'>99999999999999999999999", "not a whole number" },
	{ "unit='MiB'>256", "unit='TiB'>17", "more than 16 TiB" },
	{ "unit='MiB'>256", "unit='TiB'>18446744073709551615", "more than 16 TiB" },
	{ "unit='MiB'>256", "unit='MiB'>3", "boots no guest" },
	{ "unit='MiB'>256", "unit='MiB'>0", "is 0 KiB: less than" },
	{ "unit='MiB'>256", "unit='PiB'>256", "unknown unit PiB" },
	{ "<vcpu>2", "<maxMemory unit='MiB'>255</maxMemory><vcpu>2",
	  "line 4: <memory> is more than <maxMemory>" },
	{ "unit='MiB'>256", "unit='MiB'>127", "line 5: <currentMemory> is more than <memory>" },
	{ "<vcpu>2", "<memtune><min_guarantee>131073</min_guarantee></memtune><vcpu>2",
	  "line 6: <min_guarantee> is more than the guest starts with (131073 > 131072 KiB)" },
	{ "<vcpu>2", "<memtune><min_guarantee>4095</min_guarantee></memtune><vcpu>2",
	  "line 6: <min_guarantee> is 4095 KiB" },
	{ "<vcpu>2", "<memtune><min>1</min></memtune><vcpu>2", "<memtune>" },
	{ "<vcpu>2", "<vcpu>0", "from 1 to 64" },
	{ "<vcpu>2", "<vcpu>65", "from 1 to 64" },
	{ "<vcpu>2", "<vcpu>4294967297", "from 1 to 64" },
	/* kernel and actions */
	{ "/boot/vmlinuz", "vmlinuz", "line 9: the path vmlinuz is not absolute" },
	{ "/boot/initrd", "initrd", "is not absolute" },
	{ "/boot/vmlinuz", "/boot&#10;/x", "control character" },
	{ ">linux<", ">hvm<", "line 8: <type> is hvm, which is not supported" },
	{ "<domain type='xen'>", "<domain type='kvm'>", "<domain type='kvm'> is not supported" },
	{ "arch='x86_64'", "arch='i686'",
	  "line 8: <type arch='i686'> is not supported; possible: x86_64" },
	{ ">preserve<", ">coredump-preserve<", "line 15: <on_crash> is coredump-preserve" },
	/* disks */
	{ "type='file' device", "type='network' device", "possible: file, block" },
	{ "device='disk'", "device='cdrom'", "possible: disk" },
	{ "name='phy' type='raw'", "name='nbd' type='raw'", "possible: phy, file, qemu" },
	{ "name='phy' type='raw'", "name='phy' type='qcow2'", "possible: raw" },
	{ "file='/srv/a.img'", "dev='/srv/a.img'", "not dev" },
	{ "file='/srv/a.img'", "file='a.img'", "is not absolute" },
	{ "file='/srv/a.img'", "file=''", "is empty" },
	{ "dev='xvda' bus", "dev='sdq' bus", "line 20: the disk's target sdq is not supported" },
	{ "dev='xvda' bus", "dev='xvdaaa' bus", "is not supported" },
	{ "dev='xvda' bus", "dev='xvda256' bus", "is not supported" },
	{ "dev='xvda' bus", "dev='hde' bus", "is not supported" },
	{ "dev='xvda' bus", "dev='hda64' bus", "is not supported" },
	{ "dev='xvda' bus", "dev='sda16' bus", "is not supported" },
	{ "dev='xvda' bus", "dev='vda' bus", "is not supported; possible: xvda to xvdzz" },
	{ "dev='xvda' bus", "dev='xvda01' bus", "is not supported" },
	{ "dev='xvda' bus", "dev='xvda0' bus", "is not supported" },
	{ "dev='xvda' bus", "dev='xvda99999999999' bus", "is not supported" },
	{ "bus='xen'", "bus='ide'", "possible: xen" },
	{ "dev='xvdb1'", "dev='xvda'",
	  "line 22: the disk's target xvda collides with xvda in line 17" },
	{ "dev='xvdb1'", "dev='xvda1'", "collides" },
	{ "<readonly/>", "<readonly/><readonly/>", "a second <readonly>" },
	{ "<readonly/>", "<readonly>yes</readonly>",
	  "line 25: <readonly> holds text: it must be empty" },
	/* interfaces */
	{ "<interface type='bridge'>", "<interface type='network'>", "possible: bridge" },
	{ "bridge='xenbr0'", "bridge='../../x'", "not the name of a network device" },
	{ "bridge='xenbr0'", "bridge='abcdefghijklmnop'", "not the name of a network device" },
	{ "dev='web0'", "dev='vif7.0'", "looks like a name that the kernel gives" },
	{ "00:16:3e:12:34:56", "01:16:3e:12:34:56", "not the MAC address of one station" },
	{ "00:16:3e:12:34:56", "00:00:00:00:00:00", "not the MAC address" },
	{ "00:16:3e:12:34:56", "00:16:3e:12:34", "not the MAC address" },
	{ "00:16:3e:12:34:56", "00-16-3e-12-34-56", "not the MAC address" },
	{ "00:16:3e:12:34:56", "00:16:3e:12:34:56:78", "not the MAC address" },
	{ "<console type='pty'>",
	  "<interface type='bridge'><source bridge='b'/><mac "
	  "address='00:16:3e:12:34:56'/></interface>"
	  "<console type='pty'>",
	  "line 33: the interface has the MAC address of that in line 28" },
	{ "<console type='pty'>",
	  "<interface type='bridge'><source bridge='b'/><target dev='web0'/></interface>"
	  "<console type='pty'>",
	  "target web0 is used in line 28" },
	{ "type='xen' port='0'", "type='xen' port='0' tty='x'", "unknown attribute tty" },
};

static char *replace(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out = malloc(strlen(text) + strlen(to) + 1);

	ck_assert_msg(at != NULL, "the test's own text lacks %s", from);
	sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return out;
}

START_TEST(bad_files_are_refused_with_the_cause)
{
	char *text = replace(good, bad[_i].from, bad[_i].to);
	int ret = parse(text);

	ck_assert_msg(ret < 0, "accepted: %s", text);
	ck_assert_int_eq(error.code, ret);
	ck_assert_msg(strstr(error.text, bad[_i].why) != NULL, "\"%s\" lacks \"%s\"", error.text,
		      bad[_i].why);
	ck_assert_msg(!strncmp(error.text, "t.xml: ", 7), "%s", error.text);
	ck_assert_ptr_null(strchr(error.text, '\n'));
	config_free(&config);
	free(text);
}
END_TEST

START_TEST(every_cut_of_a_good_file_is_refused)
{
	for (size_t n = 0; n < sizeof(good) - 2; n++) {
		error_clear(&error);
		ck_assert_msg(config_parse(good, n, "t.xml", &config, &error) < 0, "%zu bytes", n);
		ck_assert(error.text[0]);
		config_free(&config);
	}
}
END_TEST

/* Flipped bytes: any answer is fine as long as it is an answer. */
START_TEST(damaged_files_do_no_harm)
{
	char text[sizeof(good)];
	unsigned int seed = 1;

	for (int round = 0; round < 3000; round++) {
		memcpy(text, good, sizeof(good));
		for (int k = 0; k < 3; k++) {
			seed = seed * 1103515245 + 12345;
			text[(seed >> 8) % (sizeof(good) - 1)] = (char)(seed >> 24);
		}
		error_clear(&error);
		if (config_parse(text, sizeof(good) - 1, "t.xml", &config, &error) < 0)
			ck_assert(error.text[0]);
		config_free(&config);
	}
}
END_TEST

START_TEST(too_long_and_too_deep_are_refused)
{
	char *text = malloc(CONFIG_FILE_MAX + 2);
	size_t n = 0;

	memset(text, ' ', CONFIG_FILE_MAX + 2);
	ck_assert_int_eq(config_parse(text, CONFIG_FILE_MAX + 1, "t.xml", &config, &error), -EFBIG);
	config_free(&config);
	while (n < CONFIG_FILE_MAX - 16)
		n += (size_t)sprintf(text + n, "<domain>");
	error_clear(&error);
	ck_assert_int_eq(config_parse(text, n, "t.xml", &config, &error), -EINVAL);
	config_free(&config);
	free(text);
}
END_TEST

START_TEST(too_many_devices_are_refused)
{
	char text[16384];
	size_t n;

	n = (size_t)sprintf(text, "<domain type='xen'><name>s</name><memory>65536</memory>"
				  "<os><type>linux</type><kernel>/k</kernel></os><devices>");
	for (int i = 0; i <= CONFIG_NICS_MAX; i++)
		n += (size_t)sprintf(text + n,
				     "<interface type='bridge'><source bridge='b'/></interface>");
	sprintf(text + n, "</devices></domain>");
	ck_assert_int_eq(parse(text), -E2BIG);
	ck_assert_ptr_nonnull(strstr(error.text, "more than 16 interfaces"));
	config_free(&config);
}
END_TEST

START_TEST(a_saved_configuration_comes_back)
{
	char dir[] = "/tmp/hospes-config-XXXXXX", half[64];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	setenv("HOSPES_RUN_DIR", dir, 1);
	ck_assert_int_eq(parse(good), 0);
	ck_assert_msg(config_save(&config, 7, &error) == 0, "%s", error.text);
	config_free(&config);
	ck_assert_msg(config_load_saved(7, &config, &error) == 0, "%s", error.text);
	ck_assert_str_eq(config.name, "demo");
	config_free(&config);
	/* Whoever died while saving left this. */
	snprintf(half, sizeof(half), "%s/7.xml.new", dir);
	ck_assert_int_eq(symlink("/nowhere", half), 0);
	config_forget(7);
	ck_assert_int_eq(config_load_saved(7, &config, &error), -ENOENT);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(a_file_must_be_a_file)
{
	ck_assert_int_eq(config_load("/nonexistent.xml", &config, &error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, "/nonexistent.xml"));
	error_clear(&error);
	ck_assert_int_eq(config_load("/tmp", &config, &error), -EINVAL);
	error_clear(&error);
	ck_assert_int_eq(config_load("/dev/zero", &config, &error), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_full_file_gives_its_values);
	tcase_add_test(t, devices_give_their_values);
	tcase_add_test(t, what_is_left_out_has_a_default);
	tcase_add_test(t, memory_is_guaranteed);
	tcase_add_test(t, derived_identities_are_stable_and_differ);
	tcase_add_loop_test(t, disk_targets_have_the_frontends_numbers, 0,
			    (int)ARRAY_SIZE(targets));
	tcase_add_loop_test(t, sizes_count_in_their_unit, 0, (int)ARRAY_SIZE(sizes));
	tcase_add_loop_test(t, bad_files_are_refused_with_the_cause, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(t, every_cut_of_a_good_file_is_refused);
	tcase_add_test(t, damaged_files_do_no_harm);
	tcase_add_test(t, too_long_and_too_deep_are_refused);
	tcase_add_test(t, too_many_devices_are_refused);
	tcase_add_test(t, a_saved_configuration_comes_back);
	tcase_add_test(t, a_file_must_be_a_file);
	suite_add_tcase(s, t);

	return suites_run(s);
}
