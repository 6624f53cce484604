/* SPDX-License-Identifier: MIT */
/* The table of all verbs, in the order of help and manual. */
#include "verbs.h"

#include <stddef.h>

const struct verb_group *const verbs_all[] = {
	&verbs_of_domains, &verbs_of_defined, &verbs_of_running, &verbs_of_devices,
	&verbs_of_memory,  &verbs_of_cpus,    &verbs_of_host,    NULL,
};
