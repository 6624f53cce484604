/* SPDX-License-Identifier: MIT */
/*
 * What a domain boots: a kernel of dom0's, with initrd and command line, or the one on its own
 * disk, which GRUB finds there. GRUB runs as the guest's first kernel: nothing of the guest's disk
 * is read in dom0, where pygrub would have done it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include "config_read.h"

/* The last part of the paths that stand for a boot loader of PV guests, in dom0 or in the guest. */
static const char *const loaders[] = {
	"pygrub",
	"pvgrub",
	"pvgrub64",
	"grub-x86_64-xen.bin",
	"pvgrub-x86_64.bin",
	"pv-grub-x86_64.gz",
};

static bool is_loader(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++)
		if (strcmp(name, loaders[i]) == 0)
			return true;

	return false;
}

/* An empty <bootloader/> is libvirt's word for the usual one. */
static void read_loader(const struct config_reader *r, const xmlNode *node)
{
	char *path;

	if (!config_blank(node)) {
		path = config_text(r, node, 1024);
		if (path != NULL && !is_loader(path))
			config_fail(r, node, -EINVAL,
				    "<bootloader> is %.200s, which is not supported; "
				    "possible: pygrub, pvgrub, or %s",
				    path, CONFIG_BOOTLOADER);
		free(path);
	}

	r->c->bootloader = true;
	r->c->kernel = strdup(CONFIG_BOOTLOADER);
	if (r->c->kernel == NULL)
		config_fail(r, node, -ENOMEM, "out of memory");
}

/* The boot loader would load something else: which of both is wanted cannot be told. */
static void check_alone(const struct config_reader *r, const xmlNode *os)
{
	static const char *const names[] = { "kernel", "initrd" };
	const xmlNode *node;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		node = config_child(os, names[i]);
		if (node != NULL)
			config_fail(r, node, -EINVAL,
				    "<%s> stands beside <bootloader>: leave one of them out",
				    names[i]);
	}
}

static void read_kernel(const struct config_reader *r, const xmlNode *os)
{
	const xmlNode *kernel = config_child(os, "kernel");
	const xmlNode *initrd = config_child(os, "initrd");

	if (kernel == NULL)
		config_fail(r, os, -EINVAL,
			    "<os> lacks a <kernel>, and there is no <bootloader> that finds one");
	else
		r->c->kernel = config_path(r, kernel, NULL);

	if (initrd != NULL)
		r->c->initrd = config_path(r, initrd, NULL);
}

static void read_cmdline(const struct config_reader *r, const xmlNode *os)
{
	const xmlNode *node = config_child(os, "cmdline");

	if (node != NULL && !config_blank(node)) {
		r->c->cmdline = config_text(r, node, CONFIG_CMDLINE_MAX);
		return;
	}

	r->c->cmdline = strdup("");
	if (r->c->cmdline == NULL)
		config_fail(r, os, -ENOMEM, "out of memory");
}

void config_read_boot(const struct config_reader *r, const xmlNode *domain)
{
	const xmlNode *os = config_child(domain, "os");
	const xmlNode *loader = config_child(domain, "bootloader");

	if (os == NULL)
		return;

	if (loader != NULL) {
		read_loader(r, loader);
		check_alone(r, os);
	} else {
		read_kernel(r, os);
	}
	read_cmdline(r, os);
}
