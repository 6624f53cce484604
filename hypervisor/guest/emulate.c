/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions that a guest's kernel executes in ring 3: each does what the guest may do
 * of it.
 */
#include <guest/guest.h>
#include <insn/insn.h>
#include <lib/fail.h>
#include <lib/index.h>
#include <lib/string.h>
#include <ptable/ptable.h>
#include <x86/asm.h>
#include <x86/fpu.h>
#include <x86/paging.h>
#include <x86/traps.h>

#define STRING_CHUNK 256        /* elements of a rep ins or outs before events get their turn */
#define DR6_BS       (1u << 14) /* in DR6: the debug trap is a single step */

enum outcome {
	REFUSED, /* the guest gets #GP */
	DONE,    /* on to the next instruction */
	AGAIN,   /* the same once more: elements are left, or a page fault comes first */
};

typedef enum outcome emulate_fn(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i);

static enum outcome done_if(bool ok)
{
	return ok ? DONE : REFUSED;
}

/* A value of 64 bits, as RDMSR and its like give and take it: in edx and eax. */
static void pair_set(struct cpu_user_regs *r, u64 val)
{
	r->rax = (u32)val;
	r->rdx = val >> 32;
}

static u64 pair_get(const struct cpu_user_regs *r)
{
	return (u32)r->rax | r->rdx << 32;
}

/* --- ports ---------------------------------------------------------------------------------- */

static u16 port_of(const struct cpu_user_regs *r, const struct insn *i)
{
	return i->is_imm ? (u8)i->imm : (u16)r->rdx;
}

static enum outcome do_in(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u16 port = port_of(r, i);

	if (!port_privilege_ok(v, port, i->size))
		return REFUSED;

	insn_reg_write(&r->rax, port_read(v, port, i->size), i->size);
	return DONE;
}

static enum outcome do_out(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u16 port = port_of(r, i);

	if (!port_privilege_ok(v, port, i->size))
		return REFUSED;

	port_write(v, port, i->size, (u32)r->rax);
	return DONE;
}

/* One element of ins: 0, or -EFAULT if the guest's memory can not be written. */
static int element_in(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u32 val = port_read(v, (u16)r->rdx, i->size);

	return guest_copy_out((void *)r->rdi, &val, i->size);
}

/* One element of outs: 0, or -EFAULT if the guest's memory can not be read. */
static int element_out(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u32 val = 0;

	if (guest_copy_in(&val, (void *)r->rsi, i->size))
		return -EFAULT;

	port_write(v, (u16)r->rdx, i->size, val);
	return 0;
}

/* The registers always say what is left, so the guest may take events or a fault in between. */
static enum outcome do_string(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	bool out = i->op == INSN_OUTS;
	u64 *ptr = out ? &r->rsi : &r->rdi;
	s64 step = r->rflags & EFLAGS_DF ? -(s64)i->size : i->size;
	u64 count = i->rep ? r->rcx : 1;

	/* Addresses of other widths and segments are not computed. */
	if (i->address32 || i->segment)
		return REFUSED;
	if (!port_privilege_ok(v, (u16)r->rdx, i->size))
		return REFUSED;

	for (u32 n = 0; count && n < STRING_CHUNK; n++) {
		int rc = out ? element_out(v, r, i) : element_in(v, r, i);

		if (rc) {
			guest_inject_page_fault(v, *ptr, out ? 0 : PF_WRITE);
			return AGAIN;
		}

		*ptr += step;
		count--;
		if (i->rep)
			r->rcx = count;
	}

	return count ? AGAIN : DONE;
}

/* --- state of the processor ----------------------------------------------------------------- */

static enum outcome do_refuse(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	return REFUSED;
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
	u64 *reg = insn_reg(r, i->rm);

	switch (i->reg) {
	case 0:
		*reg = read_cr0() & ~CR0_TS;
		if (v->control.ts)
			*reg |= CR0_TS;
		return DONE;
	case 2:
		*reg = v->info ? v->info->arch.cr2 : v->control.cr2;
		return DONE;
	case 3:
		*reg = mfn_to_maddr(v->roots.kernel);
		return DONE;
	case 4:
		*reg = v->control.cr4 | (read_cr4() & CR4_SHOWN);
		return DONE;
	default:
		return REFUSED;
	}
}

#define CR4_GUEST (CR4_TSD | CR4_DE)

static void write_guest_cr4(struct vcpu *v, u64 val)
{
	u64 real = read_cr4();

	v->control.cr4 = val & CR4_GUEST;

	/* Of what the guest may change, TSD alone acts on its user part. */
	if ((real ^ val) & CR4_TSD)
		write_cr4((real & ~CR4_TSD) | (val & CR4_TSD));
}

static enum outcome set_root(struct vcpu *v, mfn_t m)
{
	int rc = ptable_set_kernel_root(v, m);

	/* A large table is checked in pieces: others may run in between. */
	if (rc == -ERESTART)
		return AGAIN;

	return done_if(!rc);
}

