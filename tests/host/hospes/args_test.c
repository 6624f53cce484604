/* SPDX-License-Identifier: MIT */
/*
 * The command line of hospes by a table of verbs made up for it: what is taken, and in which words
 * the rest is refused.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/hospes/args.h>
#include <dom0-tools/hospes/exit.h>
#include <dom0-tools/hospes/help.h>
#include <tests/host/suites_run.h>

/* ---- a table of two groups */

static const struct verb some_rows[] = {
	{
		.name = "start",
		.aliases = { "begin" },
		.summary = "start one",
		.details = "The first paragraph\nhas two lines.\n\nThe second has one.",
		.operands = { { .name = "DOMAIN", .kind = WORD_DOMAIN },
			      { .name = "HOW", .count = OPERAND_OPTIONAL } },
		.options = { { .letter = 'f', .name = "force", .help = "also when" },
			     { .letter = 't',
			       .name = "timeout",
			       .argument = "SECONDS",
			       .help = "so long",
			       .kind = WORD_NUMBER } },
	},
	{
		.name = "stop",
		.summary = "stop some",
		.operands = { { .name = "HOW" },
			      { .name = "DOMAIN", .kind = WORD_DOMAIN, .count = OPERAND_SEVERAL } },
	},
};
static const struct verb_group some = { "Some", NULL, some_rows, ARRAY_SIZE(some_rows) };

static const struct verb other_rows[] = {
	{ .name = "look", .summary = "look", .operands = { { "D", .count = OPERAND_ANY_NUMBER } } },
	{ .name = "rest", .summary = "rest" },
};
static const struct verb_group others = { "Others", NULL, other_rows, ARRAY_SIZE(other_rows) };

static const struct verb_group *const table[] = { &some, &others, NULL };

static struct invocation in;
static enum request request;

/* Reads a command line of words with blanks between them. */
static int take(const char *line)
{
	static char text[256];
	static char *argv[20];
	int argc = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;

	memset(&in, 0, sizeof(in));
	in.table = table;
	return args_read(&in, argc, argv, &request);
}

START_TEST(command_lines)
{
	ck_assert_int_eq(take("hospes start -f --timeout 5 demo"), 0);
	ck_assert_int_eq(request, REQUEST_VERB);
	ck_assert_str_eq(in.verb->name, "start");
	ck_assert(in.flag['f'] && !in.json);
	ck_assert_str_eq(in.value['t'], "5");
	ck_assert_int_eq(in.argc, 1);
	ck_assert_str_eq(in.argv[0], "demo");

	/* Options may follow operands, and another name of a verb serves. */
	ck_assert_int_eq(take("hospes begin demo -j"), 0);
	ck_assert(in.json);
	ck_assert_str_eq(in.verb->name, "start");

	ck_assert_int_eq(take("hospes --json look"), 0);
	ck_assert(in.json);
	ck_assert_int_eq(in.argc, 0);
	ck_assert_int_eq(take("hospes look a b c d"), 0);
	ck_assert_int_eq(in.argc, 4);
}
END_TEST

START_TEST(help_and_version)
{
	ck_assert_int_eq(take("hospes -V"), 0);
	ck_assert_int_eq(request, REQUEST_VERSION);
	ck_assert_int_eq(take("hospes --json --version"), 0);
	ck_assert(request == REQUEST_VERSION && in.json);

	ck_assert_int_eq(take("hospes --help"), 0);
	ck_assert(request == REQUEST_HELP && in.verb == NULL);
	ck_assert_int_eq(take("hospes -h start"), 0);
	ck_assert(request == REQUEST_HELP && in.verb == &some_rows[0]);

	/* Help is given where operands are missing, and where an option is wrong. */
	ck_assert_int_eq(take("hospes start -h"), 0);
	ck_assert(request == REQUEST_HELP && in.verb == &some_rows[0]);
	ck_assert_int_eq(take("hospes start --wrong --help"), 0);
	ck_assert_int_eq(request, REQUEST_HELP);
}
END_TEST

