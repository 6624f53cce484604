/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: all symbols are ours, so position-independent code reaches them
 * by a plain RIP-relative address and never through a GOT.
 */
#ifndef LIB_PIE_H
#define LIB_PIE_H
#ifndef __ASSEMBLY__
#pragma GCC visibility push(hidden)
#endif
#endif
