/* SPDX-License-Identifier: GPL-2.0 */
/* Litmus tests in the kernel's C flavour: their structure, and the parser of their files. */
#ifndef RUNNER_LITMUS_H
#define RUNNER_LITMUS_H

#include <stdbool.h>

#define LITMUS_NAMES	64	/* variables, and registers of one process */
#define LITMUS_ARGS	3
#define LITMUS_PROCESSES 7	/* and the task that starts them */

/**
 * enum litmus_op - what a node of the syntax tree does
 * @LITMUS_NUMBER:	its value
 * @LITMUS_ADDRESS:	the address of variable number value
 * @LITMUS_REGISTER:	the value of a register of this process
 * @LITMUS_CALL:	an operation of the kernel
 * @LITMUS_SET:		assigns to a register
 * @LITMUS_SEQUENCE:	one statement after the other
 * @LITMUS_IF:		condition, statement, and perhaps another one
 * @LITMUS_WHILE:	condition, statement
 * @LITMUS_C:		an operator of C, in value
 * @LITMUS_IS:		in a condition: a register of a process, or a variable, has a value
 */
enum litmus_op {
	LITMUS_NUMBER,
	LITMUS_ADDRESS,
	LITMUS_REGISTER,
	LITMUS_CALL,
	LITMUS_SET,
	LITMUS_SEQUENCE,
	LITMUS_IF,
	LITMUS_WHILE,
	LITMUS_C,
	LITMUS_IS,
};

struct litmus_node {
	enum litmus_op op;
	long value;			/* a number, an index or an operator: see above */
	unsigned int nr_args;
	struct litmus_node *args[LITMUS_ARGS];
};

/* Operators of two characters. */
#define LITMUS_TWO(a, b)	((a) << 8 | (b))

/* A register of a process, or a variable, in a condition or in the list of locations. */
struct litmus_place {
	int process;			/* -1: a variable */
	unsigned int index;
};

struct litmus_process {
	const char *registers[LITMUS_NAMES];
	long initial[LITMUS_NAMES];
	unsigned int nr_registers;
	struct litmus_node *body;
};

/**
 * struct litmus - a litmus test
 * @name:	its name
 * @result:	the word behind "Result:" in its comment, or NULL
 * @variables:	their names
 * @initial:	their initial values
 * @points_to:	number + 1 of the variable whose address is the initial value; 0: none
 * @processes:	P0 etc.
 * @quantifier:	"exists", "~exists" or "forall"
 * @condition:	what is behind it
 * @text:	the text of the condition
 * @filter:	only final states for which this holds count; NULL: all
 * @places:	what the states consist of
 */
struct litmus {
	const char *name;
	const char *result;
	const char *variables[LITMUS_NAMES];
	long initial[LITMUS_NAMES];
	unsigned int points_to[LITMUS_NAMES];
	unsigned int nr_variables;
	struct litmus_process processes[LITMUS_PROCESSES];
	unsigned int nr_processes;
	const char *quantifier;
	struct litmus_node *condition;
	const char *text;
	struct litmus_node *filter;
	struct litmus_place places[LITMUS_NAMES];
	unsigned int nr_places;
};

/** litmus_parse() - read a file; an error in it ends the program with one message */
struct litmus *litmus_parse(const char *file);

#endif /* RUNNER_LITMUS_H */
