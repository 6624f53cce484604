/* SPDX-License-Identifier: MIT */
/*
 * Fills a new guest's memory: kernel, initrd, p2m list. Pages that hold data are mapped in one
 * window and read straight from the files; the others are cleared by the hypervisor unmapped.
 * Start info, page tables and registers are in guest_start.c.
 */
#include "guest_build.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/hvcall.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/process.h>
#include <dom0-tools/base/progress.h>

/* Larger initrds fail on the guest's memory anyway; this keeps arithmetic far from wrapping. */
#define INITRD_MAX (1LL << 40)
/* Kernel and initrd together, up to which the guest is filled in this process: some 100 pages. */
#define FILL_HERE_MAX (512UL << 10)

static int initrd_open(struct guest_build *b, const char *path, struct hospes_error *err)
{
	struct stat st;

	b->initrd = file_open_regular(path, "the initrd", &st, err);
	if (b->initrd < 0)
		return b->initrd;

	if (st.st_size > INITRD_MAX)
		return error_set(err, -EFBIG, "the initrd %s has %lld bytes", path,
				 (long long)st.st_size);

	b->initrd_size = (uint64_t)st.st_size;
	return 0;
}

static uint64_t pages_wanted(const struct guest_build *b)
{
	return b->config->memory_kib >> (PAGE_SHIFT - 10);
}

static int layout_plan(struct guest_build *b, struct hospes_error *err)
{
	const struct layout_input in = {
		.notes = &b->kernel.notes,
		.nr_pages = pages_wanted(b),
		.initrd_size = b->initrd_size,
	};
	struct load_error why;
	int rc = layout_make(&b->layout, &in, &why);

	if (rc < 0)
		return error_set(err, rc, "%s", why.text);
	return 0;
}

int build_prepare(struct guest_build *b, const struct domain_config *config,
		  struct hospes_error *err)
{
	int rc;

	memset(b, 0, sizeof(*b));
	b->config = config;
	b->kernel.fd = -1;
	b->initrd = -1;
	b->lock = -1;

	rc = kernel_open(&b->kernel, config->kernel, pages_wanted(b) << PAGE_SHIFT, err);
	if (rc < 0)
		return rc;

	if (config->initrd != NULL) {
		rc = initrd_open(b, config->initrd, err);
		if (rc < 0)
			return rc;
	}

	return layout_plan(b, err);
}

/* The page that a guest-physical address of the ELF file comes to lie in. */
static uint64_t segment_pfn(const struct guest_build *b, uint64_t paddr)
{
	return (paddr - b->kernel.notes.paddr_offset) >> PAGE_SHIFT;
}

/* A run of bytes of one segment that may be other than zero. */
struct data_run {
	uint64_t offset, size; /* in the ELF file */
	uint64_t paddr;
};

typedef int (*data_visit)(struct guest_build *b, const struct data_run *run);

static int segment_visit(struct guest_build *b, const struct elf_segment *s, data_visit visit)
{
	uint64_t at = s->offset, end = s->offset + s->filesz, stop;

	while (at < end && kernel_next_data(&b->kernel, &at, end, &stop)) {
		struct data_run run = { at, stop - at, s->paddr + (at - s->offset) };
		int rc = visit(b, &run);

		if (rc < 0)
			return rc;
		at = stop;
	}
	return 0;
}

