# SPDX-License-Identifier: GPL-2.0
"""Does the suite notice when the tree's code is wrong?  Changes a copy of a file of the
tree, one thing at a time, and runs the tests that reach the changed function until one
fails.  A change that makes none fail has survived.

One line for each change, those of a file together:

  killed    FILE:LINE (FUNCTION): WAS -> IS     the test that failed first
  survived  FILE:LINE (FUNCTION): WAS -> IS
            FILE FUNCTION SUM KIND NTH          what config/mutants calls it
  reviewed  ...  it survived, and config/mutants says why that is right
  same code ...  the optimising compiler makes the same of both
  no build  ...  it does not compile
  no place  ...  the edit finds nothing to change in this tree

The status is 0 if nothing survived but what was reviewed, 1 if something did or an edit did
not find its place, 2 if it could not be found out.
"""

# Up to 200 changes are compiled and linked at once: each is a changed copy of its
# function, and an environment variable says which of them is called.

import collections
import itertools
import os
import re
import shutil
import threading
import time

from . import cli, jobs
from .build import Build
from .cli import fail, read_file, write_file
from .csource import bare, functions, parameters
from .ktap import Results
from .mutation import Change, Lost, all_changes, given_changes, sample

AT_ONCE = 200		# so many that one compiler is as quick with them as several
RUN_LIMIT = 600		# seconds for a run, on a busy machine: what is left sleeps for ever
COMMAND_ROOM = 100000    # letters: with more names than fit there, all tests are run
CPU_FACTOR = 10		# a test that takes so many times its usual time hangs

# Beside each function that is changed stand its changed copies, and it calls the one that
# is asked for.  The program also says which tests reach what.
CHOOSER = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *os_test_name(void);
void mutant_reached(const char *function, char *before);
int mutant_nr;	/* the change that is made, 0: none, -1: say what is reached */

static void __attribute__((constructor)) choose(void)
{
	const char *nr = getenv("MUTANT");

	mutant_nr = nr ? atoi(nr) : 0;
}

