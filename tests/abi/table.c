/* SPDX-License-Identifier: MIT */
/*
 * Holds pvabi/hypercalls.def to the headers, at compile time: every number of the table is the
 * constant of its name, every argument list is C, every argument type exists, who is one of three,
 * and what is refused says why. That rows are sorted and told once is the manual generator's
 * matter.
 */
#include <pvabi/xen.h>
#include <pvabi/callback.h>
#include <pvabi/domctl.h>
#include <pvabi/event_channel.h>
#include <pvabi/grant_table.h>
#include <pvabi/errno.h>
#include <pvabi/hospes.h>
#include <pvabi/hypercall.h>
#include <pvabi/memory.h>
#include <pvabi/nmi.h>
#include <pvabi/physdev.h>
#include <pvabi/platform.h>
#include <pvabi/rows.h>
#include <pvabi/sched.h>
#include <pvabi/sysctl.h>
#include <pvabi/vcpu.h>
#include <pvabi/version.h>

/* The hypervisor's names of the errors with which rows are refused. */
enum {
	EINVAL = XEN_EINVAL,
	ENODATA = XEN_ENODATA,
	ENOSYS = XEN_ENOSYS,
	EOPNOTSUPP = XEN_EOPNOTSUPP,
};

enum { who_any, who_priv, who_control };

#define CONSTANT_callback_op(n)      CALLBACKOP_##n
#define CONSTANT_console_io(n)       CONSOLEIO_##n
#define CONSTANT_domctl(n)           XEN_DOMCTL_##n
#define CONSTANT_event_channel_op(n) EVTCHNOP_##n
#define CONSTANT_grant_table_op(n)   GNTTABOP_##n
#define CONSTANT_memory_op(n)        XENMEM_##n
#define CONSTANT_mmu_update(n)       MMU_##n
#define CONSTANT_mmuext_op(n)        MMUEXT_##n
#define CONSTANT_nmi_op(n)           XENNMI_##n
#define CONSTANT_physdev_op(n)       PHYSDEVOP_##n
#define CONSTANT_platform_op(n)      XENPF_##n
#define CONSTANT_sched_op(n)         SCHEDOP_##n
#define CONSTANT_sched_op_compat(n)  SCHEDOP_##n
#define CONSTANT_set_segment_base(n) SEGBASE_##n
#define CONSTANT_sysctl(n)           XEN_SYSCTL_##n
#define CONSTANT_vcpu_op(n)          VCPUOP_##n
#define CONSTANT_vm_assist(n)        VMASST_TYPE_##n
#define CONSTANT_xen_version(n)      XENVER_##n

#define CONSTANT_hospes(n) HOSPESOP_##n

#define HC(nr, name, args, who, how, meaning, ...)                                     \
	typedef long name##_call args;                                                 \
	enum { name##_who = who_##who, name##_described = 1 / (sizeof(meaning) > 8) }; \
	_Static_assert(nr == __HYPERVISOR_##name, "the number of " #name);             \
	_Static_assert(nr < HYPERCALL_COUNT, "the range of " #name);                   \
	IF_REFUSED(how, _Static_assert(ROW_ERROR(how) == XEN_ENOSYS, "who asks is told so");)
#define OP(call, nr, name, arg, who, how, meaning, ...)                                \
	typedef arg *call##_##name##_arg;                                              \
	enum {                                                                         \
		call##_##name##_who = who_##who,                                       \
		call##_##name##_described = 1 / (sizeof(meaning) > 5),                 \
		call##_##name##_flags = ROW_FLAGS(how),                                \
	};                                                                             \
	_Static_assert(sizeof(call##_call *), "the call of " #name);                   \
	_Static_assert(sizeof(arg), "the argument of " #name);                         \
	_Static_assert(nr == CONSTANT_##call(name), "the number of " #call " " #name); \
	IF_REFUSED(how, _Static_assert(sizeof(ROW_WHY(how)) > 5 && ROW_ERROR(how) > 0, \
				       "why " #call " " #name " is refused");)
#include <pvabi/hypercalls.def>
