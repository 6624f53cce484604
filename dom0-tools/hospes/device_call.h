/* SPDX-License-Identifier: MIT */
/*
 * What the verbs that change a running domain's devices share: its turn, how long the guest is
 * waited for, and the device that an operand means.
 */
#ifndef HOSPES_HOSPES_DEVICE_CALL_H
#define HOSPES_HOSPES_DEVICE_CALL_H

#include <dom0-tools/base/must_check.h>
#include <dom0-tools/domain/domain_device.h>
#include "targets.h"

struct device_call {
	struct turn turn;
	struct device_how how;
	char *text; /* of what is to be attached */
	struct dev_view view;
};

/*
 * Attaches what the operands after the domain say, or the file of --xml; call->view is what came of
 * it.
 */
__must_check int device_call_attach(struct invocation *in, enum config_device kind,
				    struct device_call *call);

/* Detaches the device that the second operand means: it was call->view. */
__must_check int device_call_detach(struct invocation *in, enum dev_kind kind,
				    struct device_call *call);

/* For other changes of that device: with the turn when it is 0. Then device_call_end(). */
__must_check int device_call_begin(struct invocation *in, enum dev_kind kind,
				   struct device_call *call);
void device_call_end(struct device_call *call);

#endif
