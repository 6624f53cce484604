/* SPDX-License-Identifier: MIT */
/*
 * A mark in what a machine executes: an instruction that does nothing, with a number in it, which
 * is a constant. Where the translator counts (count/count.c) it adds a line to the file of counts.
 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

#define MARK(n) \
	__asm__ volatile(".byte 0x0f, 0x1f, 0x84, 0; .long 0x484f0000 + %c0" : : "i"(n) : "memory")

#endif
