/* SPDX-License-Identifier: MIT */
/* Prefixes, then one or two opcode bytes, then for some a register operand (Intel SDM vol. 2, A). */
#include <guest/decode.h>

struct cursor {
	const u8 *bytes;
	size_t n, at;
	bool op16, rex_w, rex_r, rex_b;
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
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x26:
		case 0x64:
		case 0x65:
			i->segment = true;
			break;
		default:
			if ((*b & 0xf0) != 0x40)
				return true;
			c->rex_w = *b & 8;
			c->rex_r = *b & 4;
			c->rex_b = *b & 1;
			return next(c, b);
		}
	}
	return false;
}

static u8 wide(const struct cursor *c)
{
	return c->op16 ? 2 : 4;
}

static bool port_imm(struct cursor *c, struct insn *i)
{
	i->port_imm = true;
	return next(c, &i->port);
}

/* mov to or from CRn, DRn: always the register form, whatever mod says. */
static bool control_register(struct cursor *c, struct insn *i)
{
	u8 modrm;

	if (!next(c, &modrm))
		return false;
	i->ctl = (modrm >> 3 & 7) | (c->rex_r ? 8 : 0);
	i->reg = (modrm & 7) | (c->rex_b ? 8 : 0);
	return true;
}

static enum insn_op group_0f01(struct cursor *c, struct insn *i)
{
	u8 modrm;

	if (!next(c, &modrm))
		return INSN_NONE;
	if (modrm == 0xd1)
		return INSN_XSETBV;
	if (modrm == 0xf9)
		return INSN_RDTSCP;
	if ((modrm & 0xf8) == 0xf0) { /* lmsw of a register */
		i->reg = (modrm & 7) | (c->rex_b ? 8 : 0);
		return INSN_LMSW;
	}
	return INSN_NONE;
}

static enum insn_op two_byte(struct cursor *c, struct insn *i)
{
	u8 b;

	if (!next(c, &b))
		return INSN_NONE;
	switch (b) {
	case 0x01:
		return group_0f01(c, i);
	case 0x06:
		return INSN_CLTS;
	case 0x08:
		return INSN_INVD;
	case 0x09:
		return INSN_WBINVD;
	case 0x20:
		return control_register(c, i) ? INSN_MOV_FROM_CR : INSN_NONE;
	case 0x21:
		return control_register(c, i) ? INSN_MOV_FROM_DR : INSN_NONE;
	case 0x22:
		return control_register(c, i) ? INSN_MOV_TO_CR : INSN_NONE;
	case 0x23:
		return control_register(c, i) ? INSN_MOV_TO_DR : INSN_NONE;
	case 0x30:
		return INSN_WRMSR;
	case 0x31:
		return INSN_RDTSC;
	case 0x32:
		return INSN_RDMSR;
	case 0x33:
		return INSN_RDPMC;
	case 0xa2:
		return INSN_CPUID;
	default:
		return INSN_NONE;
	}
}

static enum insn_op one_byte(struct cursor *c, struct insn *i, u8 b)
{
	i->size = b & 1 ? wide(c) : 1; /* of the port instructions */
	switch (b) {
	case 0x6c:
	case 0x6d:
		return INSN_INS;
	case 0x6e:
	case 0x6f:
		return INSN_OUTS;
	case 0xe4:
	case 0xe5:
		return port_imm(c, i) ? INSN_IN : INSN_NONE;
	case 0xe6:
	case 0xe7:
		return port_imm(c, i) ? INSN_OUT : INSN_NONE;
	case 0xec:
	case 0xed:
		return INSN_IN;
	case 0xee:
	case 0xef:
		return INSN_OUT;
	case 0xf4:
		return INSN_HLT;
	case 0xfa:
		return INSN_CLI;
	case 0xfb:
		return INSN_STI;
	default:
		return INSN_NONE;
	}
}

void insn_decode(const u8 *bytes, size_t n, struct insn *out)
{
	struct cursor c = { .bytes = bytes, .n = MIN(n, (size_t)INSN_MAX) };
	u8 b;

	*out = (struct insn){ .op = INSN_NONE };
	if (!prefixes(&c, out, &b))
		return;
	out->op = b == 0x0f ? two_byte(&c, out) : one_byte(&c, out, b);
	out->length = (u8)c.at;
}
