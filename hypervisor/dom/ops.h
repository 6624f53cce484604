/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls that have many operations: a row each, and one way for all from the guest's argument
 * to the operation and back.
 */
#ifndef DOM_OPS_H
#define DOM_OPS_H

#include <dom/domain.h>

#define OP_OUT 1     /* the argument is given back after success */
#define OP_OUT_ALL 2 /* whatever the result: it holds the progress */
#define OP_PRIV 4    /* for the privileged domain alone */
#define OP_VCPU 8    /* run_vcpu */
#define OP_TARGET 16 /* on the domain whose number stands in the argument at domid_at */
#define OP_POINTER 32 /* the argument is the guest's pointer: too large for our stack */
#define OP_ARG_MAX 80

struct op {
	union {
		long (*run)(struct domain *d, void *arg); /* NULL: there is no such operation */
		long (*run_vcpu)(struct vcpu *v, void *arg);
	};
	u8 size; /* of the argument, at most OP_ARG_MAX */
	u8 flags, domid_at;
};

/*
 * Runs row @cmd of @ops for @v, or for its domain. @what names the hypercall in refusals. The
 * operation's answer, or -ENOSYS, -EPERM, -EFAULT, -ESRCH.
 */
long ops_run(const struct op *ops, u32 count, u32 cmd, const char *what, struct vcpu *v,
	     void *guest);

/*
 * The domain @id to act on for the caller: itself, or any if it is privileged. Referenced. NULL,
 * *err -EPERM or -ESRCH.
 */
struct domain *domain_target(domid_t id, int *err);

#endif
