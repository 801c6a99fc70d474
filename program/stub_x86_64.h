/* SPDX-License-Identifier: GPL-2.0 */
/* What of the stub only x86-64 has. */
#ifndef PROGRAM_STUB_X86_64_H
#define PROGRAM_STUB_X86_64_H

#define STUB_AUDIT_ARCH	AUDIT_ARCH_X86_64

static inline long call6(long nr, unsigned long a, unsigned long b, unsigned long c,
			 unsigned long d, unsigned long e, unsigned long f)
{
	register unsigned long r10 __asm__("r10") = d;
	register unsigned long r8 __asm__("r8") = e;
	register unsigned long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/* The first instruction: the stack has the arguments. */
__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call stub_main\n\t"
	"hlt\n"
	/* The end of a signal handler. */
	".globl stub_restorer\n"
	"stub_restorer:\n\t"
	"mov $15, %eax\n\t"	/* rt_sigreturn() */
	"syscall\n\t"
	"hlt\n"
	/* stub_clone(flags, stack, slot): the child calls stub_thread(slot). */
	".globl stub_clone\n"
	"stub_clone:\n\t"
	"sub $16, %rsi\n\t"
	"mov %rdx, (%rsi)\n\t"
	"xor %edx, %edx\n\t"
	"xor %r10d, %r10d\n\t"
	"xor %r8d, %r8d\n\t"
	"mov $56, %eax\n\t"
	"syscall\n\t"
	"test %rax, %rax\n\t"
	"jz 1f\n\t"
	"ret\n"
	"1:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov (%rsp), %rdi\n\t"
	"call stub_thread\n\t"
	"hlt\n");

/* Continue on another stack, for good. */
static inline void __attribute__((__noreturn__)) go_on(void *stack, void (*fn)(void *), void *arg)
{
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%1\n\t"
			 "hlt" : : "r"(stack), "r"(fn), "D"(arg) : "memory");
	__builtin_unreachable();
}

/* Run the program, from the registers of a ucontext. */
static inline void __attribute__((__noreturn__)) run_context(unsigned long context)
{
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "mov $15, %%eax\n\t"
			 "syscall\n\t"
			 "hlt" : : "r"(context) : "memory");
	__builtin_unreachable();
}

static inline void set_thread_pointer(unsigned long fs)
{
	call6(SYS_arch_prctl, 0x1002 /* ARCH_SET_FS */, fs, 0, 0, 0, 0);
}

#define STUB_ARCH_CALLS	SYS_arch_prctl,

#endif /* PROGRAM_STUB_X86_64_H */
