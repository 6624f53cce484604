/* SPDX-License-Identifier: MIT */
/*
 * Which speculative faults a processor has. Pure. Sources: Intel's "Affected Processors: Transient
 * Execution Attacks" by family, model and stepping; Intel SDM vol. 4, IA32_ARCH_CAPABILITIES; AMD's
 * "Software techniques for managing speculation", its bulletins on branch type confusion (SB-1037),
 * SRSO (SB-7005), Zenbleed (SB-7008) and TSA (SB-7029); AMD64 APM vol. 3, appendix E.
 */
#include <boot/spec.h>
#include <lib/string.h>

#define F(name) SPEC_BIT(FAULT_##name)

/* IA32_ARCH_CAPABILITIES. */
#define CAPS_RDCL_NO  (1ul << 0)
#define CAPS_IBRS_ALL (1ul << 1)
#define CAPS_SSB_NO   (1ul << 4)
#define CAPS_MDS_NO   (1ul << 5)
#define CAPS_TSX_CTRL (1ul << 7)
#define CAPS_TAA_NO   (1ul << 8)
#define CAPS_SBDR_NO  (1ul << 13)
#define CAPS_FBSDP_NO (1ul << 14)
#define CAPS_PSDP_NO  (1ul << 15)
#define CAPS_MMIO_NO  (CAPS_SBDR_NO | CAPS_FBSDP_NO | CAPS_PSDP_NO)
#define CAPS_BHI_NO   (1ul << 20)
#define CAPS_GDS_NO   (1ul << 26)
#define CAPS_RFDS_NO  (1ul << 27)
#define CAPS_ITS_NO   (1ul << 62)

#define LEAF7B_RTM          (1u << 11)
#define LEAF7D_IBRS         (1u << 26) /* and IBPB */
#define LEAF7D_STIBP        (1u << 27)
#define LEAF7D_SSBD         (1u << 31)
#define LEAF72D_BHI_CTRL    (1u << 4)
#define EXT8B_STIBP         (1u << 15)
#define EXT8B_SSBD          (1u << 24)
#define EXT8B_SSB_NO        (1u << 26)
#define EXT8B_BTC_NO        (1u << 29)
#define EXT21A_AUTO_IBRS    (1u << 8)
#define EXT21A_IBPB_BRTYPE  (1u << 28) /* IBPB forgets returns too */
#define EXT21A_SRSO_NO      (1u << 29)
#define EXT21A_SRSO_USER_NO (1u << 30) /* not from user to supervisor */
#define EXT21C_TSA_NO       (3u << 1)  /* neither by the store queue nor by the L1 cache */

/* IA32_SPEC_CTRL. */
#define SPEC_CTRL_STIBP     (1ul << 1)
#define SPEC_CTRL_SSBD      (1ul << 2)
#define SPEC_CTRL_BHI_DIS_S (1ul << 10)

/* What every processor that speculates has, and what nearly all of Intel's before 2019 have. */
#define ALWAYS (F(SPECTRE_V1) | F(SPECTRE_V2))
#define OLD    (ALWAYS | F(SSB) | F(MELTDOWN) | F(L1TF) | F(MDS))
#define LAKES  (OLD | F(MMIO) | F(RETBLEED) | F(GDS))
/* Those who speculate without Meltdown. */
#define NEWER (ALWAYS | F(SSB))

#define STEPPINGS_ALL 0xf

struct model_row {
	u8 model, last_stepping;
	u32 faults;
};

