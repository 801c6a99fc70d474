/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_RACES_H
#define OS_RACES_H

/** os_races_print() - print which races of config/races occurred, and how often */
#ifdef SHIM_TSAN
void os_races_print(void);
#else
static inline void os_races_print(void)
{
}
#endif

#endif /* OS_RACES_H */
