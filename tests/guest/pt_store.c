/* SPDX-License-Identifier: MIT */
/*
 * A store to a page table is done for the guest as the processor would have done it: the same
 * result in memory, in registers and in flags. Each instruction is executed twice, on an entry of a
 * table and on ordinary memory with the same content; nothing may differ. (AF is undefined after
 * logic and is not looked at.) Only the guest's kernel has it done: its user part gets the fault,
 * and so does the kernel while it has switched this off.
 */
#include <tests/guest/test.h>

#define FLAGS 0x8c5ul /* OF SF ZF PF CF */

struct state {
	u64 *memory, rax, rdx, flags;
};

#define STORE(name, insn)                                                        \
	static void name(struct state *s)                                        \
	{                                                                        \
		__asm__ volatile("xor %%ecx, %%ecx; " insn "; pushfq; pop %%rcx" \
				 : "+a"(s->rax), "+d"(s->rdx), "=c"(s->flags)    \
				 : "D"(s->memory)                                \
				 : "memory", "cc");                              \
	}

STORE(mov64, "movq %%rax, (%%rdi)")
STORE(mov32, "movl %%eax, (%%rdi)")
STORE(mov8, "movb %%al, (%%rdi)")
STORE(mov_imm, "movq $0, (%%rdi)")
STORE(mov_high, "movl $0, 4(%%rdi)")
STORE(xchg64, "xchgq %%rax, (%%rdi)")
STORE(xchg32, "xchgl %%eax, (%%rdi)")
STORE(cmpxchg64, "lock cmpxchgq %%rdx, (%%rdi)")
STORE(cmpxchg32, "lock cmpxchgl %%edx, (%%rdi)")
STORE(btr_imm, "lock btrq $1, (%%rdi)")
STORE(bts_imm, "lock btsq $1, (%%rdi)")
STORE(btc_imm, "lock btcq $9, (%%rdi)")
STORE(btr_reg, "lock btrq %%rdx, (%%rdi)")
STORE(and_imm, "lock andq $-3, (%%rdi)")
STORE(and_reg, "lock andq %%rdx, (%%rdi)")
STORE(and_byte, "lock andb $0xfd, (%%rdi)")
STORE(or_imm, "lock orq $2, (%%rdi)")
STORE(or32, "orl $0x200, (%%rdi)")
STORE(xor_reg, "lock xorq %%rdx, (%%rdi)")

static u64 *entry, mfn1, mfn2;

static void same(void (*insn)(struct state *), u64 first, u64 rax, u64 rdx, const char *what)
{
	u64 copy = first;
	struct state a = { entry, rax, rdx, 0 }, b = { &copy, rax, rdx, 0 };
	bool alike;

	page_entry_write(va_to_mfn(entry) << PAGE_SHIFT | ((u64)entry & 4095), first);
	insn(&a);
	insn(&b);
	alike = *entry == copy && a.rax == b.rax && a.rdx == b.rdx &&
		!((a.flags ^ b.flags) & FLAGS);
	ok(alike, "%s", what);
	if (!alike)
		print("# from %lx: memory %lx, not %lx; rax %lx, %lx; flags %lx, %lx\n", first,
		      *entry, copy, a.rax, b.rax, a.flags & FLAGS, b.flags & FLAGS);
}

static char stack[4096] __attribute__((aligned(16)));

static void user_store(void)
{
	__asm__ volatile("movq $0, (%0); int $0x80" : : "r"(entry) : "memory");
}

static void by_user_part(u64 first)
{
	ok_is(user_enable(), 0, "the user part has the same page tables");
	page_entry_write(va_to_mfn(entry) << PAGE_SHIFT | ((u64)entry & 4095), first);
	ok_is(user_try(user_store, stack + sizeof(stack)), 14, "a store by the user part faults");
	ok(*entry == first, "and changes nothing");
}

static void switched_off(void)
{
	const u32 assist = VMASST_TYPE_writable_pagetables;

	/* Until then it was on, because the kit asked for it. */
	ok_is(CALL(vm_assist, VMASST_CMD_disable, assist), 0, "it can be switched off");
	ok_is(try_write((u64)entry, 0), 14, "then a store faults");
	ok_is(CALL(vm_assist, VMASST_CMD_enable, assist), 0, "and on again");
	ok_is(try_write((u64)entry, 0), VECTOR_NONE, "then it is done");
}

void test_main(void)
{
	void *page = page_alloc(), *other = page_alloc();
	u64 one, two;

	mfn1 = va_to_mfn(page);
	mfn2 = va_to_mfn(other);
	one = mfn1 << PAGE_SHIFT | PTE_DATA;
	two = mfn2 << PAGE_SHIFT | PTE_DATA;
	entry = page_entry((u64)page, 1);
	same(mov64, one, two, 0, "mov of 8 bytes");
	same(mov32, one, (u32)two, 0, "mov of 4");
	same(mov8, one, 0x65, 0, "mov of 1");
	same(mov_imm, one, 0, 0, "mov of 0");
	same(mov_high, one & 0xffffffff, 0, 0, "mov to the upper half");
	same(xchg64, one, two, 0, "xchg");
	same(xchg64, one, 0, 0, "xchg with nothing");
	same(xchg32, one, (u32)two, 0, "xchg of 4");
	same(cmpxchg64, one, one, two, "cmpxchg that finds what it expects");
	same(cmpxchg64, one, two, 0, "cmpxchg that does not");
	same(cmpxchg64, one, ~0ul, two, "cmpxchg that expects more");
	same(cmpxchg64, one, 1, two, "cmpxchg that expects less");
	same(cmpxchg32, one, (u32)one, (u32)two, "cmpxchg of 4 that finds what it expects");
	same(cmpxchg32, one, 7, (u32)two, "cmpxchg of 4 that does not");
	same(btr_imm, one, 0, 0, "btr of a bit that is set");
	same(btr_imm, one & ~PTE_RW, 0, 0, "btr of one that is not");
	same(bts_imm, one & ~PTE_RW, 0, 0, "bts");
	same(btc_imm, one, 0, 0, "btc");
	same(btr_reg, one, 0, 1, "btr by a register");
	same(and_imm, one, 0, 0, "and with a constant");
	same(and_reg, one, 0, 0, "and with 0");
	same(and_reg, one, 0, ~PTE_RW, "and with a register");
	same(and_byte, one, 0, 0, "and of 1 byte");
	same(or_imm, one & ~PTE_RW, 0, 0, "or");
	same(or32, one, 0, 0, "or of 4 bytes");
	same(xor_reg, one, 0, PTE_RW, "xor");
	by_user_part(one);
	switched_off();
	page_writable(page, mfn1);
	ok_is(try_write((u64)page, 1), VECTOR_NONE, "the page is there again");
}
