// SPDX-License-Identifier: GPL-2.0
/*
 * A program of calls in C: needs nothing but libc, makes the calls in a window of fixed
 * addresses, and prints after each what it returned and what is mapped there.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz/real.h"
#include "runner/fuzz-real.h"

#define PAGE_BYTES	4096UL

/* The statements, as text. */
static struct {
	char line[FUZZ_LINE * 2];
	const char *why_not;
} lines[FUZZ_MAX_CALLS];
static unsigned int nr_lines;

/* Zero first, then bits. */
struct name {
	unsigned long value;
	const char *name;
};

static const struct name prots[] = {
	{ 0, "PROT_NONE" }, { 1, "PROT_READ" }, { 2, "PROT_WRITE" }, { 4, "PROT_EXEC" },
	{ 0x01000000, "PROT_GROWSDOWN" }, { 0x02000000, "PROT_GROWSUP" }, { },
};

static const struct name map_flags[] = {
	{ 0, "0" }, { 3, "MAP_SHARED_VALIDATE" }, { 1, "MAP_SHARED" }, { 2, "MAP_PRIVATE" },
	{ 0x8, "MAP_DROPPABLE" },
	{ 0x10, "MAP_FIXED" }, { 0x20, "MAP_ANONYMOUS" }, { 0x100, "MAP_GROWSDOWN" },
	{ 0x2000, "MAP_LOCKED" }, { 0x4000, "MAP_NORESERVE" }, { 0x8000, "MAP_POPULATE" },
	{ 0x20000, "MAP_STACK" }, { 0x100000, "MAP_FIXED_NOREPLACE" }, { },
};

static const struct name mremap_flags[] = {
	{ 0, "0" }, { 1, "MREMAP_MAYMOVE" }, { 2, "MREMAP_FIXED" },
	{ 4, "MREMAP_DONTUNMAP" }, { },
};

static const struct name advices[] = {
	{ 0, "MADV_NORMAL" }, { 1, "MADV_RANDOM" }, { 2, "MADV_SEQUENTIAL" },
	{ 3, "MADV_WILLNEED" }, { 4, "MADV_DONTNEED" }, { 8, "MADV_FREE" }, { 9, "MADV_REMOVE" },
	{ 10, "MADV_DONTFORK" }, { 11, "MADV_DOFORK" }, { 16, "MADV_DONTDUMP" },
	{ 17, "MADV_DODUMP" }, { 18, "MADV_WIPEONFORK" }, { 19, "MADV_KEEPONFORK" },
	{ 20, "MADV_COLD" }, { 21, "MADV_PAGEOUT" },
	{ 22, "MADV_POPULATE_READ" }, { 23, "MADV_POPULATE_WRITE" },
	{ 24, "MADV_DONTNEED_LOCKED" }, { 102, "MADV_GUARD_INSTALL" },
	{ 103, "MADV_GUARD_REMOVE" }, { },
};

static int put_bits(char *to, size_t size, const struct name *names, unsigned long value)
{
	const char *between = "";
	int len = 0;

	if (!value)
		return snprintf(to, size, "%s", names[0].name);
	for (names++; names->name; names++) {
		if ((value & names->value) != names->value)
			continue;
		len += snprintf(to + len, size - len, "%s%s", between, names->name);
		value &= ~names->value;
		between = " | ";
	}
	if (value)
		len += snprintf(to + len, size - len, "%s%#lx", between, value);
	return len;
}

static int put_one_of(char *to, size_t size, const struct name *names, unsigned long value)
{
	for (; names->name; names++)
		if (names->value == value)
			return snprintf(to, size, "%s", names->name);
	return snprintf(to, size, "%#lx", value);
}

static int put_address(char *to, size_t size, unsigned long value)
{
	unsigned long page = (value - fuzz_window) / PAGE_BYTES, within = value % PAGE_BYTES;

	if (value < fuzz_window)
		return snprintf(to, size, "(void *)%#lx", value);
	if (within)
		return snprintf(to, size, "PAGE(%lu) + %#lx", page, within);
	return snprintf(to, size, "PAGE(%lu)", page);
}

