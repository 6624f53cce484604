/* SPDX-License-Identifier: MIT */
/*
 * Network interfaces of a domain's XML: read and checked in themselves and against each other. What
 * the host has of bridges is left to dev.h.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "config_read.h"

static bool is_ifname(const char *text)
{
	if (*text == '\0' || strlen(text) > CONFIG_IFNAME_MAX)
		return false;
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return false;

	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) && strchr("._-", *text) == NULL)
			return false;

	return true;
}

/* The name in attribute @name of @node, if there. */
static void read_ifname(const struct config_reader *r, const xmlNode *node, const char *name,
			char out[CONFIG_IFNAME_MAX + 1])
{
	char *text = config_attribute(r, node, name, 64);

	if (text == NULL)
		return;

	if (is_ifname(text))
		strcpy(out, text);
	else
		config_fail(r, node, -EINVAL,
			    "%s is not the name of a network device (1 to %d of a-z, 0-9, . _ -)",
			    text, CONFIG_IFNAME_MAX);

	free(text);
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	static const uint8_t none[6];

	if (strlen(text) != 17)
		return false;

	for (unsigned int i = 0; i < 6; i++, text += 3) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return false;
		if (text[2] != (i < 5 ? ':' : '\0'))
			return false;

		mac[i] = (uint8_t)strtoul(text, NULL, 16);
	}

	return !(mac[0] & 1) && memcmp(mac, none, 6) != 0;
}

static void read_mac(const struct config_reader *r, const xmlNode *node, unsigned int index,
		     struct config_nic *nic)
{
	const xmlNode *element = config_child(node, "mac");
	char *text = config_attribute(r, element, "address", 64);

	config_derive_mac(r->c, index, nic->mac);
	if (text == NULL)
		return;

	if (!parse_mac(text, nic->mac))
		config_fail(r, element, -EINVAL,
			    "%s is not the MAC address of one station (like 00:16:3e:12:34:56)",
			    text);

	free(text);
}

/* The kernel names links vifD.N itself: such a name might be taken. */
static bool is_kernel_name(const char *ifname)
{
	return strncmp(ifname, "vif", 3) == 0 && isdigit((unsigned char)ifname[3]);
}

static void read_target(const struct config_reader *r, const xmlNode *node, struct config_nic *nic)
{
	read_ifname(r, config_child(node, "target"), "dev", nic->target);
	if (is_kernel_name(nic->target))
		config_fail(r, node, -EINVAL,
			    "the target %s looks like a name that the kernel gives: choose another",
			    nic->target);
}

/* A link of type ethernet stands alone in dom0. */
static void read_bridge(const struct config_reader *r, const xmlNode *node, struct config_nic *nic)
{
	static const char *const bridge[] = { "bridge", NULL };
	const xmlNode *source = config_child(node, "source");
	bool wanted = config_attribute_word(node, "type", bridge) >= 0;

	if (!wanted) {
		if (config_has(source, "bridge"))
			config_fail(r, source, -EINVAL,
				    "an interface of type 'ethernet' is in no bridge: "
				    "use type='bridge'");
		return;
	}

	if (source == NULL)
		config_fail(r, node, -EINVAL, "<interface> lacks a <source>");
	else if (!config_has(source, "bridge"))
		config_fail(r, source, -EINVAL, "<source> lacks the attribute bridge");
	else
		read_ifname(r, source, "bridge", nic->bridge);
}

/* What one link is like: its size of packets, rate, queues, state. */
static void read_link(const struct config_reader *r, const xmlNode *node, struct config_nic *nic)
{
	static const char *const down[] = { "down", NULL };
	const xmlNode *bandwidth = config_child(node, "bandwidth");
	uint64_t mtu = 0, queues = 0;

	config_attribute_number(r, config_child(node, "mtu"), "size", CONFIG_MTU_MIN,
				CONFIG_MTU_MAX, &mtu);
	config_attribute_number(r, config_child(node, "driver"), "queues", 1, CONFIG_QUEUES_MAX,
				&queues);
	config_attribute_number(r, config_child(bandwidth, "outbound"), "average", 1,
				CONFIG_RATE_MAX_KIB, &nic->rate_kib);

	nic->mtu = (unsigned int)mtu;
	nic->queues = (unsigned int)queues;
	nic->link_down = config_attribute_word(config_child(node, "link"), "state", down) >= 0;
}

void config_read_nic(const struct config_reader *r, const xmlNode *node)
{
	struct domain_config *c = r->c;
	unsigned int index = c->nic_count;
	struct config_nic *nic;

	if (index == CONFIG_NICS_MAX) {
		config_fail(r, node, -E2BIG, "more than %d interfaces", CONFIG_NICS_MAX);
		return;
	}

	nic = &c->nics[c->nic_count++];
	nic->line = config_line(node);
	read_bridge(r, node, nic);
	read_target(r, node, nic);
	read_mac(r, node, index, nic);
	read_link(r, node, nic);
}

static void check_two(const struct config_reader *r, const struct config_nic *a,
		      const struct config_nic *b)
{
	if (memcmp(a->mac, b->mac, sizeof(a->mac)) == 0)
		config_fail_line(r, a->line, -EINVAL,
				 "the interface has the MAC address of that in line %u", b->line);

	if (a->target[0] != '\0' && strcmp(a->target, b->target) == 0)
		config_fail_line(r, a->line, -EINVAL,
				 "the interface's target %s is used in line %u already", a->target,
				 b->line);
}

void config_check_nics(const struct config_reader *r)
{
	const struct domain_config *c = r->c;

	for (unsigned int i = 1; i < c->nic_count; i++)
		for (unsigned int k = 0; k < i; k++)
			check_two(r, &c->nics[i], &c->nics[k]);
}
