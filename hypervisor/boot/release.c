/* SPDX-License-Identifier: MIT */
/*
 * The end of booting: modules and the boot part of the image become free memory, and the scheduler
 * starts. This one file stays resident: it takes away the ground under all others of boot/.
 */
#include <boot/boot.h>
#include <console/console.h>
#include <frame/alloc.h>
#include <guest/guest.h>
#include <x86/cpu.h>
#include <x86/paging.h>

extern char __image_start[], __init_start[], __init_end[];

static void modules_release(void)
{
	for (u32 i = 0; i < boot_info.n_modules; i++) {
		/* Inwards: a page shared with another module stays unused. */
		u64 start = ROUND_UP(boot_info.module[i].start, PAGE_SIZE);
		u64 end = ROUND_DOWN(boot_info.module[i].end, PAGE_SIZE);

		if (start < end)
			frame_add_ram(start, end);
	}
}

static void last_words(void)
{
	log_info("memory: %lu MiB in all, %lu MiB free for guests; "
		 "the hypervisor's image keeps %lu KiB", frames_total_count() >> 8,
		 frames_free_count() >> 8, (u64)(__init_start - __image_start) >> 10);
	log_info("starting dom0");
	console_vga_release();
	if (boot_options.watchdog)
		watchdog_start();
}

static void __resident __noreturn ground_release(void)
{
	frame_unmap_image(__init_start, __init_end);
	frame_add_ram(IMAGE_MADDR(__init_start), IMAGE_MADDR(__init_end));
	domain_unpause(dom0);
	guest_start_first();
}

void __noreturn memmap_release_boot(void)
{
	modules_release();
	last_words();
	ground_release();
}