static int put_arg(char *to, size_t size, char how, unsigned long value)
{
	static const char * const names[] = { "NULL", "\"one\"", "\"two\"" };

	switch (how) {
	case 'a':
		return put_address(to, size, value);
	case 'l':
		return snprintf(to, size, value % PAGE_BYTES ? "%#lx" : "PAGES(%lu)",
				value % PAGE_BYTES ? value : value / PAGE_BYTES);
	case 'p':
		return put_bits(to, size, prots, value);
	case 'm':
		return put_bits(to, size, map_flags, value);
	case 'r':
		return put_bits(to, size, mremap_flags, value);
	case 'v':
		return put_one_of(to, size, advices, value);
	case 'f':
		return value >= 3 && value < 8 ? snprintf(to, size, "file(%lu)", value) :
						 snprintf(to, size, "-1");
	case 'n':
		return snprintf(to, size, "%s", names[value % 3]);
	default:
		return snprintf(to, size, "%#lx", value);
	}
}

static void put_call(char *to, size_t size, const char *template, const struct fuzz_call *c)
{
	const char *from = template;
	size_t len = 0;

	while (*from && len + 1 < size) {
		if (*from != '$') {
			to[len++] = *from++;
			continue;
		}
		len += put_arg(to + len, size - len, from[1], c->arg[from[2] - '0']);
		from += 3;
	}
	to[len] = '\0';
}

static bool has(const char *text)
{
	unsigned int i;

	for (i = 0; i < nr_lines; i++)
		if (strstr(lines[i].line, text))
			return true;
	return false;
}

/* Libc may be older than these. */
static bool define(const struct name *names)
{
	static const char recent[] =
		"MAP_SHARED_VALIDATE MAP_DROPPABLE MAP_FIXED_NOREPLACE MREMAP_DONTUNMAP "
		"MADV_WIPEONFORK MADV_KEEPONFORK MADV_COLD MADV_PAGEOUT MADV_POPULATE_READ "
		"MADV_POPULATE_WRITE MADV_DONTNEED_LOCKED MADV_GUARD_INSTALL MADV_GUARD_REMOVE";
	bool any = false;

	for (; names->name; names++) {
		if (!names->value || !strstr(recent, names->name) || !has(names->name))
			continue;
		any = true;
		printf("#ifndef %s\n#define %s %#lx\n#endif\n", names->name, names->name,
		       names->value);
	}
	return any;
}

static const char head[] =
	"#define _GNU_SOURCE\n"
	"#include <errno.h>\n"
	"#include <fcntl.h>\n"
	"#include <poll.h>\n"
	"#include <setjmp.h>\n"
	"#include <signal.h>\n"
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"#include <string.h>\n"
	"#include <sys/ioctl.h>\n"
	"#include <sys/mman.h>\n"
	"#include <sys/prctl.h>\n"
	"#include <sys/syscall.h>\n"
	"#include <sys/wait.h>\n"
	"#include <unistd.h>\n"
	"#include <linux/userfaultfd.h>\n"
	"\n"
	"/* Nothing else may be mapped from here to PAGE(128). */\n"
	"#define WINDOW\t0x10000000UL\n"
	"#define PAGES(n)\t((n) * 4096UL)\n"
	"#define PAGE(n)\t((void *)(WINDOW + PAGES(n)))\n"
	"\n"
	"static void show(const char *call, long ret)\n"
	"{\n"
	"\tunsigned long start, end;\n"
	"\tint error = errno;\n"
	"\tchar line[512];\n"
	"\tFILE *maps;\n"
	"\n"
	"\tif (ret == -1)\n"
	"\t\tprintf(\"%s = -1: %s\\n\", call, strerror(error));\n"
	"\telse\n"
	"\t\tprintf(\"%s = %#lx\\n\", call, ret);\n"
	"\tmaps = fopen(\"/proc/self/maps\", \"r\");\n"
	"\twhile (maps && fgets(line, sizeof(line), maps))\n"
	"\t\tif (sscanf(line, \"%lx-%lx\", &start, &end) == 2 && start >= WINDOW &&\n"
	"\t\t    start < WINDOW + PAGES(128))\n"
	"\t\t\tprintf(\"\\t%s\", line);\n"
	"\tif (maps)\n"
	"\t\tfclose(maps);\n"
	"}\n";

