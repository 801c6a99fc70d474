// SPDX-License-Identifier: GPL-2.0
/*
 * Fibers: coroutines on one thread, with a switch of a dozen instructions.
 *
 * Each fiber has its own copy of the program's thread-local variables (current, the CPU).
 */
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "explore/fiber.h"
#include "os/os.h"

#define STACK_SIZE	(256UL << 10)

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifdef HAVE_ASAN
#include <sanitizer/common_interface_defs.h>
#else
#define __sanitizer_start_switch_fiber(fake, stack, size)	do { (void)(fake); } while (0)
#define __sanitizer_finish_switch_fiber(fake, stack, size)	do { (void)(fake); } while (0)
#endif

static char *tls;
static unsigned long tls_size;
static const void *tls_image;		/* initial values for a new thread; the rest is zero */
static unsigned long tls_image_size;
static struct fiber *came_from, *going_to;

#ifdef __x86_64__
/* Saves the callee-saved registers, switches stacks and restores them. */
void fiber_jump(void **from, void *to);
__asm__(".text\n"
	".type fiber_jump, @function\n"
	"fiber_jump:\n"
	"	pushq	%rbp\n"
	"	pushq	%rbx\n"
	"	pushq	%r12\n"
	"	pushq	%r13\n"
	"	pushq	%r14\n"
	"	pushq	%r15\n"
	"	movq	%rsp, (%rdi)\n"
	"	movq	%rsi, %rsp\n"
	"	popq	%r15\n"
	"	popq	%r14\n"
	"	popq	%r13\n"
	"	popq	%r12\n"
	"	popq	%rbx\n"
	"	popq	%rbp\n"
	"	ret\n"
	".size fiber_jump, .-fiber_jump\n");
#define SAVED_REGISTERS	6
#else
#define SAVED_REGISTERS	0
static void fiber_jump(void **from, void *to)
{
	fprintf(stderr, "vma: vma explore and vma lockstat support x86-64 only\n");
	exit(1);
}
#endif

/* The program's thread-local variables: the program is the first object in the list. */
static int find_tls(struct dl_phdr_info *info, size_t size, void *unused)
{
	int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_TLS)
			continue;
		tls = info->dlpi_tls_data;
		tls_size = info->dlpi_phdr[i].p_memsz;
		tls_image = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
		tls_image_size = info->dlpi_phdr[i].p_filesz;
	}
	return 1;
}

static char *new_tls(void)
{
	char *copy = malloc(tls_size + 1);

	if (!copy) {
		fprintf(stderr, "vma: out of memory\n");
		exit(1);
	}
	return copy;
}

void fiber_adopt(struct fiber *fiber)
{
	memset(fiber, 0, sizeof(*fiber));
	dl_iterate_phdr(find_tls, NULL);
	fiber->tls = new_tls();
	fiber->first_tls = new_tls();
	memcpy(fiber->first_tls, tls, tls_size);
}

void fiber_again(struct fiber *fiber)
{
	memcpy(tls, fiber->first_tls, tls_size);
}

int fiber_is_local(const void *address)
{
	return (uintptr_t)address - (uintptr_t)tls < tls_size;
}

void fiber_create(struct fiber *fiber)
{
	void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (stack == MAP_FAILED) {
		fprintf(stderr, "vma: out of memory for a stack\n");
		exit(1);
	}
	memset(fiber, 0, sizeof(*fiber));
	fiber->stack = stack;
	fiber->size = STACK_SIZE;
	fiber->tls = new_tls();
}

/* AddressSanitizer reports the bounds of an adopted stack at the first switch from it. */
static void arrive(void *fake_stack)
{
	const void *stack = NULL;
	size_t size = 0;

	__sanitizer_finish_switch_fiber(fake_stack, &stack, &size);
	if (!came_from->stack) {
		came_from->stack = (char *)stack;
		came_from->size = size;
	}
}

/* The first function on a fiber's stack. */
static void begin(void)
{
	arrive(NULL);
	going_to->fn(going_to->arg);
	abort();
}

void fiber_reset(struct fiber *fiber, void (*fn)(void *arg), void *arg)
{
	void **sp = (void **)(fiber->stack + fiber->size) - 2;

	/* The functions of the last run have not returned. */
	if (fiber->sp)
		os_unpoison(fiber->sp, fiber->stack + fiber->size - (char *)fiber->sp);
	fiber->fn = fn;
	fiber->arg = arg;
	memset(fiber->tls, 0, tls_size);
	memcpy(fiber->tls, tls_image, tls_image_size);
	*--sp = NULL;		/* begin() returns to nowhere */
	*--sp = begin;
	*--sp = NULL;		/* rbp: the end of backtraces */
	sp -= SAVED_REGISTERS - 1;
	fiber->sp = sp;
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	void *fake_stack = NULL;

	memcpy(from->tls, tls, tls_size);
	memcpy(tls, to->tls, tls_size);
	__sanitizer_start_switch_fiber(&fake_stack, to->stack, to->size);
	came_from = from;
	going_to = to;
	fiber_jump(&from->sp, to->sp);
	arrive(fake_stack);
}
