/* SPDX-License-Identifier: MIT */
/* The table of all verbs, and the texts of --help that are made from it. */
#include "verbs.h"

#include <stdio.h>
#include <string.h>
#include <dom0-tools/base/array.h>

#define ANY_NUMBER (-1)

static const struct verb verbs[] = {
	{
		.name = "create",
		.operands = "FILE",
		.summary = "create a domain from its XML and start it",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_STORE,
		.run = verb_create,
		.options = { { 'c', "console", NULL, "join the console at once" },
			     { 'n', "dry-run", NULL,
			       "only check the file, its devices and its kernel" },
			     { 'p', "paused", NULL, "leave the domain paused" },
			     { 't', "timeout", "SECONDS",
			       "wait no longer than so for others who are at it (60)" },
			     { 'v', "verbose", NULL, "say how long each step took" } },
	},
	{
		.name = "list",
		.operands = "[DOMAIN...]",
		.summary = "show domains and their state",
		.details = "State: r running, b blocked, p paused, s shut down, c crashed, d\n"
			   "dying.",
		.operands_max = ANY_NUMBER,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_list,
		.options = { { 'a', "all", NULL, "also those that are defined and do not run" } },
	},
	{
		.name = "define",
		.operands = "FILE",
		.summary = "keep a domain's XML, to start it by its name",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_NOTHING,
		.run = verb_define,
	},
	{
		.name = "undefine",
		.operands = "NAME",
		.summary = "forget a defined domain; if it runs, it goes on",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_NOTHING,
		.run = verb_undefine,
	},
	{
		.name = "edit",
		.operands = "NAME",
		.summary = "change a defined domain's XML in $VISUAL or $EDITOR",
		.details = "It is checked before it is taken. A running domain has it from its\n"
			   "next start on.",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_NOTHING,
		.run = verb_edit,
	},
	{
		.name = "dumpxml",
		.operands = "DOMAIN",
		.summary = "print the XML that a domain runs with or is defined by",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_NOTHING,
		.run = verb_dumpxml,
		.options = { { 'i', "inactive", NULL, "as it is defined, also if it runs" } },
	},
	{
		.name = "start",
		.operands = "NAME",
		.summary = "start a defined domain",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_STORE,
		.run = verb_start,
		.options = { { 'c', "console", NULL, "join the console at once" },
			     { 'p', "paused", NULL, "leave the domain paused" },
			     { 't', "timeout", "SECONDS",
			       "wait no longer than so for others who are at it (60)" },
			     { 'v', "verbose", NULL, "say how long each step took" } },
	},
	{
		.name = "autostart",
		.operands = "NAME",
		.summary = "start a defined domain with the host",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_NOTHING,
		.run = verb_autostart,
		.options = { { 'x', "disable", NULL, "do not" },
			     { 'o', "order", "NUMBER", "lower ones start first (50)" },
			     { 'd', "delay", "SECONDS",
			       "so long after its start until the next (0)" },
			     { 's', "stop-timeout", "SECONDS",
			       "how long it has when the host goes down (120)" } },
	},
	{
		.name = "guests-start",
		.operands = "",
		.summary = "start all domains that start with the host, in their order",
		.details = "For the host's own boot. What fails is told, and keeps no other from\n"
			   "starting.",
		.operands_max = 0,
		.needs = NEEDS_STORE,
		.run = verb_guests_start,
	},
	{
		.name = "guests-stop",
		.operands = "",
		.summary = "shut all domains down, for the host goes down",
		.details = "All at once; who has not stopped in its time is destroyed.",
		.operands_max = 0,
		.needs = NEEDS_STORE,
		.run = verb_guests_stop,
		.options = { { 't', "timeout", "SECONDS",
			       "how long those have that say nothing else (120)" } },
	},
	{
		.name = "info",
		.operands = "[DOMAIN]",
		.summary = "show the host, or one domain",
		.operands_max = 1,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_info,
	},
	{
		.name = "doctor",
		.operands = "",
		.summary = "check whether this host is fit to run guests",
		.details = "Each line is ok, warn or fail, and says what to do. Exits with 1 if\n"
			   "anything fails.",
		.operands_max = 0,
		.needs = NEEDS_NOTHING,
		.run = verb_doctor,
	},
	{
		.name = "console",
		.operands = "DOMAIN",
		.summary = "join a domain's console; leave it with ^]",
		.details = "The output since the domain's start comes first.",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_STORE,
		.run = verb_console,
		.options = { { 'n', "new", NULL, "leave out what was said before" } },
	},
	{
		.name = "events",
		.operands = "",
		.summary = "tell what happens to domains, as it happens",
		.details = "A line each; with --json an object a line. hospesd gives them.",
		.operands_max = 0,
		.needs = NEEDS_NOTHING,
		.run = verb_events,
		.options = { { 'n', "last", "NUMBER", "first the last ones, so many (0)" },
			     { 'c', "count", "NUMBER", "end after so many" } },
	},
	{
		.name = "shutdown",
		.operands = "DOMAIN...",
		.summary = "ask the kernels of domains to power off",
		.operands_min = 1,
		.operands_max = ANY_NUMBER,
		.needs = NEEDS_STORE,
		.run = verb_shutdown,
		.options = { { 'w', "wait", NULL,
			       "wait until all is released, or what their XML says is done" },
			     { 't', "timeout", "SECONDS", "wait, and no longer than so (600)" } },
	},
	{
		.name = "reboot",
		.operands = "DOMAIN...",
		.summary = "ask the kernels of domains to start again",
		.operands_min = 1,
		.operands_max = ANY_NUMBER,
		.needs = NEEDS_STORE,
		.run = verb_reboot,
		.options = { { 'w', "wait", NULL, "wait until they run again" },
			     { 't', "timeout", "SECONDS", "wait, and no longer than so (600)" } },
	},
	{
		.name = "destroy",
		.operands = "DOMAIN...",
		.summary = "end domains at once and remove all of them",
		.operands_min = 1,
		.operands_max = ANY_NUMBER,
		.needs = NEEDS_STORE,
		.run = verb_destroy,
		.options = { { 't', "timeout", "SECONDS",
			       "wait no longer than so for others who are at it (60)" } },
	},
	{
		.name = "pause",
		.operands = "DOMAIN...",
		.summary = "stop the virtual CPUs of domains",
		.operands_min = 1,
		.operands_max = ANY_NUMBER,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_pause,
	},
	{
		.name = "unpause",
		.operands = "DOMAIN...",
		.summary = "let paused domains go on",
		.operands_min = 1,
		.operands_max = ANY_NUMBER,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_unpause,
	},
	{
		.name = "vcpu-list",
		.operands = "[DOMAIN...]",
		.summary = "show virtual CPUs, their state and where they may run",
		.details = "State: r running, b blocked, p not started or switched off by the\n"
			   "guest.",
		.operands_max = ANY_NUMBER,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_vcpu_list,
	},
	{
		.name = "vcpu-pin",
		.operands = "DOMAIN VCPU HARD [SOFT]",
		.summary = "say which CPUs a virtual CPU may run on",
		.details =
			"VCPU is a number or `all`. HARD and SOFT are lists of CPUs (0-3,^2,7),\n"
			"`all`, or `-` to leave that set as it is: HARD is where it may run,\n"
			"SOFT where it runs when it can.",
		.operands_min = 3,
		.operands_max = 4,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_vcpu_pin,
		.options = { { 'f', "force", NULL, "also where the guest pinned it itself" } },
	},
	{
		.name = "vcpu-set",
		.operands = "DOMAIN NUMBER",
		.summary = "ask a domain's kernel to run on so many virtual CPUs",
		.details = "At most as many as the domain was made with.",
		.operands_min = 2,
		.operands_max = 2,
		.needs = NEEDS_STORE,
		.run = verb_vcpu_set,
		.options = { { 'w', "wait", NULL, "wait until it does" },
			     { 't', "timeout", "SECONDS", "wait no longer than so (60)" } },
	},
	{
		.name = "sched",
		.operands = "[DOMAIN...]",
		.summary = "show or change the domains' shares of the CPUs",
		.details = "Weight: a domain of 512 gets twice the time of one of 256 where both\n"
			   "want it.\n"
			   "Cap: percent of one CPU that the domain gets at most, 0 for no bound.",
		.operands_max = ANY_NUMBER,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_sched,
		.options = { { 'w', "weight", "WEIGHT", "set the weight, 1 to 65535 (256)" },
			     { 'c', "cap", "PERCENT", "set the cap" } },
	},
	{
		.name = "top",
		.operands = "",
		.summary = "show what domains use, again and again",
		.details = "On the screen `h` shows the keys. Rates are those of the time between\n"
			   "two looks.",
		.operands_max = 0,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_top,
		.options = { { 'b', "batch", NULL,
			       "print one table after another, for programs and files" },
			     { 'n', "count", "NUMBER",
			       "so many tables (implies --batch; with --json: 1)" },
			     { 'd', "delay", "SECONDS", "the time between two looks (3)" },
			     { 's', "sort", "COLUMN",
			       "cpu, time, memory, network, disk, id or name" } },
	},
	{
		.name = "dmesg",
		.operands = "",
		.summary = "show the hypervisor's messages",
		.operands_max = 0,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_dmesg,
		.options = { { 'c', "clear", NULL, "forget them after showing" } },
	},
	{
		.name = "debug-keys",
		.operands = "KEYS",
		.summary = "have the hypervisor say more of itself, see hospes dmesg",
		.details = "Each letter of KEYS is a request; h lists them. Beware: R resets the\n"
			   "machine.",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_debug_keys,
	},
	{
		.name = "log",
		.operands = "DOMAIN",
		.summary = "show what the hypervisor refused to a domain, and why",
		.details = "For those who write guest kernels. Only the Hospes hypervisor keeps\n"
			   "such a log.",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_log,
	},
	{
		.name = "perf",
		.operands = "",
		.summary = "show how long the hypervisor kept others waiting at most",
		.details =
			"The longest times of each CPU with interrupts off, one a cause, and\n"
			"with a lock held, one a lock. None should exceed the limit that stands\n"
			"below them.",
		.operands_max = 0,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_perf,
		.options = { { 'c', "clear", NULL, "forget them after showing" } },
	},
	{
		.name = "domid",
		.operands = "NAME",
		.summary = "print the number of a domain",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_domid,
	},
	{
		.name = "domname",
		.operands = "NUMBER",
		.summary = "print the name of a domain",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_HYPERVISOR,
		.run = verb_domname,
	},
};

