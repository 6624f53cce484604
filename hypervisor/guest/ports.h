/* SPDX-License-Identifier: MIT */
/* Port accesses that the hypervisor makes for a guest, and PCI configuration space, which it shares with dom0. */
#ifndef GUEST_PORTS_H
#define GUEST_PORTS_H

#include <dom/domain.h>

/* May the code that runs now (kernel or user part) use @size ports from @port; else it gets #GP. */
bool port_privilege_ok(const struct vcpu *v, u16 port, u8 size);
/* Does the access: of a port that is not @v's, reads give all ones and writes are dropped. */
u32 port_read(struct vcpu *v, u16 port, u8 size);
void port_write(struct vcpu *v, u16 port, u8 size, u32 val);
/* No domain gets [first, last]: the console's UART, say. For boot. */
void port_reserve(u16 first, u16 last);

/* PCI configuration by ports: @address as in 0xcf8 (bit 31 set), @offset 0..3, @size 1, 2, 4. Serialised with dom0's own accesses. */
u32 pci_config_read(u32 address, u8 offset, u8 size);
void pci_config_write(u32 address, u8 offset, u8 size, u32 val);

#endif
