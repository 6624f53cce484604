/* SPDX-License-Identifier: MIT */
/*
 * The port state machine: every operation in every state answers as it should, and a refusal
 * changes nothing.
 */
#include "suites.h"

#include <string.h>

#define STATES PORT_STATES

static struct port make(enum port_state state)
{
	return (struct port){ .state = state,
			      .vcpu = 1,
			      .remote = 5,
			      .number = state == PORT_VIRQ ? VIRQ_CONSOLE : 9 };
}

static int op_unbound(struct port *p)
{
	return port_bind_unbound(p, 7);
}

static int op_virq(struct port *p)
{
	return port_bind_virq(p, VIRQ_TIMER, 1, 2, 0);
}

static int op_ipi(struct port *p)
{
	return port_bind_ipi(p, 1, 2);
}

static int op_pirq(struct port *p)
{
	return port_bind_pirq(p, 4);
}

static int op_may_close(struct port *p)
{
	return port_may_close(p);
}

static int op_set_vcpu(struct port *p)
{
	return port_set_vcpu(p, 1, 2);
}

static int op_connect_local(struct port *p)
{
	struct port remote = { .state = PORT_UNBOUND, .remote = 1 };
	struct port_end l = { NULL, 1, 10, p }, r = { NULL, 2, 20, &remote };

	return port_connect(&l, &r);
}

static int op_connect_remote(struct port *p)
{
	struct port local = { .state = PORT_FREE };
	struct port_end l = { NULL, 5, 10, &local }, r = { NULL, 2, 20, p };

	return port_connect(&l, &r);
}

static const struct {
	int (*run)(struct port *p);
	int want[STATES]; /* free, reserved, unbound, interdomain, pirq, virq, ipi */
} table[] = {
	{ op_unbound, { 0, -EEXIST, -EEXIST, -EEXIST, -EEXIST, -EEXIST, -EEXIST } },
	{ op_virq, { 0, -EEXIST, -EEXIST, -EEXIST, -EEXIST, -EEXIST, -EEXIST } },
	{ op_ipi, { 0, -EEXIST, -EEXIST, -EEXIST, -EEXIST, -EEXIST, -EEXIST } },
	{ op_pirq, { 0, -EEXIST, -EEXIST, -EEXIST, -EEXIST, -EEXIST, -EEXIST } },
	{ op_connect_local, { 0, -EEXIST, -EEXIST, -EEXIST, -EEXIST, -EEXIST, -EEXIST } },
	{ op_connect_remote, { -EINVAL, -EINVAL, 0, -EINVAL, -EINVAL, -EINVAL, -EINVAL } },
	{ op_may_close, { -EINVAL, -EINVAL, 0, 0, 0, 0, 0 } },
	{ op_set_vcpu, { -EINVAL, -EINVAL, 0, 0, 0, 0, -EINVAL } },
};

START_TEST(every_state)
{
	for (u32 s = 0; s < STATES; s++) {
		struct port p = make(s), was = p;

		ck_assert_msg(table[_i].run(&p) == table[_i].want[s], "operation %d in state %u",
			      _i, s);
		if (table[_i].want[s])
			ck_assert_mem_eq(&p, &was, sizeof(p));
	}
}
END_TEST

START_TEST(virq_rules)
{
	const struct {
		u32 virq, vcpu, bound;
		int want;
	} cases[] = {
		{ VIRQ_TIMER, 0, 0, 0 },         { VIRQ_TIMER, 1, 0, 0 },
		{ VIRQ_TIMER, 2, 0, -ENOENT },   { VIRQ_TIMER, ~0u, 0, -ENOENT },
		{ VIRQ_TIMER, 1, 3, -EEXIST },   { VIRQ_CONSOLE, 0, 0, 0 },
		{ VIRQ_CONSOLE, 1, 0, -EINVAL }, { VIRQ_DOM_EXC, 0, 9, -EEXIST },
		{ NR_VIRQS - 1, 0, 0, 0 },       { NR_VIRQS, 0, 0, -EINVAL },
		{ ~0u, 0, 0, -EINVAL },          { VIRQ_DEBUG, 1, 0, 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct port p = make(PORT_FREE);

		ck_assert_int_eq(port_bind_virq(&p, cases[i].virq, cases[i].vcpu, 2,
						cases[i].bound),
				 cases[i].want);
		if (!cases[i].want)
			ck_assert(p.state == PORT_VIRQ && p.number == cases[i].virq &&
				  p.vcpu == cases[i].vcpu);
	}
}
END_TEST

START_TEST(vcpu_rules)
{
	struct port p = make(PORT_VIRQ);

	ck_assert_int_eq(port_set_vcpu(&p, 2, 2), -ENOENT);
	ck_assert_int_eq(port_set_vcpu(&p, ~0u, 2), -ENOENT);
	p.number = VIRQ_TIMER; /* per vcpu */
	ck_assert_int_eq(port_set_vcpu(&p, 0, 2), -EINVAL);
}
END_TEST

START_TEST(connect_rules)
{
	struct domain *da = (void *)0x10, *db = (void *)0x20;
	struct port a = make(PORT_FREE), b = make(PORT_UNBOUND);
	struct port_end l = { da, 4, 11, &a }, r = { db, 2, 22, &b };

	ck_assert_int_eq(port_connect(&l, &r), -EINVAL); /* b waits for domain 5 */
	l.id = 5;
	ck_assert_int_eq(port_connect(&l, &r), 0);
	ck_assert(a.state == PORT_INTERDOMAIN && a.peer == db && a.remote == 2 && a.number == 22 &&
		  a.vcpu == 0);
	ck_assert(b.state == PORT_INTERDOMAIN && b.peer == da && b.remote == 5 && b.number == 11 &&
		  b.vcpu == 1);
	port_close(&a, &b, 5);
	ck_assert(a.state == PORT_FREE && !a.peer);
	ck_assert(b.state == PORT_UNBOUND && b.remote == 5 && !b.peer && b.vcpu == 1);
}
END_TEST

START_TEST(status)
{
	static const u32 want[STATES] = { EVTCHNSTAT_closed,  EVTCHNSTAT_closed,
					  EVTCHNSTAT_unbound, EVTCHNSTAT_interdomain,
					  EVTCHNSTAT_pirq,    EVTCHNSTAT_virq,
					  EVTCHNSTAT_ipi };

	for (u32 s = 0; s < STATES; s++) {
		struct port p = make(s);
		struct evtchn_status st = { 0 };

		port_status(&p, &st);
		ck_assert_uint_eq(st.status, want[s]);
		ck_assert_uint_eq(st.vcpu, 1);
		if (s == PORT_UNBOUND)
			ck_assert_uint_eq(st.u.unbound.dom, 5);
		if (s == PORT_INTERDOMAIN)
			ck_assert(st.u.interdomain.dom == 5 && st.u.interdomain.port == 9);
		if (s == PORT_PIRQ)
			ck_assert_uint_eq(st.u.pirq, 9);
		if (s == PORT_VIRQ)
			ck_assert_uint_eq(st.u.virq, VIRQ_CONSOLE);
	}
}
END_TEST

Suite *suite_port(void)
{
	Suite *s = suite_create("event ports");
	TCase *t = tcase_create("port");

	tcase_add_loop_test(t, every_state, 0, ARRAY_SIZE(table));
	tcase_add_test(t, virq_rules);
	tcase_add_test(t, vcpu_rules);
	tcase_add_test(t, connect_rules);
	tcase_add_test(t, status);
	suite_add_tcase(s, t);
	return s;
}
