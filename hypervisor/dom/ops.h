/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls that have many operations: a row each, and one way for all from the guest's argument
 * to the operation and back.
 */
#ifndef DOM_OPS_H
#define DOM_OPS_H

#include <dom/domain.h>

#define OP_OUT     1   /* the argument is given back after success */
#define OP_OUT_ALL 2   /* whatever the result: it holds the progress */
#define OP_PRIV    4   /* for the privileged domain alone */
#define OP_VCPU    8   /* run_vcpu */
#define OP_TARGET  16  /* on the domain whose number stands in the argument at @at */
#define OP_POINTER 32  /* the argument is the guest's pointer: too large for our stack */
#define OP_VCPU_AT 64  /* run_vcpu, on the vcpu whose number stands in the argument at @at */
#define OP_OWN     128 /* from this bit on flags mean what the table's own hypercall says */
#define OP_ARG_MAX 128

typedef long op_fn(struct domain *d, void *arg);
typedef long op_vcpu_fn(struct vcpu *v, void *arg);

struct op {
	union {
		op_fn *run; /* NULL: there is no such operation */
		op_vcpu_fn *run_vcpu;
	};
	u8 size; /* of the argument, at most OP_ARG_MAX */
	u8 at;
	u16 flags;
};

/*
 * Runs row @cmd of @ops for @v, or for its domain. @what names the hypercall in refusals. The
 * operation's answer, or -ENOSYS, -EPERM, -EFAULT, -ESRCH.
 */
long ops_run(const struct op *ops, u32 count, u32 cmd, const char *what, struct vcpu *v,
	     void *guest);

/*
 * What domctl, sysctl and platform_op begin with: privilege, and a head of command and version.
 * 0 with the command, or -EPERM, -EFAULT, -EACCES.
 */
int ops_control_head(const void *guest, u32 version, const char *what, u32 *cmd);

/*
 * The domain @id to act on for the caller: itself, or any if it is privileged. Referenced. NULL,
 * *err -EPERM or -ESRCH.
 */
struct domain *domain_target(domid_t id, int *err);

#endif
