/* SPDX-License-Identifier: MIT */
/* Debug registers of a guest: it may watch its own addresses only, so ring 0 never runs into them. */
#include <guest/check.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <x86/asm.h>

#define DR6_ONES 0xffff0ff0ul
#define DR6_BITS 0xe00ful
#define DR7_ONE 0x400ul
#define DR7_ACTIVE 0xfful
#define DR7_BITS 0xffff03fful /* no general detect, no reserved bits */

bool guest_debug_ok(u32 reg, u64 *value)
{
	if (reg < 4)
		return guest_range_ok(*value, 8);
	if (reg == 6)
		*value = (*value & DR6_BITS) | DR6_ONES;
	if (reg == 7)
		*value = (*value & DR7_BITS) | DR7_ONE;
	return true;
}

static void debug_load(const struct vcpu *v)
{
	bool active = v->dr[7] & DR7_ACTIVE;

	if (active) {
		__asm__ volatile("mov %0, %%dr0" : : "r"(v->dr[0]));
		__asm__ volatile("mov %0, %%dr1" : : "r"(v->dr[1]));
		__asm__ volatile("mov %0, %%dr2" : : "r"(v->dr[2]));
		__asm__ volatile("mov %0, %%dr3" : : "r"(v->dr[3]));
	}
	__asm__ volatile("mov %0, %%dr7" : : "r"(active ? v->dr[7] : DR7_ONE));
}

long hc_set_debugreg(struct hypercall *hc)
{
	u32 reg = hc->arg[0];
	u64 value = hc->arg[1];
	struct vcpu *v = current();

	if (hc->arg[0] > 7 || reg == 4 || reg == 5)
		return fail(-EINVAL, "debug register %lu", hc->arg[0]);
	if (!guest_debug_ok(reg, &value))
		return fail(-EPERM, "watch address %#lx is the hypervisor's", value);
	v->dr[reg] = value;
	debug_load(v);
	return 0;
}

long hc_get_debugreg(struct hypercall *hc)
{
	if (hc->arg[0] > 7 || hc->arg[0] == 4 || hc->arg[0] == 5)
		return fail(-EINVAL, "debug register %lu", hc->arg[0]);
	return current()->dr[hc->arg[0]];
}
