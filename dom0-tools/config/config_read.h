/* SPDX-License-Identifier: MIT */
/*
 * The steps in which a configuration is read, one file each. A file calls only those before it:
 *
 *   config_xml < config_schema, config_derive < config_vcpu, config_device < config_domain
 *	< config < config_save
 *
 * Not for use outside config*.c.
 */
#ifndef HOSPES_CONFIG_CONFIG_READ_H
#define HOSPES_CONFIG_CONFIG_READ_H

#include "config_xml.h"

/* config_schema.c: refuses unknown names, and then what the schema forbids. */
__must_check int config_schema_names(const struct config_reader *r, const xmlDoc *doc);
__must_check int config_schema_validate(const struct config_reader *r, xmlDoc *doc);

/* config_derive.c: what the file need not say. The MAC address needs the UUID. */
void config_derive_uuid(struct domain_config *c);
void config_derive_mac(const struct domain_config *c, unsigned int index, uint8_t mac[6]);

/* config_vcpu.c. The second needs the number of processors that the first reads. */
__must_check int config_read_vcpus(const struct config_reader *r, const xmlNode *domain);
__must_check int config_read_cputune(const struct config_reader *r, const xmlNode *domain);

/* config_device.c: each device in itself, and then all against each other. */
__must_check int config_read_devices(const struct config_reader *r, const xmlNode *devices);
__must_check int config_check_devices(const struct config_reader *r);

/* config_domain.c: all of a domain. */
__must_check int config_read_domain(const struct config_reader *r, const xmlNode *domain);

#endif
