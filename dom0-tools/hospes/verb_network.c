/* SPDX-License-Identifier: MIT */
/*
 * hospes network-list, network-attach, network-detach and update-device: the network interfaces of
 * a running domain.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "device_call.h"
#include "verbs.h"

static const char *link_word(const struct dev_view *v)
{
	return v->link_up ? "up" : "down";
}

static void nic_print(const struct dev_view *v)
{
	char rate[24] = "-";

	if (v->rate_kib != 0)
		snprintf(rate, sizeof(rate), "%" PRIu64, v->rate_kib);
	printf("%3u %-17s %-15s %-15s %-12s %-4s %5u %8s\n", v->id, v->mac, v->name,
	       v->bridge[0] != '\0' ? v->bridge : "-", dev_state_word(v->state), link_word(v),
	       v->mtu, rate);
}

static struct json_object *nic_json(const struct dev_view *v)
{
	struct json_object *o = json_object_new_object();

	json_number(o, "handle", v->id);
	json_text(o, "mac", v->mac);
	json_text(o, "target", v->name);
	json_text(o, "bridge", v->bridge);
	json_text(o, "link", link_word(v));
	json_number(o, "mtu", v->mtu);
	json_number(o, "rate_kib", (int64_t)v->rate_kib);
	json_number(o, "queues", v->queues);
	json_text(o, "state", dev_state_word(v->state));
	json_text(o, "guest_state", dev_state_word(v->guest_state));
	return o;
}

int verb_network_list(struct invocation *in)
{
	struct dev_view *views = NULL;
	domid_t domid;
	int count, rc = verb_domain(in, 0, &domid);

	if (rc < 0)
		return rc;

	count = dev_views(in->host.store, domid, DEV_NIC, &views, &in->err);
	if (count < 0)
		return count;

	if (in->json)
		in->result = json_object_new_array();
	else
		printf("%3s %-17s %-15s %-15s %-12s %-4s %5s %8s\n", "Idx", "MAC", "Target",
		       "Bridge", "State", "Link", "MTU", "KiB/s");
	for (int i = 0; i < count; i++) {
		if (in->json)
			json_object_array_add(in->result, nic_json(&views[i]));
		else
			nic_print(&views[i]);
	}

	free(views);
	return 0;
}

int verb_network_attach(struct invocation *in)
{
	struct device_call call;
	int rc = device_call_attach(in, CONFIG_NIC, &call);

	if (rc < 0 || !in->json)
		return rc;

	in->result = nic_json(&call.view);
	result_number(in, "domid", call.turn.domid);
	return 0;
}

int verb_network_detach(struct invocation *in)
{
	struct device_call call;
	int rc = device_call_detach(in, DEV_NIC, &call);

	if (rc < 0)
		return rc;

	result_number(in, "domid", call.turn.domid);
	result_number(in, "handle", call.view.id);
	result_text(in, "mac", call.view.mac);
	return 0;
}

/* What is to become of the interface, by the third operand and --rate. */
static int change_read(struct invocation *in, struct config_link_change *change)
{
	const char *rate = in->value['r'], *link = in->argc > 2 ? in->argv[2] : NULL;

	*change = (struct config_link_change){ .rate = rate != NULL, .link = link != NULL };
	if (rate == NULL && link == NULL)
		return error_set(&in->err, -EINVAL, "nothing to change: give up, down or --rate");

	if (link != NULL) {
		change->down = strcmp(link, "down") == 0;
		if (!change->down && strcmp(link, "up") != 0)
			return error_set(&in->err, -EINVAL, "%s is no state of a link: up or down",
					 link);
	}

	if (rate == NULL || strcmp(rate, "none") == 0)
		return 0;

	change->rate_kib = config_rate_read(rate);
	if (change->rate_kib == 0 || change->rate_kib > CONFIG_RATE_MAX_KIB)
		return error_set(&in->err, -EINVAL,
				 "%s is no rate (like 10Mb/s or 500KB/s, or none)", rate);

	return 0;
}

int verb_update_device(struct invocation *in)
{
	struct config_link_change change;
	struct device_call call;
	int rc = change_read(in, &change);

	if (rc == 0)
		rc = device_call_begin(in, DEV_NIC, &call);
	if (rc < 0)
		return rc;

	rc = device_change_nic(&in->host, call.turn.domid, &call.view, &change, &call.how,
			       &in->err);
	if (rc == 0)
		rc = dev_view_number(in->host.store, call.turn.domid, DEV_NIC, call.view.id,
				     &call.view, &in->err);
	device_call_end(&call);
	if (rc < 0 || !in->json)
		return rc;

	in->result = nic_json(&call.view);
	result_number(in, "domid", call.turn.domid);
	return 0;
}
