/* SPDX-License-Identifier: MIT */
/* Decoder and arithmetic of page-table stores (Intel SDM vol. 2: ch. 2 for the encoding, the flags under each instruction). */
#include <ptable/store.h>

#define FLAG_CF     0x1ul
#define FLAG_PF     0x4ul
#define FLAG_AF     0x10ul
#define FLAG_ZF     0x40ul
#define FLAG_SF     0x80ul
#define FLAG_OF     0x800ul
#define FLAGS_ARITH (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

struct cursor {
	const u8 *p, *end;
	bool ok;
};

static u8 take(struct cursor *c)
{
	if (c->p == c->end) {
		c->ok = false;
		return 0;
	}
	return *c->p++;
}

static s64 take_imm(struct cursor *c, u32 bytes)
{
	u64 v = 0;

	for (u32 i = 0; i < bytes; i++)
		v |= (u64)take(c) << (8 * i);
	return bytes == 1 ? (s8)v : (s32)v;
}

struct prefixes {
	u8 rex;
	bool lock;
};

/* Segment and address-size prefixes only say where, which is known; the others change what it is. Returns the opcode's first byte. */
static u8 take_prefixes(struct cursor *c, struct prefixes *x)
{
	for (;;) {
		u8 b = take(c);

		switch (b) {
		case 0xf0:
			x->lock = true;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
		case 0x67:
			break;
		case 0x40 ... 0x4f:
			x->rex = b;
			return take(c);
		default:
			return b;
		}
	}
}

/* Steps over the address of a memory operand; the reg field in *reg, with REX.R. */
static void take_modrm(struct cursor *c, u8 rex, u8 *reg)
{
	u8 m = take(c), mod = m >> 6, rm = m & 7;

	*reg = (m >> 3 & 7) | (rex & 4) << 1;
	if (mod == 3)
		c->ok = false; /* a register is no page table */
	if (rm == 4) {
		u8 sib = take(c);

		if (mod == 0 && (sib & 7) == 5)
			take_imm(c, 4);
	}
	if (mod == 1)
		take_imm(c, 1);
	else if (mod == 2 || (mod == 0 && rm == 5))
		take_imm(c, 4);
}

enum source { SRC_REG, SRC_IMM8, SRC_IMM };

/* Operations that the reg field chooses from. */
static const u8 group_mov[8] = { STORE_MOV };
static const u8 group_logic[8] = { [1] = STORE_OR, [4] = STORE_AND, [6] = STORE_XOR };
static const u8 group_bits[8] = { [5] = STORE_BTS, STORE_BTR, STORE_BTC };

static const struct opcode {
	u16 code; /* f00 + the second byte of those that begin with 0f */
	bool both; /* code is the form of one byte, code + 1 the larger one; else it is the larger one */
	u8 op; /* if there is no group */
	enum source src;
	const u8 *group;
} opcodes[] = {
	{ 0x88, true, STORE_MOV, SRC_REG, NULL },      { 0x86, true, STORE_XCHG, SRC_REG, NULL },
	{ 0xfb0, true, STORE_CMPXCHG, SRC_REG, NULL }, { 0xfba, false, 0, SRC_IMM8, group_bits },
	{ 0xc6, true, 0, SRC_IMM, group_mov },         { 0x20, true, STORE_AND, SRC_REG, NULL },
	{ 0x08, true, STORE_OR, SRC_REG, NULL },       { 0x30, true, STORE_XOR, SRC_REG, NULL },
	{ 0x80, true, 0, SRC_IMM, group_logic },       { 0x83, false, 0, SRC_IMM8, group_logic },
	{ 0xfc3, false, STORE_MOV, SRC_REG, NULL },    { 0xfab, false, STORE_BTS, SRC_REG, NULL },
	{ 0xfb3, false, STORE_BTR, SRC_REG, NULL },    { 0xfbb, false, STORE_BTC, SRC_REG, NULL },
};

static const struct opcode *opcode_find(u16 code)
{
	for (const struct opcode *o = opcodes; o < opcodes + ARRAY_SIZE(opcodes); o++)
		if (o->code == code || (o->both && o->code + 1 == code))
			return o;
	return NULL;
}

