/* SPDX-License-Identifier: MIT */
/*
 * The clients' main program (see xenstore.h): which mode, its options, its transaction, and the
 * text forms that the modes share.
 */
#include "xenstore.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mode {
	const char *name;
	const char *options; /* for getopt(); -s is taken and means nothing */
	const char *usage;
	command_fn *fn;
	int least, most; /* arguments; most -1: any number */
	enum { READS, WRITES, NO_TXN } kind;
};

static const struct mode modes[] = {
	{ "ls", "fpsh", "[-h] [-f] [-p] [-s] [path]", command_ls, 0, 1, READS },
	{ "read", "psRh", "[-h] [-p] [-s] [-R] key [...]", command_read, 1, -1, READS },
	{ "write", "sRh", "[-h] [-s] [-R] key value [...]", command_write, 2, -1, WRITES },
	{ "list", "psh", "[-h] [-p] [-s] key [...]", command_list, 1, -1, READS },
	{ "rm", "sth", "[-h] [-s] [-t] key [...]", command_rm, 1, -1, WRITES },
	{ "chmod", "ursh", "[-h] [-u] [-r] [-s] key <mode [modes...]>", command_chmod, 2, -1,
	  WRITES },
	{ "exists", "psh", "[-h] [-p] [-s] key [...]", command_exists, 1, -1, READS },
	{ "watch", "n:sh", "[-h] [-n NR] key [...]", command_watch, 1, -1, NO_TXN },
	{ "control", "sh", "[-h] word [argument...]", command_control, 1, 16, NO_TXN },
};

#define MODE_COUNT (sizeof(modes) / sizeof(modes[0]))

int command_fail(struct command *c, int error, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(c->message, sizeof(c->message), fmt, args);
	va_end(args);
	/* "No such node" needs no more words, other reasons do. */
	if (error != -ENOENT && error != -EINVAL && n > 0 && n < (int)sizeof(c->message))
		snprintf(c->message + n, sizeof(c->message) - n, ": %s", strerror(-error));
	return error;
}

char *value_escape(const char *value, size_t len)
{
	char *text = malloc(len * 4 + 1), *to = text;

	for (size_t i = 0; text && i < len; i++) {
		unsigned char c = value[i];
		const char *short_form = c ? strchr("\tt\nn\rr\\\\", c) : NULL;

		if (c != 't' && c != 'n' && c != 'r' && short_form)
			to += sprintf(to, "\\%c", short_form[1]);
		else if (c >= ' ' && c <= '~')
			*to++ = c;
		else
			to += sprintf(to, c < 8 ? "\\%03o" : "\\x%02x", c);
	}
	if (text)
		*to = '\0';
	return text;
}

static int digit_of(char c, int base)
{
	int digit = c >= '0' && c <= '9'   ? c - '0'
		    : c >= 'a' && c <= 'f' ? c - 'a' + 10
		    : c >= 'A' && c <= 'F' ? c - 'A' + 10
					   : 99;

	return digit < base ? digit : -1;
}

/* The number of up to most digits at from, which is moved behind them. */
static char number_take(const char **from, int base, int most)
{
	unsigned int number = 0;

	while (most-- && digit_of(**from, base) >= 0)
		number = number * base + digit_of(*(*from)++, base);
	return number;
}

size_t value_unescape(char *text)
{
	const char *from = text;
	char *to = text;

	while (*from) {
		char c = *from++;

		if (c == '\\' && *from) {
			c = *from++;
			if (c == 't' || c == 'n' || c == 'r')
				c = c == 't' ? '\t' : c == 'n' ? '\n' : '\r';
			else if (c == 'x' && digit_of(*from, 16) >= 0)
				c = number_take(&from, 16, 2);
			else if (digit_of(c, 8) >= 0 && from--)
				c = number_take(&from, 8, 3);
		}
		*to++ = c;
	}
	*to = '\0';
	return to - text;
}

