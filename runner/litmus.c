// SPDX-License-Identifier: GPL-2.0
/*
 * The parser of litmus tests: a name, a block with initial values, the processes in a subset
 * of C, and a condition on the final state.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "runner/litmus.h"
#include "runner/options.h"

static const char *file, *at;
static char *whole;
static struct litmus *t;
static struct litmus_process *process;	/* that is parsed; NULL: none */

/* The token before @at. */
static char token[128];
static const char *begin;		/* its first character */
static const char *ended;		/* the end of the token before it */
static enum { END, NAME, NUMBER, SIGN } kind;

static void __attribute__((__noreturn__, __format__(__printf__, 1, 2)))
error(const char *fmt, ...)
{
	const char *p;
	char text[300];
	va_list args;
	int line = 1;

	for (p = whole; p < begin; p++)
		line += *p == '\n';
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	die("%s:%d: %s", file, line, text);
}

/* Tokens. */

static void skip_to(const char *end)
{
	const char *found = strstr(at, end);

	begin = at;
	if (!found)
		error("a comment has no end");
	at = found + strlen(end);
}

static void skip_blanks(void)
{
	for (;;) {
		while (isspace((unsigned char)*at))
			at++;
		if (!strncmp(at, "(*", 2) && (isspace((unsigned char)at[2]) || at[2] == '*'))
			skip_to("*)");
		else if (!strncmp(at, "/*", 2))
			skip_to("*/");
		else if (!strncmp(at, "//", 2))
			at += strcspn(at, "\n");
		else
			return;
	}
}

static bool is_sign(const char *sign)
{
	return kind == SIGN && !strcmp(token, sign);
}

static bool is_name(const char *name)
{
	return kind == NAME && !strcmp(token, name);
}

static unsigned int length_of_sign(void)
{
	static const char * const two[] = {
		"/\\", "\\/", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "=>", NULL
	};
	const char * const *sign;

	for (sign = two; *sign; sign++)
		if (!strncmp(at, *sign, 2))
			return 2;
	return 1;
}

static void next(void)
{
	unsigned int n = 0;

	ended = at;
	skip_blanks();
	begin = at;
	if (!*at) {
		kind = END;
	} else if (isalpha((unsigned char)*at) || *at == '_') {
		kind = NAME;
		while (isalnum((unsigned char)at[n]) || at[n] == '_')
			n++;
	} else if (isdigit((unsigned char)*at)) {
		kind = NUMBER;
		while (isalnum((unsigned char)at[n]))
			n++;
	} else {
		kind = SIGN;
		n = length_of_sign();
	}
	if (n >= sizeof(token))
		error("a name is too long");
	memcpy(token, at, n);
	token[n] = '\0';
	at += n;
}

static bool take(const char *sign)
{
	if (!is_sign(sign))
		return false;
	next();
	return true;
}

static void expect(const char *sign)
{
	if (!take(sign))
		error("expected '%s' instead of '%s'", sign, kind == END ? "end of file" : token);
}

static char *take_name(const char *what)
{
	char *name;

	if (kind != NAME)
		error("expected %s instead of '%s'", what, kind == END ? "end of file" : token);
	name = strdup(token);
	next();
	return name;
}

static long take_number_here(void)
{
	char *end;
	long value;

	if (kind != NUMBER)
		error("expected a number instead of '%s'", kind == END ? "end of file" : token);
	value = strtol(token, &end, 0);
	if (*end)
		error("'%s' is not a number", token);
	next();
	return value;
}

/* Names. */

