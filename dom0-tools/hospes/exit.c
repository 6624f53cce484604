/* SPDX-License-Identifier: MIT */
/* The exit statuses, what they mean, and which errno becomes which. */
#include "exit.h"

#include <errno.h>
#include <dom0-tools/base/array.h>

const struct exit_meaning exit_meanings[] = {
	{ EXIT_DONE, "done" },
	{ EXIT_FAILED, "it failed, for another reason than those below" },
	{ EXIT_USAGE, "wrong usage: no such verb or option, or an operand is missing" },
	{ EXIT_NO_DOMAIN, "there is no such domain" },
	{ EXIT_NOT_PERMITTED, "not permitted: most likely the user is not root" },
	{ EXIT_TIMED_OUT, "it took longer than it may" },
	{ EXIT_AWAY, "the hypervisor, the store or hospesd is not there, or has no such feature" },
	{ EXIT_TAKEN, "the name, the UUID or a device is in use already" },
};
const size_t exit_meanings_count = ARRAY_SIZE(exit_meanings);

/* All others are EXIT_FAILED. */
static const struct {
	int error;
	enum exit_status status;
} statuses[] = {
	{ ESRCH, EXIT_NO_DOMAIN },      { EPERM, EXIT_NOT_PERMITTED },
	{ EACCES, EXIT_NOT_PERMITTED }, { ETIMEDOUT, EXIT_TIMED_OUT },
	{ ENOSYS, EXIT_AWAY },          { ECONNREFUSED, EXIT_AWAY },
	{ ECONNRESET, EXIT_AWAY },      { EPIPE, EXIT_AWAY },
	{ EEXIST, EXIT_TAKEN },         { EBUSY, EXIT_TAKEN },
};

enum exit_status exit_status_of(int rc)
{
	if (rc >= 0)
		return EXIT_DONE;

	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		if (statuses[i].error == -rc)
			return statuses[i].status;
	}

	return EXIT_FAILED;
}
