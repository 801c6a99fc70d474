# SPDX-License-Identifier: GPL-2.0
"""Command lines, errors and files, the same for every tool.

A tool exits with 0 when all is well, with 1 when it found what it looks for, and with 2
(trouble) after one line on stderr when it could not find out.
"""

import argparse
import json
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
NAME = os.path.basename(sys.argv[0])
trouble = 2


def fail(*words):
    print(f"{NAME}:", *words, file=sys.stderr)
    sys.exit(trouble)


class Parser(argparse.ArgumentParser):
    """Prints the module's docstring as its help."""

    def __init__(self, doc):
        super().__init__(prog=NAME, description=doc, allow_abbrev=False,
                         formatter_class=argparse.RawDescriptionHelpFormatter)

    def error(self, message):
        fail(f"{message}; see --help")


class VariablesParser(Parser):
    """For tools that build: options, NAME=VALUE for make, and behind -- the words for the
    program, as args.variables and args.words.
    """

    def parse_args(self):
        words = sys.argv[1:]
        at = words.index("--") if "--" in words else len(words)
        args, args.variables = self.parse_known_args(words[:at])
        args.words = words[at + 1:]
        for word in args.variables:
            if "=" not in word or not word.split("=")[0].isupper():
                self.error(f"{word}: unexpected argument")
        return args


# The kernel's sources are not all UTF-8; one character a byte keeps offsets.
def read_file(name, encoding="latin-1"):
    try:
        with open(name, encoding=encoding, errors="replace", newline="") as file:
            return file.read()
    except OSError as error:
        fail(f"{name}: {error.strerror}")


def write_file(name, text, encoding="latin-1"):
    """Write all of it or nothing: whoever reads the file meanwhile sees the old one."""
    try:
        with open(name + ".new", "w", encoding=encoding, newline="") as file:
            file.write(text)
        os.replace(name + ".new", name)
    except OSError as error:
        fail(f"{name}: {error.strerror}")


def write_json(name, data):
    write_file(name, json.dumps(data, indent=3, separators=(",", " : "), sort_keys=True,
                                ensure_ascii=False) + "\n", "utf-8")


def make_folder(name, advice):
    """Make the folder, which has to be one that can be written; return its absolute path."""
    try:
        os.makedirs(name, exist_ok=True)
    except OSError:
        pass
    if not os.access(name, os.W_OK):
        fail(f"{name}: cannot be written; name another folder with {advice}")
    return os.path.realpath(name)


def cache_folder():
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME", "/nonexistent") + "/.cache"
    return make_folder(os.environ.get("VMA_CACHE") or f"{home}/vma-harness", "VMA_CACHE")
