/* SPDX-License-Identifier: MIT */
/*
 * How a hypercall is made, in numbers. A guest executes syscall in its kernel with the
 * call's number in rax and arguments in rdi, rsi, rdx, r10, r8, r9; the result comes in
 * rax, and rcx and r11 are lost. The hypercall page holds one stub a number that does
 * this and keeps rcx and r11 (a fourth argument is the caller's to put in r10); that of
 * iret pushes rcx, r11 and rax and never returns. Which calls there are is in hypercalls.def.
 */
#ifndef PVABI_HYPERCALL_H
#define PVABI_HYPERCALL_H

/* Numbers run from 0 to HYPERCALL_COUNT - 1. */
#define HYPERCALL_COUNT 64
/* Bytes from one stub to the next. */
#define HYPERCALL_STUB_SIZE 32
#define HYPERCALL_MAX_ARGS  6

#endif
