/* SPDX-License-Identifier: MIT */
/* Control of domains: made, filled, looked at, ended; also while others hold their pages. */
#include "suites.h"

#include <frame/alloc.h>
#include <pvabi/sched.h>
#include <pvabi/sysctl.h>

#include <signal.h>
#include <string.h>

#define OP  ((struct xen_domctl *)arena)
#define SYS ((struct xen_sysctl *)arena)

static long domctl(u32 cmd, domid_t id)
{
	OP->cmd = cmd;
	OP->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	OP->domain = id;
	return call(__HYPERVISOR_domctl, (u64)arena, 0, 0);
}

static long sysctl(u32 cmd)
{
	SYS->cmd = cmd;
	SYS->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return call(__HYPERVISOR_sysctl, (u64)arena, 0, 0);
}

static void create_args(void)
{
	memset(OP, 0, sizeof(*OP));
	OP->u.createdomain = (struct xen_domctl_createdomain){
		.max_vcpus = 2, .max_grant_frames = -1, .max_maptrack_frames = -1, .grant_opts = 1
	};
}

START_TEST(create_chooses_ids)
{
	domid_t first;

	create_args();
	ck_assert_int_eq(domctl(XEN_DOMCTL_createdomain, 0), 0);
	first = OP->domain;
	ck_assert_uint_gt(first, 1); /* 1 is there */

	ck_assert_int_eq(domctl(XEN_DOMCTL_createdomain, DOMID_INVALID), 0);
	ck_assert_uint_eq(OP->domain, first + 1);

	ck_assert_int_eq(domctl(XEN_DOMCTL_createdomain, 30), 0);
	ck_assert_uint_eq(OP->domain, 30);
	ck_assert_int_eq(domctl(XEN_DOMCTL_createdomain, 30), -EEXIST);

	ck_assert_int_eq(domctl(XEN_DOMCTL_getdomaininfo, 10), 0);
	ck_assert_uint_eq(OP->domain, 30);
	ck_assert_uint_eq(OP->u.getdomaininfo.flags & XEN_DOMINF_paused, XEN_DOMINF_paused);
	ck_assert_int_eq(domctl(XEN_DOMCTL_getdomaininfo, 31), -ESRCH);

	create_args();
	ck_assert_int_eq(domctl(XEN_DOMCTL_unpausedomain, 30), 0);
	ck_assert_int_eq(domctl(XEN_DOMCTL_unpausedomain, 30), -EINVAL);
}
END_TEST

/* With the budget spent, what was made of a domain that can not be listed is ended all the same. */
START_TEST(create_fails_late)
{
	create_args();
	fake_budget_set(1);
	ck_assert_int_eq(domctl(XEN_DOMCTL_createdomain, 1), -EEXIST);
	fake_budget_set(BUDGET_LOOKS);
}
END_TEST

START_TEST(create_refuses)
{
	struct xen_domctl_createdomain *c = &OP->u.createdomain;
	static const struct {
		u32 offset, value;
		long err;
	} bad[] = {
#define BAD(field, value, err) { offsetof(struct xen_domctl_createdomain, field), value, err }
		BAD(flags, XEN_DOMCTL_CDF_hvm, -EINVAL),
		BAD(flags, 1u << 20, -EINVAL),
		BAD(max_vcpus, 0, -EINVAL),
		BAD(max_vcpus, MAX_VCPUS + 1, -EINVAL),
		BAD(iommu_opts, 1, -EINVAL),
		BAD(grant_opts, 2, -EINVAL),
		BAD(grant_opts, 0x11, -EINVAL),
		BAD(arch.emulation_flags, 1, -EINVAL),
		BAD(vmtrace_size, 4096, -EOPNOTSUPP),
		BAD(cpupool_id, 1, -ENOENT),
		BAD(max_grant_frames, 1 << 30, -EINVAL),
		BAD(arch.misc_flags, 2, -EINVAL),
	};
	u64 free_now = frames_free_count(), heap = fake_heap_blocks;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		create_args();
		*(u32 *)((u8 *)c + bad[i].offset) = bad[i].value;
		ck_assert_msg(domctl(XEN_DOMCTL_createdomain, 0) == bad[i].err, "case %u: %s", i,
			      fake_reason);
	}

	ck_assert_uint_eq(frames_free_count(), free_now);
	ck_assert_uint_eq(fake_heap_blocks, heap);
}
END_TEST

