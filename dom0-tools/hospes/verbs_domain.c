/* SPDX-License-Identifier: MIT */
/* The rows of the verbs that make domains, end them, and show them. */
#include "verbs.h"

#include <dom0-tools/base/array.h>

static const struct verb rows[] = {
	{
		.name = "create",
		.summary = "create a domain from its XML and start it",
		.details =
			"Either all of the domain is made or, after an error, a signal or a\n"
			"kill, nothing of it stays.\n"
			"\n"
			"The kernel may be a Linux bzImage or an ELF file, plain or packed with\n"
			"gzip, XZ, zstd or LZ4. It is unpacked once and kept; a changed file is\n"
			"unpacked anew.",
		.operands = { { .name = "FILE",
				.kind = WORD_FILE,
				.help = "the XML, see hospes-domain(5)" } },
		.options = { { .letter = 'c',
			       .name = "console",
			       .help = "join the console at once" },
			     { .letter = 'n',
			       .name = "dry-run",
			       .help = "only check the file, its devices and its kernel" },
			     { .letter = 'p', .name = "paused", .help = "leave the domain paused" },
			     OPTION_TURN_TIMEOUT,
			     { .letter = 'v',
			       .name = "verbose",
			       .help = "say on standard error how long each step took" } },
		.examples = { "hospes create -c demo.xml" },
		.needs = NEEDS_STORE,
		.run = verb_create,
	},
	{
		.name = "list",
		.summary = "show domains and their state",
		.details = "The columns are name, number, memory in MiB, virtual CPUs, state, and\n"
			   "CPU time in seconds. The letters of the state are `r` running, `b`\n"
			   "blocked, `p` paused, `s` shut down, `c` crashed, `d` dying.",
		.operands = { { .name = "DOMAIN",
				.kind = WORD_DOMAIN,
				.count = OPERAND_ANY_NUMBER } },
		.options = { { .letter = 'a',
			       .name = "all",
			       .help = "also those that are defined and do not run" },
			     { .letter = 'n',
			       .name = "name",
			       .help = "print the names only, one a line" } },
		.examples = { "hospes list --json" },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_list,
	},
	{
		.name = "info",
		.aliases = { "dominfo", "nodeinfo" },
		.summary = "show the host, or one domain with its configuration",
		.operands = { { .name = "DOMAIN",
				.kind = WORD_DOMAIN,
				.count = OPERAND_OPTIONAL } },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_info,
	},
	{
		.name = "console",
		.summary = "join a domain's console; leave it with ^]",
		.details = "What the domain said since its start comes first.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN } },
		.options = { { .letter = 'n',
			       .name = "new",
			       .help = "leave out what was said before" } },
		.needs = NEEDS_STORE,
		.run = verb_console,
	},
	{
		.name = "events",
		.summary = "tell what happens to domains, as it happens",
		.details =
			"When, what, to whom and why, a line each; with --json each line is an\n"
			"object. The words are `created`, `started`, `paused`, `unpaused`,\n"
			"`stopped`, `rebooted`, `crashed`, `destroyed`; `ballooned` when a\n"
			"domain's memory has come to rest at another size; `attached` and\n"
			"`detached` with the device that came or went; `renamed`; `defined` and\n"
			"`undefined` for what is kept of them. Where memory is shared there are\n"
			"`memory-tight` and `memory-eased` for the host. A pause or a balloon is\n"
			"noticed within a second. hospesd gives them, and remembers the last\n"
			"256. Who reads too slowly loses some, and is told how many.",
		.options = { { .letter = 'n',
			       .name = "last",
			       .argument = "NUMBER",
			       .help = "first the last ones, so many (0)",
			       .kind = WORD_NUMBER },
			     { .letter = 'c',
			       .name = "count",
			       .argument = "NUMBER",
			       .help = "end after so many",
			       .kind = WORD_NUMBER } },
		.examples = { "hospes events --last 20 --count 20" },
		.needs = NEEDS_NOTHING,
		.run = verb_events,
	},
	{
		.name = "shutdown",
		.summary = "ask the kernels of domains to power off",
		.details = "All are asked before one is waited for. After the wait a domain has\n"
			   "released all that it held, its disks too, unless its XML says that it\n"
			   "is preserved or restarted, which is told. A restart that is under way\n"
			   "is called off.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN, .count = OPERAND_SEVERAL } },
		.options = { { .letter = 'w',
			       .name = "wait",
			       .help = "wait until all is released, or done as their XML says" },
			     { .letter = 't',
			       .name = "timeout",
			       .argument = "SECONDS",
			       .help = "wait, and no longer than so (600)",
			       .kind = WORD_NUMBER } },
		.examples = { "hospes shutdown -w -t 60 demo || hospes destroy demo" },
		.needs = NEEDS_STORE,
		.run = verb_shutdown,
	},
	{
		.name = "reboot",
		.summary = "ask the kernels of domains to start again",
		.details = "All are asked before one is waited for.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN, .count = OPERAND_SEVERAL } },
		.options = { { .letter = 'w', .name = "wait", .help = "wait until they run again" },
			     { .letter = 't',
			       .name = "timeout",
			       .argument = "SECONDS",
			       .help = "wait, and no longer than so (600)",
			       .kind = WORD_NUMBER } },
		.needs = NEEDS_STORE,
		.run = verb_reboot,
	},
	{
		.name = "destroy",
		.summary = "end domains at once and remove all of them",
		.details =
			"Returns when their memory, devices and store nodes are gone. A restart\n"
			"that is under way is called off, so a domain between two lives can be\n"
			"named, too. Where another command is at a domain, it is waited for;\n"
			"the error says for whom.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN, .count = OPERAND_SEVERAL } },
		.options = { OPTION_TURN_TIMEOUT },
		.needs = NEEDS_STORE,
		.run = verb_destroy,
	},
	{
		.name = "pause",
		.aliases = { "suspend" },
		.summary = "stop the virtual CPUs of domains",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN, .count = OPERAND_SEVERAL } },
		.options = { OPTION_TURN_TIMEOUT },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_pause,
	},
	{
		.name = "unpause",
		.aliases = { "resume" },
		.summary = "let paused domains go on",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN, .count = OPERAND_SEVERAL } },
		.options = { OPTION_TURN_TIMEOUT },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_unpause,
	},
	{
		.name = "domid",
		.summary = "print the number of a domain",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN } },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_domid,
	},
	{
		.name = "domname",
		.summary = "print the name of a domain",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN } },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_domname,
	},
};

const struct verb_group verbs_of_domains = {
	.title = "Domains",
	.details = "Where one of several domains does not exist, nothing is done to the others.\n"
		   "Where something fails for one, it is done to the others all the same.",
	.verbs = rows,
	.count = ARRAY_SIZE(rows),
};