/* Intel, family 6. Of several rows of a model the first that reaches the stepping counts. */
/* clang-format off */
static const struct model_row intel_models[] = {
	/* Bonnell, Saltwell: they do not speculate. */
	{ 0x1c, STEPPINGS_ALL, 0 },
	{ 0x26, STEPPINGS_ALL, 0 },
	{ 0x27, STEPPINGS_ALL, 0 },
	{ 0x35, STEPPINGS_ALL, 0 },
	{ 0x36, STEPPINGS_ALL, 0 },
	/* Silvermont, Airmont; Knights Landing and Mill. */
	{ 0x37, STEPPINGS_ALL, ALWAYS | F(MELTDOWN) | F(MDS) },
	{ 0x4a, STEPPINGS_ALL, ALWAYS | F(MELTDOWN) | F(MDS) },
	{ 0x4c, STEPPINGS_ALL, ALWAYS | F(MELTDOWN) | F(MDS) },
	{ 0x4d, STEPPINGS_ALL, ALWAYS | F(MELTDOWN) | F(MDS) },
	{ 0x5a, STEPPINGS_ALL, ALWAYS | F(MELTDOWN) | F(MDS) },
	{ 0x57, STEPPINGS_ALL, ALWAYS | F(MELTDOWN) | F(MDS) },
	{ 0x85, STEPPINGS_ALL, ALWAYS | F(MELTDOWN) | F(MDS) },
	/* Goldmont, Goldmont Plus. */
	{ 0x5c, STEPPINGS_ALL, NEWER | F(MELTDOWN) | F(RFDS) },
	{ 0x5f, STEPPINGS_ALL, NEWER | F(MELTDOWN) | F(RFDS) },
	{ 0x7a, STEPPINGS_ALL, NEWER | F(MELTDOWN) | F(RFDS) },
	/* Tremont; Gracemont. */
	{ 0x86, STEPPINGS_ALL, NEWER | F(MMIO) | F(RFDS) },
	{ 0x96, STEPPINGS_ALL, NEWER | F(MMIO) | F(RFDS) },
	{ 0x9c, STEPPINGS_ALL, NEWER | F(MMIO) | F(RFDS) },
	{ 0xbe, STEPPINGS_ALL, NEWER | F(RFDS) },
	/* Ivy Bridge to Broadwell, as client and (MMIO) as server; Nehalem to Sandy Bridge: OLD. */
	{ 0x3a, STEPPINGS_ALL, OLD | F(SRBDS) },
	{ 0x3c, STEPPINGS_ALL, OLD | F(SRBDS) },
	{ 0x45, STEPPINGS_ALL, OLD | F(SRBDS) },
	{ 0x46, STEPPINGS_ALL, OLD | F(SRBDS) },
	{ 0x3d, STEPPINGS_ALL, OLD | F(SRBDS) },
	{ 0x47, STEPPINGS_ALL, OLD | F(SRBDS) },
	{ 0x3f, STEPPINGS_ALL, OLD | F(MMIO) },
	{ 0x4f, STEPPINGS_ALL, OLD | F(MMIO) },
	{ 0x56, STEPPINGS_ALL, OLD | F(MMIO) },
	/* Skylake, Kaby, Coffee, Whiskey, Amber Lake; Skylake-X and Cascade Lake; Cannon Lake. */
	{ 0x4e, STEPPINGS_ALL, LAKES | F(SRBDS) },
	{ 0x5e, STEPPINGS_ALL, LAKES | F(SRBDS) },
	{ 0x8e, 0xb,           LAKES | F(SRBDS) },
	{ 0x8e, STEPPINGS_ALL, LAKES | F(SRBDS) | F(ITS) },
	{ 0x9e, 0xc,           LAKES | F(SRBDS) },
	{ 0x9e, STEPPINGS_ALL, LAKES | F(SRBDS) | F(ITS) },
	{ 0x55, 0x5,           LAKES },
	{ 0x55, STEPPINGS_ALL, LAKES | F(ITS) },
	{ 0x66, STEPPINGS_ALL, OLD | F(RETBLEED) },
	/* Comet Lake, Rocket Lake, Ice Lake, Tiger Lake, Lakefield. */
	{ 0xa5, STEPPINGS_ALL, NEWER | F(MMIO) | F(RETBLEED) | F(GDS) | F(ITS) },
	{ 0xa6, STEPPINGS_ALL, NEWER | F(MMIO) | F(RETBLEED) | F(GDS) | F(ITS) },
	{ 0xa7, STEPPINGS_ALL, NEWER | F(MMIO) | F(RETBLEED) | F(GDS) | F(ITS) },
	{ 0x7d, STEPPINGS_ALL, NEWER | F(MMIO) | F(RETBLEED) | F(GDS) | F(ITS) },
	{ 0x7e, STEPPINGS_ALL, NEWER | F(MMIO) | F(RETBLEED) | F(GDS) | F(ITS) },
	{ 0x6a, STEPPINGS_ALL, NEWER | F(MMIO) | F(GDS) | F(ITS) },
	{ 0x6c, STEPPINGS_ALL, NEWER | F(MMIO) | F(GDS) | F(ITS) },
	{ 0x8c, STEPPINGS_ALL, NEWER | F(GDS) | F(ITS) },
	{ 0x8d, STEPPINGS_ALL, NEWER | F(GDS) | F(ITS) },
	{ 0x8a, STEPPINGS_ALL, NEWER | F(MMIO) | F(RETBLEED) },
	/* Alder Lake, Raptor Lake. */
	{ 0x97, STEPPINGS_ALL, NEWER | F(RFDS) },
	{ 0x9a, STEPPINGS_ALL, NEWER | F(RFDS) },
	{ 0xb7, STEPPINGS_ALL, NEWER | F(RFDS) },
	{ 0xba, STEPPINGS_ALL, NEWER | F(RFDS) },
	{ 0xbf, STEPPINGS_ALL, NEWER | F(RFDS) },
};

