/* SPDX-License-Identifier: MIT */
/*
 * Decoder for the privileged instructions of 64-bit code: prefixes, one opcode, at most one byte
 * behind it (Intel SDM vol. 2, A). Pure: bytes in, a description out. What is meant is emulate.c's.
 */
#ifndef GUEST_DECODE_H
#define GUEST_DECODE_H

#include <lib/types.h>

#define INSN_MAX 15 /* bytes: the processor's limit */

enum opcode_map { ONE_BYTE, AFTER_0F, AFTER_0F01 };

struct insn {
	enum opcode_map map;
	u8 opcode;
	u8 length;                    /* to the end of the opcode */
	bool has_operand;             /* a byte is behind it, whether it belongs to it or not */
	u8 operand;                   /* that byte: a port, or ModRM, whose registers are */
	u8 reg, ctl;                  /* a general one; a control or debug one */
	u8 size;                      /* bytes of a port access: 1, 2, 4 */
	bool rep, segment, address32; /* prefixes seen; the last: of 32-bit addresses */
};

/* False: the bytes end before the opcode does. */
bool insn_decode(const u8 *bytes, size_t n, struct insn *out);

#endif
