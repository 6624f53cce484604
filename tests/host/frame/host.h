/* SPDX-License-Identifier: MIT */
/* Included before everything: the frame table of a program. */
#ifndef HOST_H
#define HOST_H

#include "../fake/cpu.h"
#include "../fake/memory.h"

#endif
