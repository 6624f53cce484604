/* SPDX-License-Identifier: MIT */
/*
 * Typed calls of the system control hypercall, and the leaves of xen_version. The hypervisor's
 * strings are terminated here, whatever it wrote.
 */
#include "sysctl.h"

#include <errno.h>
#include <string.h>
#include "control_call.h"

/* Domains read in one call; each takes 128 bytes of the buffer. */
#define DOMAINS_PER_CALL 256

struct xen_sysctl *sysctl_begin(struct privcmd *p, uint32_t cmd)
{
	struct xen_sysctl *op = privcmd_scratch(p);

	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return op;
}

int sysctl_issue(struct privcmd *p, struct xen_sysctl *op, const char *what,
		 struct hospes_error *err)
{
	int rc = (int)privcmd_call(p, __HYPERVISOR_sysctl, (uintptr_t)op, 0, 0, 0, 0);

	if (rc >= 0)
		return 0;

	return error_set(err, rc, "cannot %s: %s (%d)%s", what, strerror(-rc), rc,
			 rc == -EACCES
				 ? "; the hypervisor speaks another control interface than 0x15"
				 : "");
}

int sysctl_physinfo(struct privcmd *p, struct xen_sysctl_physinfo *info, struct hospes_error *err)
{
	struct xen_sysctl *op = sysctl_begin(p, XEN_SYSCTL_physinfo);
	int rc = sysctl_issue(p, op, "read the host's resources", err);

	if (rc == 0)
		*info = op->u.physinfo;
	return rc;
}

int sysctl_sched_id(struct privcmd *p, uint32_t *id, struct hospes_error *err)
{
	struct xen_sysctl *op = sysctl_begin(p, XEN_SYSCTL_sched_id);
	int rc = sysctl_issue(p, op, "read the scheduler's name", err);

	if (rc == 0)
		*id = op->u.sched_id.sched_id;
	return rc;
}

static int domains_part(struct privcmd *p, domid_t first, struct xen_domctl_getdomaininfo *buffer,
			unsigned int max, struct hospes_error *err)
{
	struct xen_sysctl *op = sysctl_begin(p, XEN_SYSCTL_getdomaininfolist);
	int rc;

	op->u.getdomaininfolist.first_domain = first;
	op->u.getdomaininfolist.max_domains = max;
	op->u.getdomaininfolist.buffer.p = buffer;
	rc = sysctl_issue(p, op, "list the domains", err);
	if (rc < 0)
		return rc;
	if (op->u.getdomaininfolist.num_domains > max)
		return error_set(err, -EPROTO, "the hypervisor listed more domains than asked for");

	return (int)op->u.getdomaininfolist.num_domains;
}

int sysctl_domains(struct privcmd *p, domid_t first, struct xen_domctl_getdomaininfo *info,
		   unsigned int max, struct hospes_error *err)
{
	size_t bytes = DOMAINS_PER_CALL * sizeof(*info);
	struct xen_domctl_getdomaininfo *buffer = privcmd_buffer(p, bytes);
	unsigned int found = 0;
	int n = 0;

	if (buffer == NULL)
		return error_set(err, -ENOMEM, "no memory to list the domains");

	while (found < max) {
		unsigned int room = max - found < DOMAINS_PER_CALL ? max - found : DOMAINS_PER_CALL;

		n = domains_part(p, first, buffer, room, err);
		if (n <= 0)
			break;

		memcpy(info + found, buffer, (size_t)n * sizeof(*info));
		found += (unsigned int)n;
		if ((unsigned int)n < room)
			break;

		first = (domid_t)(info[found - 1].domain + 1);
	}

	privcmd_buffer_free(p, buffer, bytes);
	return n < 0 ? n : (int)found;
}

int sysctl_read_console(struct privcmd *p, char *buffer, uint32_t size, uint32_t *index, bool clear,
			struct hospes_error *err)
{
	char *copy = privcmd_buffer(p, size);
	struct xen_sysctl *op;
	int rc;

