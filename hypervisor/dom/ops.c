/* SPDX-License-Identifier: MIT */
/*
 * From a row of operations (dom/ops.h) to its end: who may, the argument copied in once, the domain
 * that it names, the argument copied back. What an operation means is left to its own file.
 */
#include <dom/ops.h>
#include <lib/fail.h>

struct domain *domain_target(domid_t id, int *err)
{
	struct domain *self = current()->dom, *d;

	if (id != DOMID_SELF && id != self->id && !self->privileged) {
		*err = fail(-EPERM, "domain %u is not the caller's", id);
		return NULL;
	}
	d = domain_get(id);
	if (!d)
		*err = fail(-ESRCH, "there is no domain %u", id);
	return d;
}

static long run_on_target(const struct op *op, void *arg)
{
	int err = 0;
	struct domain *d = domain_target(*(domid_t *)((u8 *)arg + op->at), &err);
	long ret;

	if (!d)
		return err;
	ret = op->run(d, arg);
	domain_put(d);
	return ret;
}

static long run_on_vcpu(const struct op *op, struct domain *d, void *arg)
{
	u32 id = *(u32 *)((u8 *)arg + op->at);

	if (id >= d->max_vcpus)
		return fail(-ESRCH, "domain %u has no vcpu %u", d->id, id);
	return op->run_vcpu(d->vcpu[id], arg);
}

static long op_run(const struct op *op, struct vcpu *v, void *arg)
{
	if (op->flags & OP_TARGET)
		return run_on_target(op, arg);
	if (op->flags & OP_VCPU_AT)
		return run_on_vcpu(op, v->dom, arg);
	return op->flags & OP_VCPU ? op->run_vcpu(v, arg) : op->run(v->dom, arg);
}

long ops_run(const struct op *ops, u32 count, u32 cmd, const char *what, struct vcpu *v,
	     void *guest)
{
	const struct op *op = &ops[cmd];
	u64 arg[OP_ARG_MAX / sizeof(u64)];
	bool give_back;
	long ret;

	if (cmd >= count || !op->run)
		return fail(-ENOSYS, "there is no %s operation %u", what, cmd);
	if (op->flags & OP_PRIV && !current()->dom->privileged)
		return fail(-EPERM, "%s operation %u is for the control domain", what, cmd);
	if (op->flags & OP_POINTER)
		return op_run(op, v, guest);
	if (guest_copy_in(arg, guest, op->size))
		return fail(-EFAULT, "the argument of %s operation %u", what, cmd);
	ret = op_run(op, v, arg);
	give_back = op->flags & OP_OUT_ALL || (op->flags & OP_OUT && !ret);
	if (give_back && guest_copy_out(guest, arg, op->size))
		return fail(-EFAULT, "the argument of %s operation %u", what, cmd);
	return ret;
}

int ops_control_head(const void *guest, u32 version, const char *what, u32 *cmd)
{
	struct {
		u32 cmd, version;
	} head;

	if (!current()->dom->privileged)
		return fail(-EPERM, "%s is for the control domain", what);
	if (guest_copy_in(&head, guest, sizeof(head)))
		return fail(-EFAULT, "the argument of %s", what);
	if (head.version != version)
		return fail(-EACCES, "%s interface version %#x, not %#x", what, head.version,
			    version);
	*cmd = head.cmd;
	return 0;
}
