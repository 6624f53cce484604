/* SPDX-License-Identifier: MIT */
/* The rows of the verbs for devices. */
#include "verbs.h"

#include <dom0-tools/base/array.h>

#define TIMEOUT                                                                                   \
	{                                                                                         \
		.letter = 't', .name = "timeout", .argument = "SECONDS",                          \
		.help = "wait no longer than so for the guest's kernel (10)", .kind = WORD_NUMBER \
	}
#define DEFINE                                                                            \
	{                                                                                 \
		.letter = 'c', .name = "config", .help = "change the defined domain, too" \
	}
#define XML                                                                             \
	{                                                                               \
		.letter = 'x', .name = "xml", .argument = "FILE",                       \
		.help = "the device as libvirt's element, in a file", .kind = WORD_FILE \
	}
#define FORCE                                                                              \
	{                                                                                  \
		.letter = 'f', .name = "force", .help = "take it without asking the guest" \
	}

#define DISK_HELP "its name in the guest, its number, or its source"
#define NIC_HELP  "its number, its MAC address, or dom0's end of it"

static const struct verb rows[] = {
	{
		.name = "block-list",
		.aliases = { "domblklist" },
		.summary = "show the disks that a domain has now",
		.details =
			"The columns are the disk's name in the guest, the number that stands\n"
			"for it in the store, the state of dom0's half, the mode (`r` read\n"
			"only, `w` writable, `w!` writable in several domains at once), the size\n"
			"in MiB, and the file or block device.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN } },
		.needs = NEEDS_STORE,
		.run = verb_block_list,
	},
	{
		.name = "block-attach",
		.aliases = { "attach-disk" },
		.summary = "give a running domain a disk",
		.details =
			"The disk is said as an item of `disk=` in xl.cfg(5), in one word or in\n"
			"several: `/srv/a.img,raw,xvdb,w`, or `/srv/a.img xvdb`, or `vdev=xvdb\n"
			"access=ro target=/srv/a.img`. The verb returns when the guest's kernel\n"
			"is connected to it; where that does not answer in time the disk is\n"
			"taken away again. A paused domain is not waited for, and none with\n"
			"`-t 0`.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "DISK",
				.kind = WORD_FILE,
				.count = OPERAND_ANY_NUMBER,
				.help = "file or block device, target, and what else it is" } },
		.options = { XML, DEFINE, TIMEOUT },
		.examples = { "hospes block-attach demo /srv/data.img xvdb",
			      "hospes block-attach demo vdev=xvdc,access=r,target=/dev/sdb" },
		.needs = NEEDS_STORE,
		.run = verb_block_attach,
	},
	{
		.name = "block-detach",
		.aliases = { "detach-disk" },
		.summary = "take a disk from a running domain",
		.details =
			"The guest's kernel is asked to let go of it. Where that does not answer\n"
			"in time the guest keeps the disk. With --force it is taken all the\n"
			"same, and what the guest has not written by then is lost.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "DISK", .kind = WORD_ANY, .help = DISK_HELP } },
		.options = { FORCE, DEFINE, TIMEOUT },
		.examples = { "hospes block-detach demo xvdb" },
		.needs = NEEDS_STORE,
		.run = verb_block_detach,
	},
	{
		.name = "block-resize",
		.aliases = { "blockresize" },
		.summary = "change the size of a running domain's disk, or tell it of the change",
		.details =
			"An image file is given the size; without one, the disk gets that which\n"
			"its file or block device has now. The guest's kernel is told at once.\n"
			"What is in the disk, partitions and file systems, is the guest's.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "DISK", .kind = WORD_ANY, .help = DISK_HELP },
			      { .name = "SIZE",
				.kind = WORD_ANY,
				.count = OPERAND_OPTIONAL,
				.help = "in MiB, or with K, M, G or T behind it" } },
		.options = { { .letter = 'f',
			       .name = "force",
			       .help = "also to less: what is beyond is lost" } },
		.examples = { "hospes block-resize demo xvda 20G" },
		.needs = NEEDS_STORE,
		.run = verb_block_resize,
	},
	{
		.name = "network-list",
		.aliases = { "domiflist" },
		.summary = "show the network interfaces that a domain has now",
		.details =
			"The columns are the interface's number, its MAC address, dom0's end of\n"
			"it, the bridge that this is in, the state of dom0's half, whether\n"
			"dom0's end is up, its MTU, and the KiB that the guest may send in a\n"
			"second.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN } },
		.needs = NEEDS_STORE,
		.run = verb_network_list,
	},
	{
		.name = "network-attach",
		.aliases = { "attach-interface" },
		.summary = "give a running domain a network interface",
		.details =
			"It is said as an item of `vif=` in xl.cfg(5), in one word or in\n"
			"several: `bridge=xenbr0`, `mac=00:16:3e:12:34:56`, `rate=10Mb/s`,\n"
			"`mtu=9000`, `vifname=web0`. Without a MAC address it gets one of its\n"
			"own. The verb returns when the guest's kernel is connected; where that\n"
			"does not answer in time the interface is taken away again. A paused\n"
			"domain is not waited for, and none with `-t 0`.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "INTERFACE",
				.kind = WORD_ANY,
				.count = OPERAND_ANY_NUMBER,
				.help = "bridge=, mac=, rate=, mtu=, vifname=" } },
		.options = { XML, DEFINE, TIMEOUT },
		.examples = { "hospes network-attach demo bridge=xenbr0 rate=10Mb/s" },
		.needs = NEEDS_STORE,
		.run = verb_network_attach,
	},
	{
		.name = "network-detach",
		.aliases = { "detach-interface" },
		.summary = "take a network interface from a running domain",
		.details =
			"The guest's kernel is asked to let go of it. Where that does not answer\n"
			"in time the guest keeps the interface, unless --force takes it all the\n"
			"same.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "INTERFACE", .kind = WORD_ANY, .help = NIC_HELP } },
		.options = { FORCE, DEFINE, TIMEOUT },
		.examples = { "hospes network-detach demo 00:16:3e:12:34:56" },
		.needs = NEEDS_STORE,
		.run = verb_network_detach,
	},
	{
		.name = "update-device",
		.aliases = { "domif-setlink", "domiftune" },
		.summary = "change the link or the rate of a running domain's interface",
		.details =
			"`down` takes down dom0's end, so that no packet goes through. The rate\n"
			"bounds what the guest sends, and holds from then on.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "INTERFACE", .kind = WORD_ANY, .help = NIC_HELP },
			      { .name = "LINK",
				.kind = WORD_CHOICE,
				.count = OPERAND_OPTIONAL,
				.help = "what becomes of dom0's end: up or down",
				.choices = "up down" } },
		.options = { { .letter = 'r',
			       .name = "rate",
			       .argument = "RATE",
			       .help = "like 10Mb/s (bits) or 500KB/s (bytes), or none" },
			     DEFINE },
		.examples = { "hospes update-device demo 0 down",
			      "hospes update-device demo 0 --rate 10Mb/s" },
		.needs = NEEDS_STORE,
		.run = verb_update_device,
	},
};

const struct verb_group verbs_of_devices = {
	.title = "Devices",
	.details =
		"What these verbs change lasts as long as the domain, its restarts included; with\n"
		"--config also in its definition, see hospes-domain(5).",
	.verbs = rows,
	.count = ARRAY_SIZE(rows),
};
