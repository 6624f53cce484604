/* SPDX-License-Identifier: MIT */
/* The defences against speculation that a test turns on: none at first. */
#include <x86/spec.h>

u32 spec_defences;