START_TEST(only_control)
{
	create_args();
	OP->cmd = XEN_DOMCTL_createdomain;
	OP->interface_version = 0x14;
	ck_assert_int_eq(call(__HYPERVISOR_domctl, (u64)arena, 0, 0), -EACCES);
	ck_assert_int_eq(call(__HYPERVISOR_domctl, 16, 0, 0), -EFAULT);

	ck_assert_int_eq(domctl(9999, 1), -ENOSYS);
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, 0), -EINVAL); /* itself */
	ck_assert_int_eq(domctl(XEN_DOMCTL_destroydomain, 0), -EINVAL);
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, 99), -ESRCH);

	world_as(guest);
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, 0), -EPERM);
	ck_assert_int_eq(domctl(XEN_DOMCTL_createdomain, 0), -EPERM);
	ck_assert_int_eq(sysctl(XEN_SYSCTL_physinfo), -EPERM);
}
END_TEST

START_TEST(destroy_step_by_step)
{
	u64 free_now = frames_free_count();
	struct vcpu *v = guest->vcpu[0];

	v->info_frame = world_frame(guest);
	ck_assert_int_eq(frame_get_mapping(v->info_frame, guest, true), 0);

	world_table_restarts = 3;
	fake_preempt_after = 1;
	world_dom_exc = 0;
	world_roots_put = 0;
	ck_assert_int_eq(domctl(XEN_DOMCTL_destroydomain, 1), 0);
	ck_assert_uint_eq(world_roots_put, guest->max_vcpus);
	ck_assert_uint_ge(world_restarts(), 1);
	ck_assert_uint_eq(world_table_restarts, 0);

	world_run_reaper();
	ck_assert_int_eq(domctl(XEN_DOMCTL_destroydomain, 1), -ESRCH);
	ck_assert_uint_gt(frames_free_count(), free_now);

	world_down();
	world_up(); /* everything went back */
}
END_TEST

/* One whose end is interrupted comes again before those that were seen to and are held. */
START_TEST(an_interrupted_frame_is_not_missed)
{
	struct frame *held = frame_list_first(&guest->frames);

	ck_assert(frame_get(held, guest));
	world_large_table = &frame_table[held->next];
	world_table_restarts = 2;
	fake_preempt_after = 1;
	ck_assert_int_eq(domctl(XEN_DOMCTL_destroydomain, 1), 0);
	ck_assert_uint_eq(world_table_restarts, 0);
	ck_assert_uint_eq(guest->tot_pages, 1);

	frame_put(held);
	world_run_reaper();
	ck_assert_int_eq(domctl(XEN_DOMCTL_getdomaininfo, 1), -ESRCH);
}
END_TEST

START_TEST(zombie_until_let_go)
{
	struct frame *f = frame_list_first(&guest->frames);

	ck_assert(frame_get(f, guest)); /* as a mapping of dom0's would */
	ck_assert_int_eq(domctl(XEN_DOMCTL_destroydomain, 1), 0);
	world_run_reaper();

	ck_assert_int_eq(domctl(XEN_DOMCTL_getdomaininfo, 1), 0);
	ck_assert_uint_eq(OP->domain, 1);
	ck_assert(OP->u.getdomaininfo.flags & XEN_DOMINF_dying);
	ck_assert_uint_eq(OP->u.getdomaininfo.tot_pages, 1);

	ck_assert_int_eq(domctl(XEN_DOMCTL_max_mem, 1), -ESRCH);
	ck_assert_int_eq(domctl(XEN_DOMCTL_destroydomain, 1), 0); /* again does no harm */

	frame_put(f);
	world_run_reaper();
	ck_assert_int_eq(domctl(XEN_DOMCTL_getdomaininfo, 1), -ESRCH);
}
END_TEST

/* A number that nobody has is not that of the next domain. */
START_TEST(numbers_are_exact)
{
	create_args();
	ck_assert_int_eq(domctl(XEN_DOMCTL_createdomain, 30), 0);
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, 29), -ESRCH);
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, 30), 0);
}
END_TEST

static domid_t next_id(domid_t from)
{
	struct domain *d = domain_next(from);
	domid_t id = d ? d->id : DOMID_LIMIT;

	if (d)
		domain_put(d);
	return id;
}

