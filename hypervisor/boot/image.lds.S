/* SPDX-License-Identifier: MIT */
/*
 * The image: text, constants, data; then the part that is freed when dom0 starts, which holds all
 * of boot/, pvabi/load and the decompressors. Linked at IMAGE_VIRT, loaded at IMAGE_PHYS. Parts
 * with different rights never share a page.
 */
#include <x86/layout.h>

#define LOAD(sect) AT(ADDR(sect) - IMAGE_VIRT + IMAGE_PHYS)
#define PAGE 4096

/*
 * Members of the libraries; objects of the boot room and pvabi/load, wherever they were built.
 */
#define BOOT_FILES *liblzma.a:* *libzstd.a:* *libz.a:* *hypervisor?boot?*.o *pvabi?load?*.o

OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(head_start)

PHDRS {
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	init_text PT_LOAD FLAGS(5);
	init_data PT_LOAD FLAGS(6);
}

SECTIONS {
	. = IMAGE_VIRT;
	__image_start = .;

	.text : LOAD(.text) {
		__text_start = .;
		KEEP(*(.head))
		*(.text.entry .text.resident)
		/* What a guest's tables show with isolation. */
		. = ALIGN(PAGE);
		__entry_text_start = .;
		*(.text.isolation)
		. = ALIGN(PAGE);
		__entry_text_end = .;
		*(EXCLUDE_FILE(BOOT_FILES) .text EXCLUDE_FILE(BOOT_FILES) .text.*)
		. = ALIGN(PAGE);
		__text_end = .;
	} :text

	.rodata : LOAD(.rodata) {
		__rodata_start = .;
		*(.rodata.resident)
		*(EXCLUDE_FILE(BOOT_FILES) .rodata EXCLUDE_FILE(BOOT_FILES) .rodata.*)
		. = ALIGN(8);
		__fixup_start = .;
		KEEP(*(.fixup_table))
		__fixup_end = .;
		__thunks_start = .;
		KEEP(*(.thunk_sites))
		__thunks_end = .;
		__verw_start = .;
		KEEP(*(.verw_sites))
		__verw_end = .;
		__enter_start = .;
		KEEP(*(.enter_sites))
		__enter_end = .;
		__leave_start = .;
		KEEP(*(.leave_sites))
		__leave_end = .;
		. = ALIGN(PAGE);
		__rodata_end = .;
	} :rodata

	.data : LOAD(.data) {
		__data_start = .;
		*(EXCLUDE_FILE(BOOT_FILES) .data EXCLUDE_FILE(BOOT_FILES) .data.*)
		. = ALIGN(8);
	} :data

	.bss (NOLOAD) : LOAD(.bss) {
		. = ALIGN(STACK_SIZE);
		*(.bss.stack)
		. = ALIGN(PAGE);
		__entry_data_start = .;
		*(.bss.entry)
		. = ALIGN(PAGE);
		__entry_data_end = .;
		*(EXCLUDE_FILE(BOOT_FILES) .bss EXCLUDE_FILE(BOOT_FILES) .bss.*)
		. = ALIGN(PAGE);
		__data_end = .;
	} :data

	.init.text : LOAD(.init.text) {
		__init_start = .;
		__init_text_start = .;
		*(.init.text)
		*(.text .text.*)
		. = ALIGN(PAGE);
		__init_text_end = .;
	} :init_text

	.init.data : LOAD(.init.data) {
		__init_data_start = .;
		*(.init.rodata .init.data)
		*(.rodata .rodata.*)
		*(.data .data.*)
		*(.got .got.plt)
		. = ALIGN(8);
	} :init_data

	.init.bss (NOLOAD) : LOAD(.init.bss) {
		*(.init.bss)
		*(.bss .bss.* COMMON)
		. = ALIGN(PAGE);
		__init_data_end = .;
		__init_end = .;
	} :init_data
	__image_end = .;

	/DISCARD/ : {
		*(.comment .note .note.* .eh_frame .eh_frame_hdr .gnu.* .tm_clone_table)
		*(.init_array .fini_array .ctors .dtors .interp .dynamic .dynsym .dynstr .hash)
	}
}

/* head.S maps eight pages of 2 MiB before frame_init does it right. */
ASSERT(__image_end - __image_start <= 16 << 20, "the image outgrew the page tables of boot/head.S")
