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
#include <pvabi/io/xenbus.h>
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
int page_map(u64 va, u64 entry);               /* makes missing tables: one vcpu at a time */
int page_map_in(u64 *root, u64 va, u64 entry); /* the same below another root */
long page_op(u32 cmd, u64 arg1);               /* one mmuext_op */

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
int store_show(const char *path);  /* all domains may read it */
int store_watch(const char *path); /* the first change is told at once: that it is watched */
bool store_changed(void);          /* one of the watched was changed, since this was asked */

/* --- control.c: what the toolstack asks of this kernel */
#define CONTROL_NOTHING (-1)
int control_start(void); /* watches for it, and says that there will be an answer */
int control_asked(void); /* SHUTDOWN_* that it shall do now, or CONTROL_NOTHING */

/* --- fpu.c: areas that keep the extended registers of what is not running */
void *fpu_new(void); /* the registers as a process finds them first */
void fpu_save(void *area);
void fpu_load(const void *area);

/* --- user.c: processes, in the first 512 GiB. There is no way back for their memory. */
#define PROCESS_END (1ul << 39)
struct process {
	struct regs regs; /* where it begins, then where it stopped */
	u64 *root;        /* its page tables */
	void *fpu;
};
struct process *process_new(u64 entry, u64 stack_top);
int process_map(struct process *p, u64 va, u64 entry); /* entry: with PTE_U */
/*
 * Runs it until it stops: the vector; VECTOR_SYSCALL for a system call, VECTOR_EVENT for
 * process_stop, VECTOR_NONE if its memory was refused. While it is the last that ran, the kernel
 * finds its memory at the same addresses.
 */
int process_run(struct process *p);
void process_stop(void); /* from an event's handler */

/* --- device.c: what front ends have in common */
#define DEVICE_PATH 80
struct device {
	char home[DEVICE_PATH], backend[DEVICE_PATH]; /* folders of the store: ours, the other's */
	domid_t of;                                   /* who has the other end */
};
int device_find(struct device *d, const char *kind, u32 number); /* and waits for the other end */
u64 device_number(const struct device *d, const char *node); /* of the other end; 0: not there */
int device_tell(const struct device *d, const char *node, u64 number);
int device_tell_text(const struct device *d, const char *node, const char *text);
int device_await(const struct device *d, enum xenbus_state state); /* of the other end */
void *device_ring(const struct device *d, const char *node);       /* a page, granted and told */
int device_port(const struct device *d);                           /* a port, told; or -1 */

/* --- disk.c: all return 0, or -1: not there, refused, beyond its end. One vcpu at a time. */
#define DISK_SECTOR 512u
#define DISK_MOST   88u    /* sectors at a time */
#define DISK_XVDA   51712u /* number of the disk `xvda`; xvdb is 16 further */
struct disk {
	struct device device;
	struct blkif_sring *ring;
	int port;
	u16 handle;
	u32 asked, answered;
	u64 sectors;
	char *pages;
	int refs[11];
};
int disk_open(struct disk *d, u32 number);
int disk_read(struct disk *d, u64 sector, void *to, u32 sectors);
int disk_write(struct disk *d, u64 sector, const void *from, u32 sectors);
int disk_flush(struct disk *d); /* all that was written is where a power cut leaves it */

/* --- net.c: packets as they are on the wire, from the Ethernet header on. One vcpu at a time. */
#define NET_PAGES 32
struct net {
	struct device device;
	struct netif_tx_sring *tx;
	struct netif_rx_sring *rx;
	int port;
	u8 mac[6];
	u32 sent, answered, received;
	u32 busy; /* pages that are being sent, a bit each */
	char *tx_pages, *rx_pages;
	int tx_refs[NET_PAGES], rx_refs[NET_PAGES];
};
int net_open(struct net *n, u32 number);
int net_send(struct net *n, const void *packet, u32 length);    /* 0, or -1 */
int net_receive(struct net *n, void *packet, u32 size, u64 ns); /* length; 0: none came */

/* --- string.c */
void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
/* The value of word=VALUE on the command line, copied; false: not there. */
bool cmdline_word(const char *word, char *value, size_t size);
u64 number_parse(const char *s);
void number_text(char *to, u64 n);                                   /* to: 21 bytes */
void text_join(char *to, size_t size, const char *a, const char *b); /* a/b, cut to size */

#define BARRIER() __asm__ volatile("" : : : "memory")

#endif
