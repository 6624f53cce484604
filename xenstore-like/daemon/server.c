/* SPDX-License-Identifier: MIT */
/*
 * What all connections share (see server.h).
 */
#include "server.h"

#include <assert.h>
#include <string.h>
#include <time.h>
#include <xenstore-like/tree/work.h>
#include "limits.h"

static uint64_t seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

int server_init(struct server *server, const struct floor *floor)
{
	int rc;

	memset(server, 0, sizeof(*server));
	changes_init(&server->news);
	server->floor = floor;
	server->seconds = seconds_now;
	rc = db_init(&server->db);
	journal_init(server);
	return rc;
}

void server_free(struct server *server)
{
	assert(!server->privileged.first && !server->guests.first);
	assert(!server->domains);

	changes_drop(&server->news);
	watch_table_free(&server->watches);
	journal_free(&server->journal);
	db_free(&server->db);
}

bool server_announce(struct server *server, struct changes *changes)
{
	const uint64_t end = work_done + WORK_SLICE;
	struct change *change;

	while ((change = changes_pop(changes))) {
		watch_fire(&server->watches, &server->db, change);
		change_free(change);

		if (work_done >= end)
			break;
	}
	return !changes->first;
}

void server_announce_special(struct server *server, enum special special)
{
	watch_fire_special(&server->watches, &server->db, special);
}
