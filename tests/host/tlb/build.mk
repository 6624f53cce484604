# SPDX-License-Identifier: MIT
# TLB shootdowns: who is asked, who is waited for and what is gone then, on CPUs made up here.
TLB_TEST_SRC := $(wildcard tests/host/tlb/*.c) $(call fake,spec) hypervisor/frame/tlb.c
$(eval $(call host_test,tlb,$(TLB_TEST_SRC),-include tests/host/tlb/host.h))
