/* SPDX-License-Identifier: MIT */
/*
 * hospes: the command line of the toolstack. Finds the verb in the table, reads the options, opens
 * what the verb needs, and tells the result. Exit status: 0 done, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/domain/building.h>
#include <dom0-tools/domain/domain_find.h>
#include "verb.h"

static const struct verb verbs[] = {
	{ "create",
	  "FILE",
	  "create a domain from its XML and start it",
	  NULL,
	  1,
	  1,
	  NEEDS_STORE,
	  verb_create,
	  { { 'c', "console", NULL, "join the console at once" },
	    { 'n', "dry-run", NULL, "only check the file, its devices and its kernel" },
	    { 'p', "paused", NULL, "leave the domain paused" },
	    { 'v', "verbose", NULL, "say how long each step took" } } },
	{ "list",
	  "[DOMAIN...]",
	  "show domains and their state",
	  "State: r running, b blocked, p paused, s shut down, c crashed, d dying.",
	  0,
	  -1,
	  NEEDS_HYPERVISOR,
	  verb_list,
	  { { 0 } } },
	{ "info",
	  "[DOMAIN]",
	  "show the host, or one domain",
	  NULL,
	  0,
	  1,
	  NEEDS_HYPERVISOR,
	  verb_info,
	  { { 0 } } },
	{ "console",
	  "DOMAIN",
	  "join a domain's console; leave it with ^]",
	  "The output since the domain's start comes first.",
	  1,
	  1,
	  NEEDS_STORE,
	  verb_console,
	  { { 'n', "new", NULL, "leave out what was said before" } } },
	{ "shutdown",
	  "DOMAIN...",
	  "ask the kernels of domains to power off",
	  NULL,
	  1,
	  -1,
	  NEEDS_STORE,
	  verb_shutdown,
	  { { 'w', "wait", NULL, "wait until they have stopped" },
	    { 't', "timeout", "SECONDS", "wait no longer than so" } } },
	{ "reboot",
	  "DOMAIN...",
	  "ask the kernels of domains to start again",
	  NULL,
	  1,
	  -1,
	  NEEDS_STORE,
	  verb_reboot,
	  { { 'w', "wait", NULL, "wait until they have stopped" },
	    { 't', "timeout", "SECONDS", "wait no longer than so" } } },
	{ "destroy",
	  "DOMAIN...",
	  "end domains at once and remove all of them",
	  NULL,
	  1,
	  -1,
	  NEEDS_STORE,
	  verb_destroy,
	  { { 0 } } },
	{ "pause",
	  "DOMAIN...",
	  "stop the virtual CPUs of domains",
	  NULL,
	  1,
	  -1,
	  NEEDS_HYPERVISOR,
	  verb_pause,
	  { { 0 } } },
	{ "unpause",
	  "DOMAIN...",
	  "let paused domains go on",
	  NULL,
	  1,
	  -1,
	  NEEDS_HYPERVISOR,
	  verb_unpause,
	  { { 0 } } },
	{ "vcpu-list",
	  "[DOMAIN...]",
	  "show virtual CPUs, their state and where they may run",
	  "State: r running, b blocked, p not started or switched off by the guest.",
	  0,
	  -1,
	  NEEDS_HYPERVISOR,
	  verb_vcpu_list,
	  { { 0 } } },
	{ "vcpu-pin",
	  "DOMAIN VCPU HARD [SOFT]",
	  "say which CPUs a virtual CPU may run on",
	  "VCPU is a number or `all`. HARD and SOFT are lists of CPUs (0-3,^2,7), `all`, or `-` to "
	  "leave\nthat set as it is: HARD is where it may run, SOFT where it runs when it can.",
	  3,
	  4,
	  NEEDS_HYPERVISOR,
	  verb_vcpu_pin,
	  { { 'f', "force", NULL, "also where the guest pinned it itself" } } },
	{ "vcpu-set",
	  "DOMAIN NUMBER",
	  "ask a domain's kernel to run on so many virtual CPUs",
	  "At most as many as the domain was made with.",
	  2,
	  2,
	  NEEDS_STORE,
	  verb_vcpu_set,
	  { { 'w', "wait", NULL, "wait until it does" },
	    { 't', "timeout", "SECONDS", "wait no longer than so (60)" } } },
	{ "sched",
	  "[DOMAIN...]",
	  "show or change the domains' shares of the CPUs",
	  "Weight: a domain of 512 gets twice the time of one of 256 where both want it.\n"
	  "Cap: percent of one CPU that the domain gets at most, 0 for no bound.",
	  0,
	  -1,
	  NEEDS_HYPERVISOR,
	  verb_sched,
	  { { 'w', "weight", "WEIGHT", "set the weight, 1 to 65535 (256)" },
	    { 'c', "cap", "PERCENT", "set the cap" } } },
	{ "top",
	  "",
	  "show what domains use, again and again",
	  "On the screen `h` shows the keys. Rates are those of the time between two looks.",
	  0,
	  0,
	  NEEDS_HYPERVISOR,
	  verb_top,
	  { { 'b', "batch", NULL, "print one table after another, for programs and files" },
	    { 'n', "count", "NUMBER", "so many tables (implies --batch; with --json: 1)" },
	    { 'd', "delay", "SECONDS", "the time between two looks (3)" },
	    { 's', "sort", "COLUMN", "cpu, time, memory, network, disk, id or name" } } },
	{ "dmesg",
	  "",
	  "show the hypervisor's messages",
	  NULL,
	  0,
	  0,
	  NEEDS_HYPERVISOR,
	  verb_dmesg,
	  { { 'c', "clear", NULL, "forget them after showing" } } },
	{ "debug-keys",
	  "KEYS",
	  "have the hypervisor say more of itself, see hospes dmesg",
	  "Each letter of KEYS is a request; h lists them. Beware: R resets the machine.",
	  1,
	  1,
	  NEEDS_HYPERVISOR,
	  verb_debug_keys,
	  { { 0 } } },
	{ "log",
	  "DOMAIN",
	  "show what the hypervisor refused to a domain, and why",
	  "For those who write guest kernels. Only the Hospes hypervisor keeps such a log.",
	  1,
	  1,
	  NEEDS_HYPERVISOR,
	  verb_log,
	  { { 0 } } },
	{ "domid",
	  "NAME",
	  "print the number of a domain",
	  NULL,
	  1,
	  1,
	  NEEDS_HYPERVISOR,
	  verb_domid,
	  { { 0 } } },
	{ "domname",
	  "NUMBER",
	  "print the name of a domain",
	  NULL,
	  1,
	  1,
	  NEEDS_HYPERVISOR,
	  verb_domname,
	  { { 0 } } },
};
#define VERBS (ARRAY_SIZE(verbs))

static void usage(FILE *out)
{
	fprintf(out, "usage: hospes VERB [OPTION...] [OPERAND...]\n\n");
	for (size_t i = 0; i < VERBS; i++)
		fprintf(out, "  %-10s %-23s %s\n", verbs[i].name, verbs[i].operands,
			verbs[i].summary);
	fprintf(out, "\nDOMAIN is a name or a number. Every verb knows --json (-j) and --help "
		     "(-h).\nhospes --version prints the version.\n");
}

static void verb_usage(FILE *out, const struct verb *v)
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

	fprintf(out, "  %-24s %s\n  %-24s %s\n", "-j, --json", "print the result as JSON",
		"-h, "
		"--help",
		"print this");
}

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];

	return NULL;
}

/* The verb's options and the common ones, in getopt's form. */
static void options_list(const struct verb *v, struct option longs[], char letters[])
{
	size_t n = 0, l = 0;

	longs[n++] = (struct option){ "json", no_argument, NULL, 'j' };
	longs[n++] = (struct option){ "help", no_argument, NULL, 'h' };
	letters[l++] = 'j';
	letters[l++] = 'h';
	for (const struct verb_option *o = v->options; o->letter != 0; o++) {
		int argument = o->argument != NULL ? required_argument : no_argument;

		longs[n++] = (struct option){ o->name, argument, NULL, o->letter };
		letters[l++] = o->letter;
		if (o->argument != NULL)
			letters[l++] = ':';
	}

	longs[n] = (struct option){ 0 };
	letters[l] = '\0';
}

