/* SPDX-License-Identifier: GPL-2.0 */
/*
 * process_shared_point(): every place at which two tasks can interact calls
 * this before it touches @addr.  Today it is nothing; a scheduler that wants
 * to decide who goes on next puts its decision here.
 */
#ifndef _ASM_SHARED_POINT_H
#define _ASM_SHARED_POINT_H

#define process_shared_point(addr, write)	do { (void)(addr); } while (0)

#endif /* _ASM_SHARED_POINT_H */
