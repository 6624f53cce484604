/* SPDX-License-Identifier: MIT */
/* Debug registers of a guest: it may watch its own addresses only, so ring 0 meets none of them. */
#include <guest/guest.h>
#include <lib/fail.h>
#include <lib/index.h>

#define DR6_BITS 0xe00ful     /* that mean something */
#define DR7_BITS 0xffff03fful /* no general detect, no reserved bits */

bool guest_debug_exists(u64 reg)
{
	return reg <= 7 && reg != 4 && reg != 5;
}

bool guest_debug_ok(u32 reg, u64 *value)
{
	if (reg < 4)
		return guest_range_ok(*value, sizeof(*value));

	if (reg == 6)
		*value = (*value & DR6_BITS) | DR6_NOTHING;
	if (reg == 7)
		*value = (*value & DR7_BITS) | DR7_QUIET;

	return true;
}

long guest_set_debug(struct vcpu *v, u64 reg, u64 value)
{
	if (!guest_debug_exists(reg))
		return fail(-EINVAL, "debug register %lu", reg);
	if (!guest_debug_ok(reg, &value))
		return fail(-EPERM, "watch address %#lx is the hypervisor's", value);

	v->debug.dr[index_nospec(reg, XEN_DEBUG_REGISTERS)] = value;
	vcpu_load_debug(v);
	return 0;
}

long hc_set_debugreg(struct hypercall *hc)
{
	return guest_set_debug(current(), hc->arg[0], hc->arg[1]);
}

long hc_get_debugreg(struct hypercall *hc)
{
	u64 reg = hc->arg[0];

	if (!guest_debug_exists(reg))
		return fail(-EINVAL, "debug register %lu", reg);

	return current()->debug.dr[index_nospec(reg, XEN_DEBUG_REGISTERS)];
}
