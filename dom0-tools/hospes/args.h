/* SPDX-License-Identifier: MIT */
/*
 * Reads the command line by the table of verbs: options before the verb, the verb, its options and
 * operands. Says in one line what is wrong and what would be right.
 */
#ifndef HOSPES_HOSPES_ARGS_H
#define HOSPES_HOSPES_ARGS_H

#include <stdbool.h>
#include <dom0-tools/base/must_check.h>
#include "table.h"

/* What the command line asks for. */
enum request { REQUEST_VERB, REQUEST_HELP, REQUEST_VERSION };

/*
 * Fills @in with the verb, its options and its operands; in->table is set already, all else zero.
 * in->json is known also after a failure. REQUEST_HELP: of in->verb, or of all when that is NULL.
 * 0, or -EINVAL with in->err set. @argv is kept, its pointers may change places.
 */
__must_check int args_read(struct invocation *in, int argc, char **argv, enum request *request);

#endif