static const char flags_helper[] =
	"/* The same of smaps: the flags. */\n"
	"static void show_flags(void)\n"
	"{\n"
	"\tunsigned long at, start = 0, end;\n"
	"\tchar line[512];\n"
	"\tFILE *smaps = fopen(\"/proc/self/smaps\", \"r\");\n"
	"\n"
	"\twhile (smaps && fgets(line, sizeof(line), smaps)) {\n"
	"\t\tif (sscanf(line, \"%lx-%lx \", &at, &end) == 2)\n"
	"\t\t\tstart = at;\n"
	"\t\tif (!strncmp(line, \"VmFlags:\", 8) && start >= WINDOW &&\n"
	"\t\t    start < WINDOW + PAGES(128))\n"
	"\t\t\tprintf(\"\\t%lx %s\", start, line);\n"
	"\t}\n"
	"\tif (smaps)\n"
	"\t\tfclose(smaps);\n"
	"}\n";

static const char access_helper[] =
	"static sigjmp_buf faulted;\n"
	"\n"
	"static void on_fault(int signal)\n"
	"{\n"
	"\tsiglongjmp(faulted, signal);\n"
	"}\n"
	"\n"
	"static long word(volatile unsigned long *at, int write, unsigned long value)\n"
	"{\n"
	"\tint got;\n"
	"\n"
	"\tsignal(SIGSEGV, on_fault);\n"
	"\tsignal(SIGBUS, on_fault);\n"
	"\tgot = sigsetjmp(faulted, 1);\n"
	"\tif (got) {\n"
	"\t\tprintf(\"\\t%s\\n\", strsignal(got));\n"
	"\t\terrno = EFAULT;\n"
	"\t\treturn -1;\n"
	"\t}\n"
	"\tif (!write)\n"
	"\t\treturn *at;\n"
	"\t*at = value;\n"
	"\treturn 0;\n"
	"}\n";

static const char file_helper[] =
	"static int files[8];\n"
	"\n"
	"static void fill(int fd, unsigned long page, unsigned long end)\n"
	"{\n"
	"\tunsigned long first;\n"
	"\n"
	"\tfor (; page < end; page++) {\n"
	"\t\tfirst = (page + 1) << 16;\n"
	"\t\tif (pwrite(fd, &first, sizeof(first), PAGES(page)) != sizeof(first))\n"
	"\t\t\texit(1);\n"
	"\t}\n"
	"\tif (ftruncate(fd, PAGES(end)))\n"
	"\t\texit(1);\n"
	"}\n"
	"\n"
	"/* 3 has contents, 6 is the same and read-only, 7 is a memfd. */\n"
	"static int file(int fd)\n"
	"{\n"
	"\tchar name[] = \"/tmp/fuzz-XXXXXX\";\n"
	"\tint other;\n"
	"\n"
	"\tif (files[fd])\n"
	"\t\treturn files[fd];\n"
	"\tif (fd == 7) {\n"
	"\t\tfiles[fd] = syscall(SYS_memfd_create, \"fuzz\", 0);\n"
	"\t\tif (ftruncate(files[fd], PAGES(32)))\n"
	"\t\t\texit(1);\n"
	"\t\treturn files[fd];\n"
	"\t}\n"
	"\tfiles[fd] = mkstemp(name);\n"
	"\tfill(files[fd], 0, 32);\n"
	"\tif (fd == 6) {\n"
	"\t\tother = open(name, O_RDONLY);\n"
	"\t\tclose(files[fd]);\n"
	"\t\tfiles[fd] = other;\n"
	"\t}\n"
	"\tunlink(name);\n"
	"\treturn files[fd];\n"
	"}\n";

