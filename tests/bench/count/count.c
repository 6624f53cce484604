// SPDX-License-Identifier: MIT
/*
 * A plugin of QEMU's translator: counts the instructions that a machine executes, apart for user
 * space, its kernel and ring 0 of a hypervisor, with some that are dear. A program that wants to
 * know what it costs executes a mark, an instruction that does nothing, before and after:
 *
 *	0f 1f 84 00 NN MM 4f 48		nopl 0x484fMMNN(%rax,%rax,1): mark MMNN
 *
 * so it need not know whether anything counts, and no hypervisor below it has a part in it. Each
 * mark adds a line to the file out=, of numbers since the machine's start, named in its first line.
 *
 *	-plugin count.so,out=FILE[,profile=N,text=ADDRESS:BYTES]
 *
 * With profile= each instruction of those addresses is counted by itself between the marks N and
 * N + 1; then the file gets a line "at ADDRESS COUNT" of each.
 *
 * Counted is what began: an instruction that faults counts when it is tried, and again afterwards;
 * of a repeated string instruction each turn counts, as QEMU's own clock has it.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count/qemu_plugin.h"

/* Xen's ABI gives a 64-bit hypervisor these addresses, in all guests and its own tables. */
#define RING0_FIRST 0xffff800000000000u
#define RING0_LAST  0xffff87ffffffffffu

#define MARK_LENGTH 8
#define MARK_OPCODE "\x0f\x1f\x84\x00" /* nopl disp32(%rax,%rax,1) */
#define MARK_HIGH   0x484fu

#define HYPERCALLS 64

enum counter {
	USER,
	KERNEL,
	RING0,
	CR3_LOADS,  /* also those by INVPCID */
	FLUSHES,    /* INVLPG, INVPCID, writes of CR4 */
	MSR_WRITES, /* of which IPIs and timers are some */
	HYPERCALL,
	COUNTERS = HYPERCALL + HYPERCALLS
};

static const char *const names[HYPERCALL] = { "user",      "kernel",  "ring0",
					      "cr3_loads", "flushes", "msr_writes" };

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static uint64_t counters[COUNTERS];
static FILE *out;

/* Of the profile: one word a byte of text, and what they were at its first mark. */
static uint64_t text_first, text_bytes;
static uint64_t *text, *text_before;
static unsigned int profile_mark;
static bool profiled;

static enum counter whose(uint64_t address)
{
	if (address >= RING0_FIRST && address <= RING0_LAST)
		return RING0;
	return address < RING0_FIRST ? USER : KERNEL;
}

static void count(struct qemu_plugin_insn *insn, uint64_t *counter)
{
	qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, counter, 1);
}

static void profile_turn(unsigned int mark)
{
	if (!text || profiled)
		return;

	if (mark == profile_mark)
		memcpy(text_before, text, text_bytes * sizeof(*text));

	if (mark != profile_mark + 1)
		return;
	for (uint64_t i = 0; i < text_bytes; i++) {
		uint64_t n = text[i] - text_before[i];

		if (n)
			fprintf(out, "at %" PRIx64 " %" PRIu64 "\n", text_first + i, n);
	}
	profiled = true;
}

static void marked(unsigned int vcpu, void *data)
{
	unsigned int mark = (uintptr_t)data;

	(void)vcpu;
	profile_turn(mark);

	fprintf(out, "%u", mark);
	for (unsigned int i = 0; i < COUNTERS; i++)
		fprintf(out, " %" PRIu64, counters[i]);
	fputc('\n', out);
	fflush(out);
}

/* The number of the mark that these bytes are, or -1. */
static int mark_of(const uint8_t *code, size_t length)
{
	if (length != MARK_LENGTH || memcmp(code, MARK_OPCODE, 4))
		return -1;
	if ((code[6] | code[7] << 8) != MARK_HIGH)
		return -1;
	return code[4] | code[5] << 8;
}

