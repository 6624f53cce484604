/* SPDX-License-Identifier: MIT */
/*
 * Time for a program: it stands still until the test moves it. Timers only note when they are due.
 */
#ifndef FAKE_TIME_H
#define FAKE_TIME_H

#include <lib/types.h>

extern u64 fake_time;       /* what time_now says, in ns */
extern s32 fake_timers_set; /* timers that are set */

#endif
