/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RUNNER_COLLECT_H
#define RUNNER_COLLECT_H

#include "os/os.h"

/**
 * collect() - bring what the linker collected into the order of the source
 * @what:	what these are, in the plural, for messages
 * @start:	pointers to structures that begin with a struct os_test_id
 * @stop:	the end of these
 *
 * Sorted by file and line. A header that several files include makes the same
 * thing several times over: one of them is kept. The same name for two things
 * is an error that ends the program.
 *
 * Return: the pointers, with a NULL at the end; the caller frees the array.
 */
const struct os_test_id **collect(const char *what, void *start, void *stop);

#endif /* RUNNER_COLLECT_H */
