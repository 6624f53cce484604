/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions that a guest's kernel executes in ring 3: each does what the guest may do
 * of it. False means that the guest gets its #GP.
 */
#include <guest/decode.h>
#include <guest/guest.h>
#include <guest/msr.h>
#include <guest/ports.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <ptable/ptable.h>
#include <x86/asm.h>
#include <x86/fpu.h>
#include <x86/paging.h>
#include <x86/traps.h>

#define STRING_CHUNK 256 /* elements of a rep ins/outs before events get their turn */

static u64 *reg_of(struct cpu_user_regs *r, u8 n)
{
	u64 *const regs[16] = { &r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi, &r->rdi,
				&r->r8, &r->r9, &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15 };

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

static bool do_port(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u16 port = i->port_imm ? i->port : (u16)r->rdx;

	if (!port_privilege_ok(v, port, i->size))
		return false;
	if (i->op == INSN_IN)
		reg_merge(&r->rax, port_read(v, port, i->size), i->size);
	else
		port_write(v, port, i->size, (u32)r->rax);
	return true;
}

/* One element; -EFAULT leaves the registers as they are, and the guest sees its page fault. */
static int string_element(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u64 *ptr = i->op == INSN_INS ? &r->rdi : &r->rsi;
	s64 step = r->rflags & EFLAGS_DF ? -(s64)i->size : i->size;
	u32 val = 0;

	if (i->op == INSN_INS) {
		val = port_read(v, (u16)r->rdx, i->size);
		if (guest_copy_out((void *)*ptr, &val, i->size))
			return -EFAULT;
	} else {
		if (guest_copy_in(&val, (void *)*ptr, i->size))
			return -EFAULT;
		port_write(v, (u16)r->rdx, i->size, val);
	}
	*ptr += step;
	return 0;
}

/* *done false: the instruction is to be executed again (more elements, or a page fault was injected). */
static bool do_string(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i, bool *done)
{
	u64 count = i->rep ? r->rcx : 1;

	if (i->address32 || i->segment || !port_privilege_ok(v, (u16)r->rdx, i->size))
		return false;
	for (u32 n = 0; count && n < STRING_CHUNK; n++) {
		if (string_element(v, r, i)) {
			guest_inject_page_fault(v, i->op == INSN_INS ? r->rdi : r->rsi,
						i->op == INSN_INS ? PF_WRITE : 0);
			*done = false;
			return true;
		}
		count--;
		if (i->rep)
			r->rcx = count;
	}
	*done = !count;
	return true;
}

/* Of our CR4: what is on for the guest whether it asks or not. */
#define CR4_SHOWN (CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE | CR4_FSGSBASE)

static bool do_mov_from_cr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	u64 *reg = reg_of(r, i->reg);

	switch (i->ctl) {
	case 0:
		*reg = (read_cr0() & ~CR0_TS) | (v->fpu_ts ? CR0_TS : 0);
		return true;
	case 2:
		*reg = v->info ? v->info->arch.cr2 : v->guest_cr2;
		return true;
	case 3:
		*reg = v->kernel_cr3;
		return true;
	case 4:
		*reg = v->guest_cr4 | (read_cr4() & CR4_SHOWN);
		return true;
	default:
		return false;
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

static bool do_mov_to_cr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	struct hypercall taskswitch = { .arg = { 0 } };
	u64 val = *reg_of(r, i->reg);

	switch (i->ctl) {
	case 0:
		if ((val ^ read_cr0()) & ~CR0_TS) {
			fail_reason(-EPERM, "cr0", "%#lx changes more than TS", val);
			return false;
		}
		taskswitch.arg[0] = !!(val & CR0_TS);
		hc_fpu_taskswitch(&taskswitch);
		return true;
	case 2:
		v->guest_cr2 = val;
		if (v->info)
			v->info->arch.cr2 = val;
		return true;
	case 3:
		return !ptable_set_kernel_root(v, maddr_to_mfn(val & PTE_ADDR));
	case 4:
		write_guest_cr4(v, val);
		return true;
	default:
		return false;
	}
}

static bool do_dr(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	struct hypercall hc = { .arg = { i->ctl, *reg_of(r, i->reg) } };

	if (i->op == INSN_MOV_TO_DR)
		return !hc_set_debugreg(&hc);
	if (i->ctl > 7 || i->ctl == 4 || i->ctl == 5)
		return false;
	*reg_of(r, i->reg) = v->dr[i->ctl];
	return true;
}

static bool do_rdmsr(struct vcpu *v, struct cpu_user_regs *r)
{
	u64 val;

	if (!guest_rdmsr(v, (u32)r->rcx, &val))
		return false;
	r->rax = (u32)val;
	r->rdx = val >> 32;
	return true;
}

static void do_cpuid(struct vcpu *v, struct cpu_user_regs *r)
{
	struct cpuid_regs out;

	guest_cpuid(v, (u32)r->rax, (u32)r->rcx, &out);
	r->rax = out.a;
	r->rbx = out.b;
	r->rcx = out.c;
	r->rdx = out.d;
}

static bool do_xsetbv(struct vcpu *v, struct cpu_user_regs *r)
{
	u64 val = (u32)r->rax | r->rdx << 32;

	if ((u32)r->rcx || !fpu_xcr0_ok(val))
		return false;
	v->xcr0 = val;
	xcr0_write(val);
	return true;
}

static bool do_rdtsc(struct cpu_user_regs *r)
{
	u64 tsc = rdtsc();

	r->rax = (u32)tsc;
	r->rdx = tsc >> 32;
	return true;
}

/* What only the guest's kernel may do; ports are checked on their own. */
static bool do_kernel_insn(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i)
{
	struct hypercall clear_ts = { .arg = { 0 } };

	switch (i->op) {
	case INSN_CLI: /* events are masked in vcpu_info, not here: nothing to do, as the ABI has it */
	case INSN_STI:
		return true;
	case INSN_CLTS:
		hc_fpu_taskswitch(&clear_ts);
		return true;
	case INSN_WBINVD:
	case INSN_INVD:
		if (v->dom->privileged)
			__asm__ volatile("wbinvd" : : : "memory");
		return true;
	case INSN_MOV_FROM_CR:
		return do_mov_from_cr(v, r, i);
	case INSN_MOV_TO_CR:
		return do_mov_to_cr(v, r, i);
	case INSN_MOV_FROM_DR:
	case INSN_MOV_TO_DR:
		return do_dr(v, r, i);
	case INSN_RDMSR:
		return do_rdmsr(v, r);
	case INSN_WRMSR:
		return guest_wrmsr(v, (u32)r->rcx, (u32)r->rax | r->rdx << 32);
	case INSN_XSETBV:
		return do_xsetbv(v, r);
	case INSN_RDTSC:
		return do_rdtsc(r);
	default:
		return false;
	}
}

static bool do_insn(struct vcpu *v, struct cpu_user_regs *r, const struct insn *i, bool *done)
{
	switch (i->op) {
	case INSN_NONE:
		return false;
	case INSN_IN:
	case INSN_OUT:
		return do_port(v, r, i);
	case INSN_INS:
	case INSN_OUTS:
		return do_string(v, r, i, done);
	case INSN_CPUID:
		do_cpuid(v, r);
		return true;
	default:
		return v->kernel_mode && do_kernel_insn(v, r, i);
	}
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
	bool done = true;

	/* 64-bit code only: of other code segments we do not know base and width. */
	if (regs->cs != SEL_GUEST_CS && !v->kernel_mode)
		return false;
	insn_decode(bytes, insn_fetch(regs, bytes), &i);
	if (!do_insn(v, regs, &i, &done)) {
		if (i.op != INSN_NONE)
			fail_reason(-EPERM, "emulate", "privileged instruction %02x %02x at %#lx (ecx %#x) refused",
				    bytes[0], bytes[1], regs->rip, (u32)regs->rcx);
		return false;
	}
	if (done)
		insn_retire(v, regs, i.length);
	return true;
}

bool guest_emulate_forced_cpuid(struct vcpu *v, struct cpu_user_regs *regs)
{
	static const u8 prefix[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	u8 bytes[sizeof(prefix)];

	if (guest_copy_in(bytes, (void *)regs->rip, sizeof(bytes)) ||
	    memcmp(bytes, prefix, sizeof(prefix)))
		return false;
	do_cpuid(v, regs);
	insn_retire(v, regs, sizeof(prefix));
	return true;
}
