/* SPDX-License-Identifier: MIT */
/*
 * hospes info: the host in the lines that people know from xl, or one domain. Each line is a name
 * and a value; with --json the same names are members.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/printable.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/device/dev_view.h>
#include <dom0-tools/domain/domain_find.h>
#include "verbs.h"

#define VALUE_MAX 1200

static void line_text(struct invocation *in, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void line_text(struct invocation *in, const char *name, const char *fmt, ...)
{
	char value[VALUE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	printable_make(value, strlen(value), false);

	if (in->json)
		result_text(in, name, value);
	else
		printf("%-22s : %s\n", name, value);
}

static void line_number(struct invocation *in, const char *name, uint64_t value)
{
	if (in->json)
		result_number(in, name, (int64_t)value);
	else
		printf("%-22s : %" PRIu64 "\n", name, value);
}

static void info_kernel(struct invocation *in)
{
	struct utsname u;

	if (uname(&u) < 0)
		return;

	line_text(in, "host", "%s", u.nodename);
	line_text(in, "release", "%s", u.release);
	line_text(in, "version", "%s", u.version);
	line_text(in, "machine", "%s", u.machine);
}

static void info_machine(struct invocation *in, const struct xen_sysctl_physinfo *p)
{
	const uint32_t *caps = p->hw_cap;
	unsigned int mib = 20 - PAGE_SHIFT;
	uint64_t claimed = p->outstanding_pages;

	if (claimed > p->free_pages)
		claimed = p->free_pages;

	line_number(in, "nr_cpus", p->nr_cpus);
	line_number(in, "max_cpu_id", p->max_cpu_id);
	line_number(in, "nr_nodes", p->nr_nodes);
	line_number(in, "cores_per_socket", p->cores_per_socket);
	line_number(in, "threads_per_core", p->threads_per_core);
	line_text(in, "cpu_mhz", "%u.%03u", p->cpu_khz / 1000, p->cpu_khz % 1000);
	line_text(in, "hw_caps", "%08x:%08x:%08x:%08x:%08x:%08x:%08x:%08x", caps[0], caps[1],
		  caps[2], caps[3], caps[4], caps[5], caps[6], caps[7]);
	line_text(in, "virt_caps", "%s",
		  (p->capabilities & XEN_SYSCTL_PHYSCAP_pv) != 0 ? "pv" : "");
	line_number(in, "total_memory", p->total_pages >> mib);
	line_number(in, "free_memory", (p->free_pages - claimed) >> mib);
}

static void info_hypervisor(struct invocation *in, const struct host_version *v, uint32_t sched)
{
	static const char *const schedulers[] = { [4] = "sedf",     [5] = "credit", [6] = "credit2",
						  [7] = "arinc653", [8] = "rt",     [9] = "null" };
	const char *name = sched < ARRAY_SIZE(schedulers) ? schedulers[sched] : NULL;

	line_number(in, "xen_major", v->major);
	line_number(in, "xen_minor", v->minor);
	line_text(in, "xen_extra", "%s", v->extra);
	line_text(in, "xen_version", "%u.%u%s", v->major, v->minor, v->extra);
	line_text(in, "xen_caps", "%s", v->capabilities);
	line_text(in, "xen_scheduler", "%s", name != NULL ? name : "unknown");
	line_number(in, "xen_pagesize", v->page_size);
	line_text(in, "platform_params", "virt_start=0x%lx", v->virt_start);
	line_text(in, "xen_changeset", "%s", v->changeset);
	line_text(in, "xen_commandline", "%s", v->command_line);
	line_text(in, "cc_compiler", "%s", v->compile.compiler);
	line_text(in, "cc_compile_by", "%s", v->compile.compile_by);
	line_text(in, "cc_compile_domain", "%s", v->compile.compile_domain);
	line_text(in, "cc_compile_date", "%s", v->compile.compile_date);
	line_text(in, "tools_version", "%s", HOSPES_VERSION);
}

static int info_host(struct invocation *in)
{
	struct xen_sysctl_physinfo machine;
	struct host_version version;
	uint32_t sched = 0;
	int rc = sysctl_physinfo(in->host.privcmd, &machine, &in->err);

	if (rc == 0)
		rc = version_read(in->host.privcmd, &version, &in->err);
	if (rc == 0)
		rc = sysctl_sched_id(in->host.privcmd, &sched, &in->err);
	if (rc < 0)
		return rc;

	info_kernel(in);
	info_machine(in, &machine);
	info_hypervisor(in, &version, sched);
	return 0;
}

static void info_disk(struct invocation *in, struct json_object *list, const struct dev_view *v)
{
	struct json_object *o;

	if (!in->json) {
		line_text(in, "disk", "%s %s %s %s", v->name, dev_mode_word(v), v->source,
			  dev_state_word(v->state));
		return;
	}

	o = json_object_new_object();
	json_text(o, "target", v->name);
	json_text(o, "source", v->source);
	json_text(o, "mode", dev_mode_word(v));
	json_text(o, "state", dev_state_word(v->state));
	json_object_array_add(list, o);
}

static void info_nic(struct invocation *in, struct json_object *list, const struct dev_view *v)
{
	struct json_object *o;

	if (!in->json) {
		line_text(in, "interface", "%s bridge %s target %s mtu %u %s", v->mac,
			  v->bridge[0] != '\0' ? v->bridge : "-", v->name, v->mtu,
			  dev_state_word(v->state));
		return;
	}

	o = json_object_new_object();
	json_text(o, "mac", v->mac);
	json_text(o, "bridge", v->bridge);
	json_text(o, "target", v->name);
	json_number(o, "mtu", v->mtu);
	json_text(o, "state", dev_state_word(v->state));
	json_object_array_add(list, o);
}

/* Those that it has now. */
static void info_devices(struct invocation *in, domid_t domid)
{
	static const struct {
		enum dev_kind kind;
		const char *name;
		void (*show)(struct invocation *in, struct json_object *list,
			     const struct dev_view *v);
	} kinds[] = {
		{ DEV_DISK, "disks", info_disk },
		{ DEV_NIC, "interfaces", info_nic },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct json_object *list = in->json ? json_object_new_array() : NULL;
		struct dev_view *views;
		int count = dev_views(in->host.store, domid, kinds[i].kind, &views, NULL);

		for (int k = 0; k < count; k++)
			kinds[i].show(in, list, &views[k]);
		if (in->json)
			json_object_object_add(in->result, kinds[i].name, list);
		free(views);
	}
}

