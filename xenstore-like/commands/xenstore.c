/* SPDX-License-Identifier: MIT */
/*
 * The clients' main program (see command.h): which mode, its options, its transaction.
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_PREFIX "xenstore-"
#define ANY_NUMBER  (-1)

struct mode {
	const char *name;
	const char *options; /* for getopt(); -s is taken and means nothing */
	const char *usage;
	command_fn *fn;
	int least, most; /* arguments; most may be ANY_NUMBER */
	enum { READS, WRITES, NO_TXN } kind;
};

/* clang-format off */
static const struct mode modes[] = {
	{ "ls", "fpsh", "[-h] [-f] [-p] [-s] [path]", command_ls, 0, 1, READS },
	{ "read", "psRh", "[-h] [-p] [-s] [-R] key [...]", command_read, 1, ANY_NUMBER, READS },
	{ "write", "sRh", "[-h] [-s] [-R] key value [...]", command_write, 2, ANY_NUMBER, WRITES },
	{ "list", "psh", "[-h] [-p] [-s] key [...]", command_list, 1, ANY_NUMBER, READS },
	{ "rm", "sth", "[-h] [-s] [-t] key [...]", command_rm, 1, ANY_NUMBER, WRITES },
	{ "chmod", "ursh", "[-h] [-u] [-r] [-s] key <mode [modes...]>",
	  command_chmod, 2, ANY_NUMBER, WRITES },
	{ "exists", "psh", "[-h] [-p] [-s] key [...]", command_exists, 1, ANY_NUMBER, READS },
	{ "watch", "n:sh", "[-h] [-n NR] key [...]", command_watch, 1, ANY_NUMBER, NO_TXN },
	{ "control", "sh", "[-h] word [argument...]", command_control, 1, 16, NO_TXN },
};
/* clang-format on */

#define MODE_COUNT (sizeof(modes) / sizeof(modes[0]))

/* How the program was called. */
struct call {
	const char *program; /* as it was named */
	const char *base;    /* the same without folders */
	bool by_name;        /* "xenstore-ls", not "xenstore ls" */
	const struct mode *mode;
};

/* ---- usage. The exit status: 0 when it was asked for, 1 when the call was wrong. */

static int usage_to(FILE *to)
{
	return to == stdout ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int usage_modes(FILE *to, const struct call *call)
{
	fprintf(to, "Usage: %s <mode> [-h] [...]\nModes:", call->program);
	for (size_t i = 0; i < MODE_COUNT; i++)
		fprintf(to, " %s", modes[i].name);
	fputc('\n', to);
	return usage_to(to);
}

static int usage(FILE *to, const struct call *call)
{
	const struct mode *mode = call->mode;

	if (call->by_name)
		fprintf(to, "Usage: %s %s\n", call->program, mode->usage);
	else
		fprintf(to, "Usage: %s %s %s\n", call->program, mode->name, mode->usage);
	return usage_to(to);
}

/* ---- options */

static int option_set(struct command *c, const struct mode *mode, int option)
{
	char *end;

	switch (option) {
	case 'f':
		c->paths = true;
		return 0;
	case 'p':
		if (mode->fn == command_ls)
			c->perms = true;
		else
			c->paths = true;
		return 0;
	case 's':
		return 0;
	case 'R':
		c->raw = true;
		return 0;
	case 't':
		c->tidy = true;
		return 0;
	case 'u':
		c->upward = true;
		return 0;
	case 'r':
		c->recurse = true;
		return 0;
	case 'n':
		c->events = strtol(optarg, &end, 10);
		return *end || c->events < 1 ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

static bool count_is_right(const struct command *c, const struct mode *mode)
{
	if (c->count < mode->least)
		return false;

	if (mode->most != ANY_NUMBER && c->count > mode->most)
		return false;

	/* Each path has its value. */
	return mode->fn != command_write || c->count % 2 == 0;
}

/* ---- the run */

/* One try, in a transaction of its own; its output is dropped if it has to be repeated. */
static int command_try(struct command *c, const struct mode *mode)
{
	char *text = NULL;
	size_t len;
	bool commit;
	int rc, end;

	rc = store_transaction_start(c->store, &c->txn);
	if (rc)
		return command_fail(c, rc, "could not start a transaction");

	c->out = open_memstream(&text, &len);
	rc = c->out ? mode->fn(c) : -ENOMEM;

	/* A reader has seen one state of the tree anyway, and needs no commit. */
	commit = mode->kind == WRITES && !rc;
	end = store_transaction_end(c->store, c->txn, commit);
	if (!rc && end)
		rc = command_fail(c, end, "could not commit");

	if (!c->out)
		return rc;

	fclose(c->out);
	if (rc != -EAGAIN)
		fwrite(text, 1, len, stdout);
	free(text);
	return rc;
}

static int mode_run(struct command *c, const struct mode *mode)
{
	int rc;

	if (mode->kind == NO_TXN) {
		c->out = stdout;
		return mode->fn(c);
	}

	do
		rc = command_try(c, mode);
	while (rc == -EAGAIN);
	return rc;
}

static int not_connected(struct command *c)
{
	const char *why = strerror(errno);

	return command_fail(c, -ENOENT,
			    "could not connect to the store: %s (is hospes-stored running?)", why);
}

static int command_run(struct command *c, const struct mode *mode)
{
	int rc;

	c->store = store_open();
	if (!c->store)
		return not_connected(c);

	rc = mode_run(c, mode);
	store_close(c->store);
	return rc;
}

/* ---- main */

static const struct mode *mode_find(const char *name)
{
	for (size_t i = 0; i < MODE_COUNT; i++)
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	return NULL;
}

static bool asks_for_help(const char *arg)
{
	return strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0;
}

static void call_init(struct call *call, const char *program)
{
	const char *slash = strrchr(program, '/');

	call->program = program;
	call->base = slash ? slash + 1 : program;
	call->by_name = strncmp(call->base, NAME_PREFIX, strlen(NAME_PREFIX)) == 0;
	call->mode = NULL;
}

/* The mode with its arguments, argv[0] being its name. */
static int mode_main(const struct call *call, int argc, char **argv)
{
	struct command c = { .events = -1 };
	int option, rc;

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return usage(stdout, call);

	while ((option = getopt(argc, argv, call->mode->options)) != -1) {
		if (option == 'h')
			return usage(stdout, call);
		if (option_set(&c, call->mode, option))
			return usage(stderr, call);
	}

	c.args = argv + optind;
	c.count = argc - optind;
	if (!count_is_right(&c, call->mode))
		return usage(stderr, call);

	rc = command_run(&c, call->mode);
	if (rc && *c.message)
		fprintf(stderr, "%s: %s\n", call->base, c.message);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct call call;

	call_init(&call, argv[0]);
	if (call.by_name) {
		call.mode = mode_find(call.base + strlen(NAME_PREFIX));
		if (!call.mode)
			return usage_modes(stderr, &call);
		return mode_main(&call, argc, argv);
	}

	if (argc < 2)
		return usage_modes(stderr, &call);
	if (asks_for_help(argv[1]))
		return usage_modes(stdout, &call);

	call.mode = mode_find(argv[1]);
	if (!call.mode)
		return usage_modes(stderr, &call);
	return mode_main(&call, argc - 1, argv + 1);
}
