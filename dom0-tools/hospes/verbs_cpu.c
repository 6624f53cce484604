/* SPDX-License-Identifier: MIT */
/* The rows of the verbs for virtual CPUs and what they get of the machine. */
#include "verbs.h"

#include <dom0-tools/base/array.h>

static const struct verb rows[] = {
	{
		.name = "vcpu-list",
		.aliases = { "vcpuinfo" },
		.summary = "show virtual CPUs, their state and where they may run",
		.details =
			"The columns are the CPU that each runs on or ran on last, its state,\n"
			"the time it ran in seconds, and the CPUs that it may run on (hard) and\n"
			"runs on when it can (soft). The letters of the state are `r` running,\n"
			"`b` blocked, `p` not started, or switched off by the guest.",
		.operands = { { .name = "DOMAIN",
				.kind = WORD_DOMAIN,
				.count = OPERAND_ANY_NUMBER } },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_vcpu_list,
	},
	{
		.name = "vcpu-pin",
		.aliases = { "vcpupin" },
		.summary = "say which CPUs a virtual CPU may run on",
		.details = "HARD and SOFT are lists of numbers and ranges, in which `^` takes one\n"
			   "out again, as in `0-3,^2`; or `all`; or `-` to leave that set as it\n"
			   "is.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "VCPU",
				.kind = WORD_NUMBER,
				.help = "its number, or `all`" },
			      { .name = "HARD", .help = "where it may run" },
			      { .name = "SOFT",
				.count = OPERAND_OPTIONAL,
				.help = "where it runs when it can" } },
		.options = { { .letter = 'f',
			       .name = "force",
			       .help = "also where the guest has pinned it itself" },
			     OPTION_TURN_TIMEOUT },
		.examples = { "hospes vcpu-pin demo all 0-3 2-3" },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_vcpu_pin,
	},
	{
		.name = "vcpu-set",
		.aliases = { "setvcpus" },
		.summary = "ask a domain's kernel to run on so many virtual CPUs",
		.details =
			"The kernel is asked to run on its first NUMBER virtual CPUs, and to\n"
			"leave the others. Linux leaves CPUs by itself; those that come back\n"
			"are started by a program in the guest, mostly by a rule of udev, or by\n"
			"`echo 1 >/sys/devices/system/cpu/cpu1/online`.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "NUMBER",
				.kind = WORD_NUMBER,
				.help = "at most as many as the domain was made with" } },
		.options = { { .letter = 'w', .name = "wait", .help = "wait until it does" },
			     { .letter = 't',
			       .name = "timeout",
			       .argument = "SECONDS",
			       .help = "wait no longer than so (60)",
			       .kind = WORD_NUMBER } },
		.examples = { "hospes vcpu-set -w demo 2" },
		.needs = NEEDS_STORE,
		.run = verb_vcpu_set,
	},
	{
		.name = "sched",
		.aliases = { "schedinfo" },
		.summary = "show or change the domains' shares of the CPUs",
		.details = "Where domains want more than there is, each gets time by its weight:\n"
			   "one of 512 gets twice as much as one of 256, which all have at first.\n"
			   "The cap is what a domain gets at most also where CPUs are idle, in\n"
			   "percent of one CPU; 0 is no bound.",
		.operands = { { .name = "DOMAIN",
				.kind = WORD_DOMAIN,
				.count = OPERAND_ANY_NUMBER } },
		.options = { { .letter = 'w',
			       .name = "weight",
			       .argument = "WEIGHT",
			       .help = "set the weight, 1 to 65535",
			       .kind = WORD_NUMBER },
			     { .letter = 'c',
			       .name = "cap",
			       .argument = "PERCENT",
			       .help = "set the cap",
			       .kind = WORD_NUMBER },
			     OPTION_TURN_TIMEOUT },
		.examples = { "hospes sched --weight 512 demo" },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_sched,
	},
};

const struct verb_group verbs_of_cpus = {
	.title = "CPUs",
	.details = "What these verbs change lasts until the domain ends; its XML says what the\n"
		   "next one gets, see hospes-domain(5).",
	.verbs = rows,
	.count = ARRAY_SIZE(rows),
};
