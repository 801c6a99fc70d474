// SPDX-License-Identifier: GPL-2.0
/* The kernel side's hooks, which tell when they were called. */
#include "fuzz/program.h"
#include "fuzz/real.h"
#include "os/os.h"
#include "program/run.h"
#include "tests/harness.h"
#include "hooks.h"
#include "samples.h"

int sample_boots;
int sample_objects;

void vma_boot(void)
{
	sample_boots++;
	if (sample_wants("SAMPLE_BOOT_FAILS"))
		os_test_fail("no memory for the first page");
}

void test_begin(void)
{
	if (sample_wants("SAMPLE_HOOKS"))
		TH_LOG("begin of %s", os_test_name());
}

void test_end(int aborted)
{
	if (sample_wants("SAMPLE_HOOKS"))
		TH_LOG("end of %s, aborted %d", os_test_name(), aborted);
	if (sample_objects && !aborted)
		os_test_fail("%d objects leaked", sample_objects);
	sample_objects = 0;
}

int vma_lock_events(unsigned long counts[OS_LOCK_EVENTS])
{
	return 0;
}

const char *test_describe_memory(const void *addr, char *buf, unsigned long size)
{
	return test_describe_freed(addr, buf, size);
}

const char *test_describe_freed(const void *addr, char *buf, unsigned long size)
{
	buf[0] = '\0';
	return buf;
}

/* Calls, of which there are none. */

void program_run(struct program_run *run)
{
}

struct fuzz_run *fuzz_run;

unsigned int fuzz_below(unsigned long long *random, unsigned int n)
{
	return 0;
}

const char *fuzz_format_call(const struct fuzz_call *call, char *buf)
{
	return buf;
}

const char *fuzz_format_test(const struct fuzz_call *call, char *buf)
{
	return buf;
}

const char *fuzz_parse(const char *text, struct fuzz_program *program)
{
	return "there are no calls";
}

void fuzz_change(struct fuzz_call *call, unsigned long long *random)
{
}

int fuzz_simplify(struct fuzz_call *call, unsigned int step)
{
	return -1;
}

const unsigned long fuzz_window = 0x10000000;
struct fuzz_absent fuzz_absent[FUZZ_MAX_ABSENT];
unsigned int fuzz_nr_absent;

const char *fuzz_name(unsigned int kind)
{
	return 0;
}

const char *fuzz_not_real(const struct fuzz_call *call)
{
	return 0;
}

unsigned long fuzz_initial_word(unsigned long page)
{
	return 0;
}

const char *fuzz_record_words(char *buf, unsigned long size)
{
	buf[0] = '\0';
	return buf;
}

void fuzz_record_only(const char *words)
{
}

long fuzz_request(unsigned int kind, const unsigned long *arg, struct fuzz_ioctl *io)
{
	return 0;
}

int litmus_find(const char *name, unsigned int *nr_args)
{
	return -1;
}

long litmus_run(int operation, const long *args)
{
	return 0;
}

long *litmus_variable(void)
{
	return 0;
}

void litmus_free(long *variable)
{
}

void *litmus_start(const char *name, void (*fn)(void *arg), void *arg)
{
	return 0;
}

void litmus_join(void *task)
{
}
