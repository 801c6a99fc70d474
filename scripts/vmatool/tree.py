# SPDX-License-Identifier: GPL-2.0
"""Building a tree, or one tree at many commits, with the harness, and testing it."""

import glob
import os
import re
import shlex
import shutil

from . import jobs
from .cli import TOP, cache_folder, fail, read_file
from .ktap import Results

DEFAULTS = {"CONFIG": "default", "SAN": "asan", "OPT": "", "CC": "gcc"}

# What is read, but not compiled, beside the inputs of the configuration.
ALSO_READ = """Makefile include/asm-generic/Kbuild include/uapi/asm-generic/Kbuild
               kernel/bounds.c kernel/time/timeconst.bc""".split()


def variables(given):
    """All that make is told, by name."""
    return {**DEFAULTS, **dict(word.split("=", 1) for word in given)}


def kind(given):
    """What a folder with a build of these variables is called."""
    v = variables(given)
    words = [v["CONFIG"], v["SAN"]] + (["O" + v["OPT"]] if v["OPT"] else []) + [v["CC"]]
    return re.sub("[ /]", "_", "-".join(words))


class Tree:
    """The tree in the folder @linux and its build in @out, by the harness in @top.  With
    @bin, a folder of ours, whatever is compiled goes through ccache.
    """

    def __init__(self, linux, out, given, threads, top=TOP, bin=None):
        self.linux, self.out, self.threads, self.top = linux, out, threads, top
        self.env = {"LC_ALL": "C"}
        self.read = {}
        # A make around us has its own idea of jobs and variables.
        for name in ("MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES GNUMAKEFLAGS "
                     "LINUX O SAN OPT CC CONFIG V").split():
            os.environ.pop(name, None)
        if bin:
            self.use_ccache(bin, shlex.split(variables(given)["CC"])[0])
            given = [re.sub(r"^CC=\S*/", "CC=", word) for word in given]
        self.make = ["make", "-s", "--no-print-directory", "-C", top, f"LINUX={linux}", f"O={out}",
                     *given, f"-j{threads}"]

    def use_ccache(self, bin, compiler):
        """ccache takes the compiler's place in PATH, so that no command line changes.  The
        sloppiness is what it needs to know for precompiled headers; nothing here uses
        __TIME__, and a header that changed has changed its contents.  What is in a file of
        which inode is remembered: else each look-up would read the precompiled header.
        """
        ccache = shutil.which("ccache") or fail("ccache is not in PATH; apt-get install ccache")
        folder, name = os.path.split(compiler)
        os.makedirs(bin, exist_ok=True)
        os.symlink(ccache, f"{bin}/{name}.{os.getpid()}")
        os.replace(f"{bin}/{name}.{os.getpid()}", f"{bin}/{name}")
        self.env.update({
            "PATH": ":".join(filter(None, [bin, folder, os.environ["PATH"]])),
            "CCACHE_DIR": cache_folder() + "/ccache",
            "CCACHE_INODECACHE": "true",
            "CCACHE_SLOPPINESS": "pch_defines,time_macros,include_file_mtime,include_file_ctime",
        })

    def build(self, log):
        """Did it build?"""
        status = jobs.run(self.make, log, env=self.env)
        # The machine's troubles are not the tree's.
        why = re.search(r"^.*(?:No space left on device|Cannot allocate memory|Killed signal).*",
                        read_file(log), re.M)
        if status and why:
            fail(f"the build cannot go on: {why[0]}")
        return status == 0

    def errors(self, log):
        """The lines of a build log that say why it failed, without the tree's path."""
        lines = read_file(log, "utf-8").replace(f"{self.linux}/", "").splitlines()
        for pattern in (r"(?i)(?!make|cc1:).*\b(?:error|undefined reference|multiple definition)\b",
                        r".*(?:nobody defines|names of the C library)", r".*\*\*\*|\w[\w-]*: "):
            if why := [line for line in lines if re.match(pattern, line)]:
                return why
        return lines[-1:] or ["the build failed without a word"]

    def inputs(self):
        """The files of the tree, by name, that the last build was made from."""
        found = set(ALSO_READ)
        for file in glob.glob(f"{self.out}/obj/**/*.d", recursive=True):
            time = os.stat(file).st_mtime_ns
            if self.read.get(file, (0,))[0] != time:
                names = {os.path.normpath(word.rstrip(":")) for word in read_file(file).split()
                         if word.startswith(f"{self.linux}/")}
                self.read[file] = time, names
            found.update(name[len(self.linux) + 1:] for name in self.read[file][1])
        found.update(re.findall(rf"^\s+{re.escape(self.linux)}/([^\s:]+)",
                                read_file(f"{self.out}/config/deps.mk"), re.M))
        found.update(re.findall(r"^\w+\s+(\S+)", read_file(f"{self.top}/config/features"), re.M))
        return found

    def test(self, ktap, errors, words):
        """Run the program with the words; return its results."""
        status = jobs.run([f"{self.out}/vma", "--jobs", str(self.threads), *words], ktap, errors=errors)
        said = read_file(errors, "utf-8")
        if status == 64 and re.search("^# LEFT OUT ", read_file(ktap, "utf-8"), re.M):
            return Results("# Totals: none", 0)  # The tests asked for may be in such a file.
        if status == 64:
            # The command line is wrong: the program has said why.
            fail(re.sub(r"^\S*?vma: ", "", said.strip()))
        if not said:
            os.unlink(errors)
        return Results(read_file(ktap, "utf-8"), status)
