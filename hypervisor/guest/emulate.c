/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions that a guest's kernel executes in ring 3: each does what the guest may do
 * of it.
 */
#include <guest/decode.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <ptable/ptable.h>
#include <x86/asm.h>
#include <x86/fpu.h>
#include <x86/paging.h>
#include <x86/traps.h>

#define OPCODE_OUT   2   /* in the opcodes of all port accesses: out, not in */
#define OPCODE_DX    8   /* in those of in and out: the port is in dx */
#define STRING_CHUNK 256 /* elements of a rep ins/outs before events get their turn */

/* #GP, the next instruction, or the same again (elements left, or a page fault to see first). */
enum outcome { REFUSED = false, DONE = true, AGAIN };

static u64 *reg_of(struct cpu_user_regs *r, u8 n)
{
	u64 *const regs[16] = { &r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp,
				&r->rsi, &r->rdi, &r->r8,  &r->r9,  &r->r10, &r->r11,
				&r->r12, &r->r13, &r->r14, &r->r15 };

	return regs[n & 15];
}

/* A 1- or 2-byte result leaves the rest of the register, a 4-byte one clears it. */
static void reg_merge(u64 *reg, u32 val, u8 size)
{
	if (size == 4)
		*reg = val;
	else
		memcpy(reg, &val, size);
}

static void pair_set(struct cpu_user_regs *r, u64 val)
{
	r->rax = (u32)val;
	r->rdx = val >> 32;
}

static enum outcome do_port(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u16 port = i->opcode & OPCODE_DX ? (u16)r->rdx : i->operand;

	if (!port_privilege_ok(v, port, i->size))
		return REFUSED;
	if (i->opcode & OPCODE_OUT)
		port_write(v, port, i->size, (u32)r->rax);
	else
		reg_merge(&r->rax, port_read(v, port, i->size), i->size);
	return DONE;
}

/* One element; -EFAULT leaves the registers as they are, and the guest sees its page fault. */
static int string_element(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u64 *ptr = i->opcode & OPCODE_OUT ? &r->rsi : &r->rdi;
	s64 step = r->rflags & EFLAGS_DF ? -(s64)i->size : i->size;
	u32 val = 0;

	if (i->opcode & OPCODE_OUT) {
		if (guest_copy_in(&val, (void *)*ptr, i->size))
			return -EFAULT;
		port_write(v, (u16)r->rdx, i->size, val);
	} else {
		val = port_read(v, (u16)r->rdx, i->size);
		if (guest_copy_out((void *)*ptr, &val, i->size))
			return -EFAULT;
	}
	*ptr += step;
	return 0;
}

static enum outcome do_string(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u64 count = i->rep ? r->rcx : 1;

	if (i->address32 || i->segment || !port_privilege_ok(v, (u16)r->rdx, i->size))
		return REFUSED;
	for (u32 n = 0; count && n < STRING_CHUNK; n++) {
		if (string_element(v, r, i)) {
			guest_inject_page_fault(v, i->opcode & OPCODE_OUT ? r->rsi : r->rdi,
						i->opcode & OPCODE_OUT ? 0 : PF_WRITE);
			return AGAIN;
		}
		count--;
		if (i->rep)
			r->rcx = count;
	}
	return count ? AGAIN : DONE;
}

static enum outcome do_nothing(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	return DONE;
}

static enum outcome do_clts(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	guest_set_ts(v, false);
	return DONE;
}

static enum outcome do_wbinvd(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	if (v->dom->privileged)
		__asm__ volatile("wbinvd" : : : "memory");
	return DONE;
}

/* Of our CR4: what is on for the guest whether it asks or not. */
#define CR4_SHOWN (CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE | CR4_FSGSBASE)

