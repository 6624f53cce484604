/* SPDX-License-Identifier: MIT */
/* The limit of open files, and a try whether so many can be had. */
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* As many as anybody asks for at once. */
#define TRIED_MAX 64

unsigned int descriptors_allow(unsigned int wanted)
{
	struct rlimit limit, more;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;

	more = limit;
	if (more.rlim_cur < wanted)
		more.rlim_cur = wanted;
	if (more.rlim_max < more.rlim_cur)
		more.rlim_max = more.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &more) == 0)
		return (unsigned int)more.rlim_cur;

	/* Not ours to go above. */
	more = limit;
	more.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &more) == 0)
		return (unsigned int)more.rlim_cur;

	return (unsigned int)limit.rlim_cur;
}

bool descriptors_left(unsigned int count)
{
	int tried[TRIED_MAX];
	unsigned int n = 0;

	if (count > TRIED_MAX)
		count = TRIED_MAX;

	while (n < count) {
		tried[n] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
		if (tried[n] < 0)
			break;
		n++;
	}

	for (unsigned int i = 0; i < n; i++)
		close(tried[i]);
	return n == count;
}

bool descriptors_ran_out(int rc)
{
	return rc == -EMFILE || rc == -ENFILE;
}
