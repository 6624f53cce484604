/* SPDX-License-Identifier: MIT */
/*
 * The hypercall page: 64 stubs of 32 bytes that a guest may call instead of knowing how a hypercall
 * is made. The caller puts a fourth argument in r10; rcx and r11, which SYSCALL loses, are kept for
 * it. iret never returns: it pushes the rest of its frame.
 */
#include <guest/guest.h>
#include <lib/string.h>
#include <pvabi/hypercall.h>
#include <pvabi/xen.h>

#define INT3 0xcc

void guest_fill_hypercall_page(void *page)
{
	/* push rcx; push r11; mov $nr, eax; syscall; pop r11; pop rcx; ret */
	u8 stub[] = { 0x51, 0x41, 0x53, 0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 };
	/* push rcx; push r11; push rax; mov $23, eax; syscall */
	static const u8 iret[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, __HYPERVISOR_iret,
				   0,    0,    0,    0x0f, 0x05 };
	u8 *p = page;

	memset(p, INT3, PAGE_SIZE);
	for (u32 nr = 0; nr < HYPERCALL_COUNT; nr++, p += HYPERCALL_STUB_SIZE) {
		stub[4] = nr;
		if (nr == __HYPERVISOR_iret)
			memcpy(p, iret, sizeof(iret));
		else
			memcpy(p, stub, sizeof(stub));
	}
}
