/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CHECK_RUNNER_HOOKS_H
#define CHECK_RUNNER_HOOKS_H

extern int sample_boots;	/* how often vma_boot() was called */
extern int sample_objects;	/* how many are alive: test_end() complains */

#endif /* CHECK_RUNNER_HOOKS_H */
