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

/* push rcx; push r11; mov $n, eax; syscall; pop r11; pop rcx; ret */
static void stub_plain(u8 *p, u32 nr)
{
	const u8 code[] = { 0x51, 0x41, 0x53, 0xb8, nr, 0, 0, 0, 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 };

	memcpy(p, code, sizeof(code));
}

/* push rcx; push r11; push rax; mov $23, eax; syscall */
static void stub_iret(u8 *p)
{
	const u8 code[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, __HYPERVISOR_iret, 0, 0, 0, 0x0f, 0x05 };

	memcpy(p, code, sizeof(code));
}

void guest_fill_hypercall_page(void *page)
{
	u8 *p = page;

	memset(p, INT3, 4096);
	for (u32 nr = 0; nr < HYPERCALL_COUNT; nr++, p += HYPERCALL_STUB_SIZE) {
		if (nr == __HYPERVISOR_iret)
			stub_iret(p);
		else
			stub_plain(p, nr);
	}
}
