/* SPDX-License-Identifier: MIT */
/*
 * From GRUB to dom0: what the loader handed us, ACPI, the command line, the dom0 builder. Nearly
 * all of it is freed when dom0 starts.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <memory/memory.h>
#include <lib/types.h>

#define BOOT_MODULES_MAX 8

/* For what runs when the rest of the boot room is freed, or while it is. */
#define __resident __attribute__((noinline, section(".text.resident")))

struct boot_module {
	u64 start, end; /* machine addresses of bytes [start, end) */
	char cmdline[2048];
};

/* Everything taken from the loader, copied out of its memory before that is reused. */
struct boot_info {
	char cmdline[2048];
	u32 n_modules;
	struct boot_module module[BOOT_MODULES_MAX];
	u8 rsdp_copy[36]; /* ACPI's root pointer as the loader copied it */
	bool rsdp_given, efi;
	u64 efi_maddr;                       /* EFI's system table; 0: unknown */
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

/* Command line words. (boot/cmdline.c) */
struct boot_options {
	u64 dom0_mem;                 /* bytes, 0: default */
	u64 dom0_mem_max;             /* bytes, 0: none */
	u32 dom0_max_vcpus, max_cpus; /* 0: as many as there are */
	char console[32], com1[48];
	int loglvl, guest_loglvl;
	bool noreboot, watchdog, pcid;
};
extern struct boot_options boot_options;
void cmdline_parse(const char *line);

/* Starts the other CPUs, which smp_found named before, up to maxcpus=; needs time. (boot/smp.c) */
void smp_found(u32 acpi_id, u32 apic_id);
void smp_init(void);

/* ACPI: MADT (CPUs, I/O APICs, overrides), HPET, FADT (PM timer, reset, S5); EFI. (boot/acpi.c) */
void acpi_init(void);

/* Range bookkeeping before the allocator runs: RAM minus us, modules, firmware. (boot/memmap.c) */
void memmap_init(void);
/* Its arithmetic. Pure. (boot/ranges.c) */
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

/* Kernel images. (boot/elf.c pure, boot/unpack.c) */
#define ELF_NONE (~0ul) /* an address that the file does not name */
struct elf_image {
	const u8 *data;
	u64 size;
	u64 virt_start, virt_end; /* of PT_LOAD, in the guest's addresses */
	u64 phys_start, paddr_offset;
	u64 entry, virt_base;
	u64 hypercall_page, init_p2m; /* ELF_NONE: not wanted */
	u64 features;                 /* of pvabi/features.h; all bits if the file does not say */
	u64 mod_start_pfn;            /* not 0: the initrd by its pfn, not mapped */
	char guest_os[32];
};
/* Checks and describes an ELF64 kernel. 0 or -ENOEXEC with a reason. Pure. */
int elf_parse(const void *data, u64 size, struct elf_image *out);
/*
 * Calls put(offset from virt_start, bytes, n, arg) for each piece that the file holds. What no
 * piece covers (bss) is to be zero: the caller loads into cleared memory. Only after elf_parse, on
 * unchanged data.
 */
typedef void elf_put_t(u64 off, const void *src, u64 n, void *arg);
void elf_load(const struct elf_image *img, elf_put_t *put, void *arg);
/* Finds the compressed payload of a bzImage. 0, or -ENOEXEC with a reason. Pure. */
int bzimage_payload(const void *data, u64 size, const void **payload, u64 *payload_size,
		    u32 *unpacked_size);

/*
 * Unpacks a kernel file: a bzImage with an XZ, zstd or gzip payload, or an ELF file (then *out is
 * @data itself). 0, or -errno with a reason. unpack_free gives the memory back.
 */
int unpack_kernel(const void *data, u64 size, const void **out, u64 *out_size);
void unpack_free(const void *data, const void *out);

/* Builds dom0 from module 0 (kernel) and 1 (initrd), ready to be unpaused. (boot/dom0.c) */
void dom0_build(void);

/* C entry, from head.S, with the boot page tables, on the boot CPU's stack. (boot/main.c) */
void __noreturn hv_main(u32 magic, u32 info_maddr);

#endif
