/* SPDX-License-Identifier: MIT */
/*
 * One device more, less or otherwise in a domain's XML. What is added is checked only for what it
 * is: the rest is done by config_parse(), over the whole.
 */
#include "config_device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "config_note.h"
#include "config_read.h"
#include "config_xl.h"

static const char *const elements[] = { [CONFIG_DISK] = "disk", [CONFIG_NIC] = "interface" };

/* A document that is changed. Faults are kept in @scratch. */
struct edit {
	struct domain_config scratch;
	struct config_reader r;
	xmlDoc *doc;
	xmlNode *devices;
};

static xmlNode *child(xmlNode *parent, const char *name)
{
	return (xmlNode *)config_child(parent, name);
}

/* Made if there is none. */
static xmlNode *child_make(xmlNode *parent, const char *name)
{
	xmlNode *node = child(parent, name);

	return node != NULL ? node : xl_element(parent, name, NULL, 0);
}

static void child_remove(xmlNode *parent, const char *name)
{
	xmlNode *node = child(parent, name);

	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

/* Number @index of the elements of that name; NULL: there are not so many. */
static xmlNode *device(const struct edit *e, enum config_device kind, unsigned int index)
{
	for (xmlNode *n = e->devices->children; n != NULL; n = n->next)
		if (config_is(n, elements[kind]) && index-- == 0)
			return n;

	return NULL;
}

static void write_mac(xmlNode *nic, const uint8_t m[6])
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
		 m[5]);
	xmlSetProp(child_make(nic, "mac"), (const xmlChar *)"address", (const xmlChar *)text);
}

static void write_macs(const struct edit *e, const struct domain_config *c)
{
	for (unsigned int i = 0; i < c->nic_count; i++) {
		xmlNode *nic = device(e, CONFIG_NIC, i);

		if (nic != NULL)
			write_mac(nic, c->nics[i].mac);
	}
}

static int edit_begin(struct edit *e, const struct domain_config *c, struct hospes_error *err)
{
	*e = (struct edit){ .r = { .name = c->name, .c = &e->scratch } };
	e->doc = config_document(&e->r, c->text, c->text_length);
	if (e->doc == NULL)
		return faults_first(&e->scratch.faults, err);

	e->devices = child_make(xmlDocGetRootElement(e->doc), "devices");
	if (e->devices == NULL)
		return error_set(err, -ENOMEM, "out of memory");

	write_macs(e, c);
	return 0;
}

/* Reads what has become of it, if @rc is 0. Returns @rc, or what is wrong. */
static int edit_end(struct edit *e, int rc, const char *name, struct domain_config *changed,
		    struct hospes_error *err)
{
	xmlChar *text = NULL;
	int size = 0;

	memset(changed, 0, sizeof(*changed));
	if (rc == 0)
		xmlDocDumpFormatMemory(e->doc, &text, &size, 1);
	if (rc == 0 && text == NULL)
		rc = error_set(err, -ENOMEM, "out of memory");
	if (rc == 0)
		rc = config_parse((const char *)text, (size_t)size, name, changed, err);

	xmlFree(text);
	xmlFreeDoc(e->doc);
	config_free(&e->scratch);
	return rc;
}

/* libvirt's element, from a document of its own. */
static void add_xml(struct edit *e, const struct config_addition *add)
{
	xmlDoc *doc = config_document(&e->r, add->text, strlen(add->text));
	const xmlNode *root = xmlDocGetRootElement(doc);

	if (root != NULL && !config_is(root, elements[add->kind]))
		config_fail(&e->r, root, -EINVAL, "it holds a <%.64s>, not a <%s>", root->name,
			    elements[add->kind]);
	else if (root != NULL)
		xmlAddChild(e->devices, xmlDocCopyNode((xmlNode *)root, e->doc, 1));

	xmlFreeDoc(doc);
}

static void add_element(struct edit *e, const struct config_addition *add)
{
	e->r.name = add->name;
	if (add->xml)
		add_xml(e, add);
	else if (!xl_is_text(&e->r, add->text, strlen(add->text)))
		return;
	else if (add->kind == CONFIG_DISK)
		xl_disk(&e->r, e->devices, add->text, 1);
	else
		xl_vif(&e->r, e->devices, add->text, 1);
}

static bool mac_is_used(const struct domain_config *c, const uint8_t mac[6])
{
	for (unsigned int i = 0; i < c->nic_count; i++)
		if (memcmp(c->nics[i].mac, mac, 6) == 0)
			return true;

	return false;
}

/* The first derived one that none of the others has: their order may have changed. */
static void give_mac(const struct domain_config *c, xmlNode *nic)
{
	uint8_t mac[6];
	unsigned int index = 0;

	if (nic == NULL || config_child(nic, "mac") != NULL)
		return;

	do
		config_derive_mac(c, index++, mac);
	while (mac_is_used(c, mac));
	write_mac(nic, mac);
}

int config_device_add(const struct domain_config *c, const struct config_addition *add,
		      struct domain_config *changed, struct hospes_error *err)
{
	struct edit e;
	int rc = edit_begin(&e, c, err);

	if (rc == 0) {
		add_element(&e, add);
		rc = faults_first(&e.scratch.faults, err);
	}
	if (rc == 0 && add->kind == CONFIG_NIC)
		give_mac(c, device(&e, CONFIG_NIC, c->nic_count));

	return edit_end(&e, rc, add->name, changed, err);
}

int config_device_remove(const struct domain_config *c, enum config_device kind, unsigned int index,
			 struct domain_config *changed, struct hospes_error *err)
{
	struct edit e;
	int rc = edit_begin(&e, c, err);
	xmlNode *node = rc == 0 ? device(&e, kind, index) : NULL;

	if (rc == 0 && node == NULL)
		rc = error_set(err, -ENODEV, "%s has no <%s> number %u", c->name, elements[kind],
			       index);
	xmlUnlinkNode(node);
	xmlFreeNode(node);
	return edit_end(&e, rc, c->name, changed, err);
}

static void change_rate(xmlNode *nic, uint64_t rate_kib)
{
	char text[24];
	xmlNode *outbound;

	if (rate_kib == 0) {
		child_remove(nic, "bandwidth");
		return;
	}

	snprintf(text, sizeof(text), "%" PRIu64, rate_kib);
	outbound = child_make(child_make(nic, "bandwidth"), "outbound");
	xmlSetProp(outbound, (const xmlChar *)"average", (const xmlChar *)text);
}

int config_nic_change(const struct domain_config *c, unsigned int index,
		      const struct config_link_change *change, struct domain_config *changed,
		      struct hospes_error *err)
{
	struct edit e;
	int rc = edit_begin(&e, c, err);
	xmlNode *nic = rc == 0 ? device(&e, CONFIG_NIC, index) : NULL;

	if (rc == 0 && nic == NULL)
		rc = error_set(err, -ENODEV, "%s has no interface number %u", c->name, index);
	if (rc == 0 && change->rate)
		change_rate(nic, change->rate_kib);
	if (rc == 0 && change->link)
		xmlSetProp(child_make(nic, "link"), (const xmlChar *)"state",
			   (const xmlChar *)(change->down ? "down" : "up"));

	return edit_end(&e, rc, c->name, changed, err);
}
