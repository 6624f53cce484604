/* SPDX-License-Identifier: MIT */
/*
 * dom0's kernel: from the boot module to its place in dom0's memory. What the file says of itself
 * is read and checked by pvabi/load.
 */
#include <boot/dom0.h>

#include <console/console.h>
#include <guest/guest.h>
#include <lib/fail.h>

static int kernel_parse(struct dom0_kernel *k, const void *file, u64 size)
{
	struct load_error why;
	int rc;

	rc = unpack_kernel(file, size, &k->file);
	if (rc)
		return rc;

	rc = elf_parse(&k->elf, k->file.data, k->file.size, &why);
	if (rc)
		return fail(rc, "%s", why.text);

	rc = notes_read(&k->notes, &k->elf, &why);
	if (rc)
		return fail(rc, "%s", why.text);
	return 0;
}

void dom0_kernel_read(struct dom0_kernel *k, const void *file, u64 size)
{
	const char *name;

	if (kernel_parse(k, file, size))
		panic("dom0: the first module is no kernel that can run here: see above");

	name = k->notes.guest_os[0] ? k->notes.guest_os : "unnamed";
	if (!notes_allow_dom0(&k->notes))
		panic("dom0: this kernel (%s) is built without support for being dom0", name);

	log_info("dom0: %s kernel at %#lx-%#lx, entry %#lx", name, k->notes.virt_start,
		 k->notes.virt_end, k->notes.entry);
}

void dom0_kernel_load(struct dom0_kernel *k, const struct guest_layout *l)
{
	u64 start = k->notes.virt_start - l->virt_base;
	u64 hypercall_page = k->notes.hypercall_page;

	for (u32 i = 0; i < k->elf.segment_count; i++) {
		const struct elf_segment *s = &k->elf.segments[i];

		dom0_copy(start + (s->paddr - k->elf.phys_start), k->elf.data + s->offset,
			  s->filesz);
	}

	if (hypercall_page != NOTES_UNSET)
		guest_fill_hypercall_page(dom0_page(layout_pfn_at(l, hypercall_page)));

	unpack_free(&k->file);
}
