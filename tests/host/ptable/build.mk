# SPDX-License-Identifier: MIT
# Page tables: the whole room but its hypercalls, on a machine of 120 frames, with a recount of every reference.
PTABLE_TEST_SRC := $(addprefix tests/host/ptable/,main.c machine.c recount.c fuzz.c rules.c store.c) \
	$(addprefix hypervisor/ptable/,type.c pin.c update.c walk.c grant.c root.c desc.c entry.c store.c) \
	$(addprefix hypervisor/frame/,type.c frame.c)
HOST_TESTS += $(B)/tests/ptable

$(B)/tests/ptable: $(PTABLE_TEST_SRC) $(wildcard tests/host/ptable/*.h hypervisor/*/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -Ihypervisor -I$(B) -include tests/host/ptable/host.h -Wno-unused-parameter -o $@ $(PTABLE_TEST_SRC) $(CHECK_LIBS)
