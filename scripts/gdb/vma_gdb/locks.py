# SPDX-License-Identifier: GPL-2.0
"""Locks: their states and holders."""
import gdb

from . import slab, tasks, values

# shim/kernel/locking/rwsem.c: bit 0 a writer, bit 1 waiters, bits from 8 on the number of readers.
WRITER, WAITERS, READER = 1, 2, 256


def atomic(value):
    """The number in an atomic_t, atomic_long_t or refcount_t."""
    while value.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
        value = value[value.type.strip_typedefs().fields()[0]]
    return int(value)


def rwsem(sem):
    count, owner = atomic(sem["count"]), atomic(sem["owner"])
    if count & WRITER:
        state = "write-locked by %s" % tasks.name(owner & ~1)
    elif count >= READER:
        state = "read-locked, %d reader(s), the last one %s" % (
            count // READER, tasks.name(owner & ~1))
    else:
        state = "unlocked"
    return state + (", others wait" if count & WAITERS else "")


def mutex(lock):
    owner = atomic(lock["owner"])
    state = "locked by %s" % tasks.name(owner & ~7) if owner & ~7 else "unlocked"
    return state + (", others wait" if owner & 1 else "")


def spinlock(lock):
    while not values.has(lock, "word"):     # spinlock_t is a raw one is an arch one
        lock = lock[lock.type.strip_typedefs().fields()[0]]
        if lock.type.strip_typedefs().code == gdb.TYPE_CODE_UNION:
            lock = lock[lock.type.strip_typedefs().fields()[0]]
    return "locked" if int(lock["word"]) else "unlocked"


def state(lock):
    """The state of a lock of any of these types."""
    name = lock.type.strip_typedefs().name
    return {"rw_semaphore": rwsem, "mutex": mutex}.get(name, spinlock)(lock)


def waiters(lock):
    """The task_structs that wait for an rwsem or a mutex: see shim/kernel/locking/waiters.h."""
    if values.has(lock, "first_waiter"):
        if not int(lock["first_waiter"]):
            return
        first = values.at(lock["first_waiter"], "struct lock_waiter")
        yield int(first["task"])
        head = first["list"]
    elif values.has(lock, "wait_list"):
        head = lock["wait_list"]
    else:       # a spinlock: its waiters are the machine's
        return
    for waiter in values.list_entries(head, "struct lock_waiter", "list"):
        yield int(waiter["task"])


def _sequence(mm):
    value = mm["mm_lock_seq"]
    while value.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
        value = value[value.type.strip_typedefs().fields()[0]]
    return int(value) & 0xffffffff


def vma(area):
    """The per-VMA lock in any of its versions; None without one.

    Written to is a VMA whose sequence number is its mm's.  Readers are counted by
    an rwsem of its own in older trees, in vm_refcnt in newer ones: there 1 stands
    for being attached, each reader is one more, and bit 30 keeps readers out.
    """
    if not values.has(area, "vm_lock_seq"):
        return None
    words = []
    mm = area["vm_mm"]
    if int(mm) and values.has(mm.dereference(), "mm_lock_seq") and \
            int(area["vm_lock_seq"]) & 0xffffffff == _sequence(mm.dereference()):
        words.append("write-locked")
    if values.has(area, "vm_refcnt"):
        count = atomic(area["vm_refcnt"])
        attached = count & ~(1 << 30)
        if not attached:
            words.append("detached")
        if count & 1 << 30:
            words.append("excludes readers")
        if attached > 1:
            words.append("%d reader(s)" % (attached - 1))
    else:
        if values.has(area, "detached") and bool(area["detached"]):
            words.append("detached")
        readers = atomic(area["vm_lock"]["lock"]["count"]) if int(area["vm_lock"]) else 0
        if readers & WRITER:
            words.append("its rwsem is being written to")
        elif readers >= READER:
            words.append("%d reader(s)" % (readers // READER))
    return ", ".join(words) or "unlocked"


def held_by(task):
    """(address, name, how, ip) of each lock a task holds, oldest first.

    From shim/kernel/locking/held.c's records, or where the tree's own lockdep is built in, its.
    """
    if values.has(task["task"], "held_locks") and int(task["nr_held"]) == 0:
        held = task["task"]["held_locks"]
        for i in range(int(task["task"]["lockdep_depth"])):
            instance = held[i]["instance"]
            how = "reading" if int(held[i]["read"]) else "writing"
            yield (int(instance), values.text(instance["name"]), how,
                   int(held[i]["acquire_ip"]))
    for i in range(int(task["nr_held"])):
        record = task["held"][i]
        yield (int(record["lock"]), values.text(record["name"]) or "a lock",
               "reading" if bool(record["shared"]) else "writing", int(record["ip"]))
