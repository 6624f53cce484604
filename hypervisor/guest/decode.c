/* SPDX-License-Identifier: MIT */
/* Prefixes, then one or two opcode bytes, then for some a register operand (Intel SDM vol. 2, A). */
#include <guest/decode.h>

struct cursor {
	const u8 *bytes;
	size_t n, at;
	bool op16, rex_r, rex_b;
};

enum map { ONE_BYTE, AFTER_0F, AFTER_0F01 };
enum operand { NONE, PORT, REGISTERS }; /* what follows the opcode */

static const struct opcode {
	enum map map;
	u8 byte, mask;
	enum insn_op op;
	enum operand operand;
} opcodes[] = {
	{ ONE_BYTE, 0x6c, 0xfe, INSN_INS, NONE },
	{ ONE_BYTE, 0x6e, 0xfe, INSN_OUTS, NONE },
	{ ONE_BYTE, 0xe4, 0xfe, INSN_IN, PORT },
	{ ONE_BYTE, 0xe6, 0xfe, INSN_OUT, PORT },
	{ ONE_BYTE, 0xec, 0xfe, INSN_IN, NONE },
	{ ONE_BYTE, 0xee, 0xfe, INSN_OUT, NONE },
	{ ONE_BYTE, 0xf4, 0xff, INSN_REFUSED, NONE }, /* hlt */
	{ ONE_BYTE, 0xfa, 0xfe, INSN_CLI_STI, NONE },
	{ AFTER_0F, 0x06, 0xff, INSN_CLTS, NONE },
	{ AFTER_0F, 0x08, 0xfe, INSN_WBINVD, NONE },
	{ AFTER_0F, 0x20, 0xff, INSN_MOV_FROM_CR, REGISTERS },
	{ AFTER_0F, 0x21, 0xff, INSN_MOV_FROM_DR, REGISTERS },
	{ AFTER_0F, 0x22, 0xff, INSN_MOV_TO_CR, REGISTERS },
	{ AFTER_0F, 0x23, 0xff, INSN_MOV_TO_DR, REGISTERS },
	{ AFTER_0F, 0x30, 0xff, INSN_WRMSR, NONE },
	{ AFTER_0F, 0x31, 0xff, INSN_RDTSC, NONE },
	{ AFTER_0F, 0x32, 0xff, INSN_RDMSR, NONE },
	{ AFTER_0F, 0x33, 0xff, INSN_REFUSED, NONE }, /* rdpmc */
	{ AFTER_0F, 0xa2, 0xff, INSN_CPUID, NONE },
	{ AFTER_0F01, 0xd1, 0xff, INSN_XSETBV, NONE },
	{ AFTER_0F01, 0xf0, 0xf8, INSN_REFUSED, NONE }, /* lmsw of a register */
	{ AFTER_0F01, 0xf9, 0xff, INSN_REFUSED, NONE }, /* rdtscp */
};

static bool next(struct cursor *c, u8 *b)
{
	if (c->at >= c->n)
		return false;
	*b = c->bytes[c->at++];
	return true;
}

/* Reads legacy prefixes, then REX; *b is the first opcode byte. */
static bool prefixes(struct cursor *c, struct insn *i, u8 *b)
{
	while (next(c, b)) {
		switch (*b) {
		case 0x66:
			c->op16 = true;
			break;
		case 0x67:
			i->address32 = true;
			break;
		case 0xf2:
		case 0xf3:
			i->rep = true;
			break;
		case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
			i->segment = true;
			break;
		default:
			if ((*b & 0xf0) != 0x40)
				return true;
			c->rex_r = *b & 4;
			c->rex_b = *b & 1;
			return next(c, b);
		}
	}
	return false;
}

static bool operand_read(struct cursor *c, struct insn *i, enum operand operand)
{
	u8 b;

	if (operand == NONE)
		return true;
	if (!next(c, &b))
		return false;
	i->port_imm = operand == PORT;
	i->port = b;
	/* ModRM of mov to or from CRn, DRn: always the register form, whatever mod says. */
	i->ctl = (b >> 3 & 7) | (c->rex_r ? 8 : 0);
	i->reg = (b & 7) | (c->rex_b ? 8 : 0);
	return true;
}

void insn_decode(const u8 *bytes, size_t n, struct insn *out)
{
	struct cursor c = { .bytes = bytes, .n = MIN(n, (size_t)INSN_MAX) };
	enum map map = ONE_BYTE;
	u8 b;

	*out = (struct insn){ .op = INSN_NONE };
	if (!prefixes(&c, out, &b))
		return;
	out->size = !(b & 1) ? 1 : c.op16 ? 2 : 4; /* of the port instructions */
	if (b == 0x0f) {
		map = AFTER_0F;
		if (!next(&c, &b))
			return;
	}
	if (map == AFTER_0F && b == 0x01) {
		map = AFTER_0F01;
		if (!next(&c, &b))
			return;
	}
	for (u32 i = 0; i < ARRAY_SIZE(opcodes); i++) {
		const struct opcode *o = &opcodes[i];

		if (o->map == map && (b & o->mask) == o->byte && operand_read(&c, out, o->operand))
			out->op = o->op;
	}
	out->length = c.at;
}
