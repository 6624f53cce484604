// SPDX-License-Identifier: MIT
/*
 * The operations of a process whose costs are compared: the first program of a machine that
 * executes each so many times between two marks (count/count.c), and then switches it off. For each
 * operation it prints "OP NUMBER NAME TIMES"; its marks are 2 * NUMBER and 2 * NUMBER + 1.
 *
 * Each is tried a few times first, so that what is set up once (pages of the program, caches of
 * the kernel) is not counted.
 */
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "mark.h"

#define PAGE      4096ul
#define MIB       (1ul << 20)
#define FAULTS    1024
#define BIG       (32 * MIB)
#define WARM      10 /* of so many times one is tried first, and one more */
#define STORE_LEN 3  /* bytes of store_byte's instruction */

static void need(bool good, const char *what)
{
	if (!good)
		err(1, "%s", what);
}

static void *memory(size_t bytes, int rights)
{
	void *p = mmap(NULL, bytes, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED, "mmap");
	/* Without large pages, which a PV kernel has not. */
	madvise(p, bytes, MADV_NOHUGEPAGE);
	return p;
}

static void touch(volatile char *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += PAGE)
		p[i] = 1;
}

/* ---- operations, each done once */

static void do_syscall(void)
{
	syscall(SYS_getppid);
}

static void caught(int sig)
{
	(void)sig;
}

static void do_signal(void)
{
	kill(getpid(), SIGUSR1);
}

static void do_yield(void)
{
	sched_yield();
}

static char *readable;

static void skip_store(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)sig;
	(void)info;
	u->uc_mcontext.gregs[REG_RIP] += STORE_LEN;
}

static void do_protection(void)
{
	__asm__ volatile("movb $0, (%0)" : : "a"(readable) : "memory");
}

static void do_mmap(void)
{
	void *p = memory(PAGE, PROT_READ | PROT_WRITE);

	touch(p, PAGE);
	munmap(p, PAGE);
}

static void do_faults(void)
{
	void *p = memory(FAULTS * PAGE, PROT_READ | PROT_WRITE);

	touch(p, FAULTS * PAGE);
	munmap(p, FAULTS * PAGE);
}

static int there[2], back[2];

static void do_pipe(void)
{
	char c = 0;

	need(write(there[1], &c, 1) == 1, "write");
	need(read(back[0], &c, 1) == 1, "read");
}

static void wait_for(pid_t child)
{
	int status;

	need(child > 0, "fork");
	need(waitpid(child, &status, 0) == child, "waitpid");
	need(!status, "a child");
}

static void do_fork(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	wait_for(child);
}

static void do_exec(void)
{
	pid_t child = fork();

	if (!child) {
		execl("/init", "/init", "exit", NULL);
		_exit(1);
	}
	wait_for(child);
}

/* ---- their surroundings */

static void with_handlers(void)
{
	struct sigaction store = { .sa_sigaction = skip_store, .sa_flags = SA_SIGINFO };

	readable = memory(PAGE, PROT_READ);
	signal(SIGUSR1, caught);
	sigaction(SIGSEGV, &store, NULL);
}

static pid_t echo;

static void with_echo(void)
{
	char c;

	need(!pipe(there) && !pipe(back), "pipe");
	echo = fork();
	if (echo)
		return;

	close(there[1]);
	while (read(there[0], &c, 1) == 1)
		need(write(back[1], &c, 1) == 1, "write");
	_exit(0);
}

static void without_echo(void)
{
	close(there[1]);
	wait_for(echo);
}

static void with_memory(void)
{
	touch(memory(BIG, PROT_READ | PROT_WRITE), BIG);
}

/* Executed @times with marks around; the marks are constants, so each operation has its own. */
#define OP(number, name, times, what)                         \
	do {                                                  \
		for (int i = 0; i <= (times) / WARM; i++)     \
			what();                               \
		MARK(2 * (number));                           \
		for (int i = 0; i < (times); i++)             \
			what();                               \
		MARK(2 * (number) + 1);                       \
		printf("OP %d %s %d\n", number, name, times); \
	} while (0)

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "exit"))
		return 0;

	with_handlers();
	OP(1, "syscall", 10000, do_syscall);
	OP(2, "signal", 2000, do_signal);
	OP(3, "yield", 10000, do_yield);
	OP(4, "protection", 2000, do_protection);
	OP(5, "mmap", 2000, do_mmap);
	OP(6, "faults", 50, do_faults);

	with_echo();
	OP(7, "pipe", 2000, do_pipe);
	without_echo();

	OP(8, "fork", 200, do_fork);
	OP(9, "exec", 200, do_exec);

	with_memory();
	OP(10, "fork32", 20, do_fork);
	OP(11, "exec32", 20, do_exec);

	printf("OPS over\n");
	fflush(stdout);
	sleep(1); /* the console takes its time */
	reboot(RB_POWER_OFF);
	return 0;
}
