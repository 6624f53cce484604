/* SPDX-License-Identifier: MIT */
/*
 * The guest's own memory, through the address space that is loaded now; with isolation, that is to
 * be loaded (dom/reach.c). Everything is copied: nothing in ring 0 follows a guest pointer in any
 * other way.
 */
#include <dom/isolation.h>
#include <x86/budget.h>
#include <x86/tables.h>

bool guest_range_ok(u64 addr, u64 n)
{
	u64 end = addr + n;

	if (end < addr)
		return false;
	return end <= HV_VIRT_START || addr >= HV_VIRT_END;
}

#define HOLE_SHIFT 43 /* bits 63 to 43 are the same in all addresses of our slots */
_Static_assert(HV_VIRT_START >> HOLE_SHIFT == (HV_VIRT_END - 1) >> HOLE_SHIFT, "and in no others");
_Static_assert(HV_VIRT_END - HV_VIRT_START == 1ul << HOLE_SHIFT, "the same");

/*
 * The guest's address @addr, which was found not to be in our slots: also by speculation, or some
 * low address of the guest's. The rest of a range can not reach our slots: what lies below them is
 * not canonical. CMOV: a processor does not guess it.
 */
static u64 address_nospec(u64 addr)
{
	u64 upper = addr >> HOLE_SHIFT;

	__asm__("cmp %2, %k1\n\t"
		"cmove %1, %0"
		: "+r"(addr)
		: "r"(upper), "i"(HV_VIRT_START >> HOLE_SHIFT)
		: "cc");
	return addr;
}

/*
 * A first fault may come from a stale translation: the guest gave itself more rights meanwhile, and
 * the processor forgets the old ones as it faults. So there is a second try, from where it stopped.
 */
static int copy_twice(void *dst, const void *src, size_t n)
{
	size_t left = copy_user(dst, src, n);

	if (!left)
		return 0;

	budget_charge(BUDGET_FAULT);
	left = copy_user((u8 *)dst + (n - left), (const u8 *)src + (n - left), left);

	return left ? -EFAULT : 0;
}

int guest_copy_in(void *dst, const void *guest, size_t n)
{
	if (!guest_range_ok((u64)guest, n))
		return -EFAULT;

	guest = (const void *)address_nospec((u64)guest);
	if (isolated())
		return guest_reach(current(), dst, (u64)guest, n, false) ? -EFAULT : 0;

	return copy_twice(dst, guest, n);
}

int guest_copy_out(void *guest, const void *src, size_t n)
{
	if (!guest_range_ok((u64)guest, n))
		return -EFAULT;

	guest = (void *)address_nospec((u64)guest);
	if (isolated())
		return guest_reach(current(), (void *)src, (u64)guest, n, true) ? -EFAULT : 0;

	return copy_twice(guest, src, n);
}