/* What is printed only for a program that needs it. */
static const struct helper {
	const char *needs, *text;
} helpers[] = {
	{ "read_word(",
	  "static long read_word(void *at)\n"
	  "{\n"
	  "\treturn word(at, 0, 0);\n"
	  "}\n" },
	{ "write_word(",
	  "static long write_word(void *at, unsigned long value)\n"
	  "{\n"
	  "\treturn word(at, 1, value);\n"
	  "}\n" },
	{ "write_words(",
	  "static long write_words(char *at, unsigned long size)\n"
	  "{\n"
	  "\tunsigned long done;\n"
	  "\n"
	  "\tfor (done = 0; done < size; done += PAGES(1))\n"
	  "\t\tif (word((void *)(at + done), 1, 1))\n"
	  "\t\t\treturn -1;\n"
	  "\treturn 0;\n"
	  "}\n" },
	{ "set_size(",
	  "/* What a file gains has contents as well. */\n"
	  "static long set_size(int fd, unsigned long size)\n"
	  "{\n"
	  "\tunsigned long had = lseek(fd, 0, SEEK_END);\n"
	  "\n"
	  "\tif (ftruncate(fd, size))\n"
	  "\t\treturn -1;\n"
	  "\tif (size > had)\n"
	  "\t\tfill(fd, had / PAGES(1), size / PAGES(1));\n"
	  "\treturn 0;\n"
	  "}\n" },
	{ "bind_memory(",
	  "static long bind_memory(void *at, unsigned long size, int mode, int flags)\n"
	  "{\n"
	  "\tunsigned long nodes = 1;\n"
	  "\tint none = mode == 0 || mode == 4;	/* MPOL_DEFAULT, MPOL_LOCAL */\n"
	  "\n"
	  "\treturn syscall(SYS_mbind, at, size, mode, none ? NULL : &nodes, none ? 0 : 8,\n"
	  "\t\t       flags);\n"
	  "}\n" },
	{ "mincore(", "static unsigned char pages[128];\n" },
	{ "uffd_",
	  "/* Whoever would have to wait gets SIGBUS. */\n"
	  "static int uffd(void)\n"
	  "{\n"
	  "\tstatic int fd = -1;\n"
	  "\tstruct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_SIGBUS };\n"
	  "\n"
	  "\tif (fd < 0) {\n"
	  "\t\tfd = syscall(SYS_userfaultfd, O_NONBLOCK | 1 /* UFFD_USER_MODE_ONLY */);\n"
	  "\t\tif (fd < 0 || ioctl(fd, UFFDIO_API, &api))\n"
	  "\t\t\tperror(\"userfaultfd\");\n"
	  "\t}\n"
	  "\treturn fd;\n"
	  "}\n" },
	{ "uffd_register(",
	  "static long uffd_register(void *at, unsigned long size, int mode)\n"
	  "{\n"
	  "\tstruct uffdio_register range = {\n"
	  "\t\t.range = { (unsigned long)at, size }, .mode = mode,\n"
	  "\t};\n"
	  "\n"
	  "\treturn ioctl(uffd(), UFFDIO_REGISTER, &range);\n"
	  "}\n" },
	{ "uffd_unregister(",
	  "static long uffd_unregister(void *at, unsigned long size)\n"
	  "{\n"
	  "\tstruct uffdio_range range = { (unsigned long)at, size };\n"
	  "\n"
	  "\treturn ioctl(uffd(), UFFDIO_UNREGISTER, &range);\n"
	  "}\n" },
	{ "uffd_copy(",
	  "static long uffd_copy(void *at, unsigned long size, int mode)\n"
	  "{\n"
	  "\tstatic char from[8 * 4096] __attribute__((aligned(4096)));\n"
	  "\tstruct uffdio_copy copy = {\n"
	  "\t\t.dst = (unsigned long)at, .src = (unsigned long)from, .len = size, .mode = mode,\n"
	  "\t};\n"
	  "\n"
	  "\treturn ioctl(uffd(), UFFDIO_COPY, &copy);\n"
	  "}\n" },
	{ "uffd_zeropage(",
	  "static long uffd_zeropage(void *at, unsigned long size)\n"
	  "{\n"
	  "\tstruct uffdio_zeropage zero = { .range = { (unsigned long)at, size } };\n"
	  "\n"
	  "\treturn ioctl(uffd(), UFFDIO_ZEROPAGE, &zero);\n"
	  "}\n" },
	{ "uffd_writeprotect(",
	  "static long uffd_writeprotect(void *at, unsigned long size, int mode)\n"
	  "{\n"
	  "\tstruct uffdio_writeprotect wp = {\n"
	  "\t\t.range = { (unsigned long)at, size }, .mode = mode,\n"
	  "\t};\n"
	  "\n"
	  "\treturn ioctl(uffd(), UFFDIO_WRITEPROTECT, &wp);\n"
	  "}\n" },
	{ "uffd_move(",
	  "static long uffd_move(void *at, unsigned long size, void *to)\n"
	  "{\n"
	  "\tlong long move[5] = { (long)to, (long)at, size };	/* struct uffdio_move */\n"
	  "\n"
	  "\treturn ioctl(uffd(), _IOWR(UFFDIO, 5, long long[5]), move);\n"
	  "}\n" },
	{ "uffd_continue(",
	  "static long uffd_continue(void *at, unsigned long size)\n"
	  "{\n"
	  "\tlong long cont[4] = { (long)at, size };	/* struct uffdio_continue */\n"
	  "\n"
	  "\treturn ioctl(uffd(), _IOWR(UFFDIO, 7, long long[4]), cont);\n"
	  "}\n" },
};

