/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_BENCHES_H
#define OS_BENCHES_H

/**
 * bench_main() - the command `vma bench`
 * @program:	how the program was called
 * @argc:	of the words behind "bench"
 * @argv:	these words; NULL ends them
 *
 * Return: the exit status of the process.
 */
int bench_main(const char *program, int argc, char **argv);

#endif /* OS_BENCHES_H */
