/* SPDX-License-Identifier: MIT */
/* The kit's own start and end: what must stand before kernel_main runs, in order. */
#include <pvabi/kit/kit.h>
#include <pvabi/kit/parts.h>

struct start_info *start_info;
struct shared_info *shared_info;
struct vcpu_info *vcpu_infos[VCPUS_MAX];
extern char shared_page[], entry_stack_top[];

struct vcpu_info *vcpu_info(void)
{
	return vcpu_infos[vcpu_id()];
}

void kernel_exit(unsigned int reason)
{
	struct sched_shutdown s = { .reason = reason };

	console_flush();
	for (;;)
		hc_sched_op(SCHEDOP_shutdown, &s);
}

/* The shared page has a frame of its own: it replaces the frame of a page of ours. */
static void shared_info_map(void)
{
	hc_update_va_mapping(shared_page, start_info->shared_info | PTE_DATA, UVMF_INVLPG);
	shared_info = (struct shared_info *)shared_page;
	vcpu_infos[0] = &shared_info->vcpu_info[0];
}

void kit_main(void)
{
	shared_info_map();
	hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	events_start();
	console_start();
	pages_start();
	traps_start(entry_stack_top);
	grants_start();
	kernel_main();
	kernel_exit(SHUTDOWN_poweroff);
}