void perms_print(FILE *out, const struct store_perm *perms, unsigned int count, char separator)
{
	for (unsigned int i = 0; i < count; i++) {
		if (i)
			fputc(separator, out);
		fprintf(out, "%c%u", "nrwb"[perms[i].right & 3], perms[i].domid);
	}
}

char *path_join(const char *path, const char *name)
{
	char *joined;

	if (asprintf(&joined, "%s/%s", strcmp(path, "/") ? path : "", name) < 0)
		return NULL;
	return joined;
}

static int usage(FILE *to, const char *program, const struct mode *mode, bool named)
{
	if (mode) {
		fprintf(to, "Usage: %s %s%s%s\n", program, named ? "" : mode->name,
			named ? "" : " ", mode->usage);
	} else {
		fprintf(to, "Usage: %s <mode> [-h] [...]\nModes:", program);
		for (size_t i = 0; i < MODE_COUNT; i++)
			fprintf(to, " %s", modes[i].name);
		fputc('\n', to);
	}
	return to == stdout ? 0 : 1;
}

static const struct mode *mode_find(const char *name)
{
	for (size_t i = 0; i < MODE_COUNT; i++)
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	return NULL;
}

static int option_set(struct command *c, const struct mode *mode, int option)
{
	char *end;

	switch (option) {
	case 'f':
		c->paths = true;
		return 0;
	case 'p':
		*(mode->fn == command_ls ? &c->perms : &c->paths) = true;
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

/* One try in a transaction of its own; what is printed is dropped if it has to be repeated. */
static int command_try(struct command *c, const struct mode *mode)
{
	char *text = NULL;
	size_t len;
	int rc = store_transaction_start(c->store, &c->txn), end;

	if (rc)
		return command_fail(c, rc, "could not start a transaction");
	c->out = open_memstream(&text, &len);
	rc = c->out ? mode->fn(c) : -ENOMEM;
	/* A reader has seen one state of the tree in any case, and needs no commit. */
	end = store_transaction_end(c->store, c->txn, mode->kind == WRITES && !rc);
	if (c->out)
		fclose(c->out);
	if (!rc && end)
		rc = command_fail(c, end, "could not commit");
	if (rc != -EAGAIN)
		fwrite(text, 1, len, stdout);
	free(text);
	return rc;
}

static int command_run(struct command *c, const struct mode *mode)
{
	int rc;

	c->store = store_open();
	if (!c->store)
		return command_fail(c, -ENOENT,
				    "could not connect to the store: %s (is "
				    "hospes-stored running?)",
				    strerror(errno));
	if (mode->kind == NO_TXN) {
		c->out = stdout;
		rc = mode->fn(c);
	} else {
		do
			rc = command_try(c, mode);
		while (rc == -EAGAIN);
	}
	store_close(c->store);
	return rc;
}

int main(int argc, char **argv)
{
	const char *program = argv[0],
		   *base = strrchr(program, '/') ? strrchr(program, '/') + 1 : program;
	bool named = strncmp(base, "xenstore-", 9) == 0;
	struct command c = { .events = -1 };
	const struct mode *mode;
	int option, rc;

	if (!named && (argc < 2 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0))
		return usage(argc < 2 ? stderr : stdout, program, NULL, false);
	mode = mode_find(named ? base + 9 : argv[1]);
	if (!mode)
		return usage(stderr, program, NULL, false);
	argc -= !named;
	argv += !named;
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return usage(stdout, program, mode, named);
	while ((option = getopt(argc, argv, mode->options)) != -1) {
		if (option == 'h')
			return usage(stdout, program, mode, named);
		if (option_set(&c, mode, option))
			return usage(stderr, program, mode, named);
	}
	c.args = argv + optind;
	c.count = argc - optind;
	if (c.count < mode->least || (mode->most >= 0 && c.count > mode->most) ||
	    (mode->fn == command_write && c.count % 2))
		return usage(stderr, program, mode, named);
	rc = command_run(&c, mode);
	if (rc && *c.message)
		fprintf(stderr, "%s: %s\n", base, c.message);
	return rc ? 1 : 0;
}
