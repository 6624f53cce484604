/* SPDX-License-Identifier: MIT */
/* The rows of the verbs for memory. */
#include "verbs.h"

#include <dom0-tools/base/array.h>

#define SIZE_HELP "in MiB, or with K, M, G or T behind it"

/* Of both verbs. */
#define OPTION_CONFIG                                                                       \
	{                                                                                   \
		.letter = 'c', .name = "config",                                            \
		.help = "change its definition, for its next start, and nothing that runs", \
	}

static const struct verb rows[] = {
	{
		.name = "memory",
		.summary = "show who has how much memory, and what is promised to whom",
		.details =
			"All sizes in MiB. Guaranteed is what <min_guarantee> of its XML says: a\n"
			"domain with that shares the rest, up to what it wishes, if hospesd runs\n"
			"with --share-memory; see hospesd(8). Uses is what an agent in the guest\n"
			"says. It warns where memory gets tight: little is left that is not\n"
			"guaranteed, a guest uses nearly all that it has, or one does not give\n"
			"back what it was asked for.",
		.needs = NEEDS_STORE,
		.run = verb_memory,
	},
	{
		.name = "mem-set",
		.aliases = { "setmem" },
		.summary = "ask a running domain to use another amount of memory",
		.details =
			"Its kernel gives memory back, or takes more, with its balloon, and in\n"
			"its own time. It may be asked for up to <maxMemory> of its XML (without\n"
			"one, <memory>), as far as the host has that free; a Linux takes at most\n"
			"eleven times what it started with. Without --wait the verb returns when\n"
			"the domain is asked. One that does not answer is named when the time is\n"
			"over; what it was asked for stays asked. One that shares its memory is\n"
			"refused while hospesd shares: `mem-max` bounds what it gets.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "SIZE", .kind = WORD_ANY, .help = SIZE_HELP } },
		.options = { OPTION_CONFIG,
			     { .letter = 'f',
			       .name = "force",
			       .help = "also below 16 MiB, or while hospesd shares it" },
			     { .letter = 'w',
			       .name = "wait",
			       .help = "wait until it does, and show how far it is" },
			     { .letter = 't',
			       .name = "timeout",
			       .argument = "SECONDS",
			       .help = "wait, and no longer than so (60)",
			       .kind = WORD_NUMBER } },
		.examples = { "hospes mem-set -w demo 512" },
		.needs = NEEDS_STORE,
		.run = verb_mem_set,
	},
	{
		.name = "mem-max",
		.aliases = { "setmaxmem" },
		.summary = "set the most memory that a running domain may have",
		.details =
			"Not less than it was last asked to have, and not more than <maxMemory>\n"
			"of its XML. The hypervisor holds it to that.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "SIZE", .kind = WORD_ANY, .help = SIZE_HELP } },
		.options = { OPTION_CONFIG },
		.examples = { "hospes mem-max demo 1G" },
		.needs = NEEDS_STORE,
		.run = verb_mem_max,
	},
};

const struct verb_group verbs_of_memory = {
	.title = "Memory",
	.details = "What these verbs change lasts until the domain ends; its XML says what the\n"
		   "next one gets, see hospes-domain(5). With --config they change that, of a\n"
		   "domain that is defined.",
	.verbs = rows,
	.count = ARRAY_SIZE(rows),
};
