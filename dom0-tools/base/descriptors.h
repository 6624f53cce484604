/* SPDX-License-Identifier: MIT */
/*
 * How many file descriptors this process may have, and whether they run out. A daemon that serves
 * many asks for what all of them take, and says so where it does not get it.
 */
#ifndef HOSPES_BASE_DESCRIPTORS_H
#define HOSPES_BASE_DESCRIPTORS_H

#include <stdbool.h>

/*
 * Asks for @wanted: above the hard limit where we may, or as many as that one allows. Never fewer
 * than before. Returns how many there may be now.
 */
unsigned int descriptors_allow(unsigned int wanted);

/* Whether @count more can be had at present. */
bool descriptors_left(unsigned int count);

/* Whether @rc, a negative errno, says that there was none left: here, or in all of the system. */
bool descriptors_ran_out(int rc);

#endif