static enum outcome do_mov_from_cr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u64 *reg = reg_of(r, i->reg);

	switch (i->ctl) {
	case 0:
		*reg = (read_cr0() & ~CR0_TS) | (v->fpu_ts ? CR0_TS : 0);
		return DONE;
	case 2:
		*reg = v->info ? v->info->arch.cr2 : v->guest_cr2;
		return DONE;
	case 3:
		*reg = mfn_to_maddr(v->kernel_l4);
		return DONE;
	case 4:
		*reg = v->guest_cr4 | (read_cr4() & CR4_SHOWN);
		return DONE;
	default:
		return REFUSED;
	}
}

#define CR4_GUEST (CR4_TSD | CR4_DE)

static void write_guest_cr4(struct vcpu *v, u64 val)
{
	u64 real = read_cr4();

	v->guest_cr4 = val & CR4_GUEST;
	if ((real ^ val) & CR4_TSD)
		write_cr4((real & ~CR4_TSD) | (val & CR4_TSD));
}

static enum outcome do_mov_to_cr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u64 val = *reg_of(r, i->reg);

	switch (i->ctl) {
	case 0:
		if ((val ^ read_cr0()) & ~CR0_TS)
			return REFUSED;
		guest_set_ts(v, val & CR0_TS);
		return DONE;
	case 2:
		v->guest_cr2 = val;
		if (v->info)
			v->info->arch.cr2 = val;
		return DONE;
	case 3:
		return !ptable_set_kernel_root(v, maddr_to_mfn(val & PTE_ADDR));
	case 4:
		write_guest_cr4(v, val);
		return DONE;
	default:
		return REFUSED;
	}
}

static enum outcome do_mov_from_dr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	if (!guest_debug_exists(i->ctl))
		return REFUSED;
	*reg_of(r, i->reg) = v->dr[i->ctl];
	return DONE;
}

static enum outcome do_mov_to_dr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	return !guest_set_debug(v, i->ctl, *reg_of(r, i->reg));
}

static enum outcome do_rdmsr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u64 val;

	if (!guest_rdmsr(v, (u32)r->rcx, &val))
		return REFUSED;
	pair_set(r, val);
	return DONE;
}

static enum outcome do_wrmsr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	return guest_wrmsr((u32)r->rcx, (u32)r->rax | r->rdx << 32);
}

static enum outcome do_cpuid(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	struct cpuid_regs out;

	guest_cpuid(v, (u32)r->rax, (u32)r->rcx, &out);
	r->rax = out.a;
	r->rbx = out.b;
	r->rcx = out.c;
	r->rdx = out.d;
	return DONE;
}

static enum outcome do_xsetbv(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u64 val = (u32)r->rax | r->rdx << 32;

	if ((u32)r->rcx || !fpu_xcr0_ok(val))
		return REFUSED;
	v->xcr0 = val;
	xcr0_write(val);
	return DONE;
}

static enum outcome do_rdtsc(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	pair_set(r, rdtsc());
	return DONE;
}

#define USER    1 /* the guest's user part may too: ports are checked on their own */
#define OPERAND 2 /* a byte behind the opcode belongs to it */