/* What a processor says it does not have. */
static const struct {
	u64 all_of;
	u32 faults;
} disclaimers[] = {
	{ CAPS_RDCL_NO, F(MELTDOWN) | F(L1TF) },
	{ CAPS_SSB_NO,  F(SSB) },
	{ CAPS_MDS_NO,  F(MDS) },
	{ CAPS_TAA_NO,  F(TAA) },
	{ CAPS_MMIO_NO, F(MMIO) },
	{ CAPS_GDS_NO,  F(GDS) },
	{ CAPS_RFDS_NO, F(RFDS) },
	{ CAPS_BHI_NO,  F(BHI) },
	{ CAPS_ITS_NO,  F(ITS) },
};
/* clang-format on */

/* A model that is not in the table has all that is old, unless it denies it. */
static u32 intel_model_faults(const struct spec_cpu *c)
{
	if (c->family != 6)
		return OLD;

	for (u32 i = 0; i < ARRAY_SIZE(intel_models); i++) {
		const struct model_row *row = &intel_models[i];

		if (row->model == c->model && c->stepping <= row->last_stepping)
			return row->faults;
	}
	return OLD;
}

static u32 intel_faults(const struct spec_cpu *c)
{
	u32 faults = intel_model_faults(c);

	/* TAA: with transactions, also where they are only switched off. */
	if ((c->leaf7_b & LEAF7B_RTM) || (c->arch_caps & CAPS_TSX_CTRL))
		faults |= F(TAA);
	if (c->arch_caps & CAPS_IBRS_ALL)
		faults |= F(BHI);

	for (u32 i = 0; i < ARRAY_SIZE(disclaimers); i++)
		if ((c->arch_caps & disclaimers[i].all_of) == disclaimers[i].all_of)
			faults &= ~disclaimers[i].faults;

	return faults;
}

/* AMD's families, and Hygon's 0x18, which is AMD's 0x17. */
#define K8        0x0f
#define LLANO     0x12
#define BULLDOZER 0x15
#define ZEN_1_2   0x17
#define HYGON_ZEN 0x18
#define ZEN_3_4   0x19

/* Zen 2 by its models: Rome and Castle Peak, Renoir, Lucienne, Matisse, Van Gogh, Mendocino. */
static bool is_zen2(const struct spec_cpu *c)
{
	u32 m = c->model;

	if (c->vendor != SPEC_AMD || c->family != ZEN_1_2)
		return false;

	return (m >= 0x30 && m <= 0x4f) || (m >= 0x60 && m <= 0x7f) || (m >= 0x90 && m <= 0x91) ||
	       (m >= 0xa0 && m <= 0xaf);
}

static u32 amd_faults(const struct spec_cpu *c)
{
	u32 faults = ALWAYS;

	if (c->family > LLANO && !(c->ext8_b & EXT8B_SSB_NO))
		faults |= F(SSB);

	if (c->family >= BULLDOZER && c->family <= HYGON_ZEN && !(c->ext8_b & EXT8B_BTC_NO))
		faults |= F(RETBLEED);

	if (c->family >= ZEN_1_2 && !(c->ext21_a & (EXT21A_SRSO_NO | EXT21A_SRSO_USER_NO)))
		faults |= F(SRSO);

	if (c->family == ZEN_3_4 && (c->ext21_c & EXT21C_TSA_NO) != EXT21C_TSA_NO)
		faults |= F(TSA);

	if (is_zen2(c))
		faults |= F(ZENBLEED);

	return faults;
}

