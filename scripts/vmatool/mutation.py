# SPDX-License-Identifier: GPL-2.0
"""The changes that can be made to C: what a mistake looks like."""

import os.path
import re

from .cli import fail, read_file
from .csource import Function, bare, closing, functions

# Statements that only check or report, and functions that do nothing else: wrong or
# absent, they change nothing that could be seen in code that is right.
_REPORTS = re.compile(r"\s*(?:(?:VM_)?(?:WARN|BUG)\w*|\w*assert\w*|might_\w+|validate_\w+|"
                      r"pr_\w+|dump_\w+|trace_\w+|lockdep_\w+|cond_resched)\s*\(", re.A)
_SKIPPED = ("validate_mm",)

_COMPARE = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
            "==": ("!=",), "!=": ("==",)}
_INSTEAD = {"&&": "||", "||": "&&", "+": "-", "-": "+", "+=": "-=", "-=": "+=",
            "++": "--", "--": "++", "|=": "=", "<<": ">>", ">>": "<<"}


class Change:
    """One change of a file: text is the whole file with it, body the function's.

    key: what config/mutants calls it
    by: the one test that has to notice it
    """

    def __init__(self, file, function, text, at, length, new, key=None):
        self.file, self.key, self.by = file, key, None
        self.touched = {function.name} if function else None
        self.function = function or Function("-", 0, 0, len(text))
        self.text = text[:at] + new + text[at + length:]
        self.body = self.text[self.function.body:self.function.end + len(new) - length]
        line = 1 + text.count("\n", 0, at)
        self.what = (f"{file}:{line} ({self.function.name}): {_in_one(text, at, length)} -> "
                     f"{_in_one(self.text, at, len(new))}")


def _in_one(text, at, length):
    """The lines that a change touches, in one."""
    end = text.find("\n", at + length)
    return " ".join(text[text.rfind("\n", 0, at) + 1:end if end >= 0 else len(text)].split())


def _changes(text):
    """Yield (kind, offset, length, what stands there instead) of a function's body."""
    def each(pattern, flags=0):
        return re.finditer(pattern, text, flags | re.A)

    for match in each(r"(?<=[\w)\] ])(<=|>=|==|!=|(?<![-<])[<>](?![<>=]))(?=[\s\w(!-])"):
        for new in _COMPARE[match[1]]:
            yield "compare", *match.span(1), new
    for match in each(r"\+\+|--|\+=|-=|\|=|&&|\|\||<<|>>|(?<=\s)[+-](?=\s)"):
        yield "operator", *match.span(), _INSTEAD[match[0]]

    # Conditions: negated, and never true where all they guard is a way out.
    for match in each(r"\b(?:if|while)\s*(?=\()"):
        end = closing(text, match.end())
        if not end:
            continue
        condition = text[match.end():end]
        yield "negate", match.end(), end, f"(!{condition})"
        if re.match(r"\s*\{?\s*(?:return\b|goto\b|err\w*\s*=)", text[end:], re.A):
            yield "never", match.end(), end, f"(0 && {condition})"

    # Statements left out: calls, assignments, jumps.
    for match in each(r"""(?<=[;{})])\s*((?:break|continue|goto\s+\w+|
                      (?!return\b|else\b|do\b|struct\b|const\b|static\b|unsigned\b|bool\b|int\b|long\b)
                      [\w*(][\w.>()*\[\]-]*
                      (?:\s*(?:[|&+-]|<<|>>)?=[^=;][^;]*|\([^;]*\)|\+\+|--));)""", re.X):
        if not re.search(r"[{}]", match[1]):
            yield "omit", *match.span(1), ";"

    # Arguments: the first two swapped.
    for match in each(r"\b(\w+)\(([^(),;]+),\s*([^(),;]+)(?=[,)])"):
        if match[2] != match[3] and not re.fullmatch(
                r"if|while|for|sizeof|MA_STATE|VMA_ITERATOR|VMG_\w+", match[1], re.A):
            yield "swap", match.start(2), match.end(3), f"{match[3]}, {match[2]}"

    # A page beside.
    for match in each(r"""(?<![.>*\w"])((?:\w+->|\w+\.)?(?:vm_)?(?:start|end|addr|address|len|gap|pgoff))
                      \b(?!\s*(?:[|+-]?=[^=]|[\w(\[]|->|\.))""", re.X):
        ahead = text[:match.start()].rstrip()
        if not ahead.endswith(("&", "long", "pgoff_t", "++", "--")):
            yield "page", *match.span(), f"({match[0]} + {'1' if 'pgoff' in match[0] else 'PAGE_SIZE'})"

    for match in each(r"\breturn\s+([^;]+);"):
        if match[1] != "NULL":
            yield "result", *match.span(1), {"true": "false", "false": "true",
                                             "0": "-ENOMEM"}.get(match[1], "0")
    for match in each(r"(?<!return )\b(true|false)\b"):
        yield "bool", *match.span(), "false" if match[1] == "true" else "true"


def _reporting(text):
    """Where what only reports stands."""
    found = []
    for match in re.finditer(r"(?<=[;{}])\s*\w+\s*\(", text, re.A):
        end = closing(text, match.end() - 1)
        if end and _REPORTS.match(text, match.start()):
            found.append(range(match.start(), end))
    return found


