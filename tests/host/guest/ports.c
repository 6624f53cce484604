/* SPDX-License-Identifier: MIT */
/* Who may use which ports, to the last one; and PCI configuration, which dom0 shares with us. */
#include "world.h"

#include <lib/bitmap.h>

#include <string.h>

static bool reaches(u16 port, u8 size)
{
	u32 before = port_accesses;

	port_read(&vcpu, port, size);
	port_write(&vcpu, port, size, 0);
	return port_accesses != before;
}

START_TEST(of_the_domain)
{
	ck_assert(reaches(0x60, 1) && reaches(0x1f0, 4));
	bit_clear(dom.io.ports, 0x1f2);
	ck_assert(reaches(0x1f0, 2) && !reaches(0x1f0, 4) && !reaches(0x1f2, 1));
	ck_assert_uint_eq(port_read(&vcpu, 0x1f2, 1) & 0xff, 0xff);

	/* None is none. */
	dom.io.ports = NULL;
	ck_assert(!reaches(0x60, 1));
}
END_TEST

/* Whatever the domain's bitmap says. */
START_TEST(ours)
{
	static const u16 first[] = { 0x20, 0x21, 0xa0, 0xa1, 0x40, 0x43, 0x3f8, 0x3ff };

	port_reserve(0x3f8, 0x3ff);
	for (u32 i = 0; i < ARRAY_SIZE(first); i++)
		ck_assert(!reaches(first[i], 1));

	/* Nor by an access that begins before. */
	ck_assert(!reaches(0x1f, 2) && !reaches(0x1d, 4) && reaches(0x1e, 2));
	ck_assert(!reaches(0x3f5, 4) && reaches(0x3f4, 4) && reaches(0x400, 4));
	ck_assert_uint_eq(port_read(&vcpu, 0x40, 1), 0);
}
END_TEST

/* There is no port 65536, and the first does not follow the last. */
START_TEST(the_last_one)
{
	ck_assert(reaches(0xffff, 1) && !reaches(0xffff, 2) && !reaches(0xfffd, 4));
}
END_TEST

START_TEST(of_kernels)
{
	ck_assert(!port_privilege_ok(&vcpu, 0x60, 1));
	vcpu.io.iopl = 1;
	ck_assert(port_privilege_ok(&vcpu, 0x60, 1));
	vcpu.io.iopl = 0;
	dom.privileged = true;
	ck_assert(port_privilege_ok(&vcpu, 0x60, 1));
}
END_TEST

/* A user part has what its own kernel gave it: all, or by a bitmap in which a bit forbids. */
START_TEST(of_user_parts)
{
	static u8 map[4096 + 8];

	vcpu.kernel_mode = false;
	dom.privileged = true;
	ck_assert(!port_privilege_ok(&vcpu, 0x60, 1));
	vcpu.io.iopl = 2;
	ck_assert(!port_privilege_ok(&vcpu, 0x60, 1));
	vcpu.io.iopl = 3;
	ck_assert(port_privilege_ok(&vcpu, 0x60, 1));

	vcpu.io.iopl = 0;
	vcpu.io.bitmap = (u64)map;
	vcpu.io.bitmap_ports = 100;
	ck_assert(port_privilege_ok(&vcpu, 0x60, 4));
	ck_assert(!port_privilege_ok(&vcpu, 0x61, 4) && port_privilege_ok(&vcpu, 99, 1));

	map[12] = 1 << 3; /* port 0x63 */
	ck_assert(!port_privilege_ok(&vcpu, 0x60, 4) && port_privilege_ok(&vcpu, 0x60, 2));
	map[12] = 0;
	map[11] = 1 << 7; /* port 0x5f */
	ck_assert(!port_privilege_ok(&vcpu, 0x5f, 1) && port_privilege_ok(&vcpu, 0x60, 1));
	map[11] = 0;
	map[12] = 1; /* an access over the edge of a byte */
	ck_assert(!port_privilege_ok(&vcpu, 0x5f, 2));

	vcpu.io.bitmap = 16; /* can not be read */
	ck_assert(!port_privilege_ok(&vcpu, 0x10, 1));
}
END_TEST

/* dom0's address is kept, and set for its own data only. */
START_TEST(pci)
{
	port_write(&vcpu, 0xcf8, 4, 0x80001800);
	ck_assert_uint_eq(port_accesses, 0);
	ck_assert_uint_eq(port_read(&vcpu, 0xcf8, 4), 0x80001800);

	pci_config_read(0x80ffff00, 0, 4);
	ck_assert_uint_eq(last_value, 0x80ffff00);
	port_read(&vcpu, 0xcfe, 2);
	ck_assert_uint_eq(last_value, 0x80001800);
	ck_assert_uint_eq(last_port, 0xcfe);

	bit_clear(dom.io.ports, 0xcfd);
	ck_assert(!reaches(0xcfc, 4) && reaches(0xcfc, 1));
}
END_TEST

Suite *suite_ports(void)
{
	Suite *s = suite_create("ports");
	TCase *t = tcase_create("ports");

	tcase_add_checked_fixture(t, world_up, NULL);
	tcase_add_test(t, of_the_domain);
	tcase_add_test(t, ours);
	tcase_add_test(t, the_last_one);
	tcase_add_test(t, of_kernels);
	tcase_add_test(t, of_user_parts);
	tcase_add_test(t, pci);
	suite_add_tcase(s, t);
	return s;
}
