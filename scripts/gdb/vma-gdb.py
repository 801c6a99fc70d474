# SPDX-License-Identifier: GPL-2.0
"""Kernel data for gdb: pretty printers, and commands that begin with "vma".

The build puts a link to this file next to the program, where gdb finds it by
its name; "gdb -x" loads it anywhere.  Memory and debug information are all that
is looked at, and no function of the program is called: a core file will do.
"""
import os
import sys

import gdb

_here = os.path.dirname(os.path.realpath(__file__))
if _here not in sys.path:
    sys.path.insert(0, _here)
# Nothing is to be written where the sources are.
_kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
import vma_gdb.printers  # noqa: E402
import vma_gdb.commands  # noqa: E402,F401
sys.dont_write_bytecode = _kept

vma_gdb.printers.register()
