/* SPDX-License-Identifier: MIT */
/*
 * From the first C instruction to dom0: the list of inits, in the order in which they need each
 * other. The last step gives this very code's memory back.
 */
#include <boot/boot.h>
#include <config.h>
#include <console/console.h>
#include <ctl/ctl.h>
#include <dom/isolation.h>
#include <dom/machine_check.h>
#include <frame/alloc.h>
#include <frame/cpumem.h>
#include <frame/guestmap.h>
#include <guest/guest.h>
#include <irq/irq.h>
#include <irq/power.h>
#include <memory/memory.h>
#include <x86/budget.h>
#include <x86/features.h>
#include <x86/mca.h>
#include <x86/paging.h>
#include <x86/spec.h>
#include <x86/tables.h>
#include <x86/traps.h>

extern const u8 boot_stack[STACK_SIZE];
extern char __image_start[], __init_start[], __init_end[];

#define MB2_LOADER_MAGIC 0x36d76289
/* Far more than any loader writes: modules' command lines and a few KiB of ELF section headers. */
#define INFO_SIZE_MAX (1u << 20)
/* Its size, a reserved word, and the end tag. */
#define INFO_SIZE_MIN 16
#define INFO_ALIGN    8

struct boot_info boot_info;

/* NULL, or what is wrong with the loader's information. */
static const char *loader_info_scan(u32 magic, u64 info_maddr)
{
	const u32 *info = direct_map(info_maddr);

	if (magic != MB2_LOADER_MAGIC)
		return "its magic number is not that of a Multiboot2 loader";

	if (info_maddr % INFO_ALIGN)
		return "it is not aligned";

	if (info[0] < INFO_SIZE_MIN || info[0] > INFO_SIZE_MAX)
		return "it has an impossible size";

	return multiboot_scan(info, info[0], &boot_info, machine_map, E820_MAX, &machine_map_count);
}

static void loader_read(u32 magic, u64 info_maddr)
{
	const char *why = loader_info_scan(magic, info_maddr);

	if (!why)
		return;

	/* The command line is not read: what is wrong goes to the default console. */
	console_init(CONFIG_CONSOLE_DEFAULT, "", true);
	panic("the loader's information at %#lx: %s", info_maddr, why);
}

static void console_start(u32 magic, u32 info_maddr)
{
	bool text_screen;

	loader_read(magic, info_maddr);
	cmdline_parse(boot_info.cmdline);

	text_screen = boot_info.screen.video_type == XEN_VGATYPE_TEXT_MODE_3;
	console_init(boot_options.console, boot_options.com1, text_screen);
	log_set_level(boot_options.loglvl);
	log_set_guest_levels(boot_options.guest_loglvl);
	power_noreboot = boot_options.noreboot;

	log_info("Hospes %s", HOSPES_VERSION);
	log_info("command line: %s", boot_info.cmdline);
	version_set_command_line(boot_info.cmdline);
}

static void processor_start(void)
{
	microcode_init();
	features_init();
	features.pcid &= boot_options.pcid;
	spec_init(&boot_options.spec);
	features_apply();
	mca_init_cpu();

	log_info("processor: %s family %u model %u stepping %u, %u address bits%s%s%s%s%s%s%s",
		 features.vendor, features.family, features.model, features.stepping,
		 features.phys_bits, features.smep ? ", SMEP" : "", features.smap ? ", SMAP" : "",
		 features.xsave ? ", XSAVE" : "", features.fsgsbase ? ", FSGSBASE" : "",
		 features.pcid ? ", PCID" : "", features.x2apic ? ", x2APIC" : "",
		 features.tsc_deadline ? ", TSC deadline" : "");
}

static void modules_release(void)
{
	for (u32 i = 0; i < boot_info.n_modules; i++) {
		/* Whole pages only: one that two modules share stays unused. */
		u64 start = ROUND_UP(boot_info.module[i].start, PAGE_SIZE);
		u64 end = ROUND_DOWN(boot_info.module[i].end, PAGE_SIZE);

		if (start < end)
			frame_add_ram(start, end);
	}
}

static void last_words(void)
{
	u64 kept = __init_start - __image_start;

	log_info("memory: %lu MiB in all, %lu MiB free for guests; the image keeps %lu KiB",
		 frames_total_count() >> 8, frames_free_count() >> 8, kept >> 10);
	log_info("starting dom0");

	console_vga_release();
	console_queue_start();
	if (boot_options.watchdog)
		watchdog_start();
}

/* Takes away the ground under all others here, so this stays resident. */
static void __resident __noreturn ground_release(void)
{
	frame_unmap_image(__init_start, __init_end);
	frame_add_ram(IMAGE_MADDR(__init_start), IMAGE_MADDR(__init_end));
	domain_unpause(dom0);
	guest_start_first();
}

/*
 * The end of booting: modules and the boot part of the image become free memory, and the scheduler
 * starts.
 */
static void __noreturn boot_release(void)
{
	modules_release();
	last_words();
	ground_release();
}

/* The page below the boot CPU's main stack: to run over its end is a fault from here on. */
static void stack_guard_init(void)
{
	const u8 *guard = boot_stack + STACK_GUARD_PAGE * PAGE_SIZE;

	frame_unmap_image(guard, guard + PAGE_SIZE);
}

void __noreturn hv_main(u32 magic, u32 info_maddr)
{
	budget_set(BUDGET_BOOT);
	x86_early_idt();                  /* crashes can be read from here on */
	traps_init();                     /* refused instructions of ours go on elsewhere */
	console_start(magic, info_maddr); /* loader's words, command line, devices to print on */
	processor_start();                /* its features */

	memmap_init();      /* free memory, frame table, final page tables */
	cpu_tables_init(0); /* GDT, IDT, TSS, SYSCALL */
	spec_patch();       /* our code, by what the processor needs */
	guestmap_init();    /* with isolation: what guests' tables show of the image */
	isolation_init();   /* and the stub of their vcpus */
	stack_guard_init();
	cpu_public[0].online = true; /* it answers flushes and posts from here on */

	pic_disable();
	apic_init_cpu();
	acpi_init(); /* CPUs, I/O APICs, clocks, power */
	irq_init();
	time_init(); /* TSC, APIC timer, wall clock */
	console_uart_start();

	sched_init_cpu(0);
	smp_init();            /* the other CPUs */
	microcode_end();       /* dom0 finds its modules as they were */
	machine_check_start(); /* errors of the hardware are looked for on all of them */
	dom0_build();
	boot_release(); /* never returns: this function is freed by it */
}
