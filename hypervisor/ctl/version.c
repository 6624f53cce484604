/* SPDX-License-Identifier: MIT */
/* Who we are and what we offer: hypercall xen_version. */
#include <ctl/ctl.h>
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

static long out_text(struct hypercall *hc, const char *text, size_t size)
{
	char buf[sizeof(xen_capabilities_info_t)] = { 0 };

	str_copy(buf, text, MIN(size, sizeof(buf)));
	return guest_copy_out(HC_PTR(hc, 1, void), buf, size);
}

static long get_features(struct hypercall *hc)
{
	struct xen_feature_info f;

	if (guest_copy_in(&f, HC_PTR(hc, 1, void), sizeof(f)))
		return -EFAULT;
	f.submap = 0;
	if (f.submap_idx == 0)
		f.submap = FEATURES | (current()->dom->privileged ? FEATURES_DOM0 : 0);
	return guest_copy_out(HC_PTR(hc, 1, void), &f, sizeof(f));
}

static long compile_info(struct hypercall *hc)
{
	struct xen_compile_info info = { .compiler = "gcc " __VERSION__, .compile_by = "hospes" };

	return guest_copy_out(HC_PTR(hc, 1, void), &info, sizeof(info));
}

long hc_xen_version(struct hypercall *hc)
{
	struct xen_platform_parameters params = { .virt_start = HV_VIRT_START };

	switch (hc->arg[0]) {
	case XENVER_version:
		return HV_VERSION_MAJOR << 16 | HV_VERSION_MINOR;
	case XENVER_extraversion:
		return out_text(hc, ".hospes-" HOSPES_VERSION, sizeof(xen_extraversion_t));
	case XENVER_compile_info:
		return compile_info(hc);
	case XENVER_capabilities:
		return out_text(hc, "xen-3.0-x86_64 ", sizeof(xen_capabilities_info_t));
	case XENVER_changeset:
		return out_text(hc, "hospes " HOSPES_VERSION, sizeof(xen_changeset_info_t));
	case XENVER_platform_parameters:
		return guest_copy_out(HC_PTR(hc, 1, void), &params, sizeof(params));
	case XENVER_get_features:
		return get_features(hc);
	case XENVER_pagesize:
		return hc->arg[1] ? -EINVAL : (long)PAGE_SIZE;
	case XENVER_guest_handle:
		return guest_copy_out(HC_PTR(hc, 1, void), current()->dom->control.handle,
				      sizeof(xen_domain_handle_t));
	case XENVER_commandline:
		if (!current()->dom->privileged)
			return out_text(hc, "", sizeof(command_line));
		return guest_copy_out(HC_PTR(hc, 1, void), command_line, sizeof(command_line));
	case XENVER_build_id:
		return -ENODATA; /* there is none; clients ask each time */
	default:
		return fail(-ENOSYS, "xen_version %lu", hc->arg[0]);
	}
}
