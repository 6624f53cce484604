/* SPDX-License-Identifier: MIT */
/*
 * The table of hospes top. Each column is a row of one table here: head, width, what it prints.
 * Where the screen is too narrow for all, the least wanted columns are left out first.
 */
#include "top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>

const struct top_key top_keys[SORTS] = {
	[SORT_CPU] = { 'c', "cpu" },       [SORT_TIME] = { 't', "time" },
	[SORT_MEMORY] = { 'm', "memory" }, [SORT_NETWORK] = { 'n', "network" },
	[SORT_DISK] = { 'd', "disk" },     [SORT_ID] = { 'i', "id" },
	[SORT_NAME] = { 'a', "name" },
};

static int order(double a, double b)
{
	if (a == b)
		return 0;

	return a < b ? 1 : -1;
}

static int compare_by(enum top_sort sort, const struct usage_rate *a, const struct usage_rate *b)
{
	const struct domain_usage *x = a->domain, *y = b->domain;

	switch (sort) {
	case SORT_CPU:
		return order(a->cpu_percent, b->cpu_percent);
	case SORT_TIME:
		return order((double)x->cpu_ns, (double)y->cpu_ns);
	case SORT_MEMORY:
		return order((double)x->memory_kib, (double)y->memory_kib);
	case SORT_NETWORK:
		return order(a->net_rx + a->net_tx, b->net_rx + b->net_tx);
	case SORT_DISK:
		return order(a->disk_read + a->disk_written, b->disk_read + b->disk_written);
	case SORT_NAME:
		return strcmp(x->name, y->name);
	default:
		return 0;
	}
}

/* Equal rows keep the order of their numbers, so that they do not change places at each look. */
static int compare(const void *a, const void *b, void *context)
{
	const struct usage_rate *x = a, *y = b;
	const struct top *top = context;
	int c = compare_by(top->sort, x, y);

	if (c == 0)
		c = (int)x->domain->domid - (int)y->domain->domid;
	return top->reverse ? -c : c;
}

void top_sort(struct top *top)
{
	qsort_r(top->rates, top->usage.count, sizeof(top->rates[0]), compare, top);
}

void top_bytes(double bytes, char text[8])
{
	static const char units[] = "kMGTP";
	int unit = -1;

	while (bytes >= 999.5 && unit < 4) {
		bytes /= 1024;
		unit++;
	}

	if (unit < 0)
		snprintf(text, 8, "%.0f", bytes);
	else if (bytes < 99.95)
		snprintf(text, 8, "%.1f%c", bytes, units[unit]);
	else
		snprintf(text, 8, "%.0f%c", bytes < 9999 ? bytes : 9999.0, units[unit]);
}

typedef void column_print(const struct usage_rate *r, char *text, size_t size);

static void print_name(const struct usage_rate *r, char *text, size_t size)
{
	snprintf(text, size, "%s", r->domain->name);
}

static void print_id(const struct usage_rate *r, char *text, size_t size)
{
	snprintf(text, size, "%u", r->domain->domid);
}

static void print_state(const struct usage_rate *r, char *text, size_t size)
{
	snprintf(text, size, "%s", r->domain->state);
}

static void print_vcpus(const struct usage_rate *r, char *text, size_t size)
{
	snprintf(text, size, "%u", r->domain->vcpus);
}

static void print_time(const struct usage_rate *r, char *text, size_t size)
{
	snprintf(text, size, "%.0f", (double)r->domain->cpu_ns / 1e9);
}

static void print_cpu(const struct usage_rate *r, char *text, size_t size)
{
	snprintf(text, size, "%.1f", r->cpu_percent);
}

static void print_memory(const struct usage_rate *r, char *text, size_t size)
{
	snprintf(text, size, "%llu", (unsigned long long)r->domain->memory_kib);
}

static void print_memory_part(const struct usage_rate *r, char *text, size_t size)
{
	snprintf(text, size, "%.1f", r->memory_percent);
}

static void print_bytes(unsigned int devices, double bytes, char *text, size_t size)
{
	char number[8];

	top_bytes(bytes, number);
	snprintf(text, size, "%s", devices > 0 ? number : "-");
}

static void print_net_tx(const struct usage_rate *r, char *text, size_t size)
{
	print_bytes(r->domain->nics, r->net_tx, text, size);
}

