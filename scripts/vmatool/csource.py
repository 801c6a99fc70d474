# SPDX-License-Identifier: GPL-2.0
"""Reading the kernel's C well enough to change it: functions and where they stand."""

import re
from collections import namedtuple

# A function: its name, and where its head, its body and what follows it begin.
Function = namedtuple("Function", "name head body end")

_NO_CODE = re.compile(r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
                          | ^[ \t]*\#(?:[^\n\\]|\\.)*""", re.S | re.M | re.X)


def bare(text):
    """The same with blanks for comments, strings and preprocessor lines: offsets stay."""
    return _NO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def closing(text, at):
    """The offset behind the counterpart of the parenthesis at @at, or None."""
    depth = 0
    for match in re.compile(r"[()]").finditer(text, at):
        depth += 1 if match[0] == "(" else -1
        if not depth:
            return match.end()
    return None


def functions(bare_text):
    found = []
    for block in re.finditer(r"^\{.*?^\}", bare_text, re.M | re.S):
        ahead = bare_text[max(0, block.start() - 600):block.start()]
        head = re.sub(r".*[;{}]", "", ahead, flags=re.S)
        for match in re.finditer(r"(\w+)\s*\(", head, re.A):
            behind = closing(head, match.end() - 1)
            if behind and not head[behind:].strip():
                found.append(Function(match[1], block.start() - len(head), *block.span()))
                break
    return found


def parameters(head, name):
    """The names of a function's parameters; None if it cannot be called with them."""
    if re.fullmatch(r"[A-Z0-9_]+", name) or "..." in head:
        return None
    inside = head[re.search(rf"\b{name}\s*\(", head).end():head.rstrip().rindex(")")]
    # Only the commas between parameters: a pointer to a function has some of its own.
    outer = re.sub(r"(?<=\))\s*\(.*?\)(?=\s*(?:,|$))", "", inside, flags=re.S)
    if outer.strip() in ("", "void"):
        return []
    names = [re.search(r"(\w+)\s*(?:\[\w*\]\s*|\)\s*)?$", each, re.A) for each in outer.split(",")]
    return [match[1] for match in names] if all(names) else None
