/* SPDX-License-Identifier: MIT */
/*
 * Files of xl.cfg(5), turned into libvirt's XML and then read as that: so both are held to the same
 * rules. Inside config/ only.
 */
#ifndef HOSPES_CONFIG_CONFIG_XL_H
#define HOSPES_CONFIG_CONFIG_XL_H

#include "config_xml.h"
#include "xlcfg.h"

/* Whether @text, which is not empty, looks like one: XML begins with "<", or a mark of its
 * encoding. */
bool config_is_xl(const char *text, size_t length);

/* False: it holds what is no text, and the fault is kept. @text ends with NUL. */
bool xl_is_text(const struct config_reader *r, const char *text, size_t length);

/* Each element has the line of its setting. NULL where nothing could be made of it. */
xmlDoc *config_from_xl(const struct config_reader *r, const char *text, size_t length);

/*
 * xl_node.c. An element below @parent; @text may be NULL. NULL without memory, and for a parent of
 * NULL.
 */
xmlNode *xl_element(xmlNode *parent, const char *name, const char *text, unsigned int line);
void xl_attribute(xmlNode *node, const char *name, const char *value);

/* xl_device.c: the items of disk=[] and vif=[]. */
void xl_disk(const struct config_reader *r, xmlNode *devices, const char *spec, unsigned int line);
void xl_vif(const struct config_reader *r, xmlNode *devices, const char *spec, unsigned int line);

#endif