/* All processes go through all calls; each is made by the one whose turn it is. */
static const char tasks_helper[] =
	"static volatile struct {\n"
	"\tint at, next_id, slot[4], pid[40], whose[40];\n"
	"} *all;\n"
	"static int me = 1, at;\n"
	"\n"
	"static int mine(void)\n"
	"{\n"
	"\twhile (all->at < at)\n"
	"\t\tusleep(100);\n"
	"\treturn all->whose[at] == me;\n"
	"}\n"
	"\n"
	"#define CALL(call) do {\t\t\t\t\t\t\\\n"
	"\tif (mine()) {\t\t\t\t\t\t\t\\\n"
	"\t\tint was = me;\t\t\t\t\t\t\\\n"
	"\t\tlong ret = (long)(call);\t\t\t\t\\\n"
	"\t\tif (me == was) {\t\t\t\t\t\\\n"
	"\t\t\tshow(#call, ret);\t\t\t\t\\\n"
	"\t\t\tall->whose[at + 1] = all->slot[0];\t\t\\\n"
	"\t\t\tall->at++;\t\t\t\t\t\\\n"
	"\t\t}\t\t\t\t\t\t\t\\\n"
	"\t}\t\t\t\t\t\t\t\t\\\n"
	"\tat++;\t\t\t\t\t\t\t\t\\\n"
	"} while (0)\n";

