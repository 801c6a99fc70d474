# SPDX-License-Identifier: GPL-2.0
"""Pretty printers.  "print/r" shows an object as it is declared."""
import gdb
import gdb.printing

from . import flags, locks, maple, space, values


class Printer:
    def __init__(self, value):
        self.value = value

    def members(self, *names):
        """The members that exist in this tree, as children."""
        for name in names:
            if values.has(self.value, name):
                yield name, self.value[name]


class Vma(Printer):
    def to_string(self):
        return space.describe(self.value)

    def children(self):
        yield from self.members("vm_mm", "vm_ops", "vm_file", "anon_vma")
        links = space.chain(self.value)
        if links:
            yield "anon_vma_chain", " ".join("%#x" % link for link in links)
        lock = locks.vma(self.value)
        if lock is not None:
            yield "lock", lock


class Flags(Printer):
    def to_string(self):
        return flags.describe(flags.bits(self.value))


class MergeStruct(Printer):
    """The range to merge and its neighbours."""
    def to_string(self):
        v = self.value
        name = next(n for n in ("vma_flags", "vm_flags", "flags") if values.has(v, n))
        return "merge of %#x-%#x %s %s pgoff %#x, %s" % (
            int(v["start"]), int(v["end"]), flags.describe(flags.bits(v[name])),
            "file %#x" % int(v["file"]) if int(v["file"]) else "anon",
            int(v["pgoff"]), str(v["state"]))

    def children(self):
        for name in ("prev", "vma", "middle", "next", "target", "copied_from"):
            if not values.has(self.value, name):
                continue
            vma = self.value[name]
            yield name, space.describe(vma.dereference()) if int(vma) else "none"
        yield from self.members("anon_vma", "merge_flags")
        for field in self.value.type.strip_typedefs().fields():
            if field.bitsize and bool(self.value[field.name]):
                yield field.name, self.value[field.name]


class MapleTree(Printer):
    def to_string(self):
        number = int(self.value["ma_flags"])
        found = list(maple.entries(self.value))
        return "maple tree of %d entries, height %d%s" % (
            len(found), (number & 0x7c) >> 2,
            ", with gaps" if number & maple.ALLOC_RANGE else "")


class MapleNode(Printer):
    def to_string(self):
        if maple.parent_of(self.value)[0] is None:
            return "dead maple node"
        self.found = maple.locate(self.value)
        if self.found is None:
            return "maple node in no tree"
        kind, low, high, tree = self.found
        return "%s %#x-%#x of tree %#x" % (kind, low, high, values.address(tree))

    def children(self):
        if getattr(self, "found", None) is None:
            return
        kind, low, high, _ = self.found
        for i, (first, last, entry, gap) in enumerate(
                maple.ranges(self.value, kind, low, high)):
            yield "[%d]" % i, "%#x-%#x %s%s" % (
                first, last, "%#x" % entry if entry else "-",
                "" if gap is None else " gap %#x" % gap)


class MapleState(Printer):
    def to_string(self):
        v = self.value
        node = int(v["node"])
        text = "%#x-%#x %s" % (int(v["index"]), int(v["last"]), str(v["status"]))
        if maple.is_node(node):
            text += ", slot %d of %s %#x" % (int(v["offset"]), maple.kind_of(node),
                                            maple.node_address(node))
        return text


class AnonVma(Printer):
    def to_string(self):
        v = self.value
        root = int(v["root"])
        return "anon_vma %s, %d reference(s), %d VMA(s) of its own, %d child(ren), %s" % (
            "(root)" if root == values.address(v) else "below root %#x" % root,
            locks.atomic(v["refcount"]), int(v["num_active_vmas"]),
            int(v["num_children"]), locks.rwsem(v["rwsem"]))

    def children(self):
        root = self.value["rb_root"]["rb_root"]["rb_node"]
        for i, avc in enumerate(values.tree_entries(root, "struct anon_vma_chain", "rb")):
            yield "[%d]" % i, space.describe(avc["vma"].dereference())


class AnonVmaChain(Printer):
    def to_string(self):
        return "VMA %s on anon_vma %#x" % (space.describe(self.value["vma"].dereference()),
                                           int(self.value["anon_vma"]))


class Rwsem(Printer):
    def to_string(self):
        return locks.rwsem(self.value)


class Mutex(Printer):
    def to_string(self):
        return locks.mutex(self.value)


class Spinlock(Printer):
    def to_string(self):
        return locks.spinlock(self.value)


BY_NAME = {
    "vm_area_struct": Vma, "vma_merge_struct": MergeStruct,
    "maple_tree": MapleTree, "maple_node": MapleNode, "ma_state": MapleState,
    "anon_vma": AnonVma, "anon_vma_chain": AnonVmaChain,
    "rw_semaphore": Rwsem, "mutex": Mutex, "spinlock": Spinlock,
    "raw_spinlock": Spinlock, "vm_flags_t": Flags, "vma_flags_t": Flags,
}


class Guard:
    """Prints an error if memory is invalid."""
    def __init__(self, printer):
        self.printer = printer

    def to_string(self):
        try:
            return self.printer.to_string()
        except (gdb.error, gdb.MemoryError, RecursionError) as error:
            return "<cannot be shown: %s; see print/r>" % error

    def children(self):
        children = getattr(self.printer, "children", lambda: ())
        try:
            yield from children()
        except (gdb.error, gdb.MemoryError, RecursionError) as error:
            yield "rest", "<cannot be shown: %s>" % error


class Lookup(gdb.printing.PrettyPrinter):
    def __call__(self, value):
        name = value.type.name      # vm_flags_t is a name for an unsigned long
        if name not in BY_NAME:
            name = value.type.unqualified().strip_typedefs().tag
        return Guard(BY_NAME[name](value)) if name in BY_NAME else None


def register():
    # Again, should it be loaded a second time: the later one is used.
    gdb.printing.register_pretty_printer(None, Lookup("vma"), replace=True)