/* Numbers that meet in one bucket of the table stay apart, also when one of them goes. */
START_TEST(numbers_of_a_bucket)
{
	static const domid_t id[] = { 30, 30 + 1024, 30 + 2048 };
	struct domain *middle;

	create_args();
	for (u32 i = 0; i < ARRAY_SIZE(id); i++)
		ck_assert_int_eq(domctl(XEN_DOMCTL_createdomain, id[i]), 0);
	ck_assert_int_eq(domctl(XEN_DOMCTL_createdomain, id[1]), -EEXIST);
	ck_assert_uint_eq(next_id(31), id[1]);
	ck_assert_uint_eq(next_id(id[1]), id[1]);
	ck_assert_uint_eq(next_id(id[2] + 1), DOMID_LIMIT);
	ck_assert_uint_eq(next_id(0xffff), DOMID_LIMIT);

	middle = domain_get(id[1]);
	ck_assert_uint_eq(middle->id, id[1]);
	domain_put(middle);
	world_end(middle);
	world_as(dom0);
	ck_assert_uint_eq(next_id(31), id[2]);
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, id[0]), 0);
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, id[1]), -ESRCH);
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, id[2]), 0);
}
END_TEST

START_TEST(who_crashed_does_not_go_on)
{
	domain_crash(guest, "for the test");
	world_run_reaper();
	ck_assert_uint_eq(guest->shutdown_code, SHUTDOWN_crash);
	ck_assert_int_eq(domctl(XEN_DOMCTL_resumedomain, 1), -EINVAL);
	ck_assert(guest->is_shut_down && !guest->vcpu[0]->run.ready);
}
END_TEST

/* Several at once, one for two reasons: all stop, others do not, and no reference is left. */
START_TEST(crashes_at_once)
{
	struct domain *d[3];
	u32 refs;

	create_args();
	for (u32 i = 0; i < 3; i++) {
		ck_assert_int_eq(domctl(XEN_DOMCTL_createdomain, 30 + i), 0);
		d[i] = domain_get((domid_t)(30 + i));
	}

	refs = d[1]->refs;
	domain_crash(d[0], "for the test");
	domain_crash(d[2], "for the test");
	domain_crash(d[0], "once more");
	ck_assert(d[0]->crash_waits && !d[1]->crash_waits && d[2]->crash_waits);
	world_run_reaper();

	for (u32 i = 0; i < 3; i++) {
		ck_assert(!d[i]->crash_waits);
		ck_assert(d[i]->is_shut_down == (i != 1));
		ck_assert_uint_eq(d[i]->refs, refs);
		domain_put(d[i]);
	}
}
END_TEST

START_TEST(pause_counts)
{
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, 1), 0);
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, 1), 0);
	ck_assert(!guest->vcpu[0]->run.ready);

	ck_assert_int_eq(domctl(XEN_DOMCTL_unpausedomain, 1), 0);
	ck_assert(!guest->vcpu[0]->run.ready);

	ck_assert_int_eq(domctl(XEN_DOMCTL_unpausedomain, 1), 0);
	ck_assert(guest->vcpu[0]->run.ready);

	for (u32 i = 0; i < 255; i++)
		ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, 1), 0);
	ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, 1), -EBUSY);
}
END_TEST

/*
 * Who pauses looks at the state afterwards: so it waits until that is saved. Here nobody else runs,
 * and it would wait for ever, which ends the test.
 */
START_TEST(pause_waits_for_a_vcpu)
{
	guest->vcpu[0]->run.running = true;
	vcpu_pause(guest->vcpu[0]);
	guest->vcpu[0]->run.running = false; /* not reached */
}
END_TEST

START_TEST(pause_waits_for_a_domain)
{
	guest->vcpu[3]->run.running = true;
	domain_pause(guest);
	guest->vcpu[3]->run.running = false; /* not reached */
}
END_TEST

START_TEST(suspend_and_resume)
{
	domain_shutdown(guest, SHUTDOWN_suspend);
	ck_assert_int_eq(domctl(XEN_DOMCTL_getdomaininfo, 1), 0);
	ck_assert_uint_eq(OP->u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift & 255,
			  SHUTDOWN_suspend);
	ck_assert(!guest->vcpu[0]->run.ready);
	ck_assert_int_eq(domctl(XEN_DOMCTL_resumedomain, 1), 0);
	ck_assert(guest->vcpu[0]->run.ready && !guest->is_shut_down);
}
END_TEST

