/* SPDX-License-Identifier: MIT */
/*
 * What the verbs of hospes share: the row of the table that says all about one, and the way that
 * results and errors are told. One verb or a family of them is a file verb_*.c, their rows stand in
 * a file verbs_*.c. Help, man page and completion are made from the rows.
 */
#ifndef HOSPES_HOSPES_VERB_H
#define HOSPES_HOSPES_VERB_H

#include <json-c/json.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/domain/host.h>
#include "exit.h"

/* Options are letters of ASCII. */
#define LETTERS 128

/* One invocation: filled by main.c from the command line, then given to the verb. */
struct invocation {
	const struct verb_group *const *table; /* of all verbs, see table.h */
	const struct verb *verb;
	bool json;
	bool flag[LETTERS];         /* short options that were given */
	const char *value[LETTERS]; /* their arguments */
	int argc;                   /* what is left: operands */
	char **argv;
	struct host host; /* open if the verb wants it */
	struct hospes_error err;
	struct json_object *result; /* printed with --json when the verb is done */
	struct json_object *faults; /* of a file, printed with --json when that is why it failed */
	bool unwell;                /* done, but what it found is to be the exit status */
};

enum verb_needs { NEEDS_NOTHING, NEEDS_HYPERVISOR, NEEDS_STORE };

/* What an operand or an option's argument is: so the shell completes it. */
enum word_kind {
	WORD_ANY, /* nobody can guess it */
	WORD_DOMAIN,
	WORD_FILE,
	WORD_NUMBER,
	WORD_CHOICE, /* one of the words of .choices */
	WORD_VERB,
};

struct verb_option {
	char letter;
	const char *name;
	const char *argument; /* what it takes, in capitals; NULL: nothing */
	const char *help;
	enum word_kind kind;
	const char *choices; /* of WORD_CHOICE, with a blank between two */
};

/* The row of --timeout where nothing else is waited for than the turn, see targets.h. */
#define OPTION_TURN_TIMEOUT                                                     \
	{                                                                       \
		.letter = 't', .name = "timeout", .argument = "SECONDS",        \
		.help = "wait no longer than so for others who are at it (60)", \
		.kind = WORD_NUMBER,                                            \
	}

enum operand_count { OPERAND_ONE, OPERAND_OPTIONAL, OPERAND_SEVERAL, OPERAND_ANY_NUMBER };

struct verb_operand {
	const char *name; /* in capitals; NULL ends the list */
	enum word_kind kind;
	enum operand_count count; /* more than one: only of the last */
	const char *help;         /* a line, or NULL where the kind says enough */
	const char *choices;      /* of WORD_CHOICE, with a blank between two */
};

#define VERB_OPTIONS_MAX  9
#define VERB_OPERANDS_MAX 6
#define VERB_ALIASES_MAX  3
#define VERB_EXAMPLES_MAX 4

/*
 * The row of a verb. Texts are plain: a newline counts as a blank, an empty line begins a
 * paragraph, and what stands in `backquotes` is typed as it is.
 */
struct verb {
	const char *name;
	const char *aliases[VERB_ALIASES_MAX]; /* other names, that users of xl and virsh know */
	const char *summary;                   /* begins with a small letter, ends without a dot */
	const char *details;                   /* more for --help and the manual, or NULL */
	struct verb_operand operands[VERB_OPERANDS_MAX];
	struct verb_option options[VERB_OPTIONS_MAX]; /* besides those that every verb has */
	const char *examples[VERB_EXAMPLES_MAX];      /* whole command lines */
	enum verb_needs needs;
	int (*run)(struct invocation *in); /* 0, or -errno with in->err set */
};

/* Verbs that stand together in help and manual. A table is a list of groups, ended by a NULL. */
struct verb_group {
	const char *title;
	const char *details; /* for the manual, below all of its verbs, or NULL */
	const struct verb *verbs;
	size_t count;
};

/*
 * Tells all faults of @config, which was read from @path with the result @rc, and what it asks for
 * in vain. Returns @rc, with in->err set to their number where there are several.
 */
__must_check int verb_faults_tell(struct invocation *in, const char *path,
				  const struct domain_config *config, int rc);

/* Reads the file @path, and tells its faults; config_free() must follow in any case. */
__must_check int verb_config_load(struct invocation *in, const char *path,
				  struct domain_config *config);

/* The number of the domain that operand @index names. */
__must_check int verb_domain(struct invocation *in, int index, domid_t *domid);

/* @text, decimal digits only, as a number from @min to @max; -EINVAL says that it is no @what. */
__must_check int verb_number(struct invocation *in, const char *text, const char *what, long min,
			     long max, long *number);

/* Adds a member to a JSON object. */
void json_text(struct json_object *o, const char *key, const char *value);
void json_number(struct json_object *o, const char *key, int64_t value);
void json_truth(struct json_object *o, const char *key, bool value);

/* Adds a member to the JSON result, an object. Does nothing without --json. */
void result_text(struct invocation *in, const char *key, const char *value);
void result_number(struct invocation *in, const char *key, int64_t value);

#endif
