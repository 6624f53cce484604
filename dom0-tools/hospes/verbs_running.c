/* SPDX-License-Identifier: MIT */
/* The rows of the verbs that act on a domain while it runs, and on nothing else of the host. */
#include "verbs.h"

#include <dom0-tools/base/array.h>

static const struct verb rows[] = {
	{
		.name = "uptime",
		.summary = "show how long domains have been running",
		.details =
			"Since their creation, by the host's clock: also while they were paused.\n"
			"With --json in seconds, and null where nobody wrote down when a domain\n"
			"began.",
		.operands = { { .name = "DOMAIN",
				.kind = WORD_DOMAIN,
				.count = OPERAND_ANY_NUMBER } },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_uptime,
	},
	{
		.name = "rename",
		.aliases = { "domrename" },
		.summary = "give a domain another name",
		.details =
			"One that runs, is defined, or both: its definition and autostart have\n"
			"the new name too, and so have its console's log and that of refusals,\n"
			"unless there is one of that name, in which it goes on then. Its kernel\n"
			"notices nothing.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "NAME", .help = "which no other domain has" } },
		.options = { OPTION_TURN_TIMEOUT },
		.examples = { "hospes rename demo web" },
		.needs = NEEDS_STORE,
		.run = verb_rename,
	},
	{
		.name = "sysrq",
		.summary = "give a guest's kernel a key of the magic system request",
		.details =
			"As Alt-SysRq and that key do on a keyboard: `h` has a Linux list them\n"
			"on its console, `s` writes its file systems, `b` ends it at once. Which\n"
			"keys it obeys is its own business, see /proc/sys/kernel/sysrq. Returns\n"
			"when the kernel has taken the key. One that does not answer is named\n"
			"when the time is over, and the key is taken back.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "KEY", .help = "a letter or a digit" } },
		.options = { { .letter = 't',
			       .name = "timeout",
			       .argument = "SECONDS",
			       .help = "wait no longer than so (10)",
			       .kind = WORD_NUMBER } },
		.examples = { "hospes sysrq demo s" },
		.needs = NEEDS_STORE,
		.run = verb_sysrq,
	},
	{
		.name = "trigger",
		.aliases = { "inject-nmi" },
		.summary = "send a guest a non-maskable interrupt",
		.details =
			"A kernel that has a handler for it tells where it is, or panics, as it\n"
			"is set up; one without is refused. Of the other triggers that xl knows\n"
			"a PV guest has none, which is told.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "TRIGGER",
				.kind = WORD_CHOICE,
				.count = OPERAND_OPTIONAL,
				.help = "`nmi`, which is also what is sent when none is named",
				.choices = "nmi reset init power sleep s3resume" },
			      { .name = "VCPU",
				.kind = WORD_NUMBER,
				.count = OPERAND_OPTIONAL,
				.help = "the number of the virtual CPU that gets it (0)" } },
		.options = { OPTION_TURN_TIMEOUT },
		.examples = { "hospes trigger demo nmi 1" },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_trigger,
	},
	{
		.name = "dump-core",
		.aliases = { "dump" },
		.summary = "write a domain's memory and registers to a file",
		.details =
			"For `crash` and for gdb, which both want the kernel with its symbols,\n"
			"too. The domain stands still meanwhile, and goes on whatever happens.\n"
			"The file gets its name when it is complete; it takes no room for pages\n"
			"of zeros. What is in a guest's memory is its secret: only root may read\n"
			"the file.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "FILE", .kind = WORD_FILE, .help = "the core" } },
		.options = { { .letter = 'l',
			       .name = "live",
			       .help = "let it run: pages are of different moments then" },
			     { .letter = 'c',
			       .name = "crash",
			       .help = "destroy it when the file is complete" },
			     OPTION_TURN_TIMEOUT },
		.examples = { "hospes dump-core demo /var/tmp/demo.core",
			      "gdb vmlinux /var/tmp/demo.core" },
		.needs = NEEDS_STORE,
		.run = verb_dump_core,
	},
	{
		.name = "save",
		.summary = "write a domain to a file, from which it goes on later",
		.details =
			"Its kernel suspends itself first: it lets go of its devices, and knows\n"
			"that it may wake up elsewhere. Then its memory and registers are\n"
			"written, and it ends; `hospes restore` makes it again. The file gets\n"
			"its name when it is complete and on the disk. Whatever fails or is\n"
			"killed on the way, the domain goes on, and there is no file.\n"
			"\n"
			"Its disks are not in the file: leave them alone until it is restored.\n"
			"What is in a guest's memory is its secret: only root may read the file.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "FILE", .kind = WORD_FILE, .help = "what is written" } },
		.options = { { .letter = 'k',
			       .name = "keep-running",
			       .help = "let it go on when the file is complete" },
			     { .letter = 'p',
			       .name = "paused",
			       .help = "the same, but paused, for its disks to be copied" },
			     OPTION_TURN_TIMEOUT },
		.examples = { "hospes save demo /var/tmp/demo.saved" },
		.needs = NEEDS_STORE,
		.run = verb_save,
	},
	{
		.name = "restore",
		.summary = "make a saved domain again, which goes on where it was",
		.details =
			"With the memory, the devices and the settings that it had. The file\n"
			"stays as it is: restored a second time, the guest meets disks that have\n"
			"gone on without it. One that ends early, is damaged, or of another kind\n"
			"is refused, and the record and the byte are told; then nothing is left\n"
			"over, as after any error, signal or kill.",
		.operands = { { .name = "FILE", .kind = WORD_FILE, .help = "what `save` wrote" } },
		.options = { { .letter = 'p', .name = "paused", .help = "leave the domain paused" },
			     OPTION_TURN_TIMEOUT,
			     { .letter = 'v',
			       .name = "verbose",
			       .help = "say on standard error how long each step took" } },
		.examples = { "hospes restore /var/tmp/demo.saved" },
		.needs = NEEDS_STORE,
		.run = verb_restore,
	},
};

const struct verb_group verbs_of_running = {
	.title = "While a domain runs",
	.verbs = rows,
	.count = ARRAY_SIZE(rows),
};