static const struct row {
	enum opcode_map map;
	u8 opcode, mask;
	enum outcome (*fn)(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i);
	u8 flags;
} rows[] = {
	{ ONE_BYTE, 0x6c, 0xfc, do_string, USER },
	{ ONE_BYTE, 0xe4, 0xfc, do_port, USER | OPERAND },
	{ ONE_BYTE, 0xec, 0xfc, do_port, USER },
	{ ONE_BYTE, 0xf4, 0xff, NULL, 0 },       /* hlt: known, and never done for a guest */
	{ ONE_BYTE, 0xfa, 0xfe, do_nothing, 0 }, /* cli, sti: the ABI masks events in vcpu_info */
	{ AFTER_0F, 0x06, 0xff, do_clts, 0 },
	{ AFTER_0F, 0x08, 0xfe, do_wbinvd, 0 }, /* invd too: nobody may lose what others wrote */
	{ AFTER_0F, 0x20, 0xff, do_mov_from_cr, OPERAND },
	{ AFTER_0F, 0x21, 0xff, do_mov_from_dr, OPERAND },
	{ AFTER_0F, 0x22, 0xff, do_mov_to_cr, OPERAND },
	{ AFTER_0F, 0x23, 0xff, do_mov_to_dr, OPERAND },
	{ AFTER_0F, 0x30, 0xff, do_wrmsr, 0 },
	{ AFTER_0F, 0x31, 0xff, do_rdtsc, 0 },
	{ AFTER_0F, 0x32, 0xff, do_rdmsr, 0 },
	{ AFTER_0F, 0x33, 0xff, NULL, 0 }, /* rdpmc */
	{ AFTER_0F, 0xa2, 0xff, do_cpuid, USER },
	{ AFTER_0F01, 0xd1, 0xff, do_xsetbv, 0 },
	{ AFTER_0F01, 0xf0, 0xf8, NULL, 0 }, /* lmsw of a register */
	{ AFTER_0F01, 0xf9, 0xff, NULL, 0 }, /* rdtscp */
};

static const struct row *row_of(const struct insn *i)
{
	for (u32 n = 0; n < ARRAY_SIZE(rows); n++)
		if (rows[n].map == i->map && (i->opcode & rows[n].mask) == rows[n].opcode &&
		    (i->has_operand || !(rows[n].flags & OPERAND)))
			return &rows[n];
	return NULL;
}

/* The bytes at rip, up to the end of the page if the next one is not there. */
static size_t insn_fetch(const struct cpu_user_regs *r, u8 *bytes)
{
	size_t in_page = PAGE_SIZE - (r->rip & (PAGE_SIZE - 1));

	if (!guest_copy_in(bytes, (void *)r->rip, INSN_MAX))
		return INSN_MAX;
	if (in_page < INSN_MAX && !guest_copy_in(bytes, (void *)r->rip, in_page))
		return in_page;
	return 0;
}

static void insn_retire(struct vcpu *v, struct cpu_user_regs *r, u8 length)
{
	r->rip += length;
	r->rflags &= ~EFLAGS_RF;
	r->entry_vector = 0;
	if (r->rflags & EFLAGS_TF) {
		v->dr[6] |= 1u << 14; /* single step */
		guest_inject_trap(v, TRAP_DB, 0, false);
	}
}

bool guest_emulate_privileged(struct vcpu *v, struct cpu_user_regs *regs)
{
	u8 bytes[INSN_MAX];
	struct insn i;
	const struct row *row;
	enum outcome outcome = REFUSED;

	/* 64-bit code only: of other code segments we do not know base and width. */
	if (regs->cs != SEL_GUEST_CS && !v->kernel_mode)
		return false;
	row = insn_decode(bytes, insn_fetch(regs, bytes), &i) ? row_of(&i) : NULL;
	if (!row)
		return false;
	if (row->fn && (v->kernel_mode || row->flags & USER))
		outcome = row->fn(v, regs, &i);
	if (outcome == REFUSED)
		fail_reason(-EPERM, "emulate", "instruction %02x %02x at %#lx (ecx %#x) refused",
			    bytes[0], bytes[1], regs->rip, (u32)regs->rcx);
	if (outcome == DONE)
		insn_retire(v, regs, i.length + !!(row->flags & OPERAND));
	return outcome != REFUSED;
}

bool guest_emulate_forced_cpuid(struct vcpu *v, struct cpu_user_regs *regs)
{
	static const u8 prefix[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	u8 bytes[sizeof(prefix)];

	if (guest_copy_in(bytes, (void *)regs->rip, sizeof(bytes)) ||
	    memcmp(bytes, prefix, sizeof(prefix)))
		return false;
	do_cpuid(v, regs, NULL);
	insn_retire(v, regs, sizeof(prefix));
	return true;
}