static const struct {
	const char *line, *words;
} refusals[] = {
	{ "hospes", "the verb is missing" },
	{ "hospes --json", "the verb is missing" },
	{ "hospes -x start", "-x before the verb" },
	{ "hospes strat demo", "there is no verb strat; is start meant?" },
	{ "hospes strt demo", "is start meant?" },
	{ "hospes beginn", "is begin meant?" },
	{ "hospes unlike", "there is no verb unlike; `hospes help` lists all" },
	{ "hospes start", "the DOMAIN is missing: hospes start [OPTION...] DOMAIN [HOW]" },
	{ "hospes stop", "the HOW is missing" },
	{ "hospes stop hard", "the DOMAIN is missing: hospes stop [OPTION...] HOW DOMAIN..." },
	{ "hospes start a b c", "c is one too many: hospes start [OPTION...] DOMAIN [HOW]" },
	{ "hospes rest x", "rest takes no operand, so what is x?" },
	{ "hospes start -q demo", "start has no option -q" },
	{ "hospes start --quick demo", "start has no option --quick" },
	{ "hospes start -t", "option --timeout (-t) needs its SECONDS" },
	{ "hospes start demo --timeout", "option --timeout (-t) needs its SECONDS" },
};

START_TEST(refused)
{
	ck_assert_int_eq(take(refusals[_i].line), -EINVAL);
	ck_assert_msg(strstr(in.err.text, refusals[_i].words) != NULL, "%s: %s", refusals[_i].line,
		      in.err.text);
}
END_TEST

/* The error must be JSON too, wherever the option stands. */
START_TEST(refused_as_json)
{
	ck_assert_int_eq(take("hospes start --quick -j demo"), -EINVAL);
	ck_assert(in.json);
	ck_assert_int_eq(take("hospes --json start"), -EINVAL);
	ck_assert(in.json);
	ck_assert_int_eq(take("hospes --json nothing-like-it"), -EINVAL);
	ck_assert(in.json);
}
END_TEST

static char *printed(const struct verb *v)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (v != NULL)
		help_verb(out, v);
	else
		help_all(out, table);
	fclose(out);
	return text;
}

START_TEST(help_texts)
{
	char *all = printed(NULL), *one = printed(&some_rows[0]);

	ck_assert_ptr_nonnull(strstr(all, "\nSome:\n  start DOMAIN [HOW]"));
	ck_assert_ptr_nonnull(strstr(all, "\nOthers:\n  look [D...]"));

	ck_assert(strncmp(one, "usage: hospes start [OPTION...] DOMAIN [HOW]\n", 45) == 0);
	ck_assert_ptr_nonnull(strstr(one, "Start one.\nAlso called begin.\n"));
	ck_assert_ptr_nonnull(strstr(one, "\nThe first paragraph has two lines.\n\nThe second"));
	ck_assert_ptr_nonnull(strstr(one, "  -t, --timeout SECONDS    so long\n"));
	ck_assert_ptr_nonnull(strstr(one, "  DOMAIN                   a domain's name or"));

	free(all);
	free(one);
}
END_TEST

START_TEST(statuses)
{
	ck_assert_int_eq(exit_status_of(0), 0);
	ck_assert_int_eq(exit_status_of(-EIO), 1);
	ck_assert_int_eq(exit_status_of(-ESRCH), 3);
	ck_assert_int_eq(exit_status_of(-EACCES), 4);
	ck_assert_int_eq(exit_status_of(-ETIMEDOUT), 5);
	ck_assert_int_eq(exit_status_of(-ECONNREFUSED), 6);
	ck_assert_int_eq(exit_status_of(-EEXIST), 7);

	/* Numbers are promised to scripts: the manual tells each, in its order. */
	for (size_t i = 0; i < exit_meanings_count; i++)
		ck_assert_int_eq(exit_meanings[i].status, i);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("args");
	TCase *tc = tcase_create("args");

	tcase_add_test(tc, command_lines);
	tcase_add_test(tc, help_and_version);
	tcase_add_loop_test(tc, refused, 0, ARRAY_SIZE(refusals));
	tcase_add_test(tc, refused_as_json);
	tcase_add_test(tc, help_texts);
	tcase_add_test(tc, statuses);
	suite_add_tcase(s, tc);

	return suites_run(s);
}
