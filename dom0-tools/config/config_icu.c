/* SPDX-License-Identifier: MIT */
/*
 * Stands in for the character-set library that Debian's libxml2 names for rare encodings. Linked in
 * (devices.mk), it lets the tools do without its 33 MB, which cost memory in dom0 and time at each
 * start. UTF-8, UTF-16, Latin-1 and ASCII are libxml2's own; others are refused as unknown.
 */
#include <stdlib.h>

/* "file access error" in that library's numbers; any above 0 means that there is no converter. */
#define ICU_NO_CONVERTER 4

void *config_icu_open(const char *name, int *status);
void config_icu_never(void);

void *config_icu_open(const char *name, int *status)
{
	(void)name;
	*status = ICU_NO_CONVERTER;
	return NULL;
}

/* All else takes an open converter, and there is none. */
void config_icu_never(void)
{
	abort();
}
