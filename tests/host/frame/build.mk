# SPDX-License-Identifier: MIT
# Frames: the type state machine beside a slow model, the buddy system, the heap; and the proof of the state machine.
FRAME_TEST_SRC := $(addprefix tests/host/frame/,main.c state.c buddy.c heap.c) \
	$(addprefix hypervisor/frame/,type.c list.c buddy.c heap.c)
HOST_TESTS += $(B)/tests/frame
PROVE_SCRIPTS += tests/host/frame/prove.sh

$(B)/tests/frame: $(FRAME_TEST_SRC) $(wildcard tests/host/frame/*.h hypervisor/frame/*.h hypervisor/lib/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -Ihypervisor -I$(B) -include tests/host/frame/host.h -o $@ $(FRAME_TEST_SRC) $(CHECK_LIBS)
