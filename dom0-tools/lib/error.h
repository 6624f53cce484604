/* SPDX-License-Identifier: MIT */
/* The tools' one error type, under the name of this room. It lives with the access layer. */
#ifndef HOSPES_LIB_ERROR_H
#define HOSPES_LIB_ERROR_H

#include "../access/error.h"

#endif