u32 spec_faults(const struct spec_cpu *c)
{
	switch (c->vendor) {
	case SPEC_INTEL:
		return intel_faults(c);
	case SPEC_AMD:
	case SPEC_HYGON:
		return amd_faults(c);
	default:
		return NEWER;
	}
}

/* --- what is used against them --------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	u32 faults; /* used if the processor has one of these */
} defences[DEFENCES] = {
	[DEFENCE_ISOLATION] = { "isolation", F(MELTDOWN) },
	[DEFENCE_L1TF]      = { "l1tf", F(L1TF) },
	[DEFENCE_VERW]      = { "verw", F(MDS) | F(TAA) | F(MMIO) | F(RFDS) | F(TSA) },
	[DEFENCE_IBPB]      = { "ibpb", F(SPECTRE_V2) | F(RETBLEED) | F(SRSO) },
	[DEFENCE_ENTRY_IBPB] = { "entry_ibpb", F(RETBLEED) | F(SRSO) },
	[DEFENCE_ENTRY_IBRS] = { "entry_ibrs", F(RETBLEED) },
	[DEFENCE_RSB]       = { "rsb", F(SPECTRE_V2) },
	[DEFENCE_IBRS]      = { "ibrs", F(SPECTRE_V2) },
	[DEFENCE_THUNKS]    = { "thunks", F(SPECTRE_V2) },
	[DEFENCE_STIBP]     = { "stibp", F(SPECTRE_V2) },
	[DEFENCE_SSBD]      = { "ssbd", 0 }, /* by word alone */
	[DEFENCE_NO_TSX]    = { "no_tsx", F(TAA) },
};
/* clang-format on */

#define ALL_DEFENCES (SPEC_BIT(DEFENCES) - 1)

static bool is_word(const char *word, const char *text, size_t len)
{
	return strlen(word) == len && !strncmp(word, text, len);
}

/* The defence that the @len characters at @text name; DEFENCES: none. */
static u32 defence_named(const char *text, size_t len)
{
	u32 d;

	for (d = 0; d < DEFENCES; d++)
		if (is_word(defences[d].name, text, len))
			break;
	return d;
}

static bool word_read(const char *text, size_t len, struct spec_words *w)
{
	static const char no[] = "no-";
	const size_t no_len = sizeof(no) - 1;
	bool forbids = len > no_len && !strncmp(text, no, no_len);
	u32 d;

	if (is_word("on", text, len)) {
		*w = (struct spec_words){ 0 };
		return true;
	}
	if (is_word("off", text, len)) {
		*w = (struct spec_words){ .forbid = ALL_DEFENCES };
		return true;
	}

	if (forbids) {
		text += no_len;
		len -= no_len;
	}
	d = defence_named(text, len);
	if (d == DEFENCES)
		return false;

	w->force &= ~SPEC_BIT(d);
	w->forbid &= ~SPEC_BIT(d);
	if (forbids)
		w->forbid |= SPEC_BIT(d);
	else
		w->force |= SPEC_BIT(d);
	return true;
}

bool spec_words_read(const char *text, struct spec_words *w)
{
	struct spec_words read = { 0 };

	while (text) {
		const char *comma = strchr(text, ',');
		size_t len = comma ? (size_t)(comma - text) : strlen(text);

		if (!word_read(text, len, &read))
			return false;

		text = comma ? comma + 1 : NULL;
	}

	*w = read;
	return true;
}

/*
 * IBPB against trained returns (AMD, SB-1037 and SB-7005): from Zen 3 on by microcode that says so.
 * Intel's ends no such training.
 */
static bool offers_entry_ibpb(const struct spec_cpu *c)
{
	if (c->vendor != SPEC_AMD && c->vendor != SPEC_HYGON)
		return false;
	if (c->family >= ZEN_3_4 && !(c->ext21_a & EXT21A_IBPB_BRTYPE))
		return false;

	return spec_offers(c, DEFENCE_IBPB);
}