/* A vcpu that may run nowhere would wait for ever. */
START_TEST(affinity_has_a_cpu)
{
	struct xen_domctl_vcpuaffinity *a = &OP->u.vcpuaffinity;
	u64 *hard = (u64 *)(arena + 4096);
	static const u64 bad[] = { 0, 2, ~1ul }; /* only CPU 0 is there */

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(OP, 0, sizeof(*OP));
		a->flags = XEN_VCPUAFFINITY_HARD;
		a->cpumap_hard = (struct xenctl_bitmap){ .bitmap.p = (u8 *)hard, .nr_bits = 64 };
		*hard = bad[i];
		ck_assert_int_eq(domctl(XEN_DOMCTL_setvcpuaffinity, 1), -EINVAL);
		ck_assert_uint_eq(guest->vcpu[0]->run.hard, ~0ul);
	}

	*hard = 5;
	ck_assert_int_eq(domctl(XEN_DOMCTL_setvcpuaffinity, 1), 0);
	ck_assert_uint_eq(guest->vcpu[0]->run.hard & 1, 1);
}
END_TEST

START_TEST(system_lists)
{
	SYS->u.getdomaininfolist.first_domain = 0;
	SYS->u.getdomaininfolist.max_domains = 5;
	SYS->u.getdomaininfolist.buffer.p = (void *)(arena + 4096);
	ck_assert_int_eq(sysctl(XEN_SYSCTL_getdomaininfolist), 0);
	ck_assert_uint_eq(SYS->u.getdomaininfolist.num_domains, 2);

	SYS->u.getdomaininfolist.max_domains = 1;
	ck_assert_int_eq(sysctl(XEN_SYSCTL_getdomaininfolist), 0);
	ck_assert_uint_eq(SYS->u.getdomaininfolist.num_domains, 1);

	SYS->u.readconsole = (struct xen_sysctl_readconsole){ .buffer.p = (void *)(arena + 4096),
							      .count = 60000 };
	ck_assert_int_eq(sysctl(XEN_SYSCTL_readconsole), 0);
	ck_assert_uint_eq(SYS->u.readconsole.count, 10000);

	SYS->u.cpu_policy =
		(struct xen_sysctl_cpu_policy){ .index = XEN_SYSCTL_cpu_policy_pv_default };
	ck_assert_int_eq(sysctl(XEN_SYSCTL_get_cpu_policy), 0);
	ck_assert_uint_gt(SYS->u.cpu_policy.nr_leaves, 20);

	SYS->u.cpu_policy.leaves.p = (void *)(arena + 4096);
	SYS->u.cpu_policy.nr_leaves = 3;
	ck_assert_int_eq(sysctl(XEN_SYSCTL_get_cpu_policy), -105); /* ENOBUFS */
}
END_TEST

START_TEST(idle_times)
{
	u64 *idle = (u64 *)(arena + 4096);

	SYS->u.getcpuinfo = (struct xen_sysctl_getcpuinfo){ .max_cpus = 9, .info.p = (void *)idle };
	cpu_public[0].idle = 300; /* it runs somebody now */
	ck_assert_int_eq(sysctl(XEN_SYSCTL_getcpuinfo), 0);
	ck_assert_uint_eq(SYS->u.getcpuinfo.nr_cpus, 1);
	ck_assert_uint_eq(idle[0], 300);

	cpu_public[0].idle = 300 - 900; /* idle again since 900 */
	ck_assert_int_eq(sysctl(XEN_SYSCTL_getcpuinfo), 0);
	ck_assert_uint_eq(idle[0], 400);
}
END_TEST

Suite *suite_domctl(void)
{
	Suite *s = suite_create("domctl");
	TCase *t = tcase_create("domctl");

	tcase_add_checked_fixture(t, world_up, world_down);
	tcase_add_test(t, create_chooses_ids);
	tcase_add_test(t, create_fails_late);
	tcase_add_test(t, create_refuses);
	tcase_add_test(t, only_control);
	tcase_add_test(t, destroy_step_by_step);
	tcase_add_test(t, an_interrupted_frame_is_not_missed);
	tcase_add_test(t, zombie_until_let_go);
	tcase_add_test(t, numbers_are_exact);
	tcase_add_test(t, numbers_of_a_bucket);
	tcase_add_test(t, who_crashed_does_not_go_on);
	tcase_add_test(t, crashes_at_once);
	tcase_add_test(t, pause_counts);
	tcase_add_test_raise_signal(t, pause_waits_for_a_vcpu, SIGABRT);
	tcase_add_test_raise_signal(t, pause_waits_for_a_domain, SIGABRT);
	tcase_add_test(t, suspend_and_resume);
	tcase_add_test(t, affinity_has_a_cpu);
	tcase_add_test(t, system_lists);
	tcase_add_test(t, idle_times);
	suite_add_tcase(s, t);
	return s;
}