static enum outcome do_mov_to_cr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u64 val = *insn_reg(r, i->rm);

	switch (i->reg) {
	case 0:
		if ((val ^ read_cr0()) & ~CR0_TS)
			return REFUSED;
		guest_set_ts(v, val & CR0_TS);
		return DONE;
	case 2:
		v->control.cr2 = val;
		if (v->info)
			v->info->arch.cr2 = val;
		return DONE;
	case 3:
		return set_root(v, maddr_to_mfn(val & PTE_ADDR));
	case 4:
		write_guest_cr4(v, val);
		return DONE;
	default:
		return REFUSED;
	}
}

static enum outcome do_mov_from_dr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	if (!guest_debug_exists(i->reg))
		return REFUSED;

	*insn_reg(r, i->rm) = v->debug.dr[index_nospec(i->reg, XEN_DEBUG_REGISTERS)];
	return DONE;
}

static enum outcome do_mov_to_dr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	return done_if(!guest_set_debug(v, i->reg, *insn_reg(r, i->rm)));
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
	return done_if(guest_wrmsr((u32)r->rcx, pair_get(r)));
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
	u64 val = pair_get(r);

	if ((u32)r->rcx || !fpu_xcr0_ok(val))
		return REFUSED;

	if (!xcr0_write(val))
		return REFUSED;

	v->control.xcr0 = val;
	return DONE;
}

static enum outcome do_rdtsc(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	pair_set(r, rdtsc());
	return DONE;
}

static const struct row {
	emulate_fn *run;
	bool user; /* the guest's user part may too; ports are checked on their own */
} rows[INSN_COUNT] = {
	[INSN_IN] = { .run = do_in, .user = true },
	[INSN_OUT] = { .run = do_out, .user = true },
	[INSN_INS] = { .run = do_string, .user = true },
	[INSN_OUTS] = { .run = do_string, .user = true },
	[INSN_HLT] = { .run = do_refuse },  /* a guest blocks by sched_op */
	[INSN_CLI] = { .run = do_nothing }, /* events are masked in vcpu_info */
	[INSN_STI] = { .run = do_nothing },
	[INSN_CLTS] = { .run = do_clts },
	[INSN_INVD] = { .run = do_wbinvd }, /* nobody may lose what others wrote */
	[INSN_WBINVD] = { .run = do_wbinvd },
	[INSN_MOV_FROM_CR] = { .run = do_mov_from_cr },
	[INSN_MOV_FROM_DR] = { .run = do_mov_from_dr },
	[INSN_MOV_TO_CR] = { .run = do_mov_to_cr },
	[INSN_MOV_TO_DR] = { .run = do_mov_to_dr },
	[INSN_WRMSR] = { .run = do_wrmsr },
	[INSN_RDTSC] = { .run = do_rdtsc },
	[INSN_RDMSR] = { .run = do_rdmsr },
	[INSN_RDPMC] = { .run = do_refuse },
	[INSN_CPUID] = { .run = do_cpuid, .user = true },
	[INSN_XSETBV] = { .run = do_xsetbv },
	[INSN_LMSW] = { .run = do_refuse },
	[INSN_RDTSCP] = { .run = do_refuse },
};

/* --- from the fault to the row, and past the instruction ------------------------------------ */

static void insn_retire(struct vcpu *v, struct cpu_user_regs *r, u8 length)
{
	r->rip += length;
	r->rflags &= ~EFLAGS_RF;
	r->entry_vector = 0;

	if (r->rflags & EFLAGS_TF) {
		v->debug.dr[6] |= DR6_BS;
		guest_inject_trap(v, TRAP_DB, 0, false);
	}
}

/* The bytes as they are now: people are told of them, and nothing is decided by them. */
static void refuse(const struct cpu_user_regs *r)
{
	u8 bytes[INSN_MAX] = { 0 };

	insn_fetch(r->rip, bytes);
	fail_reason(-EPERM, "emulate", "instruction %02x %02x at %#lx (ecx %#x) refused", bytes[0],
		    bytes[1], r->rip, (u32)r->rcx);
}

bool guest_emulate_privileged(struct vcpu *v, struct cpu_user_regs *regs)
{
	struct insn i;
	const struct row *row;
	enum outcome outcome = REFUSED;

	/* 64-bit code only: of other code segments we do not know base and width. */
	if (regs->cs != SEL_GUEST_CS && !v->kernel_mode)
		return false;

	if (!insn_at(regs->rip, &i))
		return false;

	/* LOCK makes an invalid opcode of each of these. */
	row = &rows[i.op];
	if (!row->run || i.lock)
		return false;

	if (v->kernel_mode || row->user)
		outcome = row->run(v, regs, &i);

	if (outcome == REFUSED)
		refuse(regs);
	if (outcome == DONE)
		insn_retire(v, regs, i.length);

	return outcome != REFUSED;
}

bool guest_emulate_forced_cpuid(struct vcpu *v, struct cpu_user_regs *regs)
{
	/* ud2, "xen", cpuid */
	static const u8 prefix[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	u8 bytes[sizeof(prefix)];

	if (guest_copy_in(bytes, (void *)regs->rip, sizeof(bytes)))
		return false;
	if (memcmp(bytes, prefix, sizeof(prefix)))
		return false;

	do_cpuid(v, regs, NULL);
	insn_retire(v, regs, sizeof(prefix));

	return true;
}
