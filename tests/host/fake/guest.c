/* SPDX-License-Identifier: MIT */
/* The memory of guests: see guest.h. Which addresses are theirs is as in dom/access.c. */
#include "guest.h"

#include <dom/domain.h>

#include <string.h>

static u64 first, behind;

void fake_guest_memory(const void *start, const void *end)
{
	first = (u64)start;
	behind = (u64)end;
}

void fake_guest_memory_any(void)
{
	first = PAGE_SIZE + 1;
	behind = HV_VIRT_START;
}

bool guest_range_ok(u64 addr, u64 n)
{
	u64 end = addr + n;

	if (end < addr)
		return false;

	return end <= HV_VIRT_START || addr >= HV_VIRT_END;
}

static bool copy_faults(const void *guest, size_t n)
{
	u64 at = (u64)guest;

	return at < first || at >= behind || n > behind - at;
}

int guest_copy_in(void *dst, const void *guest, size_t n)
{
	/* No bytes may come from anywhere, a null pointer too. */
	if (!n)
		return 0;

	if (copy_faults(guest, n))
		return -EFAULT;

	memcpy(dst, guest, n);
	return 0;
}

int guest_copy_out(void *guest, const void *src, size_t n)
{
	if (!n)
		return 0;

	if (copy_faults(guest, n))
		return -EFAULT;

	memcpy(guest, src, n);
	return 0;
}
