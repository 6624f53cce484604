/* SPDX-License-Identifier: MIT */
/*
 * What a kernel built on the kit has: everything here is set up before kernel_main is called. One
 * address space, one vcpu that runs and others that wait to be started, all of the domain's first
 * pages mapped from KERNEL_BASE on: pfn n at KERNEL_BASE + n pages. Policy (processes, a scheduler,
 * drivers) is the kernel's own.
 */
#ifndef PVABI_KIT_KIT_H
#define PVABI_KIT_KIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <pvabi/kit/hypercall.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;

#define KERNEL_BASE 0xffffffff80000000ul
#define PAGE_SIZE   4096ul
#define PAGE_SHIFT  12
#define PTE_P       1ul
#define PTE_RW      2ul
#define PTE_U       4ul
#define PTE_A       0x20ul
#define PTE_D       0x40ul
#define PTE_PSE     0x80ul
#define PTE_NX      (1ul << 63)
#define PTE_ADDR    0x000ffffffffff000ul
#define PTE_DATA    (PTE_P | PTE_RW | PTE_U | PTE_A | PTE_D) /* an ordinary page */
#define PTE_ROM     (PTE_P | PTE_U | PTE_A)                  /* a page to read only */

/* The kernel's own: where the kit ends and it begins. It may return: the domain then powers off. */
void kernel_main(void);

/* --- start.S, main.c */
extern struct start_info *start_info;
extern struct shared_info *shared_info;
extern struct vcpu_info *vcpu_infos[]; /* of each vcpu, in shared_info; who moves one sets this */
struct vcpu_info *vcpu_info(void);     /* that of the vcpu that asks */
void kernel_exit(unsigned int reason)
	__attribute__((noreturn)); /* SHUTDOWN_*; waits for the console */

/* --- vcpu.c: more vcpus, and how they work together */
#define VCPUS_MAX 64
u32 vcpu_count(void); /* that the domain has */
u32 vcpu_id(void);    /* who asks */
/* Runs fn(arg) on a vcpu other than the first, which must be down or about to: 0, or -errno. One
 * vcpu alone starts others. The vcpu goes down when fn has returned; then it may be started again.
 * */
int vcpu_start(u32 id, void (*fn)(void *), void *arg);
/*
 * The state in which a vcpu of this kernel may begin: calls entry(arg) with its stack below
 * @stack_top; traps and events come in below @kernel_sp.
 */
void vcpu_start_state(struct vcpu_guest_context *c, void (*entry)(u64), u64 arg, u64 stack_top,
		      u64 kernel_sp);
void vcpu_wait(u32 id); /* until fn has returned */
/* Runs it on the vcpus 0 to n - 1 and waits for all; to be called by vcpu 0. */
int vcpus_run(u32 n, void (*fn)(void *), void *arg);
void cpu_relax(u32 turn); /* in a loop that waits for another vcpu; now and then it yields */
struct lock {
	u32 owner; /* vcpu + 1 */
	u32 depth; /* its holder may take it again */
};
void lock_take(struct lock *l);
bool lock_try(struct lock *l); /* false at once if anybody has it, the caller too */
void lock_release(struct lock *l);
struct barrier {
	u32 arrived, round;
};
void barrier_wait(struct barrier *b, u32 n); /* until n vcpus have come here */

/* --- console.c: text to the domain's console; %d %u %x %s %c, l, widths and zeros */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void print_v(const char *fmt, va_list ap);
extern struct lock console_lock; /* to keep together what several calls print */
void console_flush(void);        /* waits (not for ever) until the backend has taken it all */

