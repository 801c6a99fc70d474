/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The plain C interface between the kernel side (tree headers and this) and
 * the userspace side (libc and this).  Neither's types appear in it.
 */
#ifndef HOST_H
#define HOST_H

#include "host/test.h"
#include "host/cpu.h"
#include "host/lock.h"
#include "host/thread.h"
#include "host/rcu.h"
#include "host/symbolize.h"
#if __has_include("host/memory.h")
#include "host/memory.h"
#endif
#if __has_include("host/access.h")
#include "host/access.h"
#endif

#endif /* HOST_H */
