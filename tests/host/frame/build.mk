# SPDX-License-Identifier: MIT
# Frames: the type state machine beside a slow model, the buddy system, the heap.
FRAME_TEST_SRC := $(wildcard tests/host/frame/*.c) $(call fake,cpu lock memory panic) \
	$(addprefix hypervisor/frame/,type.c list.c buddy.c heap.c)
$(eval $(call host_test,frame,$(FRAME_TEST_SRC),-include tests/host/fake/memory.h))