/* Enhanced IBRS does the same by itself (Intel, "Return Stack Buffer Underflow"). */
static bool offers_entry_ibrs(const struct spec_cpu *c)
{
	if (c->vendor != SPEC_INTEL || c->arch_caps & CAPS_IBRS_ALL)
		return false;

	return c->leaf7_d & LEAF7D_IBRS;
}

bool spec_offers(const struct spec_cpu *c, enum spec_defence d)
{
	switch (d) {
	case DEFENCE_IBPB:
		return (c->leaf7_d & LEAF7D_IBRS) || (c->ext8_b & SPEC_EXT8B_IBPB);
	case DEFENCE_ENTRY_IBPB:
		return offers_entry_ibpb(c);
	case DEFENCE_ENTRY_IBRS:
		return offers_entry_ibrs(c);
	case DEFENCE_IBRS:
		return (c->arch_caps & CAPS_IBRS_ALL) || (c->ext21_a & EXT21A_AUTO_IBRS);
	case DEFENCE_STIBP:
		return (c->leaf7_d & LEAF7D_STIBP) || (c->ext8_b & EXT8B_STIBP);
	case DEFENCE_SSBD:
		return (c->leaf7_d & LEAF7D_SSBD) || (c->ext8_b & EXT8B_SSBD);
	case DEFENCE_NO_TSX:
		return c->arch_caps & CAPS_TSX_CTRL;
	default:
		return true;
	}
}

u32 spec_choose(const struct spec_cpu *c, u32 faults, const struct spec_words *w)
{
	u32 chosen = w->force;

	for (u32 d = 0; d < DEFENCES; d++) {
		if (defences[d].faults & faults)
			chosen |= SPEC_BIT(d);
		if (!spec_offers(c, d))
			chosen &= ~SPEC_BIT(d);
	}
	chosen &= ~w->forbid;

	/* What the processor does itself need not be done twice. */
	if ((chosen & SPEC_BIT(DEFENCE_IBRS)) && !(w->force & SPEC_BIT(DEFENCE_THUNKS)))
		chosen &= ~SPEC_BIT(DEFENCE_THUNKS);

	return chosen;
}

u64 spec_ctrl_value(const struct spec_cpu *c, u32 chosen)
{
	u64 value = 0;

	/* AMD's is a bit of EFER. */
	if ((chosen & SPEC_BIT(DEFENCE_IBRS)) && (c->arch_caps & CAPS_IBRS_ALL)) {
		value |= SPEC_CTRL_IBRS;
		if (c->leaf72_d & LEAF72D_BHI_CTRL)
			value |= SPEC_CTRL_BHI_DIS_S;
	}

	if (chosen & SPEC_BIT(DEFENCE_STIBP))
		value |= SPEC_CTRL_STIBP;
	if (chosen & SPEC_BIT(DEFENCE_SSBD))
		value |= SPEC_CTRL_SSBD;

	return value;
}

/* --- names ----------------------------------------------------------------------------------- */

static const char *const fault_names[FAULTS] = {
	[FAULT_SPECTRE_V1] = "spectre_v1",
	[FAULT_SPECTRE_V2] = "spectre_v2",
	[FAULT_BHI] = "bhi",
	[FAULT_SSB] = "ssb",
	[FAULT_MELTDOWN] = "meltdown",
	[FAULT_L1TF] = "l1tf",
	[FAULT_MDS] = "mds",
	[FAULT_TAA] = "taa",
	[FAULT_SRBDS] = "srbds",
	[FAULT_MMIO] = "mmio_stale_data",
	[FAULT_RFDS] = "rfds",
	[FAULT_GDS] = "gds",
	[FAULT_RETBLEED] = "retbleed",
	[FAULT_ITS] = "its",
	[FAULT_SRSO] = "srso",
	[FAULT_TSA] = "tsa",
	[FAULT_ZENBLEED] = "zenbleed",
};

const char *spec_faults_name(u32 faults, char *buf, size_t size)
{
	size_t at = 0;

	str_copy(buf, "none", size);
	for (u32 f = 0; f < FAULTS && at < size; f++) {
		if (!(faults & SPEC_BIT(f)))
			continue;

		if (at)
			at += str_copy(buf + at, ",", size - at);
		if (at < size)
			at += str_copy(buf + at, fault_names[f], size - at);
	}
	return buf;
}

const char *spec_defence_name(enum spec_defence d)
{
	return defences[d].name;
}
