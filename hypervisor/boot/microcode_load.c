/* SPDX-License-Identifier: MIT */
/*
 * Loads microcode, chosen from the boot modules (microcode.c), on each CPU before anything is asked
 * of its features. Below another hypervisor nothing is loaded: it has its own.
 */
#include <boot/boot.h>
#include <boot/microcode.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/paging.h>

#define MSR_PLATFORM_ID   0x17
#define MSR_UCODE_TRIGGER 0x79
#define MSR_UCODE_REV     0x8b
#define MSR_AMD_LOADER    0xc0010020

#define PLATFORM_ID_SHIFT 50 /* three bits */
#define L1C_HYPERVISOR    (1u << 31)
#define INTEL_HEADER      48
#define UPDATE_ALIGN      16 /* SDM vol. 3, 10.11.1; archives align to 4 */
#define MODULE_FREE       2  /* those before are dom0's kernel and its initrd */

/* What was chosen for the boot CPU. Where it lay unaligned its bytes are moved down meanwhile. */
static struct ucode chosen;
static u32 chosen_signature, chosen_platform;
static u8 moved_over[UPDATE_ALIGN];
static u32 moved;

static enum ucode_vendor vendor(void)
{
	struct cpuid_regs r = cpuid(0, 0);
	const u32 name[] = { r.b, r.d, r.c };

	if (!memcmp(name, "GenuineIntel", sizeof(name)))
		return UCODE_INTEL;
	if (!memcmp(name, "AuthenticAMD", sizeof(name)))
		return UCODE_AMD;
	return UCODE_NONE;
}

/* SDM vol. 3, 10.11.7.1: the revision is there after a CPUID. */
static u32 revision(enum ucode_vendor v)
{
	u64 val = 0;

	if (v == UCODE_INTEL)
		wrmsr_safe(MSR_UCODE_REV, 0);
	cpuid(1, 0);
	rdmsr_safe(MSR_UCODE_REV, &val);

	return v == UCODE_INTEL ? val >> 32 : val;
}

static struct ucode_cpu this_cpu(void)
{
	struct ucode_cpu c = { .vendor = vendor(), .signature = cpuid(1, 0).a };
	u64 id = 0;

	if (c.vendor == UCODE_INTEL)
		rdmsr_safe(MSR_PLATFORM_ID, &id);
	c.platform = 1u << (id >> PLATFORM_ID_SHIFT & 7);

	c.revision = revision(c.vendor);
	return c;
}

/* The newest for @c of all modules. Only one that is not dom0's is taken without an archive. */
static struct ucode modules_search(const struct ucode_cpu *c)
{
	struct ucode best = { 0 };

	for (u32 i = 0; i < boot_info.n_modules; i++) {
		const struct boot_module *m = &boot_info.module[i];
		const u8 *file = direct_map(m->start);
		struct ucode u = ucode_find(c, file, m->end - m->start);

		if (u.data == file && i < MODULE_FREE)
			continue;
		if (u.size && u.revision > best.revision)
			best = u;
	}
	return best;
}

/* What is in front of it is an archive's header: there is room. */
static void update_align(struct ucode *u)
{
	u8 *from = (u8 *)u->data, *to = (u8 *)ROUND_DOWN((u64)from, UPDATE_ALIGN);

	moved = from - to;
	memcpy(moved_over, to, moved);
	memmove(to, from, u->size);
	u->data = to;
}

/* As dom0 is to find it. */
void microcode_end(void)
{
	u8 *at = (u8 *)chosen.data;

	if (!chosen.size)
		return;

	memmove(at + moved, at, chosen.size);
	memcpy(at, moved_over, moved);
	chosen.size = 0;
}

static void update_load(enum ucode_vendor v)
{
	/* Some processors need their caches written back first (erratum BDX90 and its like). */
	__asm__ volatile("wbinvd" : : : "memory");

	if (v == UCODE_INTEL)
		wrmsr_safe(MSR_UCODE_TRIGGER, (u64)chosen.data + INTEL_HEADER);
	else
		wrmsr_safe(MSR_AMD_LOADER, (u64)chosen.data);
}

void microcode_load(void)
{
	struct ucode_cpu c;

	if (!chosen.size)
		return;

	c = this_cpu();
	if (c.signature != chosen_signature || c.platform != chosen_platform) {
		log_warn("microcode: a CPU of another kind (%#x) keeps %#x", c.signature,
			 c.revision);
		return;
	}

	/* Its sibling may have loaded it for both. */
	if (c.revision >= chosen.revision)
		return;

	update_load(c.vendor);
	if (revision(c.vendor) != chosen.revision)
		log_warn("microcode: the processor refuses revision %#x and keeps %#x",
			 chosen.revision, revision(c.vendor));
}

void microcode_init(void)
{
	struct ucode_cpu c;

	if (cpuid(1, 0).c & L1C_HYPERVISOR) {
		log_info("microcode: left to the hypervisor below");
		return;
	}

	c = this_cpu();
	if (boot_options.ucode)
		chosen = modules_search(&c);
	if (!chosen.size) {
		log_info("microcode: revision %#x; %s", c.revision,
			 boot_options.ucode ? "no module has a newer one" : "off by ucode=");
		return;
	}

	chosen_signature = c.signature;
	chosen_platform = c.platform;
	update_align(&chosen);
	microcode_load();
	log_info("microcode: revision %#x, was %#x", revision(c.vendor), c.revision);
}
