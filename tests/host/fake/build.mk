# SPDX-License-Identifier: MIT
# What is made up for the rooms' tests finds the mistakes that it is there to find.
$(eval $(call host_test,fake,tests/host/fake/test.c $(call fake,cpu fail guest lock panic poll),\
	-include tests/host/fake/cpu.h -pthread))
