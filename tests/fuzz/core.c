/* SPDX-License-Identifier: MIT */
/*
 * The core of a guest that wishes us ill: its page tables and its p2m, in all ways in which it may
 * tell of one, hold what the input puts there, and change while they are read. What comes out is a
 * whole file: each page once, and only the guest's, with what it held; each piece inside the file.
 * Mappings are copies of exactly their size, so that a step outside of one is seen.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/memory.h>
#include <dom0-tools/access/privcmd.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/domain/domain_core.h>
#include <dom0-tools/domain/standstill.h>
#include "fuzz.h"

#define DOMID  7
#define FRAMES 64 /* of the machine */
#define WORDS  (PAGE_SIZE / sizeof(uint64_t))

/* That it may have, 1 TiB: a table of more takes longer to make than all that is done with it. */
#define PAGES_MAX (1UL << 28)

/* A page table's entry: present, writable, for users. */
#define ENTRY_FLAGS 7

/* More mappings than any core of so small a guest needs: who makes more goes in circles. */
#define MAPPINGS_MAX 8000

static uint64_t memory[FRAMES][WORDS];
static struct xen_domctl_getdomaininfo info;
static uint64_t owned; /* a bit for each frame */
static uint8_t root;
static struct fuzz_input *moves; /* what the guest still does */
static unsigned int mappings;

/* ---- the guest */

static void set(uint8_t frame, uint16_t index, uint64_t value)
{
	memory[frame % FRAMES][index % WORDS] = value;
}

/* In shared_info, what a kernel says of its p2m. */
static void tell(uint8_t what, uint64_t value)
{
	struct shared_info *shared = (void *)memory[info.shared_info_frame];

	switch (what % 4) {
	case 0:
		shared->arch.max_pfn = value;
		break;
	case 1:
		shared->arch.pfn_to_mfn_frame_list_list = value;
		break;
	case 2:
		shared->arch.p2m_cr3 = value;
		break;
	default:
		shared->arch.p2m_vaddr = value;
		break;
	}
}

static void start_info_put(uint8_t frame, uint16_t pages, uint64_t list)
{
	struct start_info *start = (void *)memory[frame % FRAMES];

	memcpy(start->magic, "xen-3.0-x86_64", sizeof("xen-3.0-x86_64"));
	start->shared_info = info.shared_info_frame << PAGE_SHIFT;
	start->nr_pages = pages;
	start->mfn_list = list;
}

/* One thing that the guest does: a word, some entries of a table or of a p2m, or what it tells. */
static void move(struct fuzz_input *in)
{
	uint8_t what = fuzz_byte(in) % 5, frame = fuzz_byte(in), first, count;
	uint16_t index;

	if (what == 3) {
		tell(frame, fuzz_number(in, 8));
		return;
	}

	index = (uint16_t)fuzz_number(in, 2);
	if (what == 4) {
		start_info_put(frame, index, fuzz_number(in, 8));
		return;
	}
	if (what == 0) {
		set(frame, index, fuzz_number(in, 8));
		return;
	}

	first = fuzz_byte(in);
	count = fuzz_byte(in);
	for (unsigned int i = 0; i < count; i++) {
		uint64_t number = (first + i) % 256;

		if (what == 1)
			number = number << PAGE_SHIFT | ENTRY_FLAGS;
		set(frame, (uint16_t)(index + i), number);
	}
}

/* ---- the hypervisor */

static bool is_owned(uint64_t mfn)
{
	return mfn < FRAMES && (owned >> mfn & 1) != 0;
}

int privcmd_map(struct privcmd *p, domid_t dom, int prot, const xen_pfn_t *frames, int *errs,
		size_t count, void **addr)
{
	char *pages = malloc(count * PAGE_SIZE);
	size_t good = 0;

	(void)p, (void)prot;
	fuzz_check(dom == DOMID && count > 0 && pages != NULL);
	mappings++;
	fuzz_check(mappings < MAPPINGS_MAX);
	if (moves->left > 0)
		move(moves);

	for (size_t i = 0; i < count; i++) {
		bool there = is_owned(frames[i]);

		if (errs != NULL)
			errs[i] = there ? 0 : -EINVAL;
		if (there)
			memcpy(pages + i * PAGE_SIZE, memory[frames[i]], PAGE_SIZE);
		good += there;
	}

	if (good == 0 || (errs == NULL && good < count)) {
		free(pages);
		return -EINVAL;
	}

	*addr = pages;
	return 0;
}

void privcmd_unmap(struct privcmd *p, void *addr, size_t count)
{
	(void)p, (void)count;
	free(addr);
}

int domctl_info(struct privcmd *p, domid_t domid, struct xen_domctl_getdomaininfo *out,
		struct hospes_error *err)
{
	(void)p, (void)domid, (void)err;
	*out = info;
	return 0;
}

int domctl_get_vcpu_context(struct privcmd *p, domid_t domid, uint32_t vcpu,
			    struct vcpu_guest_context *context, struct hospes_error *err)
{
	(void)p, (void)domid, (void)err;
	memset(context, 0, sizeof(*context));
	context->ctrlreg[3] = (uint64_t)root << PAGE_SHIFT;
	return vcpu == 1 ? -ENODATA : 0;
}

