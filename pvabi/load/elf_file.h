/* SPDX-License-Identifier: MIT */
/*
 * The structures of an ELF64 file, little endian (System V ABI, chapters 4 and 5). Inside load/
 * only. Others have the names of their system's elf.h.
 */
#ifndef PVABI_LOAD_ELF_FILE_H
#define PVABI_LOAD_ELF_FILE_H

#include <stdint.h>

#define ELF_MAGIC      "\177ELF"
#define ELF_MAGIC_SIZE 4

enum { ELF_CLASS_64 = 2, ELF_DATA_LITTLE = 1 };      /* header.class, header.data */
enum { ELF_TYPE_EXEC = 2, ELF_TYPE_DYN = 3 };        /* header.type */
enum { ELF_MACHINE_X86_64 = 62 };                    /* header.machine */
enum { ELF_PROGRAM_LOAD = 1, ELF_PROGRAM_NOTE = 4 }; /* program.type */
enum { ELF_SECTION_STRINGS = 3, ELF_SECTION_NOTE = 7, ELF_SECTION_NOBITS = 8 };

struct elf_file_header {
	uint8_t magic[ELF_MAGIC_SIZE];
	uint8_t class, data, ident_version, ident_rest[9];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_file_header) == 64, "ELF fixes the size of its header");

struct elf_file_program {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct elf_file_program) == 56, "ELF fixes the size of a program header");

struct elf_file_section {
	uint32_t name, type;
	uint64_t flags, addr, offset, size;
	uint32_t link, info;
	uint64_t addralign, entsize;
};
_Static_assert(sizeof(struct elf_file_section) == 64, "ELF fixes the size of a section header");

/* Behind it stand the owner's name and then the note's content, each filled up to 4 bytes. */
struct elf_file_note {
	uint32_t namesz, descsz, type;
};
_Static_assert(sizeof(struct elf_file_note) == 12, "ELF fixes the size of a note's header");

#endif
