/* SPDX-License-Identifier: MIT */
/*
 * A server and domain 0 (see world.h).
 */
#include "world.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "fake_floor.h"

struct server server;
struct peer root;
struct answer answer;
struct state state;
uint64_t clock_now;

uint64_t clock_read(void)
{
	return clock_now;
}

void world_up(void)
{
	log_catch();
	fake_reset();
	ck_assert_int_eq(server_init(&server, &fake_floor), 0);
	peer_init(&root, &server, 0);
}

void world_down(void)
{
	conn_end(&root.conn);
	if (state.path)
		state_stop(&state);

	domain_drop_all(&server);
	ck_assert(watch_table_is_empty(&server.watches));
	server_free(&server);
	if (state.path)
		state_remove(&state);
}

void state_place(const char *test)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/store-%s-%d", test, getpid());
	state = (struct state){ .path = path };
}

size_t deep_path(char *path, unsigned int parts)
{
	for (unsigned int i = 0; i < parts; i++)
		memcpy(path + 2 * i, "x/", 2);

	path[2 * parts - 1] = '\0';
	return 2 * parts;
}
