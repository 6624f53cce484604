/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: the small machine's memory and CPUs, and the instructions that cpu.c
 * carries out on them.
 */
#ifndef FUZZ_HOST_H
#define FUZZ_HOST_H

#include "../../host/fake/memory.h"
#include <x86/asm.h>
#include <x86/isolation.h>

void host_write_cr3(u64 v);
void host_write_cr4(u64 v);
u64 host_read_cr3(void);
u64 host_read_cr4(void);
void host_invpcid(u64 type, u64 tag);

/* A page alone may stay in a TLB longer than it must: that is the stricter machine. */
#define invlpg(va)             ((void)(va))
#define invpcid(type, tag, va) host_invpcid(type, tag)
#define write_cr3              host_write_cr3
#define write_cr4              host_write_cr4
#define read_cr3               host_read_cr3
#define read_cr4               host_read_cr4
#define cpu_pause()            ((void)0)

/* Registers that change nothing here. */
#define read_cr0()    0ul
#define write_cr0(v)  ((void)(v))
#define clts()        ((void)0)
#define mfence()      ((void)0)
#define inb(port)     ((u8)0xff)
#define inw(port)     ((u16)0xffff)
#define inl(port)     (~0u)
#define outb(port, v) ((void)(v))
#define outw(port, v) ((void)(v))
#define outl(port, v) ((void)(v))

/* The image, whose pages with the entries follow a page of secrets. */
#define IMAGE_TEXT         (IMAGE_VIRT + 0x201000)
#define IMAGE_DATA         (IMAGE_TEXT + 0x1000)
#define __entry_text_start ((const char *)IMAGE_TEXT)
#define __entry_text_end   ((const char *)IMAGE_DATA)
#define __entry_data_start ((const char *)IMAGE_DATA)
#define __entry_data_end   ((const char *)IMAGE_DATA + 0x1000)
#define syscall_stub_start ((const char *)zero_page)
#define syscall_stub_end   ((const char *)zero_page + 64)
extern const unsigned char zero_page[4096];

struct cpu_user_regs;
struct cpu_user_regs *guest_regs(void);

#endif
