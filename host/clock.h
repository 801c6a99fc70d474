/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

/**
 * host_sleep_until() - host_sleep(), but not for ever
 * @token:	as there
 * @when:	of host_nanoseconds(); not while schedules are explored
 */
void host_sleep_until(unsigned int *token, unsigned long long when);

/**
 * host_torture_ms() - Return: for how long a torture test runs; TORTURE_MS of the environment
 */
unsigned long host_torture_ms(void);

#endif /* HOST_CLOCK_H */
