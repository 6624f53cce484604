/* SPDX-License-Identifier: MIT */
/*
 * The fuzzer's machine without the fuzzer: the inputs of tests/fuzz/corpus/hypercalls, or those
 * that are named, and some drawn by lot; all references are counted after each step. What must hold
 * ends the program when it does not (tests/fuzz/hypercalls/machine.h).
 */
#include "../../fuzz/fuzz.h"
#include "../../fuzz/hypercalls/machine.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define CORPUS "tests/fuzz/corpus/hypercalls"
#define DRAWN  500u /* inputs */
#define SIZE   4096u

static u8 input[SIZE];

/* Each block of the rooms calls this. */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
	machine_blocks++;
}

static void run(size_t size)
{
	u8 *exact = malloc(size + 1);

	memcpy(exact, input, size);
	machine_run(exact, size);
	free(exact);
}

static void run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t got;

	if (!f) {
		printf("not ok - %s can not be read\n", path);
		exit(EXIT_FAILURE);
	}
	got = fread(input, 1, sizeof(input), f);
	fclose(f);

	/* Its name first: a finding ends us. */
	printf("# %s\n", path);
	fflush(stdout);
	run(got);
}

static u32 run_corpus(void)
{
	DIR *dir = opendir(CORPUS);
	struct dirent *e;
	char path[512];
	u32 n = 0;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), CORPUS "/%s", e->d_name);
		run_file(path);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

static void run_drawn(u32 seed)
{
	u64 state = seed * 0x9e3779b97f4a7c15 + 1;

	for (u32 i = 0; i < SIZE; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		input[i] = (u8)(state >> 24);
	}
	printf("# drawn by lot: %u\n", seed);
	fflush(stdout);
	run(SIZE);
}

int main(int argc, char **argv)
{
	u32 n;

	ops_count_each(true);
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc > 1)
		return EXIT_SUCCESS;

	n = run_corpus();
	printf("%s - %u inputs that are kept\n", n ? "ok" : "not ok", n);
	for (u32 seed = 0; seed < DRAWN; seed++)
		run_drawn(seed);
	printf("ok - %u inputs drawn by lot, %lu hypercalls\n", DRAWN, ops_calls);
	return n ? EXIT_SUCCESS : EXIT_FAILURE;
}