int memory_last_frame(struct privcmd *p, uint64_t *mfn, struct hospes_error *err)
{
	(void)p, (void)err;
	*mfn = FRAMES - 1;
	return 0;
}

int version_read(struct privcmd *p, struct host_version *version, struct hospes_error *err)
{
	(void)p, (void)err;
	memset(version, 0, sizeof(*version));
	return 0;
}

int standstill_begin(struct host *h, domid_t domid, struct standstill *s, struct hospes_error *err)
{
	(void)h, (void)domid, (void)s, (void)err;
	return 0;
}

int standstill_end(struct host *h, struct standstill *s, struct hospes_error *err)
{
	(void)h, (void)s, (void)err;
	return 0;
}

/* ---- the core */

struct reader {
	int fd;
	uint64_t size;
};

static void take(const struct reader *r, void *to, uint64_t size, uint64_t at)
{
	fuzz_check(at <= r->size && size <= r->size - at);
	fuzz_check(pread(r->fd, to, size, (off_t)at) == (ssize_t)size);
}

static Elf64_Shdr section(const struct reader *r, const Elf64_Ehdr *e, const char *wanted)
{
	Elf64_Shdr s, names;
	char name[32];

	take(r, &names, sizeof(names), e->e_shoff + e->e_shstrndx * sizeof(s));
	for (unsigned int i = 1; i < e->e_shnum; i++) {
		take(r, &s, sizeof(s), e->e_shoff + i * sizeof(s));
		take(r, name, sizeof(name) - 1, names.sh_offset + s.sh_name);
		name[sizeof(name) - 1] = '\0';
		if (strcmp(name, wanted) == 0)
			return s;
	}

	fuzz_check(!"the section is there");
	abort();
}

static void check_pages(const struct reader *r, const Elf64_Ehdr *e, uint64_t pages)
{
	Elf64_Shdr p2m = section(r, e, ".xen_p2m"), data = section(r, e, ".xen_pages");
	uint64_t seen = 0;

	fuzz_check(pages <= info.tot_pages);
	fuzz_check(p2m.sh_size == pages * 16 && data.sh_size == pages * PAGE_SIZE);
	fuzz_check(data.sh_offset <= r->size && data.sh_size <= r->size - data.sh_offset);
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t entry[2];

		take(r, entry, sizeof(entry), p2m.sh_offset + i * sizeof(entry));
		fuzz_check(is_owned(entry[1]) && (seen >> entry[1] & 1) == 0);
		seen |= 1ULL << entry[1];
	}
}

/* What gdb reads: pieces of the file, by rising addresses. */
static void check_pieces(const struct reader *r, const Elf64_Ehdr *e)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < e->e_phnum; i++) {
		Elf64_Phdr piece;

		take(r, &piece, sizeof(piece), e->e_phoff + i * sizeof(piece));
		fuzz_check(piece.p_offset <= r->size);
		fuzz_check(piece.p_filesz <= r->size - piece.p_offset);
		if (piece.p_type != PT_LOAD)
			continue;

		fuzz_check(piece.p_vaddr >= end && piece.p_filesz == piece.p_memsz);
		end = piece.p_vaddr + piece.p_memsz;
		fuzz_check(end > piece.p_vaddr || end == 0);
	}
}

static void check_core(const char *path, uint64_t pages)
{
	struct reader r = { .fd = open(path, O_RDONLY | O_CLOEXEC) };
	struct stat st;
	Elf64_Ehdr e;

	fuzz_check(r.fd >= 0 && fstat(r.fd, &st) == 0);
	r.size = (uint64_t)st.st_size;
	take(&r, &e, sizeof(e), 0);
	fuzz_check(memcmp(e.e_ident, ELFMAG, SELFMAG) == 0);
	check_pages(&r, &e, pages);
	check_pieces(&r, &e);
	close(r.fd);
}

/* In memory: the core itself, and the same with ".part" while it is written. */
static const char *core_path(void)
{
	static char path[64];

	if (path[0] == '\0')
		snprintf(path, sizeof(path), "/dev/shm/hospes-fuzz-core-%d", getpid());
	return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct core_options options = { .live = true };
	struct fuzz_input in = { data, size };
	struct hospes_error err = { .code = 0 };
	struct core_result result;
	struct host h = { 0 };
	unsigned int before;
	int rc;

	memset(memory, 0, sizeof(memory));
	memset(&info, 0, sizeof(info));
	mappings = 0;
	moves = &in;

	info.domain = DOMID;
	info.tot_pages = 1 + fuzz_byte(&in) % FRAMES;
	info.max_pages = fuzz_number(&in, 4) % PAGES_MAX;
	info.max_vcpu_id = fuzz_byte(&in) % 4;
	info.shared_info_frame = fuzz_byte(&in) % FRAMES;
	root = fuzz_byte(&in);
	owned = ~fuzz_number(&in, 8);
	before = fuzz_byte(&in);
	for (unsigned int i = 0; i < before && in.left > 0; i++)
		move(&in);

	rc = domain_core(&h, DOMID, core_path(), &options, &result, &err);
	fuzz_check(rc == 0 || err.text[0] != '\0');
	if (rc == 0)
		check_core(core_path(), result.pages);

	unlink(core_path());
	return 0;
}
