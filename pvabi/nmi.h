/* SPDX-License-Identifier: MIT */
/*
 * Non-maskable interrupts as a guest sees them: nmi_op(cmd, arg), and the reasons
 * in shared_info.arch.nmi_reason.
 */
#ifndef PVABI_NMI_H
#define PVABI_NMI_H

#include "xen.h"

#define _XEN_NMIREASON_io_error 0
#define XEN_NMIREASON_io_error  (1UL << _XEN_NMIREASON_io_error)
#define _XEN_NMIREASON_pci_serr 1
#define XEN_NMIREASON_pci_serr  (1UL << _XEN_NMIREASON_pci_serr)
#define _XEN_NMIREASON_unknown  2
#define XEN_NMIREASON_unknown   (1UL << _XEN_NMIREASON_unknown)

#define XENNMI_register_callback   0
#define XENNMI_unregister_callback 1

struct xennmi_callback {
	unsigned long handler_address;
	unsigned long pad;
};
PVABI_SIZE(struct xennmi_callback, 16);

#endif
