/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command of this program, `vma NAME ...`: one file, which defines it by
 *
 *	COMMAND(bench, bench_main, "vma bench NAME measures; vma bench --help says what there is.\\n");
 *
 * The linker collects them; there is no list to add it to.
 */
#ifndef RUNNER_COMMAND_H
#define RUNNER_COMMAND_H

/**
 * struct command - a command
 * @name:	the word behind the program's name
 * @main:	is handed the words from @name on; returns the exit status
 * @help:	its part of `vma --help`: what it does, and its options
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