bool store_decode(const u8 *code, u32 n, struct store *s)
{
	struct cursor c = { code, code + MIN(n, (u32)INSN_MAX), true };
	struct prefixes x = { 0 };
	u16 first = take_prefixes(&c, &x), opcode = first == 0x0f ? 0xf00 + take(&c) : first;
	const struct opcode *o = opcode_find(opcode);
	bool byte;

	if (!o)
		return false;
	byte = o->both && o->code == opcode;
	take_modrm(&c, x.rex, &s->reg);
	s->op = o->group ? o->group[s->reg & 7] : o->op;
	s->size = byte ? 1 : x.rex & 8 ? 8 : 4;
	s->is_imm = o->src != SRC_REG;
	s->imm = s->is_imm ? take_imm(&c, o->src == SRC_IMM8 || byte ? 1 : 4) : 0;
	s->length = c.p - code;
	/* AH..BH, and LOCK on a plain store, which is no instruction. */
	if ((byte && !s->is_imm && !x.rex && s->reg >= 4) || (x.lock && s->op == STORE_MOV))
		return false;
	return c.ok && s->op != STORE_NONE;
}

static u64 *reg_of(struct cpu_user_regs *r, u8 n)
{
	u64 *const regs[16] = {
		&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi, &r->rdi,
		&r->r8,  &r->r9,  &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15,
	};

	return regs[n & 15];
}

static u64 size_mask(u32 size)
{
	return size == 8 ? ~0ul : (1ul << (8 * size)) - 1;
}

/* As the processor writes registers: 4 bytes clear the upper half, 1 byte leaves the rest. */
static void reg_write(u64 *reg, u64 v, u32 size)
{
	*reg = size == 1 ? (*reg & ~0xfful) | (v & 0xff) : v & size_mask(size);
}

static u64 flags_of_result(u64 v, u32 size)
{
	return (__builtin_parity(v & 0xff) ? 0 : FLAG_PF) | (v & size_mask(size) ? 0 : FLAG_ZF) |
	       (v >> (8 * size - 1) & 1 ? FLAG_SF : 0);
}

static void flags_set(struct cpu_user_regs *r, u64 which, u64 v)
{
	r->rflags = (r->rflags & ~which) | v;
}

/* Flags of a - b. */
static void flags_compare(struct cpu_user_regs *r, u64 a, u64 b, u32 size)
{
	u64 d = (a - b) & size_mask(size), top = 8 * size - 1;
	u64 f = flags_of_result(d, size);

	f |= a < b ? FLAG_CF : 0;
	f |= (a ^ b ^ d) & 0x10 ? FLAG_AF : 0;
	f |= ((a ^ b) & (a ^ d)) >> top & 1 ? FLAG_OF : 0;
	flags_set(r, FLAGS_ARITH, f);
}

/* The written value; registers and flags follow. @v: what is in memory now, of the store's size. */
static u64 store_value(const struct store *s, u64 v, u64 src, struct cpu_user_regs *r)
{
	u64 mask = size_mask(s->size), bit = 1ul << (src & (8 * s->size - 1)), out = src;

	switch (s->op) {
	case STORE_MOV:
		return src;
	case STORE_XCHG:
		reg_write(reg_of(r, s->reg), v, s->size);
		return src;
	case STORE_CMPXCHG:
		flags_compare(r, r->rax & mask, v, s->size);
		if ((r->rax & mask) == v)
			return src;
		reg_write(&r->rax, v, s->size);
		return v;
	case STORE_BTS:
	case STORE_BTR:
	case STORE_BTC:
		flags_set(r, FLAG_CF, v & bit ? FLAG_CF : 0);
		return s->op == STORE_BTS ? v | bit : s->op == STORE_BTR ? v & ~bit : v ^ bit;
	case STORE_AND:
		out = v & src;
		break;
	case STORE_OR:
		out = v | src;
		break;
	default:
		out = v ^ src;
	}
	flags_set(r, FLAGS_ARITH, flags_of_result(out, s->size));
	return out;
}

bool store_apply(const struct store *s, u32 offset, u64 old, u64 *new, struct cpu_user_regs *r)
{
	u64 mask = size_mask(s->size), src;
	u32 shift = 8 * offset;

	if (offset + s->size > 8)
		return false;
	src = (s->is_imm ? s->imm : *reg_of(r, s->reg)) & mask;
	*new = (old & ~(mask << shift)) | store_value(s, old >> shift & mask, src, r) << shift;
	return true;
}
