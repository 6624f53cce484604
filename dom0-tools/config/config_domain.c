/* SPDX-License-Identifier: MIT */
/*
 * A domain's name, identity, and what to do when it stops; and all its parts in their order. The
 * others are in files of their own.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include "config_read.h"

static const char *const action_words[] = { "destroy", "restart", "preserve", NULL };

const char *config_action_name(enum config_action action)
{
	return action_words[action];
}

/* The name is a part of file names and of store values: letters, digits and a few marks only. */
static int check_name(const struct config_reader *r, const xmlNode *node, const char *name)
{
	if (!isalnum((unsigned char)name[0]))
		return config_fail(r, node, -EINVAL,
				   "the name %s must begin with a letter or a digit", name);

	for (const char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("._+-", *c) == NULL)
			return config_fail(r, node, -EINVAL,
					   "the name %s may hold letters, digits and . _ + - only",
					   name);
	if (strspn(name, "0123456789") == strlen(name))
		return config_fail(r, node, -EINVAL,
				   "the name %s is a number, and would be taken for a domain's id",
				   name);

	return 0;
}

static void read_name(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *node = config_child(domain, "name");
	char *text = config_text(r, node, CONFIG_NAME_MAX);

	if (text != NULL && check_name(r, node, text) == 0)
		strcpy(r->c->name, text);
	free(text);
}

static void read_uuid(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *node = config_child(domain, "uuid");
	char *text;

	if (node == NULL) {
		config_derive_uuid(r->c);
		return;
	}

	text = config_text(r, node, 64);
	if (text != NULL && !config_uuid_parse(text, r->c->uuid))
		config_fail(r, node, -EINVAL, "%s is not a UUID (32 hexadecimal digits)", text);
	free(text);
}

/* Without the element, or where its word was refused, *@action stays. */
static void read_action(const xmlNode *domain, const char *name, enum config_action *action)
{
	int word = config_element_word(config_child(domain, name), action_words);

	if (word >= 0)
		*action = (enum config_action)word;
}

/* A crash may ask for a core as well: with what comes after it, in one word. */
static void read_crash(const struct config_reader *r, const xmlNode *domain)
{
	static const char *const dumps[] = {
		[CONFIG_DESTROY] = "coredump-destroy",
		[CONFIG_RESTART] = "coredump-restart",
		NULL,
	};
	const xmlNode *node = config_child(domain, "on_crash");
	int word = config_element_word(node, dumps);

	read_action(domain, "on_crash", &r->c->on_crash);
	if (word < 0)
		return;

	r->c->on_crash = (enum config_action)word;
	r->c->crash_dump = true;
}

/* libvirt's defaults where the file says nothing. */
static void read_actions(const struct config_reader *r, const xmlNode *domain)
{
	struct domain_config *c = r->c;

	c->on_poweroff = CONFIG_DESTROY;
	c->on_reboot = CONFIG_RESTART;
	c->on_crash = CONFIG_DESTROY;
	read_action(domain, "on_poweroff", &c->on_poweroff);
	read_action(domain, "on_reboot", &c->on_reboot);
	read_crash(r, domain);
}

/* The first console is the one that every guest has. */
static void read_console(const struct config_reader *r, const xmlNode *node, unsigned int *count)
{
	if ((*count)++ > 0)
		config_lacks(r, node, NULL, NULL, "more than one console");
}

static void read_devices(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *devices = config_child(domain, "devices"), *n;
	unsigned int consoles = 0;

	n = devices != NULL ? devices->children : NULL;
	for (; n != NULL && !config_failed_enough(r); n = n->next) {
		if (config_is(n, "disk"))
			config_read_disk(r, n);
		else if (config_is(n, "interface"))
			config_read_nic(r, n);
		else if (config_is(n, "console"))
			read_console(r, n, &consoles);
	}

	config_check_disks(r);
	config_check_nics(r);
}

/* The order matters: MAC addresses are derived from the UUID, the UUID from the name. */
void config_read_domain(const struct config_reader *r, const xmlNode *domain)
{
	static void (*const parts[])(const struct config_reader *, const xmlNode *) = {
		read_name,           read_uuid,        config_read_memory, config_read_vcpus,
		config_read_cputune, config_read_boot, read_actions,       read_devices,
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i](r, domain);
}
