/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_RACES_H
#define HOST_RACES_H

/** host_races_print() - say which races of config/races were met, and how often */
#ifdef PROCESS_TSAN
void host_races_print(void);
#else
static inline void host_races_print(void)
{
}
#endif

#endif /* HOST_RACES_H */
