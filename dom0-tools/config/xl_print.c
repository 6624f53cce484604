/* SPDX-License-Identifier: MIT */
/* A configuration as a file of xl.cfg(5), and comments for what that cannot say. */
#include <stdio.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include "config.h"

/* In double quotes, with what xl would take for their end behind a backslash. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void put_string(FILE *out, const char *key, const char *value)
{
	fprintf(out, "%s = ", key);
	put_quoted(out, value);
	fputc('\n', out);
}

static void put_number(FILE *out, const char *key, unsigned long number)
{
	fprintf(out, "%s = %lu\n", key, number);
}

/* Whole MiB; xl knows no smaller part. */
static unsigned long mib(uint64_t kib)
{
	return (kib + 1023) / 1024;
}

static void put_identity(FILE *out, const struct domain_config *c)
{
	char uuid[CONFIG_UUID_LENGTH + 1];

	config_uuid_text(c->uuid, uuid);
	put_string(out, "name", c->name);
	put_string(out, "uuid", uuid);
	put_string(out, "type", "pv");
	put_number(out, "memory", mib(c->memory_kib));
	if (c->memory_max_kib != c->memory_kib)
		put_number(out, "maxmem", mib(c->memory_max_kib));
}

/* One item a processor: those that are not pinned may run everywhere. */
static void put_pins(FILE *out, const struct domain_config *c)
{
	char set[CPU_MAP_TEXT_MAX];
	bool any = false;

	for (unsigned int i = 0; i < c->vcpus; i++)
		any |= c->pinned[i];
	if (!any)
		return;

	fprintf(out, "cpus = [ ");
	for (unsigned int i = 0; i < c->vcpus; i++) {
		strcpy(set, "all");
		if (c->pinned[i])
			cpu_map_text(&c->pins[i], CPU_MAP_CPUS, set);
		fprintf(out, "%s\"%s\"", i ? ", " : "", set);
	}
	fprintf(out, " ]\n");
}

static void put_processors(FILE *out, const struct domain_config *c)
{
	put_number(out, "vcpus", c->vcpus_online);
	if (c->vcpus != c->vcpus_online)
		put_number(out, "maxvcpus", c->vcpus);
	put_pins(out, c);
	if (c->weight != 0)
		put_number(out, "cpu_weight", c->weight);
	if (c->cap != 0)
		put_number(out, "cap", c->cap);
}

static void put_boot(FILE *out, const struct domain_config *c)
{
	if (c->bootloader)
		put_string(out, "bootloader", "pygrub");
	else
		put_string(out, "kernel", c->kernel);
	if (c->initrd != NULL)
		put_string(out, "ramdisk", c->initrd);
	if (c->cmdline[0] != '\0')
		put_string(out, "cmdline", c->cmdline);
}

static void put_actions(FILE *out, const struct domain_config *c)
{
	put_string(out, "on_poweroff", config_action_name(c->on_poweroff));
	put_string(out, "on_reboot", config_action_name(c->on_reboot));
	fprintf(out, "on_crash = \"%s%s\"\n", c->crash_dump ? "coredump-" : "",
		config_action_name(c->on_crash));
}

/* The target comes last: all that is left of the item is its path. */
static void put_disk(FILE *out, const struct config_disk *d)
{
	char item[512 + 4096];
	const char *access = "rw";

	if (d->readonly)
		access = "ro";
	else if (d->shareable)
		access = "w!";

	snprintf(item, sizeof(item), "format=raw,vdev=%s,access=%s%s,target=%s", d->target, access,
		 d->no_discard ? ",no-discard" : "", d->source);
	fprintf(out, "\t");
	put_quoted(out, item);
	fprintf(out, ",\n");
}

static void put_nic(FILE *out, const struct config_nic *n)
{
	const uint8_t *m = n->mac;

	fprintf(out, "\t\"mac=%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	if (n->bridge[0] != '\0')
		fprintf(out, ",bridge=%s", n->bridge);
	if (n->target[0] != '\0')
		fprintf(out, ",vifname=%s", n->target);
	if (n->mtu != 0)
		fprintf(out, ",mtu=%u", n->mtu);
	if (n->rate_kib != 0)
		fprintf(out, ",rate=%luB/s", n->rate_kib * 1024);
	fprintf(out, "\",\n");
}

static void put_devices(FILE *out, const struct domain_config *c)
{
	if (c->disk_count != 0) {
		fprintf(out, "disk = [\n");
		for (unsigned int i = 0; i < c->disk_count; i++)
			put_disk(out, &c->disks[i]);
		fprintf(out, "]\n");
	}

	if (c->nic_count != 0) {
		fprintf(out, "vif = [\n");
		for (unsigned int i = 0; i < c->nic_count; i++)
			put_nic(out, &c->nics[i]);
		fprintf(out, "]\n");
	}
}

/* What libvirt's XML says and xl.cfg has no word for. */
static void put_unsaid(FILE *out, const struct domain_config *c)
{
	static const char *const elements[] = { "title", "description", "metadata", "genid" };
	char start[32];

	for (size_t i = 0; i < ARRAY_SIZE(elements); i++) {
		snprintf(start, sizeof(start), "<%s", elements[i]);
		if (strstr(c->text, start) != NULL)
			fprintf(out, "# xl.cfg cannot say: <%s>\n", elements[i]);
	}

	if (c->memory_guaranteed_kib != 0)
		fprintf(out, "# xl.cfg cannot say: %lu MiB of memory are guaranteed\n",
			mib(c->memory_guaranteed_kib));

	for (unsigned int i = 0; i < c->disk_count; i++)
		if (c->disks[i].queues != 0)
			fprintf(out, "# xl.cfg cannot say: %u queues of %s\n", c->disks[i].queues,
				c->disks[i].target);

	for (unsigned int i = 0; i < c->nic_count; i++) {
		if (c->nics[i].queues != 0)
			fprintf(out, "# xl.cfg cannot say: %u queues of interface %u\n",
				c->nics[i].queues, i);
		if (c->nics[i].link_down)
			fprintf(out, "# xl.cfg cannot say: interface %u is down\n", i);
		if (c->nics[i].bridge[0] == '\0')
			fprintf(out, "# xl.cfg cannot say: interface %u is in no bridge\n", i);
	}
}

void config_print_xl(const struct domain_config *c, FILE *out)
{
	put_identity(out, c);
	put_processors(out, c);
	put_boot(out, c);
	put_actions(out, c);
	put_devices(out, c);
	put_unsaid(out, c);
}
