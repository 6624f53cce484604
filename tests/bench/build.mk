# SPDX-License-Identifier: MIT
# What counts what a machine executes, and the programs whose operations are counted.

BENCH_CFLAGS := $(filter-out -include $(B)/config.h,$(TOOL_CFLAGS)) -Itests/bench

$(B)/bench/count.so: tests/bench/count/count.c tests/bench/count/qemu_plugin.h
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(BENCH_CFLAGS) -fPIC -shared -fvisibility=hidden -o $@ $<

$(B)/bench/ops $(B)/bench/domains: $(B)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(BENCH_CFLAGS) -static -o $@ $<
