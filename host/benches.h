/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_BENCHES_H
#define HOST_BENCHES_H

/**
 * host_bench_main() - the command `vma bench`
 * @program:	how the program was called
 * @argc:	of the words behind "bench"
 * @argv:	these words; NULL ends them
 *
 * Return: the exit status of the process.
 */
int host_bench_main(const char *program, int argc, char **argv);

#endif /* HOST_BENCHES_H */
