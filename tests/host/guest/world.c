/* SPDX-License-Identifier: MIT */
/* The vcpu's world: ports that say their number, and rooms that only agree. */
#include "world.h"

#include <dom/ops.h>
#include <ptable/ptable.h>
#include <x86/features.h>
#include <x86/spec.h>
#include <x86/fpu.h>
#include <x86/tables.h>

#include <string.h>

struct domain dom;
struct vcpu vcpu;
struct cpu_user_regs host_regs;
struct cpu_features features;
u32 port_accesses, crashes, toggles, msr_writes, last_value;
bool msr_refused;
struct spec_guest spec_guest;
bool spec_guests_defend;
u32 barriers;
u64 spec_bits;
u16 last_port;
static u64 all_ports[1024];

u32 host_in(u16 port, u8 size)
{
	port_accesses++;
	last_port = port;
	return port;
}

void host_out(u16 port, u8 size, u32 val)
{
	port_accesses++;
	last_port = port;
	last_value = val;
}

void spec_guest_ctrl(u64 bits)
{
	spec_bits = bits;
}

void spec_guest_ibpb(void)
{
	barriers++;
}

bool wrmsr_safe(u32 msr, u64 val)
{
	msr_writes += !msr_refused;
	return !msr_refused;
}

bool rdmsr_safe(u32 msr, u64 *val)
{
	*val = msr;
	return true;
}

u64 host_cr0(u64 val)
{
	return 0;
}

/* Guests' addresses are the test's own; page 0 is not there. */
size_t copy_user(void *dst, const void *src, size_t n)
{
	if ((u64)src < PAGE_SIZE || (u64)dst < PAGE_SIZE)
		return n;

	memcpy(dst, src, n);
	return 0;
}

struct domain *domain_get(domid_t id)
{
	return NULL;
}

void domain_put(struct domain *d)
{
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	crashes++;
}

void vcpu_toggle_mode(struct vcpu *v)
{
	toggles++;
	v->kernel_mode = !v->kernel_mode;
}

void vcpu_load_cr3(struct vcpu *v)
{
}

void vcpu_load_debug(const struct vcpu *v)
{
}

bool load_gs_user(u16 sel)
{
	return false;
}

bool fpu_xcr0_ok(u64 xcr0)
{
	return xcr0 & XCR0_X87;
}

bool xcr0_write(u64 xcr0)
{
	return true;
}

void guest_cpuid(struct vcpu *v, u32 leaf, u32 sub, struct cpuid_regs *out)
{
	*out = (struct cpuid_regs){ 0 };
}

void guest_inject_trap(struct vcpu *v, u8 vector, u32 error, bool has_error)
{
}

void guest_inject_page_fault(struct vcpu *v, u64 addr, u32 error)
{
}

void fpu_area_init(void *area)
{
}

int desc_set_gdt(struct vcpu *v, const mfn_t *frames, u32 entries)
{
	return 0;
}

int desc_set_ldt(struct vcpu *v, u64 base, u32 entries)
{
	return 0;
}

/* Frame 0 is nobody's. */
int ptable_set_kernel_root(struct vcpu *v, mfn_t m)
{
	return m.n ? 0 : -EINVAL;
}

int ptable_set_user_root(struct vcpu *v, mfn_t m)
{
	return 0;
}

/* A guest's kernel, whose domain may use all ports. */
void world_up(void)
{
	static u8 fpu[4096];

	memset(&dom, 0, sizeof(dom));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&host_regs, 0, sizeof(host_regs));
	memset(all_ports, 0xff, sizeof(all_ports));
	msr_refused = false;
	memset(&spec_guest, 0, sizeof(spec_guest));
	barriers = 0;
	spec_bits = 0;
	port_accesses = crashes = toggles = msr_writes = last_value = last_port = 0;
	dom.io.ports = all_ports;
	dom.max_vcpus = 1;
	dom.vcpu[0] = &vcpu;
	fake_current = &vcpu;
	vcpu.dom = &dom;
	vcpu.fpu = (void *)fpu;
	vcpu.kernel_mode = true;
}

long call(long (*hc)(struct hypercall *), u64 a, u64 b)
{
	struct hypercall h = { .arg = { a, b } };

	return hc(&h);
}
