/* SPDX-License-Identifier: MIT */
/*
 * The decoder: prefixes, then one to three bytes of opcode, which find a row in one of the maps,
 * then the operands that the row promises.
 */
#include <insn/insn.h>

#define REX_W 8
#define REX_R 4
#define REX_B 1

/* In ModRM and SIB. */
#define MOD_REGISTER 3
#define RM_SIB       4 /* a SIB byte follows, and names the base */
#define NO_BASE      5 /* with mod 0: a displacement of 4 bytes, of rip or of nothing */

struct cursor {
	const u8 *next, *end;
	bool cut; /* more was asked for than there is */
};

static u8 take(struct cursor *c)
{
	if (c->next == c->end) {
		c->cut = true;
		return 0;
	}
	return *c->next++;
}

/* A little-endian number of 1, 2 or 4 bytes with a sign. */
static s64 take_signed(struct cursor *c, u32 bytes)
{
	u32 shift = 64 - 8 * bytes;
	u64 v = 0;

	for (u32 i = 0; i < bytes; i++)
		v |= (u64)take(c) << (8 * i);

	return (s64)(v << shift) >> shift;
}

/* What stands behind the opcode. */
enum operands {
	NOTHING,
	IMM8,     /* an immediate byte */
	MEM_REG,  /* ModRM: memory or a register, and a register */
	MEM_IMM8, /* ModRM: memory or a register; an immediate byte */
	MEM_IMM,  /* the same; an immediate of the operand's size, but 4 bytes for one of 8 */
	REG_REG,  /* ModRM: a control or debug register, and a general one, whatever mod says */
};

/* How many bytes are moved. */
enum width {
	NO_WIDTH,
	BYTE,
	FULL, /* 4, with the prefix 2, with REX.W 8 */
	PORT, /* 4, with the prefix 2; REX.W changes nothing */
	QUAD, /* 8 */
};

/* Opcodes whose operation is chosen by the reg field of ModRM, as appendix A numbers them. */
enum group { NO_GROUP, GROUP_1, GROUP_8, GROUP_11 };

static const u8 groups[][8] = {
	[GROUP_1] = { [1] = INSN_OR, [4] = INSN_AND, [6] = INSN_XOR },
	[GROUP_8] = { [5] = INSN_BTS, [6] = INSN_BTR, [7] = INSN_BTC },
	[GROUP_11] = { [0] = INSN_MOV },
};

struct row {
	u8 op;    /* enum insn_op */
	u8 group; /* enum group: the operation is there */
	u8 operands;
	u8 width;
};

static const struct row one_byte[256] = {
	[0x08] = { .op = INSN_OR, .operands = MEM_REG, .width = BYTE },
	[0x09] = { .op = INSN_OR, .operands = MEM_REG, .width = FULL },
	[0x20] = { .op = INSN_AND, .operands = MEM_REG, .width = BYTE },
	[0x21] = { .op = INSN_AND, .operands = MEM_REG, .width = FULL },
	[0x30] = { .op = INSN_XOR, .operands = MEM_REG, .width = BYTE },
	[0x31] = { .op = INSN_XOR, .operands = MEM_REG, .width = FULL },
	[0x6c] = { .op = INSN_INS, .width = BYTE },
	[0x6d] = { .op = INSN_INS, .width = PORT },
	[0x6e] = { .op = INSN_OUTS, .width = BYTE },
	[0x6f] = { .op = INSN_OUTS, .width = PORT },
	[0x80] = { .group = GROUP_1, .operands = MEM_IMM, .width = BYTE },
	[0x81] = { .group = GROUP_1, .operands = MEM_IMM, .width = FULL },
	[0x83] = { .group = GROUP_1, .operands = MEM_IMM8, .width = FULL },
	[0x86] = { .op = INSN_XCHG, .operands = MEM_REG, .width = BYTE },
	[0x87] = { .op = INSN_XCHG, .operands = MEM_REG, .width = FULL },
	[0x88] = { .op = INSN_MOV, .operands = MEM_REG, .width = BYTE },
	[0x89] = { .op = INSN_MOV, .operands = MEM_REG, .width = FULL },
	[0xc6] = { .group = GROUP_11, .operands = MEM_IMM, .width = BYTE },
	[0xc7] = { .group = GROUP_11, .operands = MEM_IMM, .width = FULL },
	[0xe4] = { .op = INSN_IN, .operands = IMM8, .width = BYTE },
	[0xe5] = { .op = INSN_IN, .operands = IMM8, .width = PORT },
	[0xe6] = { .op = INSN_OUT, .operands = IMM8, .width = BYTE },
	[0xe7] = { .op = INSN_OUT, .operands = IMM8, .width = PORT },
	[0xec] = { .op = INSN_IN, .width = BYTE },
	[0xed] = { .op = INSN_IN, .width = PORT },
	[0xee] = { .op = INSN_OUT, .width = BYTE },
	[0xef] = { .op = INSN_OUT, .width = PORT },
	[0xf4] = { .op = INSN_HLT },
	[0xfa] = { .op = INSN_CLI },
	[0xfb] = { .op = INSN_STI },
};

