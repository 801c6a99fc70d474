# SPDX-License-Identifier: GPL-2.0
"""Command lines, errors and files, the same for every tool.

A tool exits with 0 when all is well, with 1 when it found what it looks for, and with 2
after one line on stderr when it could not find out.
"""

import argparse
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
NAME = os.path.basename(sys.argv[0])


def fail(*words):
    print(f"{NAME}:", *words, file=sys.stderr)
    sys.exit(2)


class Parser(argparse.ArgumentParser):
    """Prints the module's docstring as its help."""

    def __init__(self, doc):
        super().__init__(prog=NAME, description=doc, allow_abbrev=False,
                         formatter_class=argparse.RawDescriptionHelpFormatter)

    def error(self, message):
        fail(f"{message}; see --help")


# The kernel's sources are not all UTF-8; one character a byte keeps offsets.
def read_file(name):
    try:
        with open(name, encoding="latin-1", newline="") as file:
            return file.read()
    except OSError as error:
        fail(f"{name}: {error.strerror}")


def write_file(name, text):
    """Write all of it or nothing: whoever reads the file meanwhile sees the old one."""
    try:
        with open(name + ".new", "w", encoding="latin-1", newline="") as file:
            file.write(text)
        os.replace(name + ".new", name)
    except OSError as error:
        fail(f"{name}: {error.strerror}")