void mutant_reached(const char *function, char *before)
{
	const char *test = os_test_name();
	int to;

	if (*before)
		return;
	*before = !!test;
	to = open(getenv("MUTANT_REACHED"), O_WRONLY | O_APPEND | O_CREAT, 0600);
	dprintf(to, "%s\t%s\n", function, test ? test : "");
	close(to);
}
"""
DECLARED = "extern int mutant_nr; extern void mutant_reached(const char *, char *);\n"

# What a copy of a function cannot be, standing alone.
NOT_FOR_COPIES = re.compile(r"\b(?:(?:__always_)?inline|__weak|asmlinkage|extern)\b")

# A compile-time assertion in a copy that is not inlined any more has nothing to prove: it
# is a function that nobody has, and so are others that a change makes code call.
NO_ASSERTIONS = "-D__error__=__warning__ -Wno-attribute-warning -Wno-attributes"


def flat_name(obj):
    """A name for a copy of an object: two files may be called userfaultfd.o."""
    return obj.split("/obj/", 1)[1].replace("/", "-")


class Mutants:
    def __init__(self, build, work):
        self.build, self.work = build, work
        self.objects = {}
        self.lock = threading.Lock()
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work)
        write_file(f"{work}/chooser.c", CHOOSER)
        self.shell(work, f"cc -O2 -c {work}/chooser.c -o {work}/chooser.o") or \
            fail(f"see {work}/build")

    @staticmethod
    def shell(slot, command):
        return jobs.run(command, f"{slot}/build", env={"LC_ALL": "C"}) == 0

    def object_of(self, file):
        with self.lock:
            if file not in self.objects:
                found = self.build.objects_of(file)
                if len(found) != 1:
                    fail(f"{file} is compiled to {len(found)} objects, not to one")
                self.objects[file] = found[0]
            return self.objects[file]

    # ---- building --------------------------------------------------------------

    def lenient(self, command):
        """The command without compile-time assertions, and with a precompiled header that
        was made so.
        """
        shim = re.search(r" -include (\S+/include/(shim\S*\.h)) ", command)
        if "-D__error__=" in command:
            return command
        command += " " + NO_ASSERTIONS
        if not shim:
            return command
        mine = f"{self.work}/{shim[2]}"
        with self.lock:
            if not os.path.exists(mine):
                shutil.copy(shim[1], mine)
                suffix = "pch" if os.path.exists(shim[1] + ".pch") else "gch"
                how = re.sub(r" -(?:MD|MP|MF \S+|c \S+|o \S+|Werror|include \S+)(?= )", "", command)
                self.shell(self.work, f"{how} -x c-header -c {mine} -o {mine}.{suffix}") or \
                    fail(f"see {self.work}/build")
        return command.replace(shim[1], mine)

    def compile(self, slot, texts, assembly=False):
        """Compile files of the tree with other texts, to objects or to what the optimising
        compiler makes of them without a sanitizer.  Return whether that went well.
        """
        for file, text in texts.items():
            os.makedirs(os.path.dirname(f"{slot}/{file}"), exist_ok=True)
            write_file(f"{slot}/{file}", text)
        for file in {self.object_of(file): file for file in texts}.values():
            obj = self.object_of(file)
            command = re.sub(r" -MD -MP -MF \S+", "", self.build.compile[obj])
            command = re.sub(r" -o \S+$", f" -o {slot}/{flat_name(obj)}", command)
            # Files that one of ours includes are found by the path, others are named.
            command = command.replace(f" -c {self.build.tree}/{file} ", f" -c {slot}/{file} ")
            command = command.replace(" -nostdinc ", f" -nostdinc -I{slot} -iquote "
                                      f"{os.path.dirname(f'{self.build.tree}/{file}')} "
                                      f"-fmacro-prefix-map={slot}/= ")
            if assembly:
                command = re.sub(r" (?:-f(?:no-)?sanitize\S+|-g|-O\S+|--coverage)(?= )", "", command)
                command = command.replace(" -c ", " -O2 -fno-reorder-blocks-and-partition -S ")
            if not self.shell(slot, self.lenient(command)):
                return False
        return True

    def link(self, slot, files):
        link = re.sub(r" -o \S+", f" -o {slot}/vma {self.work}/chooser.o", self.build.link)
        for file in files:
            obj = self.object_of(file)
            link = link.replace(f" {obj} ", f" {slot}/{flat_name(obj)} ")
        if self.shell(slot, link):
            return
        # What nobody has, since no code that is right uses it, is at address 0.
        missing = set(re.findall(r"undefined (?:reference to [`']|symbol: )(\w+)", read_file(f"{slot}/build")))
        if not missing or not self.shell(slot, link + "".join(
                f" -Wl,--defsym={name}=0" for name in sorted(missing))):
            fail(f"the changes do not link: see {slot}/build")

    def text_with(self, file, mutants=()):
        """The text of a file with copies of its functions, one for each change."""
        text = read_file(f"{self.build.tree}/{file}")
        code = bare(text)
        # From behind, for offsets to stay.
        for function in reversed(functions(code)):
            head = code[function.head:function.body]
            start = function.head + len(head) - len(head.lstrip())
            head = NOT_FOR_COPIES.sub("", head.strip())
            original = text[function.body:function.end]
            before = behind = cases = ""
            copies = [(m.nr, m.body) for m in mutants if m.function == function]
            # Number 0 is the function as it is, for what the compiler makes of it.
            for nr, body in [(0, original)] * bool(copies) + copies:
                name = f"{function.name}__{nr}"
                copy = re.sub(rf"\b{function.name}(?=\s*\()", name, head)
                copy = ("" if re.search(r"\bstatic\b", copy) else "static ") + copy
                copy = "__attribute__((__noinline__, __noipa__)) " + copy
                before += " ".join(copy.split()) + "; "
                behind += f'\n#line 1 "mutant-{nr}-{function.name}"\n{copy}{body}\n'
                cases += f"case {nr or -2}: return {name}({', '.join(parameters(head, function.name))}); "
            if behind:
                line = 1 + text.count("\n", 0, function.end)
                behind += f'#line {line} "{self.build.tree}/{file}"\n'
            text = (text[:start] + before + text[start:function.body] + "{ switch (mutant_nr) { " + cases +
                    f'case -1: {{ static char before; mutant_reached("{file} {function.name}", &before); }} }} ' +
                    original[1:] + behind + text[function.end:])
        return f'{DECLARED}#line 1 "{self.build.tree}/{file}"\n{text}'

    def beside(self, change):
        """Can it be a copy beside the function, or is all of the file needed for it alone?"""
        code = bare(read_file(f"{self.build.tree}/{change.file}"))
        return change.function in functions(code) and parameters(
            code[change.function.head:change.function.body], change.function.name) is not None

    def build_changes(self, slot, some):
        """Build one program of changes of one file.  Those that do not compile become bad;
        return those whose function cannot be copied.
        """
        file = some[0].file
        if some[0].alone:
            some[0].bad = not self.compile(slot, {file: some[0].text})
            some[0].bad or self.link(slot, [file])
            return []
        apart = []
        while good := [m for m in some if not m.bad and m not in apart]:
            if self.compile(slot, {file: self.text_with(file, good)}):
                self.link(slot, [file])
                break
            bad, uncopied, wrong = set(), set(), False
            # The place of an error in a macro is that of the notes behind it.
            for line in read_file(f"{slot}/build").splitlines():
                if kind := re.search(r": (?:fatal )?(error|warning): ", line):
                    wrong = kind[1] == "error"
                if wrong and (place := re.match(r"mutant-(\d+)-(\w+):\d", line)):
                    (uncopied if place[1] == "0" else bad).add(place[2] if place[1] == "0" else int(place[1]))
            if not bad and not uncopied:
                fail(f"{file} does not compile: see {slot}/build")
            apart += [m for m in good if m.function.name in uncopied]
            for m in good:
                m.bad = m.nr in bad and m not in apart
        if good and good[0].compare:
            self.find_same(slot, good)
        return apart

    # ---- what makes no difference ----------------------------------------------

    def assembly(self, slot, file):
        """What is compiled of each function, by its name: without the names of labels and copies."""
        text = read_file(f"{slot}/{flat_name(self.object_of(file))}")
        code = {}
        for match in re.finditer(r"^(\w+):[^\n]*\n(.*?)^\t\.size\t\1,", text, re.M | re.S):
            labels = {}
            lines = re.sub(r"[ \t]*(?:#|//).*", "", match[2])
            lines = re.sub(r"(\.L[A-Za-z_]*)(\d[\d_]*)\b",
                           lambda m, labels=labels: f"{m[1]}{labels.setdefault(m[0], len(labels))}", lines)
            lines = re.sub(rf"\b{match[1]}\b", "SELF", lines)
            code[match[1]] = re.sub(r"\.\d+\b", "", lines)
        return code

    def find_same(self, slot, some):
        """Of which changes does the optimising compiler make the same as without?"""
        file = some[0].file
        alone = some[0].alone
        self.compile(slot, {file: some[0].text if alone else self.text_with(file, some)}, True) or \
            fail(f"what compiles does not with -O2: see {slot}/build")
        code = self.assembly(slot, file)
        if alone:
            self.compile(slot, {file: read_file(f"{self.build.tree}/{file}")}, True)
            some[0].same = code == self.assembly(slot, file)
            return
        for m in some:
            unchanged = code.get(f"{m.function.name}__0")
            # What no configuration compiles is the same, too.
            m.same = unchanged is None or code.get(f"{m.function.name}__{m.nr}") == unchanged

    # ---- trying ----------------------------------------------------------------

    def clean_run(self, files):
        """Run the suite without a change: which tests reach each function (those of boot: all),
        and how long the slowest takes.
        """
        slot = f"{self.work}/reached"
        os.makedirs(slot)
        self.compile(slot, {file: self.text_with(file) for file in files}) or \
            fail(f"{' '.join(files)}: they do not compile: see {slot}/build")
        self.link(slot, files)
        process = jobs.start(f"exec {slot}/vma --jobs 1 --fail-fast 2>{slot}/errors", stdout=jobs.PIPE,
                             env={**os.environ, "MUTANT": "-1", "MUTANT_REACHED": f"{slot}/list"},
                             text=True, errors="replace")
        said, slowest, began = [], 0, time.monotonic()
        for line in process.stdout:
            said.append(line)
            if line.startswith("#  RUN "):
                began = time.monotonic()
            elif re.match(r"(?:not )?ok ", line):
                slowest = max(slowest, time.monotonic() - began)
        results = Results("".join(said), jobs.finish(process))
        if results.failures:
            fail(f"a test fails without any change: {results.failures[0]['test']}")
        self.cpu_limit = max(2, int(CPU_FACTOR * slowest + 1))
        self.reached = collections.defaultdict(set)
        for line in read_file(f"{slot}/list").splitlines():
            function, test = line.split("\t")
            self.reached[function].add(test)

    def try_change(self, m, slot, program):
        """The result of one change: a word, and what it is about."""
        if m.bad or m.same:
            return "no build" if m.bad else "same code", ""
        tests = {m.by} if m.by else {""} if m.touched is None else \
            set().union(*(self.reached[f"{m.file} {name}"] for name in m.touched))
        if "" in tests:
            tests = {""}
        os.makedirs(slot, exist_ok=True)
        chosen = "".join(f" -r {test}" for test in sorted(tests) if test)
        if len(chosen) > COMMAND_ROOM:
            chosen = ""
        if tests and jobs.run(f"ulimit -t {self.cpu_limit} -c 0; exec {program} --jobs 1 --fail-fast{chosen}",
                              f"{slot}/run", RUN_LIMIT, {"MUTANT": str(m.nr)}):
            failed = re.search(r"^not ok \d+ (\S+)", read_file(f"{slot}/run"), re.M)
            if m.by and (not failed or failed[1] != m.by):
                return "survived", ""
            return "killed", failed[1] if failed else "the program died"
        # Beside many copies the compiler may not inline in one what it inlines in another.
        if m.compare:
            self.find_same(slot, [m])
        return ("same code" if m.same else "reviewed" if m.reviewed else "survived"), ""

    def results(self, mutants, at_a_time):
        """Yield each change with its result: those of a file together, to be built at once."""
        mutants = sorted(mutants, key=lambda m: ("", False) if isinstance(m, Lost) else (m.file, m.alone))
        groups = itertools.groupby(mutants, lambda m: m if isinstance(m, Lost) or m.alone else m.file)
        queue = [list(group) for _, group in groups]
        while queue:
            some = queue.pop(0)
            if isinstance(some[0], Lost):
                yield some[0], ("no place", "")
                continue
            if some[AT_ONCE:]:
                queue.insert(0, some[AT_ONCE:])
                some = some[:AT_ONCE]
            program = f"{self.work}/program"
            os.makedirs(program, exist_ok=True)
            apart = self.build_changes(program, some)
            for m in apart:
                m.alone = True
            queue[0:0] = [[m] for m in apart]
            some = [m for m in some if m not in apart]
            slots = iter(f"{self.work}/{nr}" for nr in itertools.count())
            yield from zip(some, jobs.parallel(
                lambda m, slots=slots: self.try_change(m, next(slots), f"{program}/vma"), some, at_a_time))


def main():
    parser = cli.Parser(__doc__)
    add = parser.add_argument
    add("--tree", required=True, help="the tree, which is only read")
    add("--out", required=True, help="the folder of a finished build of it; what is made is in its mutants/")
    add("--files", default="mm/vma.c", help="the files to change, below the tree (default: mm/vma.c)")
    add("--number", type=int, default=200, help="how many changes (default: 200; 0 is all there are)")
    add("--seed", type=int, default=1, help="the same one makes the same choice (default: 1)")
    add("--edits", help="make the changes of this file instead; check/history.edits says how")
    add("--jobs", type=int, default=len(os.sched_getaffinity(0)),
        help="how many are tried at a time (default: one for each processor)")
    add("--list", action="store_true", help="only list the changes")
    args = parser.parse_args()
    jobs.kill_all_on_signals()

    build = Build(args.tree, args.out)
    if args.edits:
        mutants = given_changes(build.tree, args.edits, read_file(f"{build.out}/include/generated/features.h") +
                                read_file(f"{build.out}/config/autoconf.h"))
    else:
        changes = all_changes(build.tree, args.files.split())
        mutants = [Change(*change) for change in sample(changes, args.number, args.seed)]
    if not mutants:
        fail("there is nothing to change")
    if args.list:
        print("\n".join(m.what for m in mutants))
        return 0

    tool = Mutants(build, f"{build.out}/mutants")
    reviewed = set(re.findall(r"^([^#\s].*)", read_file(f"{cli.TOP}/config/mutants"), re.M))
    tried = [m for m in mutants if isinstance(m, Change)]
    for nr, m in enumerate(tried, 1):
        m.nr, m.bad, m.same = nr, False, False
        m.alone = not tool.beside(m)
        m.reviewed = bool(m.key) and (m.key in reviewed or re.sub(r"\w+ \d+$", "*", m.key) in reviewed)
        m.compare = not args.edits and not m.reviewed
    tool.clean_run(sorted({m.file for m in tried}))

    count = collections.Counter()
    for m, (word, why) in tool.results(mutants, args.jobs):
        count[word] += 1
        print(f"{word:10}{m.what}" + (f"\t{why}" if why else ""), flush=True)
        if word == "survived" and not args.edits:
            print(f"{'':10}{m.key}", flush=True)
    judged = count["killed"] + count["survived"]
    print(f"{len(mutants)} changes: {', '.join(f'{nr} {word}' for word, nr in sorted(count.items()))}; "
          f"killed {100 * count['killed'] / judged if judged else 0:.1f} % of those that make a difference")
    return int(bool(count["survived"] or count["no place"] or (args.edits and count["no build"])))
