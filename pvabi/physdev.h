/* SPDX-License-Identifier: MIT */
/*
 * What dom0 needs to drive the machine's devices: physical interrupts (a pirq is
 * dom0's number of one), I/O privilege, and what it knows of PCI. physdev_op(cmd,
 * arg) takes a PHYSDEVOP_* and its struct.
 */
#ifndef PVABI_PHYSDEV_H
#define PVABI_PHYSDEV_H

#include "xen.h"

#define PHYSDEVOP_IRQ_UNMASK_NOTIFY  4 /* of the compat call: as eoi of all */
#define PHYSDEVOP_irq_status_query   5
#define PHYSDEVOP_set_iopl           6
#define PHYSDEVOP_set_iobitmap       7
#define PHYSDEVOP_apic_read          8
#define PHYSDEVOP_apic_write         9
#define PHYSDEVOP_alloc_irq_vector   10
#define PHYSDEVOP_free_irq_vector    11
#define PHYSDEVOP_eoi                12
#define PHYSDEVOP_map_pirq           13
#define PHYSDEVOP_unmap_pirq         14
#define PHYSDEVOP_manage_pci_add     15
#define PHYSDEVOP_manage_pci_remove  16
#define PHYSDEVOP_pirq_eoi_gmfn_v1   17
#define PHYSDEVOP_restore_msi        19
#define PHYSDEVOP_manage_pci_add_ext 20
#define PHYSDEVOP_setup_gsi          21
#define PHYSDEVOP_get_free_pirq      23
#define PHYSDEVOP_pci_mmcfg_reserved 24
#define PHYSDEVOP_pci_device_add     25
#define PHYSDEVOP_pci_device_remove  26
#define PHYSDEVOP_restore_msi_ext    27
#define PHYSDEVOP_pirq_eoi_gmfn_v2   28
#define PHYSDEVOP_dbgp_op            29
#define PHYSDEVOP_prepare_msix       30
#define PHYSDEVOP_release_msix       31

struct physdev_eoi {
	uint32_t irq; /* pirq */
};

/* A page with one bit a pirq: 1 while an eoi call is needed. v1 also ends irqs on unmask. */
struct physdev_pirq_eoi_gmfn {
	xen_pfn_t gmfn;
};

#define _XENIRQSTAT_needs_eoi 0
#define XENIRQSTAT_needs_eoi  (1U << _XENIRQSTAT_needs_eoi)
#define _XENIRQSTAT_shared    1
#define XENIRQSTAT_shared     (1U << _XENIRQSTAT_shared)
struct physdev_irq_status_query {
	uint32_t irq;
	uint32_t flags; /* out: XENIRQSTAT_* */
};
PVABI_SIZE(struct physdev_irq_status_query, 8);

/* The rights of the calling vcpu to in and out. */
struct physdev_set_iopl {
	uint32_t iopl;
};
struct physdev_set_iobitmap {
	GUEST_HANDLE(uint8_t) bitmap;
	uint32_t nr_ports;
};
PVABI_SIZE(struct physdev_set_iobitmap, 16);

/* A register of an I/O APIC. */
struct physdev_apic {
	unsigned long apic_physbase;
	uint32_t reg;
	uint32_t value;
};
PVABI_SIZE(struct physdev_apic, 16);

struct physdev_irq {
	uint32_t irq;
	uint32_t vector;
};

/* Gives a GSI or an MSI a pirq. pirq < 0 on entry: choose one. */
#define MAP_PIRQ_TYPE_MSI       0x0
#define MAP_PIRQ_TYPE_GSI       0x1
#define MAP_PIRQ_TYPE_UNKNOWN   0x2
#define MAP_PIRQ_TYPE_MSI_SEG   0x3
#define MAP_PIRQ_TYPE_MULTI_MSI 0x4
struct physdev_map_pirq {
	domid_t domid;
	int type;  /* MAP_PIRQ_TYPE_* */
	int index; /* GSI */
	int pirq;  /* in and out */
	int bus;   /* segment in the upper half for MSI_SEG, MULTI_MSI */
	int devfn;
	int entry_nr;        /* MSI-X entry, or count of MULTI_MSI (then out too) */
	uint64_t table_base; /* of the MSI-X table, 0 for MSI */
};
PVABI_SIZE(struct physdev_map_pirq, 40);

struct physdev_unmap_pirq {
	domid_t domid;
	int pirq;
};
PVABI_SIZE(struct physdev_unmap_pirq, 8);

struct physdev_manage_pci {
	uint8_t bus;
	uint8_t devfn;
};

struct physdev_restore_msi {
	uint8_t bus;
	uint8_t devfn;
};

struct physdev_manage_pci_ext {
	uint8_t bus;
	uint8_t devfn;
	uint32_t is_extfn;
	uint32_t is_virtfn;
	struct {
		uint8_t bus;
		uint8_t devfn;
	} physfn;
};
PVABI_SIZE(struct physdev_manage_pci_ext, 16);

/* The form of the old hypercall 19, physdev_op_compat(op). */
struct physdev_op {
	uint32_t cmd;
	union {
		struct physdev_irq_status_query irq_status_query;
		struct physdev_set_iopl set_iopl;
		struct physdev_set_iobitmap set_iobitmap;
		struct physdev_apic apic_op;
		struct physdev_irq irq_op;
	} u;
};
PVABI_SIZE(struct physdev_op, 24);

struct physdev_setup_gsi {
	int gsi;
	uint8_t triggering; /* 0 edge, 1 level */
	uint8_t polarity;   /* 0 high, 1 low */
};
PVABI_SIZE(struct physdev_setup_gsi, 8);

struct physdev_get_free_pirq {
	int type;      /* MAP_PIRQ_TYPE_* */
	uint32_t pirq; /* out */
};
PVABI_SIZE(struct physdev_get_free_pirq, 8);

#define XEN_PCI_MMCFG_RESERVED 0x1
struct physdev_pci_mmcfg_reserved {
	uint64_t address;
	uint16_t segment;
	uint8_t start_bus;
	uint8_t end_bus;
	uint32_t flags; /* XEN_PCI_MMCFG_* */
};
PVABI_SIZE(struct physdev_pci_mmcfg_reserved, 16);

#define XEN_PCI_DEV_EXTFN  0x1
#define XEN_PCI_DEV_VIRTFN 0x2
#define XEN_PCI_DEV_PXM    0x4
struct physdev_pci_device_add {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
	uint32_t flags; /* XEN_PCI_DEV_* */
	struct {
		uint8_t bus;
		uint8_t devfn;
	} physfn;
	uint32_t optarr[]; /* [0]: proximity domain, if _PXM */
};
PVABI_SIZE(struct physdev_pci_device_add, 12);

/* For pci_device_remove, restore_msi_ext, prepare_msix, release_msix. */
struct physdev_pci_device {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
};
PVABI_SIZE(struct physdev_pci_device, 4);

/* A USB debug port is about to be reset, or was. */
#define PHYSDEVOP_DBGP_RESET_PREPARE 1
#define PHYSDEVOP_DBGP_RESET_DONE    2
#define PHYSDEVOP_DBGP_BUS_UNKNOWN   0
#define PHYSDEVOP_DBGP_BUS_PCI       1
struct physdev_dbgp_op {
	uint8_t op;
	uint8_t bus;
	union {
		struct physdev_pci_device pci;
	} u;
};
PVABI_SIZE(struct physdev_dbgp_op, 6);

#endif
