/* SPDX-License-Identifier: MIT */
/* The transitions of the page-type state machine, as functions to call and to point to. */
#define TRANSITION
#include <frame/transitions.h>
