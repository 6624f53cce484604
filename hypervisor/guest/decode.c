/* SPDX-License-Identifier: MIT */
/* Prefixes, then one to three opcode bytes, then perhaps a byte of operands (guest/decode.h). */
#include <guest/decode.h>

struct cursor {
	const u8 *bytes;
	size_t n, at;
	bool op16, rex_r, rex_b;
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
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
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

bool insn_decode(const u8 *bytes, size_t n, struct insn *out)
{
	struct cursor c = { .bytes = bytes, .n = MIN(n, (size_t)INSN_MAX) };

	*out = (struct insn){ .map = ONE_BYTE };
	if (!prefixes(&c, out, &out->opcode))
		return false;
	out->size = !(out->opcode & 1) ? 1 : c.op16 ? 2 : 4;
	if (out->opcode == 0x0f) {
		out->map = AFTER_0F;
		if (!next(&c, &out->opcode))
			return false;
	}
	if (out->map == AFTER_0F && out->opcode == 0x01) {
		out->map = AFTER_0F01;
		if (!next(&c, &out->opcode))
			return false;
	}
	out->length = c.at;
	out->has_operand = next(&c, &out->operand);
	/* ModRM of mov to or from CRn, DRn: always the register form, whatever mod says. */
	out->ctl = (out->operand >> 3 & 7) | (c.rex_r ? 8 : 0);
	out->reg = (out->operand & 7) | (c.rex_b ? 8 : 0);
	return true;
}