def _sum(text):
    """A few letters that another text is not likely to have."""
    total = 5381
    for char in text.encode("latin-1"):
        total = (total * 33 + char) & 0xffffff
    return f"{total:06x}"


def all_changes(tree, files):
    """What Change() takes, for each change that there is of the files."""
    found = []
    for file in files:
        text = read_file(f"{tree}/{file}")
        code = bare(text)
        seen = set()
        for function in functions(code):
            body = code[function.body:function.end]
            name = f"{file} {function.name} {_sum(' '.join(body.split()))}"
            reporting = _reporting(body)
            count = {}
            if function.name in _SKIPPED:
                continue
            for kind, start, end, new in sorted(_changes(body), key=lambda c: (c[1], c[3])):
                place = function.body + start, end - start, new
                if place in seen or any(start in where for where in reporting):
                    continue
                seen.add(place)
                count[kind] = count.get(kind, 0) + 1
                found.append((file, function, text, *place, f"{name} {kind} {count[kind]}"))
    return found


def sample(changes, number, seed):
    """@number of them: those that a seeded sequence of numbers puts first."""
    if not number or number >= len(changes):
        return changes
    rank = []
    state = (seed * 2654435761 + 12345) & 0x7fffffff
    for nr in range(len(changes)):
        state = (state * 1103515245 + 12345) & 0x7fffffff
        rank.append((state >> 8, nr))
    return [changes[nr] for nr in sorted(nr for _, nr in sorted(rank)[:number])]


# ---- edits that a file gives ---------------------------------------------------

class Lost:
    """An edit that has no place in this tree."""

    def __init__(self, what):
        self.what = what


def _substitute(code, text):
    """Do what @code says: s/RE/TEXT/FLAGS, several joined by &&; None if one found nothing."""
    while code:
        match = re.match(r"s(.)((?:\\.|(?!\1).)*)\1((?:\\.|(?!\1).)*)\1([gmsi]*)\s*(?:&&\s*(?=s)|$)", code)
        if not match:
            raise ValueError("not s/RE/TEXT/FLAGS, joined by &&")
        flags = re.A
        for flag in match[4].replace("g", ""):
            flags |= re.RegexFlag[flag.upper()]

        def replacement(found, new=match[3]):
            return re.sub(r"\$(?:(&)|(\d)|\{(\d)\})|\\(.)", lambda part: (
                found[0] if part[1] else found[int(part[2] or part[3])] or "" if not part[4] else
                {"n": "\n", "t": "\t"}.get(part[4], part[4])), new)
        text, times = re.subn(match[2].replace(r"\z", r"\Z"), replacement, text,
                              count="g" not in match[4], flags=flags)
        if not times:
            return None
        code = code[match.end():]
    return text


def _touched(text, new):
    """The names of the functions that differ; None if something outside of functions does, too."""
    first = len(os.path.commonprefix([text, new]))
    last = len(text) - len(os.path.commonprefix([text[first:][::-1], new[first:][::-1]]))
    inside = [f for f in functions(bare(text)) if f.end > first and f.head < last]
    if not inside or inside[0].head > first or inside[-1].end < last:
        return None
    return {f.name for f in inside}


def _edit(tree, title, edit):
    """The Change that an edit makes of this tree, or None."""
    file, name, code = edit["file"], edit["function"], edit["code"]
    try:
        with open(f"{tree}/{file}", encoding="latin-1", newline="") as source:
            text = source.read()
    except OSError:
        return None
    function = None
    if name != "-":
        function = next((f for f in functions(bare(text)) if f.name == name), None)
        if not function:
            return None
    start, end = (function.body, function.end) if function else (0, len(text))
    new = _substitute(code, text[start:end])
    if new is None or new == text[start:end]:
        return None
    change = Change(file, function, text, start, end - start, new, title)
    change.what, change.by = title, edit.get("by")
    if not function:
        change.touched = _touched(text, new)
    return change


def given_changes(tree, name, features):
    """The changes of a file of edits; @features is what the tree's generated headers define."""
    blocks = []
    for line in read_file(name).splitlines():
        title = re.match(r"(\S.*?)(?:\s+\[(.*)\])?$", line)
        edit = re.match(r"\t(?:by (?P<by>\S+)$|(?P<file>\S+)\s+(?P<function>\S+)\s+(?P<code>\S.*))", line)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if title:
            blocks.append((title[1], (title[2] or "").split(), []))
        elif edit and edit["by"] and blocks and blocks[-1][2]:
            blocks[-1][2][-1]["by"] = edit["by"]
        elif edit and edit["code"] and blocks:
            blocks[-1][2].append(edit.groupdict())
        else:
            fail(f"{name}: unexpected line: {line}")
    made = []
    for title, needs, edits in blocks:
        for need in needs:
            if not re.fullmatch(r"!?\w+", need):
                fail(f"{name}: [{need}] is no feature")
        if any(bool(re.search(rf"^#define (?:HAVE|CONFIG)_{need.lstrip('!')}\b", features, re.M)) ==
               need.startswith("!") for need in needs):
            continue
        try:
            made.append(next(filter(None, (_edit(tree, title, edit) for edit in edits)), None) or Lost(title))
        except (ValueError, re.error) as error:
            fail(f"{name}: {title}: {error}")
    return made
