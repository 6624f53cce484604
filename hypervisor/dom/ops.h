/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls that have many operations: a row of hypercalls.def each, from which come the handler's
 * prototype, its place in the call's table, who may call it and what becomes of its argument; and
 * one way for all from the guest's argument to the operation and back. A call's header declares its
 * handlers, and its file makes the table:
 *
 *   #define OP_sched_op(nr, name, arg, who, how, ...) OP_HANDLER(op_sched_##name, arg, how)
 *   #include <pvabi/hypercalls.def>
 *
 *   #define OP_sched_op(nr, name, arg, who, how, ...) OP_ADAPTER(op_sched_##name, arg, how)
 *   #include <pvabi/hypercalls.def>
 *
 *   static const struct op ops[] = {
 *   #define OP_sched_op(nr, name, arg, who, how, ...) \
 *           [nr] = OP_ROW(op_sched_##name, arg, who, how),
 *   #include <pvabi/hypercalls.def>
 *   };
 *
 * A row that is answered and has no handler does not link. A handler without a row has no
 * prototype, which is an error too.
 */
#ifndef DOM_OPS_H
#define DOM_OPS_H

#include <dom/domain.h>
#include <lib/errno.h>
#include <lib/hypercall.h>
#include <lib/index.h>
#include <pvabi/rows.h>

#define OP_ARG_MAX 128 /* bytes of an argument that is copied in; a larger one is a POINTER */

/* On whom an operation acts; the first is what a table has where no row is. */
enum op_on {
	OP_ON_nobody,
	OP_ON_refused,
	OP_ON_domain,
	OP_ON_DOMAIN_AT,
	OP_ON_vcpu,
	OP_ON_VCPU_AT,
	OP_ON_call,
	OP_ON_id,
};

struct op {
	union {
		long (*domain)(struct domain *d, void *arg);
		long (*vcpu)(struct vcpu *v, void *arg);
		long (*call)(struct hypercall *hc, void *arg);
		long (*id)(domid_t *id, void *arg);
	} run;
	const char *why; /* it is refused; NULL: without a line in the log */
	u16 size;        /* of the argument, at most OP_ARG_MAX */
	u8 on;           /* enum op_on */
	u8 at;           /* DOMAIN_AT, VCPU_AT: where in the argument the number stands */
	u8 error;        /* of a refused one */
	u8 flags;        /* enum row_flags */
	bool privileged; /* for the control domain alone */
	bool plain;      /* for all, on the caller's domain, and nothing is copied: the short way */
};

/* --- from a row to its handler's prototype ---------------------------------------------------- */

#define OP_HANDLER(handler, arg, how)   ROW_PASTE(OP_HANDLER_, ROW_ON(how))(handler, arg)
#define OP_HANDLER_domain(handler, arg) long handler(struct domain *d, arg *a);
#define OP_HANDLER_vcpu(handler, arg)   long handler(struct vcpu *v, arg *a);
#define OP_HANDLER_call(handler, arg)   long handler(struct hypercall *hc, arg *a);
#define OP_HANDLER_id(handler, arg)     long handler(domid_t *id, arg *a);
#define OP_HANDLER_refused(handler, arg)
#define OP_HANDLER_domain_at(field) OP_HANDLER_domain
#define OP_HANDLER_vcpu_at(field)   OP_HANDLER_vcpu

/* --- from the table's untyped pointer to the handler ------------------------------------------ */

#define OP_ADAPTER(handler, arg, how) ROW_PASTE(OP_ADAPTER_, ROW_ON(how))(handler, arg, how)
#define OP_ADAPTER_MAKE(handler, arg, how, type, subject)                                   \
	static long run_##handler(type *subject, void *a)                                   \
	{                                                                                   \
		_Static_assert(OP_SIZE(arg, how) <= OP_ARG_MAX, "too large for our stack"); \
		return handler(subject, a);                                                 \
	}
#define OP_ADAPTER_domain(handler, arg, how) OP_ADAPTER_MAKE(handler, arg, how, struct domain, d)
#define OP_ADAPTER_vcpu(handler, arg, how)   OP_ADAPTER_MAKE(handler, arg, how, struct vcpu, v)
#define OP_ADAPTER_call(handler, arg, how)   OP_ADAPTER_MAKE(handler, arg, how, struct hypercall, h)
#define OP_ADAPTER_id(handler, arg, how)     OP_ADAPTER_MAKE(handler, arg, how, domid_t, id)
#define OP_ADAPTER_refused(handler, arg, how)
#define OP_ADAPTER_domain_at(field) OP_ADAPTER_domain
#define OP_ADAPTER_vcpu_at(field)   OP_ADAPTER_vcpu

/* --- from a row to its place in the table ----------------------------------------------------- */

#define OP_ROW(handler, arg, who, how)                                                     \
	{                                                                                  \
		.on = ROW_PASTE(OP_ON_, ROW_ON(how)), .privileged = OP_PRIVILEGED_##who,   \
		IF_ANSWERED(how, .run.ROW_PASTE(OP_MEMBER_, ROW_ON(how)) = run_##handler,  \
			    .size = OP_SIZE(arg, how), .at = OP_AT(arg, how),              \
			    .flags = OP_FLAGS(arg, how), .plain = OP_PLAIN(arg, who, how)) \
			IF_REFUSED(how, .error = ROW_ERROR(how),                           \
				   .why = ROW_QUIET(how) ? NULL : ROW_WHY(how))            \
	}

#define OP_ON_domain_at(field)     OP_ON_DOMAIN_AT
#define OP_ON_vcpu_at(field)       OP_ON_VCPU_AT
#define OP_MEMBER_domain           domain
#define OP_MEMBER_domain_at(field) domain
#define OP_MEMBER_vcpu             vcpu
#define OP_MEMBER_vcpu_at(field)   vcpu
#define OP_MEMBER_call             call
#define OP_MEMBER_id               id

/* Priv and control are one domain today. */
#define OP_PRIVILEGED_any     false
#define OP_PRIVILEGED_priv    true
#define OP_PRIVILEGED_control true

/* What is copied in: nothing for void, nor where the handler itself follows the pointer. */
#define OP_SIZE(arg, how) \
	(ROW_FLAGS(how) & POINTER ? 0 : _Generic((arg *)0, void * : 0, default : sizeof(arg)))

/* Where nothing is copied, the guest's pointer is handed on as it is. */
#define OP_FLAGS(arg, how) (ROW_FLAGS(how) | (OP_SIZE(arg, how) ? 0 : POINTER))

#define OP_PLAIN(arg, who, how)                                                            \
	(ROW_PASTE(OP_ON_, ROW_ON(how)) == OP_ON_domain && OP_FLAGS(arg, how) & POINTER && \
	 !OP_PRIVILEGED_##who)

#define OP_AT(arg, how)   OP_AT_(arg, ROW_PASTE(OP_FIELD_, ROW_ON(how)))
#define OP_AT_(arg, ...)  OP_AT__(arg, __VA_ARGS__)
#define OP_AT__(arg, ...) (__VA_OPT__(offsetof(arg, __VA_ARGS__) +) 0)
#define OP_FIELD_domain
#define OP_FIELD_domain_at(field) field
#define OP_FIELD_vcpu
#define OP_FIELD_vcpu_at(field) field
#define OP_FIELD_call
#define OP_FIELD_id

/* --- the way of a call ------------------------------------------------------------------------ */

/* The row of the table @ops for the guest's number @cmd, or NULL. */
#define OP_FIND(ops, cmd) \
	((cmd) < ARRAY_SIZE(ops) ? &(ops)[index_nospec(cmd, ARRAY_SIZE(ops))] : NULL)

/* The long way of ops_run: who may, on whom, the argument in and out. */
__must_check long ops_run_checked(const struct op *op, u32 cmd, const char *what, struct vcpu *v,
				  void *guest, struct hypercall *hc);

/*
 * Makes the operation @op (NULL: there is none), number @cmd of a call that refusals name @what,
 * for @v or its domain, with the guest's argument at @guest; @hc is for those that act on the call.
 * The operation's answer; -ENOSYS or another refusal of the row; -EPERM, -EFAULT, -ESRCH.
 */
static inline __must_check long ops_run(const struct op *op, u32 cmd, const char *what,
					struct vcpu *v, void *guest, struct hypercall *hc)
{
	if (op && op->plain)
		return op->run.domain(v->dom, guest);

	return ops_run_checked(op, cmd, what, v, guest, hc);
}

/*
 * What domctl, sysctl and platform_op begin with: the right to make call @nr at all, and a head of
 * command and version. 0 with the command, or -EPERM, -EFAULT, -EACCES.
 */
__must_check int ops_control_head(u32 nr, const void *guest, u32 version, const char *what,
				  u32 *cmd);

/*
 * The domain @id to act on for the caller: itself, or any if it is privileged. Referenced. NULL,
 * *rc -EPERM or -ESRCH.
 */
struct domain *domain_target(domid_t id, int *rc);

#endif