/* --- traps.c. Vectors above 0xff are the kit's names for the three callbacks. */
#define VECTOR_SYSCALL  0x100
#define VECTOR_EVENT    0x101
#define VECTOR_FAILSAFE 0x102
#define VECTOR_NONE     (-1)
struct regs {
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	u64 vector, error, rip, cs, rflags, rsp, ss;
};
/* Runs fn(arg); a trap in it ends it. The vector, or VECTOR_NONE; trap_last tells more of it. */
int trap_try(void (*fn)(void *), void *arg);
struct trap_last {
	struct regs regs;
	u64 cr2;
};
struct trap_last *trap_last(void);
/* Set by a kernel that wants to see a trap first; true: handled, go on after it as regs say. */
extern bool (*trap_hook)(struct regs *regs);
/* Makes the kernel's page tables those of user mode too; then runs code there until it traps. */
int user_enable(void);
int user_try(void (*fn)(void), void *stack_top);
/* The iret hypercall with this frame; returns only if it failed. From trap_try. */
void iret_frame(const struct iret_context *frame);

/* --- event.c: ports. A handler runs with events masked. */
typedef void event_handler(u32 port);
void event_handle(u32 port, event_handler *fn); /* and unmasks the port */
int event_alloc_unbound(domid_t remote);        /* a port, or -errno */
int event_bind_interdomain(domid_t remote, u32 remote_port);
int event_bind_virq(u32 virq);
int event_send(u32 port);
int event_close(u32 port);
bool event_pending_take(u32 port); /* tests and clears; for ports that are polled */
void events_mask(void);
void events_unmask(void); /* and takes what came meanwhile */
/* Sleeps until the port is pending or so many ns went by; true if it is pending. */
bool event_wait(u32 port, u64 ns);

/* --- time.c */
u64 time_ns(void); /* system time */
void time_sleep(u64 ns);

/* --- page.c: frames and page tables */
u64 pfn_to_mfn(u64 pfn);
u64 mfn_to_pfn(u64 mfn);
static inline u64 va_to_pfn(const volatile void *va)
{
	return ((u64)va - KERNEL_BASE) >> PAGE_SHIFT;
}
static inline void *pfn_to_va(u64 pfn)
{
	return (void *)(KERNEL_BASE + (pfn << PAGE_SHIFT));
}
static inline u64 va_to_mfn(const volatile void *va)
{
	return pfn_to_mfn(va_to_pfn(va));
}
void *page_alloc(void);   /* a zeroed page, mapped; there is no way back */
void *pages_alloc(u32 n); /* so many, one behind the other */
/* The entry for va in the table of this level (4..1), where the kernel may read it; NULL: no such
 * table. */
u64 *page_entry(u64 va, int level);
u64 page_entry_maddr(u64 va, int level);     /* its machine address, 0: no such table */
long page_entry_write(u64 maddr, u64 entry); /* by mmu_update */
long page_set(const volatile void *va,
	      u64 entry); /* the L1 entry of va, by update_va_mapping, and flush */
long page_readonly(const volatile void *va, u64 mfn);
long page_writable(const volatile void *va, u64 mfn);
int page_map(u64 va, u64 entry); /* makes missing tables: one vcpu at a time */
long page_op(u32 cmd, u64 arg1); /* one mmuext_op */

/* --- grant.c: the table's first page */
extern struct grant_entry_v1 *grant_table;
int grant_access(domid_t to, u64 mfn, bool readonly);               /* a reference */
bool grant_end(u32 ref);                                            /* false: still in use */
int grant_map(domid_t of, u32 ref, u64 va, u32 flags, u32 *handle); /* GNTST_* */
int grant_unmap(u32 handle, u64 va);

/* --- store.c: nodes below the domain's own home, or absolute. Waits for the daemon.
 * One vcpu at a time. */
int store_read(const char *path, char *value, u32 size); /* length, or -errno */
int store_write(const char *path, const char *value);

/* --- string.c */
void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
/* The value of word=VALUE on the command line, copied; false: not there. */
bool cmdline_word(const char *word, char *value, size_t size);
u64 number_parse(const char *s);

#define BARRIER() __asm__ volatile("" : : : "memory")

#endif
