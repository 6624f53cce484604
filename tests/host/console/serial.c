/* SPDX-License-Identifier: MIT */
/*
 * Text on its way to a serial line of 115200 baud on a processor of 2 GHz: it arrives whole and in
 * order, nobody waits for it once the machine runs, and what is lost is counted.
 */
#include <console/device.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <tests/host/suites_run.h>

#define TICKS_PER_US 2000ul
#define CHAR_TICKS   (87 * TICKS_PER_US) /* that one character needs on the line */
#define ACCESS_TICKS TICKS_PER_US        /* a port is read or written */
#define MS           (1000 * TICKS_PER_US)
#define REG_DATA     0x3f8
#define REG_LSR      0x3fd
#define LSR_EMPTY    0x20
#define QUEUE_SIZE   16384

static struct {
	u64 now, empty_at; /* ticks */
	bool dead, fast, configured;
	char got[100000];
	size_t n;
} line;

static bool alone;

bool cpu_alone(void)
{
	return alone;
}

void panic(const char *fmt, ...)
{
	abort();
}

u64 host_tsc(void)
{
	line.now += 20;
	return line.now;
}

static bool is_empty(void)
{
	return line.fast || (!line.dead && line.now >= line.empty_at);
}

u8 host_in(u16 port)
{
	line.now += ACCESS_TICKS;
	return port == REG_LSR && is_empty() ? LSR_EMPTY : 0;
}

void host_out(u16 port, u8 val)
{
	line.now += ACCESS_TICKS;
	if (port != REG_DATA || !line.configured)
		return;

	if (line.empty_at < line.now)
		line.empty_at = line.now;
	line.empty_at += CHAR_TICKS;
	if (!line.fast)
		ck_assert_uint_le(line.empty_at - line.now, UART_FIFO * CHAR_TICKS);
	line.got[line.n++] = (char)val;
}

static void up(void)
{
	ck_assert(uart_init("115200,8n1"));
	line.configured = true;
}

/* The text that stands at @from of an endless one. */
static const char *text(u64 from)
{
	static char buf[4096];

	for (u32 i = 0; i < sizeof(buf); i++)
		buf[i] = (char)('a' + (from + i) % 26);
	return buf;
}

static void put(u64 from, size_t n)
{
	for (size_t i = 0; i < n; i += 1000)
		serial_put(text(from + i), MIN(n - i, 1000ul));
}

/* As the timer does. Returns the milliseconds. */
static u32 drain(void)
{
	u32 ms = 0;

	while (serial_go()) {
		line.now += MS;
		ms++;
	}
	return ms;
}

START_TEST(nobody_waits)
{
	u64 begin = line.now;

	serial_start();
	put(0, 512);
	ck_assert(serial_go());
	ck_assert(serial_go());
	ck_assert_uint_lt(line.now - begin, 100 * TICKS_PER_US);
	ck_assert_uint_eq(line.n, UART_FIFO);

	/* Each millisecond is enough to keep the line busy three quarters of the time. */
	ck_assert_uint_le(drain(), 512 * 87 / 1000 * 3 / 2);
	ck_assert_uint_eq(line.n, 512);
	ck_assert_mem_eq(line.got, text(0), 512);
	ck_assert_uint_eq(serial_lost(), 0);
}
END_TEST

START_TEST(a_newline_is_two)
{
	serial_start();
	serial_put("a\nb\n", 4);
	ck_assert(!serial_go());
	ck_assert_uint_eq(line.n, 6);
	ck_assert_mem_eq(line.got, "a\r\nb\r\n", 6);
}
END_TEST

/* A line that takes all at once is no reason to give it all at once. */
START_TEST(some_at_a_time)
{
	u64 begin = line.now;

	serial_start();
	line.fast = true;
	put(0, 1000);
	ck_assert(serial_go());
	ck_assert_uint_lt(line.now - begin, 100 * TICKS_PER_US);
	ck_assert_uint_le(line.n, 64);

	drain();
	ck_assert_uint_eq(line.n, 1000);
	ck_assert_mem_eq(line.got, text(0), 1000);
}
END_TEST

START_TEST(a_full_queue_forgets_the_oldest)
{
	serial_start();
	put(0, QUEUE_SIZE + 500);
	drain();
	ck_assert_uint_eq(serial_lost(), 500);
	ck_assert_uint_eq(serial_lost(), 0);
	ck_assert_uint_eq(line.n, QUEUE_SIZE);
	ck_assert_mem_eq(line.got, text(500), 1000);
}
END_TEST

/* Before there is a timer, and in the last words, all goes out before anything else. */
START_TEST(waited_for)
{
	put(0, 512);
	ck_assert(!serial_go());
	ck_assert_uint_eq(line.n, 512);

	serial_start();
	put(512, 512);
	ck_assert(serial_go());
	ck_assert_uint_lt(line.n, 1024);

	alone = true;
	ck_assert(!serial_go());
	ck_assert_uint_eq(line.n, 1024);
	ck_assert_mem_eq(line.got, text(0), 1024);
}
END_TEST

START_TEST(dead)
{
	u64 begin = line.now;

	/* Nobody is kept for ever, and the second wait is short. */
	line.dead = true;
	put(0, 512);
	ck_assert(!serial_go());
	ck_assert_uint_lt(line.now - begin, 1000 * MS);
	begin = line.now;
	put(0, 512);
	ck_assert(!serial_go());
	ck_assert_uint_lt(line.now - begin, MS);
	ck_assert_uint_eq(serial_lost(), 1024);

	/* The control domain's text waits some seconds, and then goes nowhere. */
	serial_start();
	line.dead = false;
	ck_assert(!serial_go());
	put(0, 16);
	ck_assert(!serial_go());
	line.dead = true;
	put(0, QUEUE_SIZE);
	ck_assert(serial_go());
	ck_assert_uint_eq(serial_room(), 0);
	ck_assert_uint_ge(drain(), 7000);
	ck_assert_uint_gt(serial_room(), 0);
	ck_assert_uint_eq(serial_lost(), QUEUE_SIZE);

	/* It is alive again. */
	line.dead = false;
	line.n = 0;
	put(3, 100);
	drain();
	ck_assert_uint_eq(line.n, 100);
	ck_assert_mem_eq(line.got, text(3), 100);
}
END_TEST

/* The control domain fills half of the queue, whatever its text becomes. */
START_TEST(room)
{
	size_t room = serial_room();

	serial_start();
	ck_assert_uint_gt(room, 1000);
	for (size_t i = 0; i < room; i++)
		serial_put("\n", 1);
	ck_assert_uint_eq(serial_room(), UART_FIFO / 2);
	put(0, QUEUE_SIZE / 2);
	ck_assert_uint_eq(serial_room(), 0);
	drain();
	ck_assert_uint_eq(serial_room(), room);
	ck_assert_uint_eq(serial_lost(), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("serial line");
	TCase *t = tcase_create("queue");

	tcase_add_checked_fixture(t, up, NULL);
	tcase_add_test(t, nobody_waits);
	tcase_add_test(t, a_newline_is_two);
	tcase_add_test(t, some_at_a_time);
	tcase_add_test(t, a_full_queue_forgets_the_oldest);
	tcase_add_test(t, waited_for);
	tcase_add_test(t, dead);
	tcase_add_test(t, room);
	suite_add_tcase(s, t);

	return suites_run(s);
}