/* Behind 0f. */
static const struct row two_bytes[256] = {
	[0x06] = { .op = INSN_CLTS },
	[0x08] = { .op = INSN_INVD },
	[0x09] = { .op = INSN_WBINVD },
	[0x20] = { .op = INSN_MOV_FROM_CR, .operands = REG_REG, .width = QUAD },
	[0x21] = { .op = INSN_MOV_FROM_DR, .operands = REG_REG, .width = QUAD },
	[0x22] = { .op = INSN_MOV_TO_CR, .operands = REG_REG, .width = QUAD },
	[0x23] = { .op = INSN_MOV_TO_DR, .operands = REG_REG, .width = QUAD },
	[0x30] = { .op = INSN_WRMSR },
	[0x31] = { .op = INSN_RDTSC },
	[0x32] = { .op = INSN_RDMSR },
	[0x33] = { .op = INSN_RDPMC },
	[0xa2] = { .op = INSN_CPUID },
	[0xab] = { .op = INSN_BTS, .operands = MEM_REG, .width = FULL },
	[0xb0] = { .op = INSN_CMPXCHG, .operands = MEM_REG, .width = BYTE },
	[0xb1] = { .op = INSN_CMPXCHG, .operands = MEM_REG, .width = FULL },
	[0xb3] = { .op = INSN_BTR, .operands = MEM_REG, .width = FULL },
	[0xba] = { .group = GROUP_8, .operands = MEM_IMM8, .width = FULL },
	[0xbb] = { .op = INSN_BTC, .operands = MEM_REG, .width = FULL },
	[0xc3] = { .op = INSN_MOV, .operands = MEM_REG, .width = FULL }, /* movnti */
};

/* Behind 0f 01 a ModRM byte of the register form is as good as a third byte of opcode. */
static const struct row three_bytes[256] = {
	[0xd1] = { .op = INSN_XSETBV },
	[0xf0 ... 0xf7] = { .op = INSN_LMSW },
	[0xf9] = { .op = INSN_RDTSCP },
};

/*
 * Legacy prefixes in any order, then REX, which counts only right before the opcode. Returns the
 * first byte of the opcode.
 */
static u8 take_prefixes(struct cursor *c, struct insn *i)
{
	for (;;) {
		u8 b = take(c);

		switch (b) {
		case 0xf0:
			i->lock = true;
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
		case 0x66:
			i->operand16 = true;
			break;
		case 0x67:
			i->address32 = true;
			break;
		case 0x40 ... 0x4f:
			i->rex = b;
			return take(c);
		default:
			return b;
		}
	}
}

static const struct row *take_opcode(struct cursor *c, u8 first)
{
	u8 second;

	if (first != 0x0f)
		return &one_byte[first];

	second = take(c);
	if (second != 0x01)
		return &two_bytes[second];

	return &three_bytes[take(c)];
}

static u8 size_of(const struct row *row, const struct insn *i)
{
	switch (row->width) {
	case BYTE:
		return 1;
	case QUAD:
		return 8;
	case FULL:
		if (i->rex & REX_W)
			return 8;
		/* fall through */
	case PORT:
		return i->operand16 ? 2 : 4;
	default:
		return 0;
	}
}

/* The two registers that a ModRM byte names. Returns its mod field. */
static u8 take_registers(struct cursor *c, struct insn *i)
{
	u8 modrm = take(c);

	i->reg = modrm >> 3 & 7;
	if (i->rex & REX_R)
		i->reg += 8;

	i->rm = modrm & 7;
	if (i->rex & REX_B)
		i->rm += 8;

	return modrm >> 6;
}

/* ModRM, with the SIB byte and the displacement of a memory operand stepped over. */
static void take_modrm(struct cursor *c, struct insn *i)
{
	static const u8 displacement_bytes[] = { 0, 1, 4, 0 }; /* by mod */
	u8 mod = take_registers(c, i);
	u8 base = i->rm & 7;
	u32 displacement;

	if (mod == MOD_REGISTER)
		return;

	i->is_memory = true;
	displacement = displacement_bytes[mod];
	if (base == RM_SIB)
		base = take(c) & 7;
	if (mod == 0 && base == NO_BASE)
		displacement = 4;

	if (displacement)
		take_signed(c, displacement);
}

static void take_immediate(struct cursor *c, struct insn *i, u32 bytes)
{
	i->is_imm = true;
	i->imm = take_signed(c, bytes);
}

static void take_operands(struct cursor *c, struct insn *i, enum operands operands)
{
	switch (operands) {
	case NOTHING:
		break;
	case IMM8:
		take_immediate(c, i, 1);
		break;
	case MEM_REG:
		take_modrm(c, i);
		break;
	case MEM_IMM8:
		take_modrm(c, i);
		take_immediate(c, i, 1);
		break;
	case MEM_IMM:
		take_modrm(c, i);
		take_immediate(c, i, MIN(i->size, (u8)4));
		break;
	case REG_REG:
		take_registers(c, i);
		break;
	}
}

bool insn_decode(const u8 *bytes, u32 n, struct insn *i)
{
	struct cursor c = { .next = bytes, .end = bytes + MIN(n, INSN_MAX) };
	const struct row *row;
	u8 first;

	*i = (struct insn){ .op = INSN_NONE };
	first = take_prefixes(&c, i);
	row = take_opcode(&c, first);

	i->size = size_of(row, i);
	take_operands(&c, i, row->operands);
	i->op = row->group ? groups[row->group][i->reg & 7] : row->op;
	i->length = c.next - bytes;

	return !c.cut && i->op != INSN_NONE;
}
