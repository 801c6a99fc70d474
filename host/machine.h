/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The real kernel of the machine that this runs on, to compare with.
 */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

/**
 * host_machine_faults() - have minor faults: fresh anonymous pages are written
 * @pages:	how many, each of which is one fault
 *
 * Return: nanoseconds for all of them; 0 if there is no memory.
 */
unsigned long long host_machine_faults(unsigned long pages);

/**
 * host_machine_fork() - fork a process of so many VMAs, all of whose pages are there
 * @vmas:	how many, each apart from the others
 * @pages:	in each of them
 * @times:	how often
 *
 * The process is one of its own, whose other memory is small.
 *
 * Return: nanoseconds of the fastest fork() in the parent; 0 if it failed.
 */
unsigned long long host_machine_fork(unsigned long vmas, unsigned long pages, int times);

#endif /* HOST_MACHINE_H */
