/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command of the program, `vma NAME ...`. One file defines it with
 *
 *	COMMAND(bench, bench_main, "vma bench NAME [OPTIONS]: run a benchmark\\n");
 *
 * The linker collects them; there is no list to add it to.
 */
#ifndef RUNNER_COMMAND_H
#define RUNNER_COMMAND_H

/**
 * struct command - a command
 * @name:	its name, the first argument of the program
 * @main:	gets the arguments from @name on; returns the exit status
 * @help:	its part of `vma --help`: a summary and its options
 */
struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *help;
};

#define COMMAND(command_name, function, text)					\
	static const struct command command_##command_name = {			\
		.name = #command_name, .main = function, .help = text,		\
	};									\
	static const struct command *command_##command_name##_entry		\
	__attribute__((__used__, __section__("vma_commands"))) = &command_##command_name

#endif /* RUNNER_COMMAND_H */
