/* SPDX-License-Identifier: MIT */
/* Who we are and what we offer: hypercall xen_version. */
#include <ctl/ctl.h>
#include <dom/ops.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <pvabi/version.h>

#define FEATURES                                                                  \
	(1u << XENFEAT_mmu_pt_update_preserve_ad | 1u << XENFEAT_highmem_assist | \
	 1u << XENFEAT_gnttab_map_avail_bits)
#define FEATURES_DOM0 (1u << XENFEAT_dom0)

static xen_commandline_t command_line;

void version_set_command_line(const char *line)
{
	str_copy(command_line, line, sizeof(command_line));
}

#define OP_xen_version(nr, name, arg, who, how, ...) OP_HANDLER(op_version_##name, arg, how)
#include <pvabi/hypercalls.def>

/* @text in a field of @size bytes, the rest of it cleared. */
static long out_text(char *guest, const char *text, size_t size)
{
	char buf[sizeof(xen_capabilities_info_t)] = { 0 };

	str_copy(buf, text, MIN(size, sizeof(buf)));
	return guest_answer(guest, buf, size);
}

long op_version_version(struct domain *d, void *a)
{
	return HV_VERSION_MAJOR << 16 | HV_VERSION_MINOR;
}

long op_version_extraversion(struct domain *d, xen_extraversion_t *guest)
{
	return out_text(*guest, ".hospes-" HOSPES_VERSION, sizeof(*guest));
}

long op_version_compile_info(struct domain *d, struct xen_compile_info *guest)
{
	struct xen_compile_info info = { .compiler = "gcc " __VERSION__, .compile_by = "hospes" };

	return guest_answer(guest, &info, sizeof(info));
}

long op_version_capabilities(struct domain *d, xen_capabilities_info_t *guest)
{
	return out_text(*guest, "xen-3.0-x86_64 ", sizeof(*guest));
}

long op_version_changeset(struct domain *d, xen_changeset_info_t *guest)
{
	return out_text(*guest, "hospes " HOSPES_VERSION, sizeof(*guest));
}

long op_version_platform_parameters(struct domain *d, struct xen_platform_parameters *guest)
{
	struct xen_platform_parameters params = { .virt_start = HV_VIRT_START };

	return guest_answer(guest, &params, sizeof(params));
}

long op_version_get_features(struct domain *d, struct xen_feature_info *guest)
{
	struct xen_feature_info f;

	if (guest_copy_in(&f, guest, sizeof(f)))
		return fail(-EFAULT, "%#lx is not readable", (u64)guest);

	f.submap = 0;
	if (f.submap_idx == 0)
		f.submap = FEATURES;
	if (f.submap_idx == 0 && d->privileged)
		f.submap |= FEATURES_DOM0;

	return guest_answer(guest, &f, sizeof(f));
}

long op_version_pagesize(struct domain *d, void *guest)
{
	if (guest)
		return fail(-EINVAL, "the page size takes no argument");

	return PAGE_SIZE;
}

long op_version_guest_handle(struct domain *d, xen_domain_handle_t *guest)
{
	return guest_answer(guest, d->control.handle, sizeof(*guest));
}

long op_version_commandline(struct domain *d, xen_commandline_t *guest)
{
	if (!d->privileged)
		return out_text(*guest, "", sizeof(*guest));

	return guest_answer(guest, command_line, sizeof(command_line));
}

#define OP_xen_version(nr, name, arg, who, how, ...) OP_ADAPTER(op_version_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_xen_version(nr, name, arg, who, how, ...) \
	[nr] = OP_ROW(op_version_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_xen_version(struct hypercall *hc)
{
	u32 cmd = (u32)hc->arg[0];

	return ops_run(OP_FIND(ops, cmd), cmd, "version", current(), HC_PTR(hc, 1, void), hc);
}