static const struct helper task_helpers[] = {
	{ "fork_task(",
	  "static long fork_task(void)\n"
	  "{\n"
	  "\tint i, id, pid;\n"
	  "\n"
	  "\tfor (i = 1; i < 4 && all->slot[i]; i++)\n"
	  "\t\t;\n"
	  "\tif (i == 4) {\n"
	  "\t\terrno = EAGAIN;\n"
	  "\t\treturn -1;\n"
	  "\t}\n"
	  "\tid = ++all->next_id;\n"
	  "\tpid = fork();\n"
	  "\tif (!pid) {\n"
	  "\t\tme = id;\n"
	  "\t\treturn 0;\n"
	  "\t}\n"
	  "\tall->pid[id] = pid;\n"
	  "\tall->slot[i] = id;\n"
	  "\treturn i;\n"
	  "}\n" },
	{ "switch_task(",
	  "/* Go on as the process in a slot. */\n"
	  "static long switch_task(unsigned int i)\n"
	  "{\n"
	  "\tint id = i && i < 4 ? all->slot[i] : 0;\n"
	  "\n"
	  "\tif (!id) {\n"
	  "\t\terrno = ESRCH;\n"
	  "\t\treturn -1;\n"
	  "\t}\n"
	  "\tall->slot[i] = me;\n"
	  "\tall->slot[0] = id;\n"
	  "\treturn 0;\n"
	  "}\n" },
	{ "exit_task(",
	  "static long exit_task(unsigned int i)\n"
	  "{\n"
	  "\tint id = i && i < 4 ? all->slot[i] : 0;\n"
	  "\tstruct pollfd dead;\n"
	  "\n"
	  "\tif (!id) {\n"
	  "\t\terrno = ESRCH;\n"
	  "\t\treturn -1;\n"
	  "\t}\n"
	  "\tdead.fd = syscall(434 /* pidfd_open */, all->pid[id], 0);\n"
	  "\tdead.events = POLLIN;\n"
	  "\tkill(all->pid[id], SIGKILL);\n"
	  "\tpoll(&dead, 1, 1000);\n"
	  "\tall->slot[i] = 0;\n"
	  "\treturn 0;\n"
	  "}\n" },
};

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

static void print_lines(void)
{
	unsigned int i;

	for (i = 0; i < nr_lines; i++) {
		if (lines[i].why_not)
			printf("\t/* not the same for real: %s */\n", lines[i].why_not);
		printf("\t%s\n", lines[i].line);
	}
}

static void print_main(bool tasks)
{
	puts("int main(void)\n{\n\tsetvbuf(stdout, NULL, _IONBF, 0);");
	if (has("file(") || has("set_size("))
		puts("\t/* Files are there before anyone forks. */\n\tfile(3), file(6), file(7);");
	if (has("uffd_"))
		puts("\tuffd();");
	if (tasks)
		puts("\tall = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE,\n"
		     "\t\t   MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
		     "\tall->next_id = all->slot[0] = all->whose[0] = 1;\n\tall->pid[1] = getpid();");
	print_lines();
	printf("%s\tshow_flags();\n%s\treturn 0;\n}\n", tasks ? "\tif (mine())\n\t" : "",
	       tasks ? "\twhile (wait(NULL) > 0)\n\t\t;\n" : "");
}

void real_print_c(const struct fuzz_program *p, const char *what, const long *ret)
{
	char call[FUZZ_LINE * 2 - 16], text[FUZZ_LINE];
	bool tasks, any;
	unsigned int i;

	nr_lines = p->nr;
	for (i = 0; i < p->nr; i++) {
		struct fuzz_call c = p->call[i];
		const char *template = real_template(c.kind);

		lines[i].why_not = fuzz_not_real(&c);
		if (!template) {
			snprintf(lines[i].line, sizeof(lines[i].line), "/* %s */",
				 fuzz_format_call(&c, text));
			continue;
		}
		if (ret)
			real_steer(&c, ret[i]);
		put_call(call, sizeof(call), template, &c);
		snprintf(lines[i].line, sizeof(lines[i].line), "CALL(%s);", call);
	}
	tasks = has("_task(");
	printf("// SPDX-License-Identifier: GPL-2.0\n/* %s */\n%s\n%s\n", what, head, flags_helper);
	any = define(map_flags);
	any |= define(mremap_flags);
	any |= define(advices);
	if (any)
		putchar('\n');
	if (has("read_word(") || has("write_word"))
		puts(access_helper);
	if (has("file(") || has("set_size("))
		puts(file_helper);
	for (i = 0; i < NR(helpers); i++)
		if (has(helpers[i].needs))
			puts(helpers[i].text);
	if (tasks)
		puts(tasks_helper);
	else
		puts("#define CALL(call) show(#call, (long)(call))\n");
	for (i = 0; i < NR(task_helpers); i++)
		if (has(task_helpers[i].needs))
			puts(task_helpers[i].text);
	print_main(tasks);
}
