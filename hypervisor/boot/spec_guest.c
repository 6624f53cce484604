/* SPDX-License-Identifier: MIT */
/*
 * What a guest is shown for its own defence against speculation. Pure. Its kernel and its user part
 * both run in ring 3, so a processor that keeps rings apart does not keep these two apart: IBRS of
 * any kind is not shown, and kernels use retpolines, which do. What works in every ring is: IBPB,
 * STIBP, SSBD, VERW. The first three by AMD's bits, each by itself, which kernels read on Intel's
 * processors too.
 *
 * Bits: Intel SDM vol. 2, CPUID, and vol. 4, IA32_ARCH_CAPABILITIES; AMD64 APM vol. 3, appendix E.
 */
#include <boot/spec.h>

#define LEAF7D_MD_CLEAR  (1u << 10)
#define LEAF7D_ARCH_CAPS (1u << 29)

#define EXT8B_STIBP    (1u << 15)
#define EXT8B_SSBD     (1u << 24)
#define EXT8B_SSB_NO   (1u << 26)
#define EXT8B_BTC_NO   (1u << 29)
#define EXT8B_IBPB_RET (1u << 30)

#define EXT21A_LFENCE      (1u << 2) /* it serializes */
#define EXT21A_VERW_CLEAR  (1u << 5)
#define EXT21A_IBPB_BRTYPE (1u << 28)
#define EXT21A_SRSO_NO     (1u << 29)
#define EXT21C_TSA_NO      (3u << 1)

/* Faults that it does not have, and what microcode has VERW do; no IBRS, and no MSR of ours. */
#define CAPS_NO_FAULT                                                                   \
	(1ul << 0 | 1ul << 4 | 1ul << 5 | 1ul << 6 | 1ul << 8 | 7ul << 13 | 1ul << 20 | \
	 3ul << 26 | 1ul << 62)
#define CAPS_FB_CLEAR   (1ul << 17)
#define CAPS_RFDS_CLEAR (1ul << 28)
/* Returns may be predicted by other means when their stack is empty: a retpoline must know. */
#define CAPS_RSBA  (1ul << 2)
#define CAPS_RRSBA (1ul << 19)
#define CAPS_SHOWN (CAPS_NO_FAULT | CAPS_FB_CLEAR | CAPS_RFDS_CLEAR | CAPS_RSBA | CAPS_RRSBA)

#define CTRL_STIBP (1ul << 1)
#define CTRL_SSBD  (1ul << 2)

void spec_guest_view(const struct spec_cpu *c, struct spec_guest *g)
{
	*g = (struct spec_guest){
		.leaf7_d = c->leaf7_d & LEAF7D_MD_CLEAR,
		.ext8_b = c->ext8_b & (EXT8B_SSB_NO | EXT8B_BTC_NO | EXT8B_IBPB_RET),
		.ext21_a = c->ext21_a & (EXT21A_LFENCE | EXT21A_VERW_CLEAR | EXT21A_IBPB_BRTYPE |
					 EXT21A_SRSO_NO),
		.ext21_c = c->ext21_c & EXT21C_TSA_NO,
		.arch_caps = c->arch_caps & CAPS_SHOWN,
	};

	if (g->arch_caps)
		g->leaf7_d |= LEAF7D_ARCH_CAPS;

	if (spec_offers(c, DEFENCE_IBPB))
		g->ext8_b |= SPEC_EXT8B_IBPB;

	if (spec_offers(c, DEFENCE_STIBP)) {
		g->ext8_b |= EXT8B_STIBP;
		g->ctrl |= CTRL_STIBP;
	}

	if (spec_offers(c, DEFENCE_SSBD)) {
		g->ext8_b |= EXT8B_SSBD;
		g->ctrl |= CTRL_SSBD;
	}
}