static void print_net_rx(const struct usage_rate *r, char *text, size_t size)
{
	print_bytes(r->domain->nics, r->net_rx, text, size);
}

static void print_read(const struct usage_rate *r, char *text, size_t size)
{
	print_bytes(r->domain->disks, r->disk_read, text, size);
}

static void print_written(const struct usage_rate *r, char *text, size_t size)
{
	print_bytes(r->domain->disks, r->disk_written, text, size);
}

static const struct column {
	const char *head;
	int width; /* negative: text, from the left */
	int rank;  /* columns of the highest rank are left out first */
	column_print *print;
} columns[] = {
	{ "NAME", -16, 0, print_name },    { "ID", 5, 4, print_id },
	{ "STATE", -6, 0, print_state },   { "CPU(sec)", 8, 1, print_time },
	{ "CPU(%)", 6, 0, print_cpu },     { "VCPUS", 5, 4, print_vcpus },
	{ "MEM(k)", 9, 0, print_memory },  { "MEM(%)", 6, 3, print_memory_part },
	{ "NETTX/s", 7, 2, print_net_tx }, { "NETRX/s", 7, 2, print_net_rx },
	{ "READ/s", 6, 2, print_read },    { "WRITE/s", 7, 2, print_written },
};
#define COLUMNS (ARRAY_SIZE(columns))
#define RANKS   5

/* How many ranks of columns fit. */
static int ranks_fit(int width)
{
	for (int ranks = RANKS; ranks > 1; ranks--) {
		int sum = -1;

		for (size_t i = 0; i < COLUMNS; i++)
			if (columns[i].rank < ranks)
				sum += abs(columns[i].width) + 1;
		if (sum <= width)
			return ranks;
	}

	return 1;
}

static void line_cut(char text[TOP_LINE_MAX], int width)
{
	if (width >= 0 && width < TOP_LINE_MAX)
		text[width] = '\0';
}

/* One line: the heads, or with @r a row. */
static void line_make(const struct usage_rate *r, char text[TOP_LINE_MAX], int width)
{
	int ranks = ranks_fit(width), used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < COLUMNS; i++) {
		char cell[DOMAIN_NAME_MAX];

		if (columns[i].rank >= ranks)
			continue;

		if (r != NULL)
			columns[i].print(r, cell, sizeof(cell));
		else
			snprintf(cell, sizeof(cell), "%s", columns[i].head);
		used += snprintf(text + used, (size_t)(TOP_LINE_MAX - used), "%s%*.*s",
				 used > 0 ? " " : "", columns[i].width, abs(columns[i].width),
				 cell);
	}

	line_cut(text, width);
}

void top_head(char text[TOP_LINE_MAX], int width)
{
	line_make(NULL, text, width);
}

void top_row(const struct top *top, unsigned int row, char text[TOP_LINE_MAX], int width)
{
	line_make(&top->rates[row], text, width);
}

static unsigned int count_state(const struct top *top, char letter)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < top->usage.count; i++)
		if (strchr(top->usage.domains[i].state, letter) != NULL)
			count++;
	return count;
}

/* The two summary lines: domains, and the host's memory and CPUs. */
static void summary_domains(const struct top *top, char text[TOP_LINE_MAX])
{
	snprintf(
		text, TOP_LINE_MAX,
		"%u domains: %u running, %u blocked, %u paused, %u crashed, %u dying, %u shut down",
		top->usage.count, count_state(top, 'r'), count_state(top, 'b'),
		count_state(top, 'p'), count_state(top, 'c'), count_state(top, 'd'),
		count_state(top, 's'));
}

static void summary_host(const struct usage *u, char text[TOP_LINE_MAX])
{
	snprintf(text, TOP_LINE_MAX, "Mem: %lluk total, %lluk used, %lluk free    CPUs: %u @ %uMHz",
		 (unsigned long long)u->memory_kib,
		 (unsigned long long)(u->memory_kib - u->memory_free_kib),
		 (unsigned long long)u->memory_free_kib, u->cpus, u->cpu_khz / 1000);
}

void top_summary(const struct top *top, unsigned int line, char text[TOP_LINE_MAX], int width)
{
	if (line == 0)
		summary_domains(top, text);
	else
		summary_host(&top->usage, text);
	line_cut(text, width);
}
