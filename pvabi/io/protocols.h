/* SPDX-License-Identifier: MIT */
/* The names that front ends give under "protocol" to their layout of ring slots. */
#ifndef PVABI_IO_PROTOCOLS_H
#define PVABI_IO_PROTOCOLS_H

#define XEN_IO_PROTO_ABI_X86_32 "x86_32-abi"
#define XEN_IO_PROTO_ABI_X86_64 "x86_64-abi"
#define XEN_IO_PROTO_ABI_NATIVE XEN_IO_PROTO_ABI_X86_64

#endif
