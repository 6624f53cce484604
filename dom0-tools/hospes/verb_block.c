/* SPDX-License-Identifier: MIT */
/* hospes block-list, block-attach, block-detach and block-resize: the disks of a running domain. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <dom0-tools/domain/domain_memory.h>
#include "device_call.h"
#include "verbs.h"

#define BYTES_PER_KIB 1024
#define BYTES_PER_MIB (1024 * 1024)

static void disk_print(const struct dev_view *v)
{
	printf("%-10s %7u  %-12s %-4s %9" PRIu64 " %s\n", v->name, v->id, dev_state_word(v->state),
	       dev_mode_word(v), v->bytes / BYTES_PER_MIB, v->source);
}

static struct json_object *disk_json(const struct dev_view *v)
{
	struct json_object *o = json_object_new_object();

	json_text(o, "target", v->name);
	json_number(o, "vdev", v->id);
	json_text(o, "source", v->source);
	json_text(o, "mode", dev_mode_word(v));
	json_truth(o, "discard", !v->no_discard);
	json_number(o, "bytes", (int64_t)v->bytes);
	json_object_object_add(o, "loop", v->loop < 0 ? NULL : json_object_new_int(v->loop));
	json_text(o, "state", dev_state_word(v->state));
	json_text(o, "guest_state", dev_state_word(v->guest_state));
	return o;
}

int verb_block_list(struct invocation *in)
{
	struct dev_view *views = NULL;
	domid_t domid;
	int count, rc = verb_domain(in, 0, &domid);

	if (rc < 0)
		return rc;

	count = dev_views(in->host.store, domid, DEV_DISK, &views, &in->err);
	if (count < 0)
		return count;

	if (in->json)
		in->result = json_object_new_array();
	else
		printf("%-10s %7s  %-12s %-4s %9s %s\n", "Target", "Vdev", "State", "Mode", "MiB",
		       "Source");
	for (int i = 0; i < count; i++) {
		if (in->json)
			json_object_array_add(in->result, disk_json(&views[i]));
		else
			disk_print(&views[i]);
	}

	free(views);
	return 0;
}

int verb_block_attach(struct invocation *in)
{
	struct device_call call;
	int rc = device_call_attach(in, CONFIG_DISK, &call);

	if (rc < 0 || !in->json)
		return rc;

	in->result = disk_json(&call.view);
	result_number(in, "domid", call.turn.domid);
	return 0;
}

int verb_block_detach(struct invocation *in)
{
	struct device_call call;
	int rc = device_call_detach(in, DEV_DISK, &call);

	if (rc < 0)
		return rc;

	result_number(in, "domid", call.turn.domid);
	result_text(in, "target", call.view.name);
	result_text(in, "source", call.view.source);
	return 0;
}

int verb_block_resize(struct invocation *in)
{
	struct device_call call;
	uint64_t kib = 0, now = 0;
	int rc = in->argc > 2 ? memory_size_read(in->argv[2], &kib, &in->err) : 0;

	if (rc == 0)
		rc = device_call_begin(in, DEV_DISK, &call);
	if (rc < 0)
		return rc;

	rc = dev_resize(in->host.store, call.turn.domid, &call.view, kib * BYTES_PER_KIB,
			in->flag['f'], &now, &in->err);
	device_call_end(&call);
	if (rc < 0)
		return rc;

	result_number(in, "domid", call.turn.domid);
	result_text(in, "target", call.view.name);
	result_number(in, "bytes", (int64_t)now);
	if (!in->json)
		printf("%s has %" PRIu64 " bytes\n", call.view.name, now);
	return 0;
}
