/* SPDX-License-Identifier: MIT */
/* The rows of the verbs for domains that stay: kept on disk, started by name or with the host. */
#include "verbs.h"

#include <dom0-tools/base/array.h>

static const struct verb rows[] = {
	{
		.name = "define",
		.summary = "keep a domain's XML, to start it by its name",
		.details = "A UUID that the XML leaves out is written into it, and stays. A name\n"
			   "or a UUID that another domain has, defined or running, is refused.",
		.operands = { { .name = "FILE",
				.kind = WORD_FILE,
				.help = "the XML, see hospes-domain(5)" } },
		.needs = NEEDS_NOTHING,
		.run = verb_define,
	},
	{
		.name = "undefine",
		.summary = "forget a defined domain; if it runs, it goes on",
		.operands = { { .name = "NAME", .kind = WORD_DOMAIN, .help = "a defined domain" } },
		.needs = NEEDS_NOTHING,
		.run = verb_undefine,
	},
	{
		.name = "edit",
		.summary = "change a defined domain's XML in $VISUAL or $EDITOR",
		.details = "It is checked before it is taken; where it has a fault, one may edit\n"
			   "on, and nothing is thrown away. A running domain has it from its next\n"
			   "start on.",
		.operands = { { .name = "NAME", .kind = WORD_DOMAIN, .help = "a defined domain" } },
		.needs = NEEDS_NOTHING,
		.run = verb_edit,
	},
	{
		.name = "dumpxml",
		.summary = "print the XML that a domain runs with or is defined by",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN } },
		.options = { { .letter = 'i',
			       .name = "inactive",
			       .help = "as it is defined, also if it runs" } },
		.needs = NEEDS_NOTHING,
		.run = verb_dumpxml,
	},
	{
		.name = "convert",
		.aliases = { "domxml-to-native", "domxml-from-native" },
		.summary = "print a configuration as libvirt's XML or as xl.cfg",
		.details = "Without an option: as that of both which the file is not. What xl.cfg\n"
			   "cannot say stands there as a comment.",
		.operands = { { .name = "FILE",
				.kind = WORD_FILE,
				.help = "a configuration of either kind" } },
		.options = { { .letter = 't',
			       .name = "to",
			       .argument = "KIND",
			       .help = "as this kind",
			       .kind = WORD_CHOICE,
			       .choices = "xml xl" } },
		.needs = NEEDS_NOTHING,
		.run = verb_convert,
	},
	{
		.name = "start",
		.summary = "start a defined domain",
		.operands = { { .name = "NAME", .kind = WORD_DOMAIN, .help = "a defined domain" } },
		.options = { { .letter = 'c',
			       .name = "console",
			       .help = "join the console at once" },
			     { .letter = 'p', .name = "paused", .help = "leave the domain paused" },
			     OPTION_TURN_TIMEOUT,
			     { .letter = 'v',
			       .name = "verbose",
			       .help = "say how long each step took" } },
		.needs = NEEDS_STORE,
		.run = verb_start,
	},
	{
		.name = "autostart",
		.summary = "start a defined domain with the host",
		.operands = { { .name = "NAME", .kind = WORD_DOMAIN, .help = "a defined domain" } },
		.options = { { .letter = 'x', .name = "disable", .help = "do not" },
			     { .letter = 'o',
			       .name = "order",
			       .argument = "NUMBER",
			       .help = "lower ones start first (50)",
			       .kind = WORD_NUMBER },
			     { .letter = 'd',
			       .name = "delay",
			       .argument = "SECONDS",
			       .help = "so long after its start until the next (0)",
			       .kind = WORD_NUMBER },
			     { .letter = 's',
			       .name = "stop-timeout",
			       .argument = "SECONDS",
			       .help = "how long it has when the host goes down (120)",
			       .kind = WORD_NUMBER } },
		.examples = { "hospes autostart --order 10 demo" },
		.needs = NEEDS_NOTHING,
		.run = verb_autostart,
	},
	{
		.name = "guests-start",
		.summary = "start all domains that start with the host",
		.details = "In their order, with a line for each step. For the host's own boot.\n"
			   "What fails is told, and keeps no other from starting.",
		.needs = NEEDS_STORE,
		.run = verb_guests_start,
	},
	{
		.name = "guests-stop",
		.summary = "shut all domains down, for the host goes down",
		.details = "All at once. Who has not stopped after the time that its autostart\n"
			   "says is destroyed; restarts are called off.",
		.options = { { .letter = 't',
			       .name = "timeout",
			       .argument = "SECONDS",
			       .help = "how long those have that say nothing else (120)",
			       .kind = WORD_NUMBER } },
		.needs = NEEDS_STORE,
		.run = verb_guests_stop,
	},
};

const struct verb_group verbs_of_defined = {
	.title = "Domains that stay",
	.verbs = rows,
	.count = ARRAY_SIZE(rows),
};
