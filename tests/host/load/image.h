/* SPDX-License-Identifier: MIT */
/* A small kernel file made in memory, which the tests then break at byte offsets. */
#ifndef TEST_IMAGE_H
#define TEST_IMAGE_H

#include <stdint.h>

#define IMAGE_SIZE  0x3000
#define IMAGE_BASE  0xffffffff80000000ul
#define IMAGE_PADDR 0x1000000ul
/* Offsets in the file. */
#define AT_PHDR    64
#define PHDR_SIZE  56
#define AT_NOTES   0x800
#define AT_TEXT    0x1000
#define TEXT_SIZE  0x1000
#define AT_DATA    0x2000
#define DATA_SIZE  0x800
#define DATA_MEMSZ 0x3000

/* Headers, notes, a text segment of 0xaa and a data segment of 0xdd with bss. */
void image_make(unsigned char *file);
void image_put(unsigned char *file, uint64_t at, uint64_t value, uint32_t size);
/* Appends a note at @at; returns where the next one goes. */
uint64_t note_put(unsigned char *file, uint64_t at, uint32_t type, const void *desc, uint32_t n);

#endif
