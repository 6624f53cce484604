// SPDX-License-Identifier: MIT
/*
 * What domains do with each other and with their devices, between two marks (count/count.c). It
 * runs in each of them; those that serve do what the others say:
 *
 *	domains serve                    takes commands by TCP, one a connection, for ever
 *	domains get HOST BYTES MARK      has a server send so many bytes
 *	domains put HOST BYTES MARK      sends them to a server
 *	domains read FILE BYTES MARK     from a disk, past the cache
 *	domains write FILE BYTES MARK
 *	domains run MARK COMMAND...      a program
 *	domains at HOST COMMAND...       has a server do one of the above
 *
 * All but run are done twice, and counted the second time: the first sets up what stays. The marks
 * are MARK and MARK + 1. Exits with 0, and then it has printed "OP MARK".
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mark.h"

#define PORT      7777
#define PIECE     (1ul << 20) /* of a disk */
#define TCP_PIECE (1ul << 16)
#define WORDS     16
#define LINE      512

static void *piece;

static void need(bool good, const char *what)
{
	if (!good)
		err(1, "%s", what);
}

#define CASE(n)          \
	case n:          \
		MARK(n); \
		break

/* An instruction has its number in it, so each number is an instruction of its own. */
static void mark(unsigned long n)
{
	switch (n) {
		CASE(2);
		CASE(3);
		CASE(4);
		CASE(5);
		CASE(6);
		CASE(7);
		CASE(8);
		CASE(9);
		CASE(10);
		CASE(11);
		CASE(12);
		CASE(13);
		CASE(14);
		CASE(15);
		CASE(16);
		CASE(17);
		CASE(18);
		CASE(19);
	default:
		errx(1, "there is no mark %lu", n);
	}
}

static unsigned long number(const char *word)
{
	return strtoul(word, NULL, 10);
}

/* ---- bytes over a connection */

static int connected(const char *host)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	need(fd >= 0, "socket");
	need(inet_pton(AF_INET, host, &to.sin_addr) == 1, host);
	need(!connect(fd, (struct sockaddr *)&to, sizeof(to)), host);
	return fd;
}

static void send_all(int fd, unsigned long bytes)
{
	while (bytes) {
		ssize_t n = write(fd, piece, bytes < TCP_PIECE ? bytes : TCP_PIECE);

		need(n > 0, "write");
		bytes -= (unsigned long)n;
	}
}

static void receive_all(int fd, unsigned long bytes)
{
	while (bytes) {
		ssize_t n = read(fd, piece, bytes < TCP_PIECE ? bytes : TCP_PIECE);

		need(n > 0, "read");
		bytes -= (unsigned long)n;
	}
}

static void answer(int fd)
{
	need(write(fd, "\n", 1) == 1, "answer");
}

static void await_answer(int fd)
{
	char c;

	need(read(fd, &c, 1) == 1, "no answer");
}

static void get(const char *host, unsigned long bytes)
{
	int fd = connected(host);

	dprintf(fd, "give %lu\n", bytes);
	receive_all(fd, bytes);
	close(fd);
}

static void put(const char *host, unsigned long bytes)
{
	int fd = connected(host);

	dprintf(fd, "take %lu\n", bytes);
	await_answer(fd); /* so that the command does not share a segment with the bytes */
	send_all(fd, bytes);
	await_answer(fd);
	close(fd);
}

/* ---- a disk */

static void disk(const char *file, unsigned long bytes, bool write_it)
{
	int fd = open(file, (write_it ? O_WRONLY : O_RDONLY) | O_DIRECT);

	need(fd >= 0, file);
	for (unsigned long i = 0; i < bytes; i += PIECE) {
		ssize_t n = write_it ? write(fd, piece, PIECE) : read(fd, piece, PIECE);

		need(n == (ssize_t)PIECE, file);
	}
	need(!fsync(fd), file);
	close(fd);
}

static void disk_read(const char *file, unsigned long bytes)
{
	disk(file, bytes, false);
}

static void disk_write(const char *file, unsigned long bytes)
{
	disk(file, bytes, true);
}

/* ---- commands */

static void counted(void (*what)(const char *, unsigned long), char **words)
{
	unsigned long bytes = number(words[1]), m = number(words[2]);

	what(words[0], bytes);
	mark(m);
	what(words[0], bytes);
	mark(m + 1);
	printf("OP %lu\n", m);
}

static void run(unsigned long m, char **words)
{
	pid_t child;
	int status;

	mark(m);
	child = fork();
	if (!child) {
		execvp(words[0], words);
		err(1, "%s", words[0]);
	}
	need(waitpid(child, &status, 0) == child, "waitpid");
	mark(m + 1);
	need(!status, words[0]);
	printf("OP %lu\n", m);
}

static void at(const char *host, char **words)
{
	int fd = connected(host);

	for (; *words; words++)
		dprintf(fd, "%s%s", *words, words[1] ? " " : "\n");
	await_answer(fd);
	close(fd);
	printf("OP done\n");
}

/* One command; of a server @fd is the connection by which it came, elsewhere -1. */
static bool command(int fd, int n, char **words)
{
	const char *verb = n ? words[0] : "";

	if (!strcmp(verb, "give") && n == 2 && fd >= 0) {
		send_all(fd, number(words[1]));
	} else if (!strcmp(verb, "take") && n == 2 && fd >= 0) {
		answer(fd);
		receive_all(fd, number(words[1]));
	} else if (!strcmp(verb, "get") && n == 4) {
		counted(get, words + 1);
	} else if (!strcmp(verb, "put") && n == 4) {
		counted(put, words + 1);
	} else if (!strcmp(verb, "read") && n == 4) {
		counted(disk_read, words + 1);
	} else if (!strcmp(verb, "write") && n == 4) {
		counted(disk_write, words + 1);
	} else if (!strcmp(verb, "run") && n > 2) {
		run(number(words[1]), words + 2);
	} else if (!strcmp(verb, "at") && n > 2) {
		at(words[1], words + 2);
	} else {
		return false;
	}
	return true;
}

/* One line, up to its end and not beyond: what follows are bytes. */
static void read_line(int fd, char *line)
{
	size_t n = 0;

	while (n < LINE - 1 && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
}

static void serve_one(int fd)
{
	char line[LINE], *words[WORDS + 1] = { NULL };
	int n = 0;

	read_line(fd, line);
	for (char *w = strtok(line, " "); w && n < WORDS; w = strtok(NULL, " "))
		words[n++] = w;
	if (command(fd, n, words) && strcmp(words[0], "give"))
		answer(fd);
}

static _Noreturn void serve(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	need(listener >= 0, "socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	need(!bind(listener, (struct sockaddr *)&any, sizeof(any)), "bind");
	need(!listen(listener, 1), "listen");
	printf("SERVES\n");

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		need(fd >= 0, "accept");
		serve_one(fd);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	piece = aligned_alloc(PIECE, PIECE);
	need(piece, "memory");
	memset(piece, 1, PIECE);

	if (argc == 2 && !strcmp(argv[1], "serve"))
		serve();
	if (!command(-1, argc - 1, argv + 1))
		errx(2, "what is to be done? serve, get, put, read, write, run, at");
	return 0;
}
