/* SPDX-License-Identifier: MIT */
/*
 * How a hypercall is made, in numbers. A guest executes syscall in its kernel with the
 * call's number in rax and arguments in rdi, rsi, rdx, r10, r8, r9; the result comes in
 * rax, and rcx and r11 are lost. The hypercall page holds one stub a number that does
 * this for a caller with C's registers (so it moves rcx to r10); that of iret pushes
 * rax, rcx and r11 and never returns. Which calls there are is in hypercalls.def.
 */
#ifndef PVABI_HYPERCALL_H
#define PVABI_HYPERCALL_H

/* Numbers run from 0 to HYPERCALL_COUNT - 1. */
#define HYPERCALL_COUNT     64
/* Bytes from one stub to the next. */
#define HYPERCALL_STUB_SIZE 32
#define HYPERCALL_MAX_ARGS  6

#endif
