# SPDX-License-Identifier: GPL-2.0
"""VMA flags by the names that the tree itself prints them with."""
import gdb

from . import values

_known = {}


def _names():
    """The table of mm/debug.c: pairs of a mask and a name."""
    table = values.static("mm/debug.c", "vmaflag_names")
    key = values.address(table)
    if key not in _known:
        first, last = table.type.range()
        pairs = [table[i] for i in range(first, last + 1)]
        _known[key] = [(int(p["mask"]), values.text(p["name"])) for p in pairs
                       if int(p["name"])]
    return _known[key]


def bits(value):
    """The number in a vm_flags_t, a vma_flags_t or an unsigned long."""
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
        value = value[value.type.strip_typedefs().fields()[0]]
        return sum(int(value[i]) << 64 * i for i in range(value.type.range()[1] + 1))
    return int(value)


def describe(number):
    """Format flags, such as "rw-p mayrwx account"."""
    names, rest = set(), number
    for mask, name in _names():
        if mask and number & mask == mask:
            names.add(name)
            rest &= ~mask

    def letters(prefix):
        return [letter if prefix + word in names else "-" for letter, word in
                (("r", "read"), ("w", "write"), ("x", "exec"), ("s", "share"))]

    if "shared" in names:
        names.add("share")
    now, may = letters(""), letters("may")
    if now[3] == "-":
        now[3] = "p"
    words = ["".join(now)]
    if may != ["-"] * 4:
        words.append("may" + "".join(may).replace("-", ""))
    basic = {"read", "write", "exec", "share", "shared"}
    basic |= {"may" + word for word in basic}
    words += [name for mask, name in _names() if name in names - basic]
    words += [hex(rest)] if rest else []
    return " ".join(words)