/* EXIT_DONE with *go_on false after --help. */
static enum exit_status options_read(struct invocation *in, int argc, char **argv, bool *go_on)
{
	struct option longs[VERB_OPTIONS_MAX + 3];
	char letters[2 * VERB_OPTIONS_MAX + 3], program[64];
	int c;

	*go_on = false;
	options_list(in->verb, longs, letters);
	snprintf(program, sizeof(program), "hospes %s", in->verb->name);
	argv[0] = program;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (c == 'h') {
			verb_usage(stdout, in->verb);
			return EXIT_DONE;
		}

		if (c < 0 || c >= 128 || c == '?')
			return EXIT_USAGE;

		in->flag[c] = true;
		in->value[c] = optarg;
	}

	in->json = in->flag['j'];
	in->argc = argc - optind;
	in->argv = argv + optind;
	if (in->argc < in->verb->operands_min ||
	    (in->verb->operands_max >= 0 && in->argc > in->verb->operands_max)) {
		verb_usage(stderr, in->verb);
		return EXIT_USAGE;
	}

	*go_on = true;
	return EXIT_DONE;
}

static void result_print(struct invocation *in, int rc)
{
	if (rc < 0)
		fprintf(stderr, "hospes: %s\n", in->err.text);
	if (!in->json)
		return;

	if (rc < 0) {
		struct json_object *error = json_object_new_object();

		json_object_put(in->result);
		in->result = json_object_new_object();
		json_object_object_add(error, "code", json_object_new_int(in->err.code));
		json_object_object_add(error, "text", json_object_new_string(in->err.text));
		json_object_object_add(in->result, "error", error);
	} else if (in->result == NULL) {
		in->result = json_object_new_object();
	}

	puts(json_object_to_json_string_ext(in->result, JSON_C_TO_STRING_PRETTY |
								JSON_C_TO_STRING_NOSLASHESCAPE));
}

