/* SPDX-License-Identifier: MIT */
/*
 * Cores of guests that crashed: NAME-YYYYMMDD-HHMMSS.core below /var/lib/hospes/dump, or
 * $HOSPES_DUMP_DIR for tests. A guest that crashes again and again must not fill the disk: the last
 * ones of a name are kept, and none is written where it would leave too little room.
 */
#ifndef HOSPES_HOSPESD_DUMP_H
#define HOSPES_HOSPESD_DUMP_H

#include <stdint.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/domain/host.h>
#include <dom0-tools/domain/intent.h>

#define DUMPS_KEPT 3
/* Room that is left on the disk when a core is written, in bytes. */
#define DUMP_ROOM (256ULL * 1024 * 1024)

/*
 * With the turn @intent, of a domain that has stopped. What cannot be written is told in the log;
 * who waits to end the domain ends this, too.
 */
void dump_write(struct host *h, domid_t domid, const char *name, const struct intent *intent);

/* Removes all cores of @name in the open folder but the last @kept, and parts of others. */
void dump_prune(int folder, const char *name, unsigned int kept);

#endif
