/* SPDX-License-Identifier: MIT */
/*
 * From a row of operations (dom/ops.h) to its end: who may, the argument copied in once, the domain
 * or vcpu that it names, the argument copied back. What an operation means is left to its own file.
 */
#include <dom/ops.h>
#include <lib/fail.h>
#include <pvabi/hypercall.h>

/* The calls that are for the control domain as a whole. */
static const bool privileged_call[HYPERCALL_COUNT] = {
#define HC(nr, name, args, who, how, ...) [nr] = OP_PRIVILEGED_##who,
#include <pvabi/hypercalls.def>
};

struct domain *domain_target(domid_t id, int *rc)
{
	struct domain *self = current()->dom, *d;

	if (id != DOMID_SELF && id != self->id && !self->privileged) {
		*rc = fail(-EPERM, "d%u is not the caller's", id);
		return NULL;
	}

	d = domain_get(id);
	if (!d)
		*rc = fail(-ESRCH, "there is no d%u", id);

	return d;
}

static long run_on_target(const struct op *op, void *arg)
{
	const domid_t *id = (const domid_t *)((const u8 *)arg + op->at);
	struct domain *d;
	int refusal = 0;
	long rc;

	d = domain_target(*id, &refusal);
	if (!d)
		return refusal;

	rc = op->run.domain(d, arg);
	domain_put(d);

	return rc;
}

static long run_on_vcpu(const struct op *op, struct domain *d, void *arg)
{
	u32 id = *(const u32 *)((const u8 *)arg + op->at);
	struct vcpu *v = domain_vcpu(d, id);

	if (!v)
		return fail(-ESRCH, "there is no d%uv%u", d->id, id);

	return op->run.vcpu(v, arg);
}

static long op_run(const struct op *op, struct vcpu *v, void *arg, struct hypercall *hc)
{
	switch (op->on) {
	case OP_ON_domain:
		return op->run.domain(v->dom, arg);
	case OP_ON_DOMAIN_AT:
		return run_on_target(op, arg);
	case OP_ON_vcpu:
		return op->run.vcpu(v, arg);
	case OP_ON_VCPU_AT:
		return run_on_vcpu(op, v->dom, arg);
	default:
		assert(op->on == OP_ON_call);
		return op->run.call(hc, arg);
	}
}

static long op_refuse(const struct op *op, u32 cmd, const char *what)
{
	if (!op || op->on == OP_ON_nobody)
		return fail(-ENOSYS, "there is no %s operation %u", what, cmd);

	if (!op->why)
		return -(long)op->error;
	return fail(-(int)op->error, "%s operation %u is refused: %s", what, cmd, op->why);
}

long ops_run_checked(const struct op *op, u32 cmd, const char *what, struct vcpu *v, void *guest,
		     struct hypercall *hc)
{
	u64 arg[OP_ARG_MAX / sizeof(u64)];
	bool give_back;
	long rc;

	if (!op || op->on <= OP_ON_refused)
		return op_refuse(op, cmd, what);

	if (op->privileged && !current()->dom->privileged)
		return fail(-EPERM, "%s operation %u is for the control domain", what, cmd);

	if (op->flags & POINTER)
		return op_run(op, v, guest, hc);

	if (guest_copy_in(arg, guest, op->size))
		return fail(-EFAULT, "the argument of %s operation %u", what, cmd);

	rc = op_run(op, v, arg, hc);

	give_back = op->flags & PROGRESS || (op->flags & OUT && !rc);
	if (give_back && guest_copy_out(guest, arg, op->size))
		return fail(-EFAULT, "the argument of %s operation %u", what, cmd);

	return rc;
}

int ops_control_head(u32 nr, const void *guest, u32 version, const char *what, u32 *cmd)
{
	struct {
		u32 cmd, version;
	} head;

	if (privileged_call[nr] && !current()->dom->privileged)
		return fail(-EPERM, "%s is for the control domain", what);

	if (guest_copy_in(&head, guest, sizeof(head)))
		return fail(-EFAULT, "the argument of %s", what);

	if (head.version != version)
		return fail(-EACCES, "%s interface version %#x, not %#x", what, head.version,
			    version);

	*cmd = head.cmd;
	return 0;
}
