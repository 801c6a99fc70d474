# SPDX-License-Identifier: GPL-2.0
"""The commands.  Their documentation here is what "help vma" prints."""
import gdb

from . import locks, maple, slab, space, tasks, values


def show(lines):
    for line in lines:
        print(line)


def evaluate(expression, type_name):
    """What the user means: an object of a type, or a pointer to one."""
    value = gdb.parse_and_eval(expression)
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
        value = value.dereference()
    if value.type.unqualified().strip_typedefs().tag != type_name:
        raise gdb.GdbError("%s is no struct %s" % (expression, type_name))
    return value


class Prefix(gdb.Command):
    """Kernel data of the VMA harness; "help vma" lists the commands."""
    def __init__(self):
        super().__init__("vma", gdb.COMMAND_DATA, prefix=True)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError("vma %s: no such command; see \"help vma\"" % argument)
        gdb.execute("help vma")


class Command(gdb.Command):
    def __init__(self):
        super().__init__("vma " + type(self).__name__.lower(), gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        if gdb.lookup_global_symbol("vma_boot") is None:
            raise gdb.GdbError("this program is not the VMA harness")
        show(self.lines(argument.strip()))


class Space(Command):
    """Show an address space: its lock, a drawing of its first pages, and its VMAs.

vma space [MM]

Without MM it is the selected thread's; if that has none, all that are allocated.
Drawings are those of tests/aspace.h.  Locked VMAs say so in brackets."""
    def lines(self, argument):
        if argument:
            return space.table(evaluate(argument, "mm_struct"))
        mm = tasks.current_mm()
        spaces = [mm] if mm is not None else space.live()
        if not spaces:
            return ["no address space is allocated"]
        return (line for mm in spaces for line in space.table(mm))


class Tree(Command):
    """Show a maple tree as a tree: each node with its type, range, slots and gaps.

vma tree [MM | MAPLE_TREE]

Without an argument it is the tree of VMAs of the selected thread's address space."""
    def lines(self, argument):
        if argument:
            try:
                mm, tree = evaluate(argument, "mm_struct"), None
                tree = mm["mm_mt"]
            except gdb.GdbError:
                tree = evaluate(argument, "maple_tree")
        else:
            mm = tasks.current_mm()
            if mm is None:
                raise gdb.GdbError("the selected thread has no address space; "
                                   "name a tree")
            tree = mm["mm_mt"]
        spaces = {values.address(mm["mm_mt"]) for mm in space.live()}

        def entry_text(entry):
            if values.address(tree) in spaces and entry & 3 == 0:
                return space.describe(values.at(entry, "struct vm_area_struct"))
            return "%#x" % entry

        return maple.draw(tree, entry_text)


class Locks(Command):
    """Show who holds which lock, who took it where, and which VMAs are locked.

vma locks"""
    def lines(self, argument):
        if argument:
            raise gdb.GdbError("vma locks takes no argument")
        any_held = False
        for _, task, _ in tasks.everyone():
            held = list(locks.held_by(task))
            any_held = any_held or bool(held)
            me = values.address(task["task"])
            if held:
                yield tasks.name(me)
            for address, name, how, ip in held:
                where, lock = slab.describe_lock(address)
                # lockdep is told before the wait.
                waits = lock is not None and me in locks.waiters(lock)
                yield "  %s %s for %s: %s" % ("waits for" if waits else "holds",
                                              name, how, where)
                yield "    %s by %s" % ("asked for" if waits else "taken", values.code(ip))
                if lock is not None:
                    yield "    %s" % locks.state(lock)
        for mm in space.live():
            for vma in space.vmas(mm):
                lock = locks.vma(vma)
                if lock not in (None, "unlocked"):
                    any_held = True
                    yield "VMA %#x of mm %#x (%#x-%#x): %s" % (
                        values.address(vma), values.address(mm), int(vma["vm_start"]),
                        int(vma["vm_end"]), lock)
        if not any_held:
            yield "no lock is held"


class Objects(Command):
    """List live objects with the callers that allocated them.

vma objects [CACHE | pages]

Without an argument: the caches that have any, and how many.  Objects that the
running test allocated are marked with a star."""
    def lines(self, argument):
        if not argument:
            for cache in slab.caches():
                if int(cache["live"]):
                    yield "%6d  %s" % (int(cache["live"]), slab.name_of(cache))
            yield "%6d  pages" % int(values.static(slab.PAGES, "nr_used"))
        elif argument == "pages":
            epoch = int(values.static(slab.PAGES, "epoch"))
            for pfn, record in slab.pages_in_use():
                yield from self.item("page frame %#x" % pfn, record, epoch)
        else:
            epoch = int(values.static(slab.SLAB, "epoch"))
            for entry in slab.live(argument):
                yield from self.item("%#x" % int(entry["addr"]), entry, epoch)

    def item(self, name, record, epoch):
        by = values.codes(record["trail"])
        yield "%s %s  %s" % ("*" if int(record["epoch"]) == epoch else " ", name,
                             "\n      from ".join(by))


class Tasks(Command):
    """Show every task with its state and its backtrace, as far as it is kernel code.

vma tasks"""
    def lines(self, argument):
        if argument:
            raise gdb.GdbError("vma tasks takes no argument")
        for where, task, backtrace in tasks.everyone():
            kernel = task["task"]
            yield "%s (%s) %s, mm %#x" % (tasks.name(values.address(kernel)), where,
                                          tasks.state(kernel), int(kernel["mm"]))
            yield from backtrace()


for command in (Prefix, Space, Tree, Locks, Objects, Tasks):
    command()