/* Visits all data of the kernel, by rising address. Ends at the first error, and returns it. */
static int kernel_visit(struct guest_build *b, data_visit visit)
{
	for (unsigned int i = 0; i < b->kernel.elf.segment_count; i++) {
		int rc = segment_visit(b, &b->kernel.elf.segments[i], visit);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int run_collect(struct guest_build *b, const struct data_run *run)
{
	uint64_t first = segment_pfn(b, run->paddr);
	uint64_t last = segment_pfn(b, run->paddr + run->size - 1);

	return window_add(&b->window, first, last - first + 1);
}

/* The first and last page of a run may hold more than the run: zero there. */
static int run_edges(struct guest_build *b, const struct data_run *run)
{
	uint64_t end = run->paddr + run->size;

	if ((run->paddr & (PAGE_SIZE - 1)) != 0)
		memset(window_page(&b->window, segment_pfn(b, run->paddr)), 0, PAGE_SIZE);
	if ((end & (PAGE_SIZE - 1)) != 0)
		memset(window_page(&b->window, segment_pfn(b, end - 1)), 0, PAGE_SIZE);
	return 0;
}

static int run_load(struct guest_build *b, const struct data_run *run)
{
	uint8_t *page = window_page(&b->window, segment_pfn(b, run->paddr));

	return kernel_read(&b->kernel, run->offset, page + (run->paddr & (PAGE_SIZE - 1)),
			   run->size);
}

/* All pages that will be written, but the page tables. 0 or -ENOMEM. */
static int pages_collect(struct guest_build *b)
{
	const struct guest_layout *l = &b->layout;
	int rc;

	rc = kernel_visit(b, run_collect);
	if (rc < 0)
		return rc;

	rc = window_add(&b->window, l->initrd.pfn, l->initrd.pages);
	if (rc < 0)
		return rc;

	rc = window_add(&b->window, l->p2m.pfn, l->p2m.pages);
	if (rc < 0)
		return rc;

	return window_add(&b->window, l->start_info.pfn, 1);
}

static int window_make(struct guest_build *b, struct hospes_error *err)
{
	int rc = pages_collect(b);

	if (rc < 0)
		return error_set(err, rc, "no memory to map the domain's pages");

	window_sort(&b->window);
	return window_map(&b->window, &b->memory, err);
}

static int kernel_load(struct guest_build *b, struct hospes_error *err)
{
	const struct layout_region *k = &b->layout.kernel;
	int rc;

	rc = kernel_visit(b, run_edges);
	if (rc == 0)
		rc = kernel_visit(b, run_load);
	if (rc < 0)
		return error_set(err, rc, "cannot read the unpacked kernel of %s: %s",
				 b->config->kernel, strerror(-rc));

	return guest_clear(&b->memory, k->pfn, k->pages, &b->window, err);
}

static int initrd_load(struct guest_build *b, struct hospes_error *err)
{
	const struct layout_region *r = &b->layout.initrd;
	uint8_t *at;
	int rc;

	if (b->initrd_size == 0)
		return 0;

	at = window_page(&b->window, r->pfn);
	rc = file_read_at(b->initrd, at, b->initrd_size, 0);
	if (rc == -ENODATA)
		return error_set(err, -EAGAIN, "the initrd %s became shorter while it was read",
				 b->config->initrd);
	if (rc < 0)
		return error_set(err, rc, "cannot read the initrd %s: %s", b->config->initrd,
				 strerror(-rc));

	memset(at + b->initrd_size, 0, (r->pages << PAGE_SHIFT) - b->initrd_size);
	return 0;
}

static void p2m_write(struct guest_build *b)
{
	const struct layout_region *r = &b->layout.p2m;
	size_t bytes = b->memory.nr_pages * sizeof(xen_pfn_t);
	uint8_t *at = window_page(&b->window, r->pfn);

	memcpy(at, b->memory.p2m, bytes);
	memset(at + bytes, 0, (r->pages << PAGE_SHIFT) - bytes);
}

/* The ports of store and console, for dom0 to bind. */
static int ports_make(struct guest_build *b, struct privcmd *p, domid_t domid,
		      struct hospes_error *err)
{
	int port;

	port = event_alloc_unbound(p, domid, 0, err);
	if (port < 0)
		return port;
	b->store_port = (uint32_t)port;

	port = event_alloc_unbound(p, domid, 0, err);
	if (port < 0)
		return port;
	b->console_port = (uint32_t)port;
	return 0;
}

static int shared_info_find(struct guest_build *b, struct privcmd *p, domid_t domid,
			    struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(p, domid, &info, err);

	if (rc == 0)
		b->shared_info_frame = info.shared_info_frame;
	return rc;
}

/* Frames, ports, and the frame of the shared page: what the hypervisor gives. */
static int resources_get(struct guest_build *b, struct privcmd *p, domid_t domid,
			 struct hospes_error *err)
{
	int rc;

	rc = guest_populate(&b->memory, p, domid, pages_wanted(b), err);
	if (rc < 0)
		return rc;
	b->store_mfn = b->memory.p2m[b->layout.store.pfn];
	b->console_mfn = b->memory.p2m[b->layout.console.pfn];

	rc = ports_make(b, p, domid, err);
	if (rc < 0)
		return rc;

	return shared_info_find(b, p, domid, err);
}

static int fill(struct guest_build *b, struct privcmd *p, domid_t domid, struct hospes_error *err)
{
	int rc;

	rc = resources_get(b, p, domid, err);
	if (rc < 0)
		return rc;

	rc = window_make(b, err);
	if (rc < 0)
		return rc;

	rc = kernel_load(b, err);
	if (rc < 0)
		return rc;

	rc = initrd_load(b, err);
	if (rc < 0)
		return rc;

	p2m_write(b);
	rc = start_pages(b, p, domid, err);
	if (rc < 0)
		return rc;

	return start_vcpu(b, p, domid, err);
}

/* What the filling process tells its parent. */
struct fill_result {
	int rc;
	struct hospes_error err;
	uint32_t store_port, console_port;
	xen_pfn_t store_mfn, console_mfn;
};

static void fill_child(struct guest_build *b, domid_t domid, int out, pid_t parent)
{
	struct fill_result result = { 0 };
	struct privcmd *p;
	ssize_t n;

	/* A killed parent must not leave somebody behind who still writes to the domain. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);

	/* Ctrl-C ends the filling at once; the creator then undoes the rest. */
	process_signals_reset();

	/* Who holds the lock is the living creator: that is not us. */
	if (b->lock >= 0)
		close(b->lock);

	result.rc = privcmd_open(&p, &result.err);
	if (result.rc == 0)
		result.rc = fill(b, p, domid, &result.err);

	result.store_port = b->store_port;
	result.console_port = b->console_port;
	result.store_mfn = b->store_mfn;
	result.console_mfn = b->console_mfn;

	/* Smaller than a pipe's buffer: one write takes all. */
	n = write(out, &result, sizeof(result));
	_exit(n == sizeof(result) ? 0 : 1);
}

/* Until the child has something to tell, or has ended. */
static void fill_watch(int in)
{
	struct pollfd p = { .fd = in, .events = POLLIN };

	while (poll(&p, 1, PROGRESS_STEP_MS) == 0)
		progress_tick();
}

static int fill_await(struct guest_build *b, pid_t child, int in, struct hospes_error *err)
{
	struct fill_result result;
	ssize_t n;
	int status;

	fill_watch(in);
	do {
		n = read(in, &result, sizeof(result));
	} while (n < 0 && errno == EINTR);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;

	if (n != sizeof(result))
		return error_set(err, -EINTR,
				 "the process that fills the domain's memory was killed");
	if (result.rc < 0)
		return error_set(err, result.rc, "%s", result.err.text);

	b->store_port = result.store_port;
	b->console_port = result.console_port;
	b->store_mfn = result.store_mfn;
	b->console_mfn = result.console_mfn;
	return 0;
}

/*
 * For a large guest a process of its own maps and writes the pages. Its end takes the mappings
 * away with the whole address space; one by one, each would cost a fault in the hypervisor, some
 * 50 times as much. The guest must not run before they are gone: dom0's writable mappings keep it
 * from using its pages as page tables and descriptor tables.
 */
static int fill_apart(struct guest_build *b, domid_t domid, struct hospes_error *err)
{
	pid_t parent = getpid(), child;
	int ends[2], rc = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe: %s", strerror(errno));

	child = fork();
	if (child == 0)
		fill_child(b, domid, ends[1], parent);
	if (child < 0)
		rc = error_set(err, -errno, "cannot start a process to fill the domain: %s",
			       strerror(errno));

	close(ends[1]);
	if (rc == 0)
		rc = fill_await(b, child, ends[0], err);
	close(ends[0]);
	return rc;
}

/* A small one is filled here: taking down few mappings costs less than a process. */
static int fill_here(struct guest_build *b, struct privcmd *p, domid_t domid,
		     struct hospes_error *err)
{
	int rc = fill(b, p, domid, err);

	window_free(&b->window, &b->memory);
	guest_memory_free(&b->memory);
	return rc;
}

int build_fill(struct guest_build *b, struct privcmd *p, domid_t domid, struct hospes_error *err)
{
	if (b->kernel.size + b->initrd_size < FILL_HERE_MAX)
		return fill_here(b, p, domid, err);

	return fill_apart(b, domid, err);
}

void build_free(struct guest_build *b)
{
	kernel_close(&b->kernel);
	if (b->initrd >= 0)
		close(b->initrd);
	b->initrd = -1;
}
