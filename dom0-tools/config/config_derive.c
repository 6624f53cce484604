/* SPDX-License-Identifier: MIT */
/*
 * Identities that a file need not give, made so that the same file on the same machine always gets
 * the same: a UUID from the machine and the name, MAC addresses from the UUID. UUIDs as text, too.
 * They must be stable and spread well; nothing relies on them being hard to guess.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/file.h>
#include "config_read.h"

/* FNV-1a, 64 bits, with its published constants; another start value separates another use. */
#define FNV_START 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t length)
{
	const uint8_t *p = data;

	while (length--)
		hash = (hash ^ *p++) * FNV_PRIME;
	return hash;
}

/* FNV's upper bits are weak on short input: stir them (the finishing step of MurmurHash3). */
static uint64_t hash_finish(uint64_t h)
{
	h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdULL;
	h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ULL;
	return h ^ (h >> 33);
}

/*
 * Guests of the same name on two machines must not get the same address. No identity is fine too.
 */
static size_t machine_identity(char *text, size_t size)
{
	static const char *const files[] = { "/etc/machine-id", "/sys/class/dmi/id/product_uuid" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int fd = open(files[i], O_RDONLY | O_CLOEXEC);
		ssize_t n;

		if (fd < 0)
			continue;

		n = file_read(fd, text, size);
		close(fd);
		if (n > 0)
			return (size_t)n;
	}
	return 0;
}

void config_derive_uuid(struct domain_config *c)
{
	char machine[64];
	size_t length = machine_identity(machine, sizeof(machine));

	for (unsigned int half = 0; half < 2; half++) {
		uint64_t h = hash_bytes(FNV_START + half, machine, length);

		h = hash_finish(hash_bytes(h, c->name, strlen(c->name)));
		memcpy(c->uuid + 8 * half, &h, 8);
	}

	c->uuid[6] = (uint8_t)((c->uuid[6] & 0x0f) | 0x80); /* RFC 9562: version 8, own method */
	c->uuid[8] = (uint8_t)((c->uuid[8] & 0x3f) | 0x80);
}

/* 00:16:3e is the prefix set aside for PV guests; 24 bits are left. */
void config_derive_mac(const struct domain_config *c, unsigned int index, uint8_t mac[6])
{
	uint64_t h = hash_bytes(FNV_START, c->uuid, sizeof(c->uuid));

	h = hash_finish(hash_bytes(h, &index, sizeof(index)));
	mac[0] = 0x00;
	mac[1] = 0x16;
	mac[2] = 0x3e;
	memcpy(mac + 3, &h, 3);
}

void config_uuid_text(const uint8_t uuid[16], char text[37])
{
	for (unsigned int i = 0; i < 16; i++) {
		bool hyphen = i == 4 || i == 6 || i == 8 || i == 10;

		text += sprintf(text, "%s%02x", hyphen ? "-" : "", uuid[i]);
	}
}

bool config_uuid_parse(const char *text, uint8_t uuid[16])
{
	unsigned int digits = 0;
	char pair[3] = "";

	for (; *text; text++) {
		if (*text == '-' && digits)
			continue;
		if (!isxdigit((unsigned char)*text) || digits == 32)
			return false;

		pair[digits % 2] = *text;
		if (digits % 2)
			uuid[digits / 2] = (uint8_t)strtoul(pair, NULL, 16);
		digits++;
	}

	return digits == 32;
}
