# SPDX-License-Identifier: GPL-2.0
"""What make built, and with which commands."""

import glob
import os
import re
import shlex
import subprocess

from .cli import TOP, fail, read_file


class Build:
    """A finished build of @tree in the folder @out.  The variables of make that are in the
    environment (those of a make that runs the tool) have to be those of the build.

    compile: the command that makes each object, by its path
    link: the command that makes the program
    """

    def __init__(self, tree, out):
        self.tree = os.path.realpath(tree)
        self.out = os.path.realpath(out)
        self.program = f"{self.out}/vma"
        if not os.access(self.program, os.X_OK):
            fail(f"{self.program}: build it first")
        make = subprocess.run(["make", "-C", TOP, "-n", "V=1", f"LINUX={self.tree}", f"O={self.out}",
                               "all"], capture_output=True, text=True, check=False)
        if make.returncode:
            fail(f"make: {make.stderr.strip()}")
        said = re.sub(r"\\\n\s*|\n\t", " ", make.stdout).splitlines()

        # make would begin with writing down other flags.
        for line in said:
            if line.endswith(f">{self.out}/flags") and \
               shlex.split(line)[1] != read_file(f"{self.out}/flags").rstrip("\n"):
                fail(f"{self.out} was built otherwise: use the same SAN, CONFIG, OPT, CC and "
                     "EXTRA_CFLAGS, or another O")
        # What comes behind the object: more flags, or what to say when it does not compile.
        self.compile = {match[3]: match[1] + match[4] + match[2] for line in said
                        if (match := re.match(r"(.*)( -c \S+ -o (\S+\.o))((?: -D\S+)*)\s*(?:\|\| .*)?$",
                                              line))}
        self.link = next(line for line in said if f" -o {self.program} " in line)

    def objects_of(self, file):
        """The objects that a file of the tree is compiled to: by itself, or because one of
        our files includes it.
        """
        found = []
        for name in glob.glob(f"{self.out}/obj/**/*.d", recursive=True):
            obj = name[:-1] + "o"
            if file.endswith(".c") and obj in self.compile and \
               f" {self.tree}/{file} " in re.sub(r"[\\\n]", " ", read_file(name)) + " ":
                found.append(obj)
        return found

    def source_of(self, obj):
        return re.search(r" -c (\S+) ", self.compile[obj])[1]
