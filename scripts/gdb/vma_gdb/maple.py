# SPDX-License-Identifier: GPL-2.0
"""Maple trees, as lib/maple_tree.c lays them out: nodes and what is in them.

A pointer to a node carries the node's type in bits 3 to 6.  The parent pointer
of a root has bit 0 set and leads to the tree; any other has the slot in the
parent from bit 3 on.
"""
import gdb

from . import values

NODE_MASK = 0xff
MAX = (1 << 64) - 1
ALLOC_RANGE = 1


def is_node(entry):
    """Whether an entry points to a node."""
    return entry & 3 == 2 and entry > 4096


def node_address(entry):
    return entry & ~NODE_MASK


def kind_of(entry):
    number = entry >> 3 & 0xf
    for name, value in values.enum("enum maple_type").items():
        if value == number:
            return name
    raise values.Missing("%#x is no maple node: type %d" % (entry, number))


def layout(node, kind):
    """Pivots, slots and gaps of a node; gaps may be None."""
    if kind in ("maple_leaf_64", "maple_range_64"):
        part, gaps = node["mr64"], None
    elif kind == "maple_arange_64":
        part = node["ma64"]
        gaps = values.words(part["gap"].address, part["gap"].type.range()[1] + 1)
    else:
        raise values.Missing("nodes of type %s are not known here" % kind)
    pivots = values.words(part["pivot"].address, part["pivot"].type.range()[1] + 1)
    slots = values.words(part["slot"].address, part["slot"].type.range()[1] + 1)
    return pivots, slots, gaps


def ranges(node, kind, low, high):
    """(first, last, entry, gap) of each slot in use, for a node over low..high."""
    pivots, slots, gaps = layout(node, kind)
    first = low
    for i, entry in enumerate(slots):
        last = pivots[i] if i < len(pivots) else high
        # The first pivot that is zero, but for index 0 itself, ends the node early.
        if (not last and first) or last > high:
            last = high
        yield first, last, entry, gaps[i] if gaps else None
        if last >= high:
            return
        first = last + 1


def parent_of(node):
    """(tree, None), (parent's address, slot) or (None, None) for a dead node."""
    parent = int(node["parent"])
    if parent & 1:
        return parent & ~1, None
    if parent == values.address(node):
        return None, None
    return parent & ~NODE_MASK, (parent & 0xf8) >> 3


def locate(node):
    """(kind, low, high, tree) of a node that is in a tree; None for others.

    A node does not say what it is, the pointer to it does: so from the root down
    to it, by the slots that the nodes on the way up name.
    """
    path, here = [], node
    while True:
        where, slot = parent_of(here)
        if slot is None:
            break
        path.append(slot)
        here = values.at(where, "struct maple_node")
    if where is None:
        return None
    tree = values.at(where, "struct maple_tree")
    entry, low, high = int(tree["ma_root"]), 0, MAX
    for slot in reversed(path):
        here = values.at(node_address(entry), "struct maple_node")
        found = list(ranges(here, kind_of(entry), low, high))
        if slot >= len(found):
            return None
        low, high, entry, _ = found[slot]
    if not is_node(entry) or node_address(entry) != values.address(node):
        return None
    return kind_of(entry), low, high, tree


def entries(tree):
    """(first, last, entry) of all entries of a tree, in order."""
    def below(entry, low, high):
        kind = kind_of(entry)
        node = values.at(node_address(entry), "struct maple_node")
        for first, last, child, _ in ranges(node, kind, low, high):
            if child and kind != "maple_leaf_64":
                yield from below(child, first, last)
            elif child:
                yield first, last, child

    root = int(tree["ma_root"])
    if is_node(root):
        yield from below(root, 0, MAX)
    elif root:
        yield 0, 0, root


def draw(tree, describe):
    """Lines of text: nodes, and below each node its slots."""
    def range_text(first, last):
        return "%#x-%#x" % (first, last)

    def below(entry, low, high, indent):
        kind = kind_of(entry)
        node = values.at(node_address(entry), "struct maple_node")
        yield "%s%s %#x  %s" % (indent, kind, node_address(entry), range_text(low, high))
        for i, (first, last, child, gap) in enumerate(ranges(node, kind, low, high)):
            head = "%s  [%d] %s" % (indent, i, range_text(first, last))
            if kind == "maple_leaf_64":
                yield "%s  %s" % (head, describe(child) if child else "-")
            else:
                yield head + ("  largest gap %#x" % gap if gap is not None else "")
                yield from below(child, first, last, indent + "      ")

    root = int(tree["ma_root"])
    if is_node(root):
        yield from below(root, 0, MAX, "")
    else:
        yield describe(root) if root else "(empty)"
