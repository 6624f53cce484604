/* SPDX-License-Identifier: MIT */
/*
 * What the tests of devices share: a store daemon of their own on a private socket, and a domain
 * whose devices are written into it.
 */
#ifndef TESTS_DEVICE_STORE_H
#define TESTS_DEVICE_STORE_H

#include <dom0-tools/device/dev_attach.h>

extern struct store *store;
extern struct hospes_error error;
extern struct domain_config config;
extern struct dev_attach attach;

void start_store(void);
void stop_store(void);

/* The whole tree as one text, to compare. */
const char *list_all(void);
void expect_node(const char *path, const char *value);
void expect_owner(const char *path, unsigned int owner, unsigned int reader);

/* A domain without devices, and what it gets; @mode as in the index of disks. */
void begin(unsigned int domid);
void add_disk(const char *identity, unsigned int vdev, const char *mode);
void add_nic(void);

#endif
