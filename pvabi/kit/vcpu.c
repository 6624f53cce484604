/* SPDX-License-Identifier: MIT */
/*
 * More vcpus than the first, in one address space. Each has a stack of its own in one region, so
 * the stack pointer tells who runs. A vcpu that has done its work goes down and waits there for
 * more. Beside them what several vcpus need to work together: locks and barriers. The hypervisor
 * may take the CPU from who holds a lock: so who waits yields.
 */
#include <pvabi/errno.h>
#include <pvabi/kit/kit.h>
#include <pvabi/kit/parts.h>
#include <pvabi/vcpu.h>

/* Of a stack the lower half is for entries from user mode, the upper half to run on. */
#define STACK_PAGES        8
#define STACK_SIZE         (STACK_PAGES * PAGE_SIZE)
#define SPINS_BEFORE_YIELD 1000

static char *stacks; /* those of vcpu 1 and on */
static u64 stacks_size;
static struct job {
	void (*fn)(void *);
	void *arg;
	u32 over;
} jobs[VCPUS_MAX];

u32 vcpu_id(void)
{
	u64 sp, at;

	__asm__ volatile("mov %%rsp, %0" : "=r"(sp));
	at = sp - (u64)stacks;
	return at < stacks_size ? (u32)(at / STACK_SIZE) + 1 : 0;
}

u32 vcpu_count(void)
{
	static u32 count;

	while (count < VCPUS_MAX && hc_vcpu_op(VCPUOP_is_up, count, NULL) >= 0)
		count++;
	return count;
}

void cpu_relax(u32 turn)
{
	if (turn % SPINS_BEFORE_YIELD == SPINS_BEFORE_YIELD - 1)
		hc_sched_op(SCHEDOP_yield, NULL);
	else
		__asm__ volatile("pause");
}

/* A vcpu's first function. Going down ends it until somebody takes it up again. */
static void vcpu_main(u64 arg)
{
	u32 id = (u32)arg;
	struct job *job = &jobs[id];

	traps_start(stacks + (id - 1) * STACK_SIZE + STACK_SIZE / 2);
	for (;;) {
		void (*fn)(void *) = __atomic_exchange_n(&job->fn, NULL, __ATOMIC_ACQUIRE);

		if (fn) {
			fn(job->arg);
			__atomic_store_n(&job->over, 1, __ATOMIC_RELEASE);
		}
		hc_vcpu_op(VCPUOP_down, id, NULL);
	}
}

/* Shared_info has room for the first of them only; the others' stands in a page of its own. */
static int info_start(u32 id)
{
	struct vcpu_register_vcpu_info r = { .offset = 0 };

	if (id < XEN_LEGACY_MAX_VCPUS) {
		vcpu_infos[id] = &shared_info->vcpu_info[id];
		return 0;
	}
	vcpu_infos[id] = page_alloc();
	r.mfn = va_to_mfn(vcpu_infos[id]);
	return (int)hc_vcpu_op(VCPUOP_register_vcpu_info, id, &r);
}

void vcpu_start_state(struct vcpu_guest_context *c, void (*entry)(u64), u64 arg, u64 stack_top,
		      u64 kernel_sp)
{
	memset(c, 0, sizeof(*c));
	c->flags = VGCF_in_kernel;
	c->user_regs.rip = (u64)entry;
	c->user_regs.rdi = arg;
	c->user_regs.rflags = 0x202;
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = FLAT_KERNEL_SS;
	/* As after a call: the return address, which is never used, breaks the alignment by 8. */
	c->user_regs.rsp = stack_top - 8;
	c->kernel_ss = FLAT_KERNEL_SS;
	c->kernel_sp = kernel_sp;
	c->ctrlreg[3] = va_to_mfn((void *)start_info->pt_base) << PAGE_SHIFT;
}

static int vcpu_initialise(u32 id)
{
	static struct vcpu_guest_context c;

	vcpu_start_state(&c, vcpu_main, id, (u64)stacks + id * STACK_SIZE,
			 (u64)stacks + (id - 1) * STACK_SIZE + STACK_SIZE / 2);
	return (int)hc_vcpu_op(VCPUOP_initialise, id, &c);
}

static int vcpu_first_start(u32 id)
{
	int rc;

	if (!stacks) {
		stacks = pages_alloc((vcpu_count() - 1) * STACK_PAGES);
		stacks_size = (vcpu_count() - 1) * STACK_SIZE;
	}
	rc = info_start(id);
	return rc ? rc : vcpu_initialise(id);
}

int vcpu_start(u32 id, void (*fn)(void *), void *arg)
{
	int rc = 0;

	if (id == 0 || id >= vcpu_count())
		return -XEN_ENOENT;
	for (u32 turn = 0; hc_vcpu_op(VCPUOP_is_up, id, NULL) > 0; turn++)
		cpu_relax(turn);
	jobs[id].arg = arg;
	jobs[id].over = 0;
	__atomic_store_n(&jobs[id].fn, fn, __ATOMIC_RELEASE);
	if (!vcpu_infos[id])
		rc = vcpu_first_start(id);
	return rc ? rc : (int)hc_vcpu_op(VCPUOP_up, id, NULL);
}

void vcpu_wait(u32 id)
{
	for (u32 turn = 0; !__atomic_load_n(&jobs[id].over, __ATOMIC_ACQUIRE); turn++)
		cpu_relax(turn);
}

int vcpus_run(u32 n, void (*fn)(void *), void *arg)
{
	int rc;

	for (u32 id = 1; id < n; id++) {
		rc = vcpu_start(id, fn, arg);
		if (rc)
			return rc;
	}
	fn(arg);
	for (u32 id = 1; id < n; id++)
		vcpu_wait(id);
	return 0;
}

bool lock_try(struct lock *l)
{
	u32 nobody = 0;

	if (!__atomic_compare_exchange_n(&l->owner, &nobody, vcpu_id() + 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	l->depth = 1;
	return true;
}

void lock_take(struct lock *l)
{
	if (__atomic_load_n(&l->owner, __ATOMIC_RELAXED) == vcpu_id() + 1) {
		l->depth++;
		return;
	}
	for (u32 turn = 0; !lock_try(l); turn++)
		cpu_relax(turn);
}

void lock_release(struct lock *l)
{
	if (--l->depth == 0)
		__atomic_store_n(&l->owner, 0, __ATOMIC_RELEASE);
}

void barrier_wait(struct barrier *b, u32 n)
{
	u32 round = __atomic_load_n(&b->round, __ATOMIC_ACQUIRE);

	if (__atomic_add_fetch(&b->arrived, 1, __ATOMIC_ACQ_REL) == n) {
		__atomic_store_n(&b->arrived, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&b->round, round + 1, __ATOMIC_RELEASE);
		return;
	}
	for (u32 turn = 0; __atomic_load_n(&b->round, __ATOMIC_ACQUIRE) == round; turn++)
		cpu_relax(turn);
}
