# SPDX-License-Identifier: GPL-2.0
"""Tasks: each thread that runs kernel code is one."""
import gdb

from . import values

# Where a backtrace leaves kernel code: below this is the runner's or userspace's.
OUTERMOST = ("task_main", "end_of_grace_period")

STATES = ((1, "interruptible"), (2, "uninterruptible"), (0x100, "killable"))


def _of_thread():
    """The struct shim_task of the selected thread; None if it has none."""
    try:
        current = int(gdb.parse_and_eval("shim_current"))
    except gdb.error:
        # Thread-local storage is out of reach, in a core of another C library, say.
        return _from_frames()
    return values.at(current, "struct shim_task") if current else None


def _from_frames():
    frame = gdb.newest_frame()
    while frame:
        if frame.name() == "task_main":
            try:
                return values.at(frame.read_var("arg"), "struct shim_task")
            except (ValueError, gdb.error):
                return None
        if frame.name() == "main":
            return values.static("shim/kernel/task.c", "first_task")
        frame = frame.older()
    return None


def running():
    """(thread, struct shim_task) of each thread that is a task, oldest first.

    The thread is the selected one meanwhile.
    """
    threads = gdb.selected_inferior().threads()
    if not threads:
        raise gdb.GdbError("the program is not running, and there is no core file")
    chosen = gdb.selected_thread()
    frame = gdb.selected_frame() if chosen else None
    try:
        for thread in sorted(threads, key=lambda t: t.num):
            thread.switch()
            task = _of_thread()
            if task is not None:
                yield thread, task
    finally:
        if chosen:
            chosen.switch()
            frame.select()


def _explored():
    """(index, struct task of explore/explore.c) of each task that its schedules keep back.

    They are fibers of one thread: the one that runs is the thread's own task.
    """
    exploring = gdb.lookup_global_symbol("explore_on")
    if exploring is None or not int(exploring.value()):
        return
    explorer = values.static("explore/explore.c", "x")
    if not int(explorer):
        return
    gone = {int(gdb.parse_and_eval("(int)" + state)) for state in ("UNUSED", "ENDED")}
    for i in range(int(explorer["nr_tasks"])):
        task = explorer["tasks"][i]
        if i != int(explorer["running"]) and int(task["state"]) not in gone:
            yield i, task


def everyone():
    """(where, struct shim_task, function for its backtrace) of each task."""
    for thread, task in running():
        yield "thread %d" % thread.num, task, backtrace
    for i, kept in _explored():
        fiber = kept["fiber"]
        # Its thread-local variables lie in a copy of the program's while it waits.
        try:
            offset = int(gdb.parse_and_eval("&shim_current")) - \
                int(values.static("explore/fiber.c", "tls"))
        except gdb.error as error:
            raise values.Missing("which task fiber %d is cannot be told: %s" %
                                 (i, error)) from None
        current = values.words(int(fiber["tls"]) + offset, 1)[0]
        if current:
            yield ("fiber %d" % i, values.at(current, "struct shim_task"),
                   lambda sp=int(fiber["sp"]): _fiber_backtrace(sp))


def _fiber_backtrace(sp):
    """Lines for a fiber that waits, by its frame pointers: gdb knows only threads.

    fiber_jump() has left five registers, the frame pointer and the return
    address where the stack pointer is.
    """
    frame, ip = values.words(sp + 5 * 8, 2)
    level = 0
    while ip and not gdb.solib_name(ip):
        symtab = gdb.find_pc_line(ip - 1).symtab
        text = values.code(ip)
        if symtab and _is_kernel_file(symtab.fullname()):
            yield "  #%-2d %s" % (level, text)
            if text.split(" ")[0] in OUTERMOST or "_thunk (" in text:
                return
        if not frame:
            return
        try:
            frame, ip = values.words(frame, 2)
        except gdb.MemoryError:
            return
        level += 1


def name(address):
    """A task_struct's name and number."""
    if not address:
        return "nobody"
    try:
        task = values.at(address, "struct task_struct")
        return "%s/%d" % (values.text(task["comm"]), int(task["pid"]))
    except gdb.MemoryError:
        return "%#x, which is no task" % address


def state(task):
    number = int(task["__state"])
    words = [word for bit, word in STATES if number & bit]
    return "sleeps " + " ".join(words) if words else "runs"


def current_mm():
    """The address space of the selected thread's task, or None."""
    if gdb.selected_thread() is None:
        raise gdb.GdbError("the program is not running, and there is no core file")
    task = _of_thread()
    mm = task["task"]["mm"] if task is not None else None
    return mm.dereference() if mm is not None and int(mm) else None


def _arguments(frame):
    try:
        block = frame.block()
    except RuntimeError:
        return ""
    shown = []
    while block and not block.function:
        block = block.superblock
    for symbol in block or ():
        if not symbol.is_argument:
            continue
        try:
            value = symbol.value(frame)
            plain = value.type.strip_typedefs().code
            if value.is_optimized_out:
                shown.append("%s=?" % symbol.name)
            elif plain in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
                shown.append("%s=..." % symbol.name)
            else:
                shown.append("%s=%s" % (symbol.name, value.format_string(symbols=False)))
        except (gdb.error, gdb.MemoryError):
            shown.append("%s=?" % symbol.name)
    return ", ".join(shown)


def _in_kernel(frame):
    """Whether it is code of the tree, the leaves or the tests."""
    if gdb.solib_name(frame.pc()):
        return False
    symtab = frame.find_sal().symtab
    return bool(symtab) and _is_kernel_file(symtab.fullname())


def _is_kernel_file(path):
    return not any(d in path for d in ("/os/", "/runner/", "/explore/")) and not path.endswith("/main.c")


def backtrace():
    """Lines for the selected thread's frames, as far as they are kernel code."""
    frame = gdb.newest_frame()
    level, inside = 0, False
    while frame and frame.is_valid():
        function = frame.name() or "?"
        if _in_kernel(frame):
            inside = True
            place = frame.find_sal()
            yield "  #%-2d %s (%s) at %s:%d" % (
                level, function, _arguments(frame),
                values.shorten(place.symtab.filename), place.line)
            if function in OUTERMOST or function.endswith("_thunk"):
                return
        elif inside:    # a test's own frames may lie above the runner's
            return
        frame, level = frame.older(), level + 1
