/* SPDX-License-Identifier: MIT */
/*
 * Makes kernel files for the tests: a small PV kernel as an ELF file whose every part can be bent,
 * and a bzImage around packed data. Only for tests: no checks, fixed sizes.
 */
#ifndef TESTS_HOST_TOOLS_KERNEL_FILE_H
#define TESTS_HOST_TOOLS_KERNEL_FILE_H

#include <elf.h>
#include <stdint.h>
#include <string.h>

#define KF_SIZE  16384
#define KF_NOTES 0x400
#define KF_DATA  0x1000
#define KF_BASE  0xffffffff80000000ULL
#define KF_PADDR 0x100000ULL

/*
 * Two segments: code (0x1000 bytes) and data with bss (0x800 of 0x3000 bytes), and a note segment.
 */
struct kernel_file {
	uint8_t bytes[KF_SIZE];
	size_t size, notes;
};

static inline Elf64_Ehdr *kf_header(struct kernel_file *k)
{
	return (Elf64_Ehdr *)k->bytes;
}

static inline Elf64_Phdr *kf_program(struct kernel_file *k, unsigned int i)
{
	return (Elf64_Phdr *)(k->bytes + sizeof(Elf64_Ehdr)) + i;
}

static inline void kf_note(struct kernel_file *k, uint32_t type, const void *data, uint32_t size)
{
	Elf64_Nhdr h = { 4, size, type };
	uint8_t *at = k->bytes + KF_NOTES + k->notes;

	memcpy(at, &h, sizeof(h));
	memcpy(at + sizeof(h), "Xen", 4);
	memcpy(at + sizeof(h) + 4, data, size);
	k->notes += sizeof(h) + 4 + ((size + 3) & ~3U);
	kf_program(k, 2)->p_filesz = kf_program(k, 2)->p_memsz = k->notes;
}

static inline void kf_number(struct kernel_file *k, uint32_t type, uint64_t number)
{
	kf_note(k, type, &number, sizeof(number));
}

static inline void kf_bare(struct kernel_file *k)
{
	Elf64_Ehdr h = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = KF_BASE + KF_PADDR + 0x10,
		.e_phoff = sizeof(h),
		.e_ehsize = sizeof(h),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 3,
	};

	memset(k, 0, sizeof(*k));
	k->size = KF_SIZE;
	memcpy(k->bytes, &h, sizeof(h));
	*kf_program(k, 0) = (Elf64_Phdr){ .p_type = PT_LOAD,
					  .p_offset = KF_DATA,
					  .p_vaddr = KF_BASE + KF_PADDR,
					  .p_paddr = KF_PADDR,
					  .p_filesz = 0x1000,
					  .p_memsz = 0x1000 };
	*kf_program(k, 1) = (Elf64_Phdr){ .p_type = PT_LOAD,
					  .p_offset = KF_DATA + 0x1000,
					  .p_vaddr = KF_BASE + KF_PADDR + 0x1000,
					  .p_paddr = KF_PADDR + 0x1000,
					  .p_filesz = 0x800,
					  .p_memsz = 0x3000 };
	*kf_program(k, 2) = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = KF_NOTES };
	memset(k->bytes + KF_DATA, 0xcc, 0x1800);
}

/* A kernel as Linux describes itself. */
static inline void kf_linux(struct kernel_file *k)
{
	kf_bare(k);
	kf_note(k, 6, "linux", 6);
	kf_note(k, 5, "xen-3.0", 8);
	kf_number(k, 3, KF_BASE);
	kf_number(k, 1, KF_BASE + KF_PADDR + 0x20);
	kf_number(k, 15, 0x8000000000ULL);
	kf_number(k, 16, 1);
	kf_number(k, 17, 0x8801);
}

/* Puts @packed into a bzImage of one setup sector. Returns the file's size. */
static inline size_t kf_bzimage(uint8_t *file, const void *packed, uint32_t size)
{
	uint32_t offset = 64;

	memset(file, 0, 1024 + offset);
	file[0x1f1] = 1;
	memcpy(file + 0x202, "HdrS", 4);
	file[0x206] = 0x0f;
	file[0x207] = 0x02;
	memcpy(file + 0x248, &offset, 4);
	memcpy(file + 0x24c, &size, 4);
	memcpy(file + 1024 + offset, packed, size);
	return 1024 + offset + size;
}

#endif
