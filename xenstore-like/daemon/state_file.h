/* SPDX-License-Identifier: MIT */
/*
 * The marks in a state file, for state.c that writes it and state_load.c that reads it.
 */
#ifndef XENSTORE_LIKE_STATE_FILE_H
#define XENSTORE_LIKE_STATE_FILE_H

#define STATE_MAGIC "hospes store 1\n"

enum {
	STATE_NODE = 'N',
	STATE_SPECIAL = 'S',
	STATE_DOMAIN = 'D',
	STATE_END = 'E',
};

#endif