static int find(const char * const *names, unsigned int nr, const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static unsigned int variable(const char *name)
{
	int i = find(t->variables, t->nr_variables, name);

	if (i >= 0)
		return i;
	if (t->nr_variables == LITMUS_NAMES)
		error("more than %d variables", LITMUS_NAMES);
	t->variables[t->nr_variables] = name;
	return t->nr_variables++;
}

static unsigned int add_register(struct litmus_process *p, const char *name)
{
	int i = find(p->registers, p->nr_registers, name);

	if (i >= 0)
		return i;
	if (p->nr_registers == LITMUS_NAMES)
		error("more than %d registers in a process", LITMUS_NAMES);
	p->registers[p->nr_registers] = name;
	return p->nr_registers++;
}

static bool begins_type(void)
{
	static const char * const types[] = {
		"int", "long", "unsigned", "char", "short", "void", "atomic_t", "atomic64_t",
		"atomic_long_t", "spinlock_t", "intptr_t", "uintptr_t", "volatile", "const", NULL
	};
	const char * const *type;

	if (is_name("struct"))
		error("'struct' is not supported: vma litmus knows numbers, pointers, spinlocks and atomics");
	for (type = types; *type; type++)
		if (is_name(*type))
			return true;
	return false;
}

/* Return: whether there was a type; with the stars behind it. */
static bool take_type(void)
{
	if (!begins_type())
		return false;
	while (begins_type())
		next();
	while (take("*"))
		;
	return true;
}

/* Expressions. */

static struct litmus_node *node(enum litmus_op op, long value, struct litmus_node *a,
				struct litmus_node *b, struct litmus_node *c)
{
	struct litmus_node *n = new(sizeof(*n));

	n->op = op;
	n->value = value;
	n->args[0] = a;
	n->args[1] = b;
	n->args[2] = c;
	n->nr_args = a ? b ? c ? 3 : 2 : 1 : 0;
	return n;
}

static struct litmus_node *expression(void);
static struct litmus_node *unary(void);

static struct litmus_node *operation(const char *name, struct litmus_node *a,
				     struct litmus_node *b)
{
	unsigned int nr;

	return node(LITMUS_CALL, litmus_find(name, &nr), a, b, NULL);
}

/* These macros get an object instead of its address. */
static bool takes_object(const char *name)
{
	return !strcmp(name, "READ_ONCE") || !strcmp(name, "WRITE_ONCE") ||
	       !strcmp(name, "rcu_dereference") || !strcmp(name, "rcu_assign_pointer") ||
	       !strcmp(name, "smp_store_mb");
}

/* The address of an object: "*p", or the name of a variable. */
static struct litmus_node *object(void)
{
	struct litmus_node *n;

	if (take("("))  {
		n = object();
		expect(")");
		return n;
	}
	if (take("*"))
		return unary();
	if (kind != NAME)
		error("expected *x or a variable instead of '%s'", token);
	if (find(process->registers, process->nr_registers, token) >= 0)
		error("'%s' is a register, which other processes cannot access", token);
	return node(LITMUS_ADDRESS, variable(take_name("a variable")), NULL, NULL, NULL);
}

static struct litmus_node *call(const char *name)
{
	static const char * const families[] = { "atomic64_", "atomic_long_" };
	char normal[160];
	struct litmus_node *n;
	unsigned int i, nr;
	const char *where = begin;
	int number;

	snprintf(normal, sizeof(normal), "%s", name);
	for (i = 0; i < 2; i++)
		if (!strncmp(name, families[i], strlen(families[i])))
			snprintf(normal, sizeof(normal), "atomic_%s", name + strlen(families[i]));
	number = litmus_find(normal, &nr);
	if (number < 0)
		error("%s() is not supported", name);
	n = node(LITMUS_CALL, number, NULL, NULL, NULL);
	expect("(");
	while (!is_sign(")")) {
		if (n->nr_args == LITMUS_ARGS)
			break;
		n->args[n->nr_args] = !n->nr_args && takes_object(normal) ? object() : expression();
		n->nr_args++;
		if (!is_sign(")"))
			expect(",");
	}
	if (n->nr_args != nr) {
		begin = where;
		error("%s() has %u argument(s)", name, nr);
	}
	expect(")");
	return n;
}

static struct litmus_node *primary(void)
{
	struct litmus_node *n;
	char *name;
	int i;

	if (kind == NUMBER)
		return node(LITMUS_NUMBER, take_number_here(), NULL, NULL, NULL);
	if (take("(")) {
		if (take_type()) {	/* a cast changes nothing */
			expect(")");
			return unary();
		}
		n = expression();
		expect(")");
		return n;
	}
	name = take_name("an expression");
	if (is_sign("("))
		return call(name);
	i = find(process->registers, process->nr_registers, name);
	if (i >= 0)
		return node(LITMUS_REGISTER, i, NULL, NULL, NULL);
	i = find(t->variables, t->nr_variables, name);
	if (i < 0)
		error("'%s' is not declared", name);
	return node(LITMUS_ADDRESS, i, NULL, NULL, NULL);
}

static struct litmus_node *unary(void)
{
	if (take("*"))
		return operation("READ_ONCE", unary(), NULL);
	if (take("&"))
		return object();
	if (take("-"))
		return node(LITMUS_C, '-', node(LITMUS_NUMBER, 0, NULL, NULL, NULL), unary(), NULL);
	if (take("!"))
		return node(LITMUS_C, '!', unary(), NULL, NULL);
	if (take("~"))
		return node(LITMUS_C, '~', unary(), NULL, NULL);
	return primary();
}

/* Operators by precedence. */
#define LEVELS	10

static const char * const levels[LEVELS][5] = {
	{ "||" }, { "&&" }, { "|" }, { "^" }, { "&" }, { "==", "!=" }, { "<", ">", "<=", ">=" },
	{ "<<", ">>" }, { "+", "-" }, { "*", "/", "%" },
};

static struct litmus_node *binary(unsigned int level)
{
	struct litmus_node *left;
	const char * const *sign;
	long value;

	if (level == LEVELS)
		return unary();
	left = binary(level + 1);
again:
	for (sign = levels[level]; *sign; sign++) {
		if (!is_sign(*sign))
			continue;
		value = (*sign)[1] ? LITMUS_TWO((*sign)[0], (*sign)[1]) : (*sign)[0];
		next();
		left = node(LITMUS_C, value, left, binary(level + 1), NULL);
		goto again;
	}
	return left;
}

static struct litmus_node *expression(void)
{
	return binary(0);
}

/* Statements. */

static struct litmus_node *statement(void);

static struct litmus_node *set(unsigned int index)
{
	return node(LITMUS_SET, index, expression(), NULL, NULL);
}

static struct litmus_node *declaration(void)
{
	struct litmus_node *n = NULL, *one;
	unsigned int index;

	do {
		while (take("*"))
			;
		index = add_register(process, take_name("the name of a register"));
		if (!take("="))
			continue;
		one = set(index);
		n = n ? node(LITMUS_SEQUENCE, 0, n, one, NULL) : one;
	} while (take(","));
	expect(";");
	return n ?: node(LITMUS_NUMBER, 0, NULL, NULL, NULL);
}

static struct litmus_node *block(void)
{
	struct litmus_node *n = node(LITMUS_NUMBER, 0, NULL, NULL, NULL);

	while (!take("}")) {
		if (kind == END)
			error("expected '}' instead of end of file");
		n = node(LITMUS_SEQUENCE, 0, n, statement(), NULL);
	}
	return n;
}

static struct litmus_node *branch(enum litmus_op op)
{
	struct litmus_node *condition, *then, *otherwise = NULL;

	expect("(");
	condition = expression();
	expect(")");
	then = statement();
	if (op == LITMUS_IF && is_name("else")) {
		next();
		otherwise = statement();
	}
	return node(op, 0, condition, then, otherwise);
}

/* "r = ...", "*p = ...", or an expression whose value is not used. */
static struct litmus_node *assignment(void)
{
	const char *start = begin;
	struct litmus_node *n;
	int i;

	if (kind == NAME) {
		i = find(process->registers, process->nr_registers, token);
		next();
		if (i >= 0 && take("="))
			return set(i);
		if (i < 0 && is_sign("=")) {
			begin = start;
			error("the variable or register on the left is not declared");
		}
		at = start;
		next();
	}
	if (take("*")) {
		n = unary();
		if (take("="))
			return operation("WRITE_ONCE", n, expression());
		return operation("READ_ONCE", n, NULL);
	}
	return expression();
}

static struct litmus_node *statement(void)
{
	struct litmus_node *n;

	if (take("{"))
		return block();
	if (take(";"))
		return node(LITMUS_NUMBER, 0, NULL, NULL, NULL);
	if (is_name("if")) {
		next();
		return branch(LITMUS_IF);
	}
	if (is_name("while")) {
		next();
		return branch(LITMUS_WHILE);
	}
	if (take_type())
		return declaration();
	n = assignment();
	expect(";");
	return n;
}

static void parse_process(void)
{
	char name[16];

	snprintf(name, sizeof(name), "P%u", t->nr_processes);
	if (!is_name(name))
		error("expected %s() instead of '%s'", name, token);
	if (t->nr_processes == LITMUS_PROCESSES)
		error("more than %d processes", LITMUS_PROCESSES);
	process = &t->processes[t->nr_processes++];
	next();
	expect("(");
	while (!take(")")) {
		if (!take_type())
			error("expected a parameter such as 'int *x' instead of '%s'", token);
		variable(take_name("the name of a variable"));
		if (!is_sign(")"))
			expect(",");
	}
	expect("{");
	process->body = block();
	process = NULL;
}

/* Initial values. */

/* A number, or the address of a variable: its number + 1 in @points_to. */
static long initial_value(unsigned int *points_to)
{
	long value, sign = 1;
	char *name;

	*points_to = 0;
	while (take("-"))
		sign = -sign;
	if (kind == NUMBER)
		return sign * take_number_here();
	if (take("(")) {
		value = initial_value(points_to);
		expect(")");
		return sign * value;
	}
	take("&");
	name = take_name("a number or a variable");
	if (!strcmp(name, "ATOMIC_INIT"))
		return initial_value(points_to);
	*points_to = variable(name) + 1;
	return 0;
}

static void initial_register(unsigned int number)
{
	unsigned int points_to, index;

	expect(":");
	if (number >= LITMUS_PROCESSES)
		error("there is no process %u", number);
	index = add_register(&t->processes[number], take_name("the name of a register"));
	expect("=");
	t->processes[number].initial[index] = initial_value(&points_to);
	if (points_to)
		error("a register cannot start with an address");
}

static void parse_initial(void)
{
	unsigned int index;
	bool bracket;

	expect("{");
	while (!take("}")) {
		if (take(";"))
			continue;
		if (kind == NUMBER) {
			initial_register(take_number_here());
			continue;
		}
		take_type();
		bracket = take("[");
		index = variable(take_name("a variable"));
		if (bracket)
			expect("]");
		if (take("="))
			t->initial[index] = initial_value(&t->points_to[index]);
		if (!is_sign("}"))
			expect(";");
	}
}

/* Conditions. */

static unsigned int add_place(struct litmus_place place)
{
	unsigned int i;

	for (i = 0; i < t->nr_places; i++)
		if (t->places[i].process == place.process && t->places[i].index == place.index)
			return i;
	if (t->nr_places == LITMUS_NAMES)
		error("more than %d values in a state", LITMUS_NAMES);
	t->places[t->nr_places] = place;
	return t->nr_places++;
}

static unsigned int take_place(void)
{
	struct litmus_place place = { .process = -1 };
	struct litmus_process *p;
	bool bracket;
	char *name;
	int i;

	if (kind == NUMBER) {
		place.process = take_number_here();
		expect(":");
		if ((unsigned int)place.process >= t->nr_processes)
			error("there is no P%d", place.process);
		p = &t->processes[place.process];
		name = take_name("the name of a register");
		i = find(p->registers, p->nr_registers, name);
		if (i < 0)
			error("P%d has no register '%s'", place.process, name);
	} else {
		bracket = take("[");
		take("*");
		name = take_name("a variable or a register");
		if (bracket)
			expect("]");
		i = find(t->variables, t->nr_variables, name);
		if (i < 0)
			error("there is no variable '%s'", name);
	}
	place.index = i;
	return add_place(place);
}

static struct litmus_node *condition(void);

static struct litmus_node *atom(void)
{
	struct litmus_node *n;
	unsigned int place, points_to;
	bool differs;
	long value;

	if (take("~") || (is_name("not") && (next(), true)))
		return node(LITMUS_C, '!', atom(), NULL, NULL);
	if (is_name("true") || is_name("false")) {
		n = node(LITMUS_NUMBER, is_name("true"), NULL, NULL, NULL);
		next();
		return n;
	}
	if (take("(")) {
		n = condition();
		expect(")");
		return n;
	}
	place = take_place();
	differs = take("!=");
	if (!differs && !take("=="))
		expect("=");
	value = initial_value(&points_to);
	n = points_to ? node(LITMUS_ADDRESS, points_to - 1, NULL, NULL, NULL) :
			node(LITMUS_NUMBER, value, NULL, NULL, NULL);
	n = node(LITMUS_IS, place, n, NULL, NULL);
	return differs ? node(LITMUS_C, '!', n, NULL, NULL) : n;
}

static struct litmus_node *conjunction(void)
{
	struct litmus_node *n = atom();

	while (take("/\\") || take("&&"))
		n = node(LITMUS_C, LITMUS_TWO('&', '&'), n, atom(), NULL);
	return n;
}

static struct litmus_node *condition(void)
{
	struct litmus_node *n = conjunction();

	while (take("\\/") || take("||"))
		n = node(LITMUS_C, LITMUS_TWO('|', '|'), n, conjunction(), NULL);
	return n;
}

static void parse_condition(void)
{
	const char *start;

	if (is_name("exists") || is_name("forall")) {
		t->quantifier = is_name("exists") ? "exists" : "forall";
		next();
	} else if (take("~")) {
		if (!is_name("exists"))
			error("expected 'exists' instead of '%s'", token);
		t->quantifier = "~exists";
		next();
	} else {
		error("expected exists, ~exists or forall instead of '%s'",
		      kind == END ? "end of file" : token);
	}
	start = begin;
	t->condition = condition();
	if (kind != END)
		error("'%s' after the condition", token);
	t->text = strndup(start, ended - start);
}

static void parse_locations(void)
{
	expect("[");
	while (!take("]")) {
		take_place();
		if (!is_sign("]"))
			expect(";");
	}
	take(";");
}

/* The comment says what the author expects. */
static void find_result(void)
{
	const char *found = strstr(whole, "Result:");
	unsigned int length;

	if (!found)
		return;
	found += strlen("Result:");
	found += strspn(found, " \t");
	length = strspn(found, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	t->result = strndup(found, length);
}

static char *contents(void)
{
	size_t size = 1 << 20, length;
	char *text = new(size + 1);
	FILE *f = fopen(file, "r");

	if (!f)
		die("%s: cannot be read", file);
	length = fread(text, 1, size, f);
	if (ferror(f) || length == size || strlen(text) != length)
		die("%s: is not a litmus test", file);
	fclose(f);
	return text;
}

struct litmus *litmus_parse(const char *name)
{
	file = name;
	whole = contents();
	at = whole;
	begin = whole;
	t = new(sizeof(*t));
	process = NULL;
	find_result();
	next();
	if (!is_name("C"))
		error("not a litmus test in C: expected 'C NAME' in the first line");
	at += strspn(at, " \t");
	t->name = strndup(at, strcspn(at, " \t\r\n"));
	at += strlen(t->name);
	if (!*t->name)
		error("the test has no name");
	next();
	if (kind == SIGN && token[0] == '"') {	/* a description */
		at += strcspn(at, "\n");
		next();
	}
	parse_initial();
	while (kind == NAME && token[0] == 'P' && isdigit((unsigned char)token[1]))
		parse_process();
	if (!t->nr_processes)
		error("expected P0() instead of '%s'", kind == END ? "end of file" : token);
	if (is_name("locations")) {
		next();
		parse_locations();
	}
	if (is_name("filter")) {
		next();
		t->filter = condition();
	}
	parse_condition();
	return t;
}
