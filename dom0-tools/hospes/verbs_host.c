/* SPDX-License-Identifier: MIT */
/* The rows of the verbs that look at the host, and of help itself. */
#include "verbs.h"

#include <dom0-tools/base/array.h>

static const struct verb rows[] = {
	{
		.name = "doctor",
		.summary = "check whether this host is fit to run guests",
		.details =
			"Which hypervisor runs, drivers, daemons, memory, versions, what GRUB\n"
			"boots next, room on the disk. Each line is `ok`, `warn` or `fail`, and\n"
			"says what to do. The exit status is 1 if anything fails.",
		.needs = NEEDS_NOTHING,
		.run = verb_doctor,
	},
	{
		.name = "top",
		.summary = "show what domains use, again and again",
		.details =
			"CPU, memory, and what domains send, receive, read and write in bytes a\n"
			"second. CPU percent are of one CPU; rates are those since the look\n"
			"before; a dash says that a domain has no such device. Only devices\n"
			"that dom0 serves itself are counted.\n"
			"\n"
			"On a terminal keys choose the column to sort by, and `h` shows them\n"
			"all; `q` leaves. Where the terminal is too narrow, the least important\n"
			"columns are left out. Where standard input or output is no terminal,\n"
			"one table follows another, as with --batch.\n"
			"\n"
			"With --json the result is one array of looks, each with its time in\n"
			"nanoseconds, the host's CPUs and memory, and all domains with their\n"
			"counts since they started, and their rates.",
		.options = { { .letter = 'b',
			       .name = "batch",
			       .help = "print one table after another" },
			     { .letter = 'n',
			       .name = "count",
			       .argument = "NUMBER",
			       .help = "end after so many tables (with --json: 1)",
			       .kind = WORD_NUMBER },
			     { .letter = 'd',
			       .name = "delay",
			       .argument = "SECONDS",
			       .help = "the time between two looks, from 0.1 (3)",
			       .kind = WORD_NUMBER },
			     { .letter = 's',
			       .name = "sort",
			       .argument = "COLUMN",
			       .help = "cpu, time, memory, network, disk, id or name",
			       .kind = WORD_CHOICE,
			       .choices = "cpu time memory network disk id name" } },
		.examples = { "hospes top --batch --count 2" },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_top,
	},
	{
		.name = "dmesg",
		.summary = "show the hypervisor's messages",
		.options = { { .letter = 'c', .name = "clear", .help = "forget them afterwards" } },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_dmesg,
	},
	{
		.name = "debug-keys",
		.summary = "have the hypervisor say more of itself, see dmesg",
		.details = "Each letter is a request; `h` lists them. Beware: `R` resets the\n"
			   "machine.",
		.operands = { { .name = "KEYS", .help = "letters, a request each" } },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_debug_keys,
	},
	{
		.name = "log",
		.summary = "show what the hypervisor refused to a domain, and why",
		.details = "For those who write guest kernels: a line for each refusal, with the\n"
			   "time since the host started, the domain and virtual CPU, where in the\n"
			   "kernel the call was made, the hypervisor's function, why, and the\n"
			   "error. What earlier domains of that name were refused comes first: it\n"
			   "is kept in /var/log/hospes/refused. Only the Hospes hypervisor has\n"
			   "such a log.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN } },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_log,
	},
	{
		.name = "perf",
		.summary = "show what a domain costs in the hypervisor, or its longest times",
		.details =
			"Of a domain, what its virtual CPUs asked of the hypervisor, the dearest\n"
			"first: hypercalls, exceptions and interrupts, how many there were, how\n"
			"long they took in all, and each. It is counted always, from the domain's\n"
			"start. System calls within the guest are not among them, nor its returns\n"
			"from them: they take a shorter way.\n"
			"\n"
			"Without a domain, the longest times that each CPU spent there with\n"
			"interrupts off, one a cause, and with a lock held, one a lock, where\n"
			"the hypervisor is a debug build: in cycles of the time-stamp counter\n"
			"and in microseconds, with the hypercall or interrupt that it was. None\n"
			"should exceed the limit that stands below them.\n"
			"\n"
			"With `--locks`, how often a CPU found a lock of the hypervisor taken by\n"
			"another, and how long it waited, one line a kind of lock, since the\n"
			"machine started or they were last cleared.",
		.operands = { { .name = "DOMAIN",
				.kind = WORD_DOMAIN,
				.count = OPERAND_OPTIONAL } },
		.options = { { .letter = 'c',
			       .name = "clear",
			       .help = "forget the longest times and the waits afterwards" },
			     { .letter = 'l',
			       .name = "locks",
			       .help = "how often its CPUs waited for each other's locks" },
			     { .letter = 's',
			       .name = "seconds",
			       .argument = "SECONDS",
			       .help = "what a domain costs in so many, from now on",
			       .kind = WORD_NUMBER } },
		.examples = { "hospes perf web", "hospes perf -s 5 web", "hospes perf -c",
			      "hospes perf --locks" },
		.needs = NEEDS_HYPERVISOR,
		.run = verb_perf,
	},
	{
		.name = "help",
		.summary = "show what the verbs do, or how one is used",
		.operands = { { .name = "VERB", .kind = WORD_VERB, .count = OPERAND_OPTIONAL } },
		.examples = { "hospes help create" },
		.needs = NEEDS_NOTHING,
		.run = verb_help,
	},
};

const struct verb_group verbs_of_host = {
	.title = "Host",
	.verbs = rows,
	.count = ARRAY_SIZE(rows),
};