	if (copy == NULL)
		return error_set(err, -ENOMEM, "no memory to read the hypervisor's console");

	op = sysctl_begin(p, XEN_SYSCTL_readconsole);
	op->u.readconsole.clear = clear;
	op->u.readconsole.incremental = index != NULL;
	op->u.readconsole.index = index != NULL ? *index : 0;
	op->u.readconsole.buffer.p = copy;
	op->u.readconsole.count = size;
	rc = sysctl_issue(p, op, "read the hypervisor's console", err);
	if (rc == 0 && op->u.readconsole.count <= size) {
		rc = (int)op->u.readconsole.count;
		memcpy(buffer, copy, (size_t)rc);
		if (index != NULL)
			*index = op->u.readconsole.index;
	}

	privcmd_buffer_free(p, copy, size);
	return rc;
}

int sysctl_debug_keys(struct privcmd *p, const char *keys, struct hospes_error *err)
{
	size_t length = strlen(keys);
	char *copy = privcmd_buffer(p, length + 1);
	struct xen_sysctl *op;
	int rc;

	if (copy == NULL)
		return error_set(err, -ENOMEM, "no memory for the debug keys");

	memcpy(copy, keys, length);
	op = sysctl_begin(p, XEN_SYSCTL_debug_keys);
	op->u.debug_keys.keys.p = copy;
	op->u.debug_keys.nr_keys = (uint32_t)length;
	rc = sysctl_issue(p, op, "take debug keys", err);

	privcmd_buffer_free(p, copy, length + 1);
	return rc;
}

static int version_leaf(struct privcmd *p, unsigned int leaf, void *argument)
{
	return (int)privcmd_call(p, __HYPERVISOR_xen_version, leaf, (uintptr_t)argument, 0, 0, 0);
}

/* Reads a leaf that is a string; one that is refused stays empty. */
static void version_text(struct privcmd *p, unsigned int leaf, char *text, size_t size)
{
	char *page = privcmd_scratch(p);

	text[0] = '\0';
	if (version_leaf(p, leaf, page) < 0)
		return;

	memcpy(text, page, size - 1);
	text[size - 1] = '\0';
}

static void version_compile(struct privcmd *p, struct xen_compile_info *compile)
{
	struct xen_compile_info *page = privcmd_scratch(p);

	if (version_leaf(p, XENVER_compile_info, page) >= 0)
		*compile = *page;
	compile->compiler[sizeof(compile->compiler) - 1] = '\0';
	compile->compile_by[sizeof(compile->compile_by) - 1] = '\0';
	compile->compile_domain[sizeof(compile->compile_domain) - 1] = '\0';
	compile->compile_date[sizeof(compile->compile_date) - 1] = '\0';
}

int version_read(struct privcmd *p, struct host_version *v, struct hospes_error *err)
{
	int rc = version_leaf(p, XENVER_version, NULL);
	struct xen_platform_parameters *params;

	memset(v, 0, sizeof(*v));
	if (rc < 0)
		return error_set(err, rc, "cannot read the hypervisor's version: %s (%d)",
				 strerror(-rc), rc);

	v->major = (unsigned int)rc >> 16;
	v->minor = (unsigned int)rc & 0xffff;
	version_text(p, XENVER_extraversion, v->extra, sizeof(v->extra));
	version_text(p, XENVER_capabilities, v->capabilities, sizeof(v->capabilities));
	version_text(p, XENVER_changeset, v->changeset, sizeof(v->changeset));
	version_text(p, XENVER_commandline, v->command_line, sizeof(v->command_line));
	version_compile(p, &v->compile);
	params = privcmd_scratch(p);
	if (version_leaf(p, XENVER_platform_parameters, params) >= 0)
		v->virt_start = params->virt_start;
	rc = version_leaf(p, XENVER_pagesize, NULL);
	v->page_size = rc > 0 ? (unsigned int)rc : PAGE_SIZE;

	return 0;
}
