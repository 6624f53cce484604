/* SPDX-License-Identifier: MIT */
/*
 * What the verbs of hospes share: the table's row, the options that all of them know, and the way
 * that results and errors are told. One verb or a family of them is a file verb_*.c.
 */
#ifndef HOSPES_HOSPES_VERB_H
#define HOSPES_HOSPES_VERB_H

#include <json-c/json.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/domain/host.h>

/* Options are letters of ASCII. */
#define LETTERS 128

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* One invocation: filled by main.c from the command line, then given to the verb. */
struct invocation {
	const struct verb *verb;
	bool json;
	bool flag[LETTERS];         /* short options that were given */
	const char *value[LETTERS]; /* their arguments */
	int argc;                   /* what is left: operands */
	char **argv;
	struct host host; /* open if the verb wants it */
	struct hospes_error err;
	struct json_object *result; /* printed with --json when the verb is done */
	bool unwell;                /* done, but what it found is to be the exit status */
};

enum verb_needs { NEEDS_NOTHING, NEEDS_HYPERVISOR, NEEDS_STORE };

struct verb_option {
	char letter;
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;
};

#define VERB_OPTIONS_MAX 7

struct verb {
	const char *name;
	const char *operands; /* for the usage line */
	const char *summary;
	const char *details;            /* more for --help, or NULL */
	int operands_min, operands_max; /* -1: any number */
	enum verb_needs needs;
	int (*run)(struct invocation *in); /* 0, or -errno with in->err set */
	struct verb_option options[VERB_OPTIONS_MAX];
};

/*
 * Reads the file @path. All its faults are told, and what it asks for in vain; config_free() must
 * follow in any case.
 */
__must_check int verb_config_load(struct invocation *in, const char *path,
				  struct domain_config *config);

/* The number of the domain that operand @index names. */
__must_check int verb_domain(struct invocation *in, int index, domid_t *domid);

/* Adds a member to a JSON object. */
void json_text(struct json_object *o, const char *key, const char *value);
void json_number(struct json_object *o, const char *key, int64_t value);
void json_truth(struct json_object *o, const char *key, bool value);

/* Adds a member to the JSON result, an object. Does nothing without --json. */
void result_text(struct invocation *in, const char *key, const char *value);
void result_number(struct invocation *in, const char *key, int64_t value);

#endif