/* Instructions of ring 0 that cost more than their number tells. */
static void count_dear(struct qemu_plugin_insn *insn, const uint8_t *code, size_t length)
{
	if (length < 2)
		return;

	if (code[0] == 0x66) { /* INVPCID: 66 0f 38 82 /r */
		if (length >= 5 && !memcmp(code + 1, "\x0f\x38\x82", 3))
			count(insn, &counters[FLUSHES]);
		return;
	}

	if ((code[0] & 0xf0) == 0x40) { /* REX */
		code++;
		length--;
	}
	if (length < 2 || code[0] != 0x0f)
		return;

	if (code[1] == 0x30) { /* WRMSR */
		count(insn, &counters[MSR_WRITES]);
		return;
	}
	if (length < 3)
		return;

	if (code[1] == 0x22 && (code[2] & 0x38) == 3 << 3) /* MOV to CR3 */
		count(insn, &counters[CR3_LOADS]);
	if (code[1] == 0x22 && (code[2] & 0x38) == 4 << 3) /* MOV to CR4 */
		count(insn, &counters[FLUSHES]);
	if (code[1] == 0x01 && (code[2] & 0x38) == 7 << 3 && code[2] < 0xc0) /* INVLPG */
		count(insn, &counters[FLUSHES]);
}

/*
 * A hypercall is SYSCALL by the guest's kernel, with its number in EAX: the one that a MOV or XOR
 * of the kernel put there last. Older kernels do that in the hypercall page, newer ones in front of
 * a call of their own SYSCALL.
 */
static uint64_t last_eax;

static void eax_set(unsigned int vcpu, void *number)
{
	(void)vcpu;
	last_eax = (uintptr_t)number;
}

static void hypercall_made(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	if (last_eax < HYPERCALLS)
		counters[HYPERCALL + last_eax]++;
}

static void count_hypercall(struct qemu_plugin_insn *insn, const uint8_t *code, size_t length)
{
	uint32_t number = HYPERCALLS;

	if (length == 5 && code[0] == 0xb8)
		memcpy(&number, code + 1, sizeof(number));
	if (length == 2 && !memcmp(code, "\x31\xc0", 2))
		number = 0;

	if (number < HYPERCALLS)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, eax_set, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)number);
	if (length == 2 && !memcmp(code, "\x0f\x05", 2))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, hypercall_made, QEMU_PLUGIN_CB_NO_REGS,
						       NULL);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const uint8_t *code = qemu_plugin_insn_data(insn);
		size_t length = qemu_plugin_insn_size(insn);
		uint64_t address = qemu_plugin_insn_vaddr(insn);
		enum counter c = whose(address);
		int mark = mark_of(code, length);

		count(insn, &counters[c]);
		if (c == RING0)
			count_dear(insn, code, length);
		if (c == KERNEL)
			count_hypercall(insn, code, length);
		if (text && address - text_first < text_bytes)
			count(insn, &text[address - text_first]);
		if (mark >= 0)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, marked, QEMU_PLUGIN_CB_NO_REGS,
							       (void *)(uintptr_t)mark);
	}
}

/* One NAME=VALUE of the command line; false if it is none of ours. */
static bool option(const char *arg)
{
	if (!strncmp(arg, "out=", 4)) {
		out = fopen(arg + 4, "w");
		return out;
	}
	if (!strncmp(arg, "profile=", 8))
		return sscanf(arg + 8, "%u", &profile_mark) == 1;
	if (!strncmp(arg, "text=", 5))
		return sscanf(arg + 5, "%" SCNx64 ":%" SCNx64, &text_first, &text_bytes) == 2;
	return false;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
					   int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!option(argv[i])) {
			fprintf(stderr, "count: %s can not be used\n", argv[i]);
			return -1;
		}
	}
	if (!out) {
		fprintf(stderr, "count: out=FILE is missing\n");
		return -1;
	}

	if (text_bytes) {
		text = calloc(text_bytes, sizeof(*text));
		text_before = calloc(text_bytes, sizeof(*text));
		if (!text || !text_before)
			return -1;
	}

	fprintf(out, "mark");
	for (unsigned int i = 0; i < HYPERCALL; i++)
		fprintf(out, " %s", names[i]);
	for (unsigned int i = 0; i < HYPERCALLS; i++)
		fprintf(out, " call_%u", i);
	fputc('\n', out);

	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
