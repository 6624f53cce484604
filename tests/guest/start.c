/* SPDX-License-Identifier: MIT */
/*
 * Start states that no vcpu may have: a mode without page tables for it, roots that are none,
 * tables and addresses that are not the guest's. Each is refused, and a good one is taken after
 * them all.
 *
 * vcpus: 2
 */
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

static struct vcpu_guest_context c;
static char *stack;
static u64 *page;

static void runs(void *arg)
{
	*(u32 *)arg = vcpu_id() + 1;
}

static void never(u64 unused)
{
	(void)unused;
	for (;;)
		hc_sched_op(SCHEDOP_yield, NULL);
}

/* A start state like that of any vcpu, to be spoilt. */
static void good(void)
{
	vcpu_start_state(&c, never, 0, (u64)stack + 2 * PAGE_SIZE, (u64)stack + PAGE_SIZE);
}

/* If it is taken, it shows what comes of it. */
static void refused(const char *what)
{
	long rc = hc_vcpu_op(VCPUOP_initialise, 1, &c);

	ok_refused(rc, "%s", what);
	if (!rc) {
		hc_vcpu_op(VCPUOP_up, 1, NULL);
		time_sleep(SECOND);
	}
	good();
}

static void roots(void)
{
	c.ctrlreg[3] = 0;
	refused("no root");
	c.ctrlreg[3] = va_to_mfn(page) << PAGE_SHIFT;
	refused("a root that is mapped writable");
	c.ctrlreg[3] = 1ul << 51;
	refused("a root beyond all memory");
	c.flags = 0;
	refused("user mode, and no root for it");
	c.flags = 0;
	c.ctrlreg[1] = 1;
	refused("user mode, and a root for it that is in no frame");
	c.flags = 0;
	c.ctrlreg[1] = va_to_mfn(page) << PAGE_SHIFT;
	refused("user mode, and a root for it that is mapped writable");
	c.flags = 0;
	c.ctrlreg[3] = 0;
	c.ctrlreg[1] = va_to_mfn((void *)start_info->pt_base) << PAGE_SHIFT;
	refused("a root for user mode alone");
}

static void addresses(void)
{
	c.gdt_ents = 512;
	c.gdt_frames[0] = va_to_mfn(page);
	refused("a GDT that is mapped writable");
	c.gdt_ents = 8192;
	refused("a GDT over the hypervisor's part");
	c.ldt_ents = 8193;
	refused("an LDT too long");
	c.ldt_ents = 1;
	c.ldt_base = (u64)page + 8;
	refused("an LDT within a page");
	c.kernel_sp = HV_INSIDE;
	refused("the hypervisor's memory as stack");
	c.event_callback_eip = HV_INSIDE;
	refused("the hypervisor's memory as event handler");
	c.syscall_callback_eip = NON_CANONICAL;
	refused("no address at all for system calls");
	c.trap_ctxt[14].address = HV_LAST_PAGE;
	refused("the hypervisor's memory as trap handler");
	c.fs_base = NON_CANONICAL;
	refused("a base that is no address");
}

void test_main(void)
{
	u32 ran = 0;

	stack = pages_alloc(2);
	page = page_alloc();
	good();
	roots();
	addresses();
	ok_refused(hc_vcpu_op(VCPUOP_up, 1, NULL), "it does not go up from any of them");
	ok_is(vcpu_start(1, runs, &ran), 0, "a good one is taken");
	vcpu_wait(1);
	ok_is(ran, 2, "and runs");
}