void verbs_usage(FILE *out)
{
	fprintf(out, "usage: hospes VERB [OPTION...] [OPERAND...]\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-10s %-23s %s\n", verbs[i].name, verbs[i].operands,
			verbs[i].summary);
	fprintf(out, "\nDOMAIN is a name or a number. "
		     "Every verb knows --json (-j) and --help (-h).\n"
		     "hospes --version prints the version.\n");
}

void verb_usage(FILE *out, const struct verb *v)
{
	fprintf(out, "usage: hospes %s [OPTION...] %s\n%c%s.\n", v->name, v->operands,
		v->summary[0] - 'a' + 'A', v->summary + 1);
	if (v->details != NULL)
		fprintf(out, "%s\n", v->details);
	fprintf(out, "\n");
	for (const struct verb_option *o = v->options; o->letter != 0; o++) {
		char text[64];

		snprintf(text, sizeof(text), "-%c, --%s%s%s", o->letter, o->name,
			 o->argument != NULL ? " " : "", o->argument != NULL ? o->argument : "");
		fprintf(out, "  %-24s %s\n", text, o->help);
	}

	fprintf(out, "  %-24s %s\n", "-j, --json", "print the result as JSON");
	fprintf(out, "  %-24s %s\n", "-h, --help", "print this");
}

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];

	return NULL;
}
