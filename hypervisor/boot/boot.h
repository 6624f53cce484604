/* SPDX-License-Identifier: MIT */
/*
 * From GRUB to dom0: what the loader handed us, ACPI, the command line, the dom0 builder. Nearly
 * all of it is freed when dom0 starts.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <boot/spec.h>
#include <console/console.h>
#include <memory/memory.h>
#include <lib/types.h>

#define BOOT_MODULES_MAX 8
#define BOOT_CMDLINE_MAX 2048 /* with the NUL; longer ones are refused */
#define BOOT_RSDP_SIZE   36   /* of revision 2; older ones are shorter */

/* For what runs when the rest of the boot room is freed, or while it is. */
#define __resident __attribute__((noinline, section(".text.resident")))

struct boot_module {
	u64 start, end; /* machine addresses of bytes [start, end) */
	char cmdline[BOOT_CMDLINE_MAX];
};

/* Everything taken from the loader, copied out of its memory before that is reused. */
struct boot_info {
	char cmdline[BOOT_CMDLINE_MAX];

	u32 n_modules;
	struct boot_module module[BOOT_MODULES_MAX];

	bool rsdp_given;
	u8 rsdp_copy[BOOT_RSDP_SIZE]; /* ACPI's root pointer as the loader copied it */

	bool efi;
	u64 efi_maddr; /* EFI's system table; 0: unknown */

	struct dom0_vga_console_info screen; /* as dom0 is told of it; video_type 0: none known */
};
extern struct boot_info boot_info;

/*
 * Reads @size bytes of Multiboot2 information at @info into *bi, the memory map into @map (at most
 * @map_max entries, the count to *n_map). Nothing in it is trusted. NULL if all is well, else what
 * is wrong, in words. Pure. (boot/multiboot.c)
 */
const char *multiboot_scan(const void *info, u32 size, struct boot_info *bi, struct e820_entry *map,
			   u32 map_max, u32 *n_map);

/* So many bytes and so much of the machine's memory: "512M+5%". All 0: nothing was said. */
struct memory_share {
	u64 bytes;
	u32 percent;
};

/* What the words of the command line say. (boot/cmdline.c) */
struct boot_options {
	struct memory_share dom0_mem, dom0_mem_max;
	u32 dom0_max_vcpus, max_cpus; /* 0: as many as there are */
	char console[32], com1[48];
	int loglvl;
	struct guest_levels guest_loglvl;
	bool noreboot, watchdog, pcid, ucode;
	struct spec_words spec; /* spec-ctrl= */
};
extern struct boot_options boot_options;

/* Reads the words of @line into boot_options; what is not understood is logged and ignored. */
void cmdline_parse(const char *line);

/* Notes that the machine has such a CPU, this one too. (boot/smp.c) */
void smp_found(u32 acpi_id, u32 apic_id);
/* Starts the CPUs that were found, one by one, up to maxcpus=. Needs timers. */
void smp_init(void);

/*
 * Microcode from the modules: chosen and loaded on the boot CPU; loaded on another CPU, which calls
 * it; the modules are as they were. (boot/microcode_load.c)
 */
void microcode_init(void);
void microcode_load(void);
void microcode_end(void);

/* ACPI: MADT (CPUs, I/O APICs, overrides), HPET, FADT (PM timer, reset, S5); EFI. (boot/acpi.c) */
void acpi_init(void);

/* Range bookkeeping before the allocator runs: RAM minus us, modules, firmware. (boot/memmap.c) */
void memmap_init(void);
/* Its arithmetic. Pure. (boot/ranges.c) */
struct ram_range {
	u64 start, end; /* bytes, page aligned, free for use */
};
enum { E820_RAM = 1, E820_RESERVED = 2, E820_ACPI = 3, E820_NVS = 4, E820_UNUSABLE = 5 };
/* Entries of the largest map: the machine's, with the modules, our image and low memory. */
#define MEMMAP_MAX (E820_MAX + BOOT_MODULES_MAX + 2)
/*
 * Sorts @map of @n entries, cuts overlaps (the less usable type wins) and joins neighbours, in
 * place. Returns the new count, or 0 if it does not fit in @max entries.
 */
u32 memmap_normalise(struct e820_entry *map, u32 n, u32 max);
/* Appends the pages of [start, end) as unusable; the map has room, and is to be normalised then. */
void memmap_take(struct e820_entry *map, u32 *n, u64 start, u64 end);
/* The whole pages of RAM of a normalised map, in the part of it that the direct map reaches. */
u32 memmap_ram(const struct e820_entry *map, u32 n, struct ram_range *out);

/*
 * Builds the frame table, the m2p and all level-3 tables of our slots from the memory map, and
 * feeds the allocator. @ram_top: the end of RAM in bytes. (boot/frames.c)
 */
void frame_init(const struct ram_range *free, u32 n_free, u64 ram_top);
/* Takes pages of the image out of the address space: the boot part, before its memory is reused. */
void frame_unmap_image(const void *start, const void *end);

/* Fills `features`. Long mode and NX, without which nothing goes, head.S has seen already. */
void features_init(void);
/* Sets CR0, CR4, EFER, XCR0, PAT, SYSCALL MSRs of this CPU. (boot/features.c) */
void features_apply(void);

/* Calibrates TSC and APIC timer; reads the RTC. (boot/calibrate.c) */
void time_init(void);
/* acpi.c tells it: the machine address of the HPET, the PM timer's port; 0: none. */
extern u64 time_hpet_maddr;
extern u32 time_pmtimer_port;

/* An unpacked kernel. (boot/unpack.c) */
struct unpacked {
	const void *data; /* the ELF file */
	u64 size;
	void *memory; /* NULL: it was not compressed, and lies in the kernel file itself */
};

/*
 * Unpacks a kernel file: an ELF file, or a bzImage whose payload is one, plain or compressed with
 * XZ, zstd or gzip. 0, or -errno with a reason. unpack_free gives the memory back.
 */
int __must_check unpack_kernel(const void *file, u64 size, struct unpacked *out);
void unpack_free(struct unpacked *u);

/* Builds dom0 from module 0 (kernel) and 1 (initrd), ready to be unpaused. (boot/dom0.c) */
void dom0_build(void);

/* C entry, from head.S, with the boot page tables, on the boot CPU's stack. (boot/main.c) */
void __noreturn hv_main(u32 magic, u32 info_maddr);

#endif