static void info_config(struct invocation *in, domid_t domid)
{
	struct domain_config c;

	if (config_load_saved(domid, &c, NULL) == 0) {
		line_text(in, "kernel", "%s", c.kernel);
		line_text(in, "initrd", "%s", c.initrd != NULL ? c.initrd : "");
		line_text(in, "cmdline", "%s", c.cmdline);
		line_text(in, "on_poweroff", "%s", config_action_name(c.on_poweroff));
		line_text(in, "on_reboot", "%s", config_action_name(c.on_reboot));
		line_text(in, "on_crash", "%s%s", c.crash_dump ? "coredump-" : "",
			  config_action_name(c.on_crash));
	}

	config_free(&c);
}

static int info_domain(struct invocation *in)
{
	struct xen_domctl_getdomaininfo info;
	char name[DOMAIN_NAME_MAX], state[7], uuid[37];
	domid_t domid;
	int rc = verb_domain(in, 0, &domid);

	if (rc == 0)
		rc = domctl_info(in->host.privcmd, domid, &info, &in->err);
	if (rc < 0)
		return rc;

	domain_name(&in->host, domid, name);
	domain_state(&info, state);
	config_uuid_text(info.handle, uuid);
	line_text(in, "name", "%s", name);
	line_number(in, "domid", domid);
	line_text(in, "uuid", "%s", uuid);
	line_text(in, "state", "%s", state);
	line_text(in, "shutdown_reason", "%s", domain_shutdown_reason(&info));
	line_number(in, "memory_kib", info.tot_pages << (PAGE_SHIFT - 10));
	line_number(in, "memory_max_kib", info.max_pages << (PAGE_SHIFT - 10));
	line_number(in, "vcpus", info.nr_online_vcpus);
	line_text(in, "cpu_time", "%.3f", (double)info.cpu_time / 1e9);
	if (domid != 0)
		info_config(in, domid);
	if (domid != 0 && in->host.store != NULL)
		info_devices(in, domid);
	return 0;
}

int verb_info(struct invocation *in)
{
	return in->argc > 0 ? info_domain(in) : info_host(in);
}
