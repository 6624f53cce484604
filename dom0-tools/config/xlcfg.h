/* SPDX-License-Identifier: MIT */
/*
 * The form of a file of xl.cfg(5): settings KEY = VALUE, where a value is a number, a string, or a
 * list of both in brackets; # begins a comment, and a setting ends with its line or a semicolon.
 * What keys mean is left to config_xl.c. The text is hostile. Pure.
 */
#ifndef HOSPES_CONFIG_XLCFG_H
#define HOSPES_CONFIG_XLCFG_H

#include <stdbool.h>
#include <stddef.h>

/* xl knows some 150 keys. */
#define XLCFG_SETTINGS_MAX 200
/* Values of one list: more than a domain has disks, processors or interfaces. */
#define XLCFG_ITEMS_MAX 128

enum xlcfg_kind { XLCFG_NUMBER, XLCFG_STRING, XLCFG_LIST };

struct xlcfg_setting {
	char *key;
	unsigned int line;
	enum xlcfg_kind kind;
	/* The string, or the number as it stands there; the items of a list. */
	unsigned int count;
	char **items;
};

struct xlcfg {
	unsigned int count;
	struct xlcfg_setting *settings; /* room for XLCFG_SETTINGS_MAX */
};

/* Is told each fault; the reading goes on with the next line. */
typedef void (*xlcfg_fault)(void *context, unsigned int line, const char *why);

/*
 * Reads @text, which ends with NUL. False where a fault was told. @x must be given back in any
 * case.
 */
bool xlcfg_parse(struct xlcfg *x, const char *text, xlcfg_fault fault, void *context);
void xlcfg_free(struct xlcfg *x);

/* NULL: there is none. */
const struct xlcfg_setting *xlcfg_find(const struct xlcfg *x, const char *key);

#endif