static int verb_open(struct invocation *in)
{
	struct hospes_error clean = { 0 };
	int rc;

	if (in->verb->needs == NEEDS_NOTHING)
		return 0;

	rc = host_open(&in->host, in->verb->needs == NEEDS_STORE, &in->err);
	if (rc < 0)
		return rc;

	/*
	 * Whoever comes next removes what a killed creator left; create does it under its own
	 * lock.
	 */
	if (in->host.store != NULL && in->verb->run != verb_create &&
	    building_clean(&in->host, false, &clean) < 0)
		fprintf(stderr, "hospes: an abandoned domain could not be removed: %s\n",
			clean.text);
	return 0;
}

static enum exit_status verb_run(struct invocation *in)
{
	int rc = verb_open(in);

	if (rc == 0)
		rc = in->verb->run(in);
	result_print(in, rc);
	json_object_put(in->result);
	if (in->host.privcmd != NULL)
		host_close(&in->host);
	/* A full disk or a closed pipe must not look like success. */
	if (fflush(stdout) != 0 || ferror(stdout))
		return EXIT_FAILED;

	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct invocation in = { 0 };
	enum exit_status status;
	bool go_on;

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}

	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return EXIT_DONE;
	}

	if (strcmp(argv[1], "--version") == 0) {
		printf("hospes %s\n", HOSPES_VERSION);
		return EXIT_DONE;
	}

	in.verb = verb_find(argv[1]);
	if (in.verb == NULL) {
		fprintf(stderr, "hospes: there is no verb %s; hospes --help lists all\n", argv[1]);
		return EXIT_USAGE;
	}

	status = options_read(&in, argc - 1, argv + 1, &go_on);
	return go_on ? verb_run(&in) : status;
}

int verb_domain(struct invocation *in, int index, domid_t *domid)
{
	return domain_resolve(&in->host, in->argv[index], domid, &in->err);
}

static struct json_object *result_object(struct invocation *in)
{
	if (in->result == NULL)
		in->result = json_object_new_object();
	return in->result;
}

void result_text(struct invocation *in, const char *key, const char *value)
{
	if (in->json)
		json_object_object_add(result_object(in), key, json_object_new_string(value));
}

void result_number(struct invocation *in, const char *key, int64_t value)
{
	if (in->json)
		json_object_object_add(result_object(in), key, json_object_new_int64(value));
}
