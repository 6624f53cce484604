/* SPDX-License-Identifier: MIT */
/* Included before everything: the frame table is an array of the program. */
#ifndef HOST_H
#define HOST_H

#include <x86/layout.h>
#undef FRAMETABLE_VIRT
#define FRAMETABLE_VIRT test_frames
extern struct frame *test_frames;

#endif
