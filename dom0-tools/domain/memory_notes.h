/* SPDX-License-Identifier: MIT */
/*
 * How those who share memory and those who need some for a new domain know of each other: files
 * below /run/hospes on which the process that wrote them holds a lock, which the kernel drops with
 * it. One says that hospesd shares memory; those in `wanted` say that a creator waits for so much.
 */
#ifndef HOSPES_DOMAIN_MEMORY_NOTES_H
#define HOSPES_DOMAIN_MEMORY_NOTES_H

#include <stdbool.h>
#include <stdint.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>
#include "memory_view.h"

struct memory_wish {
	int fd; /* -1: none */
	char path[200];
};

/* For hospesd: says that memory is shared, as long as this process lives. */
__must_check int memory_sharing_begin(struct hospes_error *err);
/* Whether some process does. */
__must_check bool memory_sharing(void);

/* Says that the domain @uuid is to be made with @kib. -EBUSY: somebody else makes it. */
__must_check int memory_wish_begin(struct memory_wish *w, const uint8_t uuid[16], uint64_t kib,
				   struct hospes_error *err);
/* It has its memory, or was given up. Idempotent. */
void memory_wish_end(struct memory_wish *w);

/* What domains that are being made still lack, by what those in @view have already, in KiB. */
uint64_t memory_wishes(const struct memory_view *view);

#endif
