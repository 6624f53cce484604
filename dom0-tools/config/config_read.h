/* SPDX-License-Identifier: MIT */
/*
 * The steps in which a configuration is read, one file each. A file calls only those before it:
 *
 *   config_note < config_xml < config_document, config_form < config_names, config_schema,
 *	config_derive, config_target < config_memory, config_vcpu, config_boot, config_disk,
 *	config_nic < config_domain < config < config_save, config_device
 *   xlcfg, xl_node < xl_device < config_xl < config
 *
 * Not for use outside config*.c. None of them stops at a fault: see config_xml.h.
 */
#ifndef HOSPES_CONFIG_CONFIG_READ_H
#define HOSPES_CONFIG_CONFIG_READ_H

#include "config_xml.h"

/* config_document.c. NULL: it is none, and the fault is kept. */
xmlDoc *config_document(const struct config_reader *r, const char *text, size_t length);

/* config_names.c: names and words against the schema, in plain words. */
void config_check_names(const struct config_reader *r, const xmlNode *root);
/* config_schema.c: all of the schema, once nothing else is wrong. */
void config_check_schema(const struct config_reader *r, xmlDoc *doc);

/* config_derive.c: what the file need not say. The MAC address needs the UUID. */
void config_derive_uuid(struct domain_config *c);
void config_derive_mac(const struct domain_config *c, unsigned int index, uint8_t mac[6]);

/* config_memory.c */
void config_read_memory(const struct config_reader *r, const xmlNode *domain);

/* config_vcpu.c. The second needs the number of processors that the first reads. */
void config_read_vcpus(const struct config_reader *r, const xmlNode *domain);
void config_read_cputune(const struct config_reader *r, const xmlNode *domain);

/* config_boot.c: the kernel, or what finds it. */
void config_read_boot(const struct config_reader *r, const xmlNode *domain);

/* config_disk.c, config_nic.c: one device each, and then all of a kind against each other. */
void config_read_disk(const struct config_reader *r, const xmlNode *node);
void config_check_disks(const struct config_reader *r);
void config_read_nic(const struct config_reader *r, const xmlNode *node);
void config_check_nics(const struct config_reader *r);

/* config_domain.c: all of a domain. */
void config_read_domain(const struct config_reader *r, const xmlNode *domain);

#endif
