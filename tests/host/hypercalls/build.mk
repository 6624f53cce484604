# SPDX-License-Identifier: MIT
# The machine of tests/fuzz/hypercalls with inputs that are kept, and some drawn by lot, under the
# sanitizers. What the rooms do is counted in blocks of code, beside what they charge.
HOST_TESTS += $(B)/tests/hypercalls
$(eval $(call host_program,hypercalls,tests/host/hypercalls/main.c $(FUZZ_CALLS_OWN) \
	$(FUZZ_CALLS_ROOMS),$(SAN_CFLAGS) -fno-sanitize=alignment$(comma)null \
	-include tests/fuzz/hypercalls/host.h,$(FUZZ_CALLS_LIBS)))
$(foreach f,$(FUZZ_CALLS_ROOMS),$(eval \
	$(B)/host/hypercalls/$(f:%.c=%.o): HOST_EXTRA = -fsanitize-coverage=trace-pc))
