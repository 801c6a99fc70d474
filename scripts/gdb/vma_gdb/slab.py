# SPDX-License-Identifier: GPL-2.0
"""The allocators' tables: shim/mm/slab.c and shim/mm/page_alloc.c."""
import gdb

from . import values

SLAB = "shim/mm/slab.c"
PAGES = "shim/mm/page_alloc.c"


def caches():
    head = values.static(SLAB, "caches")
    return values.list_entries(head, "struct kmem_cache", "list")


def name_of(cache):
    return values.text(cache["name"])


def find_cache(name):
    for cache in caches():
        if name_of(cache) == name:
            return cache
    raise gdb.GdbError("there is no cache %s; \"vma objects\" lists them" % name)


def all_objects():
    """Every struct slab_object, those of free type-safe objects as well."""
    count = int(values.static(SLAB, "nr_buckets"))
    for first in values.words(values.static(SLAB, "buckets"), count):
        while first:
            entry = values.at(first, "struct slab_object")
            yield entry
            first = int(entry["chain"])


def live(cache_name):
    """The live objects of a cache, by address."""
    cache = values.address(find_cache(cache_name))
    found = [o for o in all_objects()
             if int(o["cache"]) == cache and not bool(o["is_free"])]
    return sorted(found, key=lambda o: int(o["addr"]))


def containing(address):
    """The struct slab_object of the object that an address lies in, or None."""
    for entry in all_objects():
        start = int(entry["addr"])
        if start <= address < start + int(entry["size"]):
            return entry
    return None


def member_at(type_, offset):
    """The path of the member at an offset, as far as it begins exactly there."""
    for field in type_.strip_typedefs().fields():
        inner = field.type.strip_typedefs()
        start = field.bitpos // 8
        if field.bitsize or not start <= offset < start + inner.sizeof:
            continue
        path = [(field.name, inner)] if field.name else []
        if inner.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            path += member_at(inner, offset - start)
        return path
    return []


LOCKS = ("rw_semaphore", "mutex", "spinlock", "raw_spinlock")


def member_at(type_, offset):
    """(path, start, type) of the member at an offset: of a lock, where it is in one.

    A lock is known by its type or, as lockdep does, by its lockdep_map.
    """
    name = type_.unqualified().strip_typedefs().tag
    if name in LOCKS or name == "lockdep_map":
        return [], 0, type_
    if type_.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        for field in type_.strip_typedefs().fields():
            start = field.bitpos // 8
            if not field.bitsize and start <= offset < start + field.type.sizeof:
                path, inner, found = member_at(field.type, offset - start)
                return ([field.name] if field.name else []) + path, start + inner, found
    return [], 0, type_


def _holder(address):
    """(text, start, type) of what an address lies in; the type may be None."""
    entry = containing(address)
    if entry is not None:
        # As far as VMAs go, a cache is called as its objects' type.
        name, start = name_of(entry["cache"].dereference()), int(entry["addr"])
        try:
            return "%s %#x" % (name, start), start, gdb.lookup_type("struct " + name)
        except gdb.error:
            return "%s %#x" % (name, start), start, None
    symbol = gdb.execute("info symbol %#x" % address, to_string=True)
    if symbol.startswith("No symbol"):
        return None
    name = symbol.split()[0]
    found = gdb.lookup_static_symbol(name) or gdb.lookup_global_symbol(name)
    if found is None:
        return None
    return name, int(found.value().address), found.type


def describe_lock(address):
    """("mm_struct 0x1234 mmap_lock", the lock) for an address within a lock.

    The lock is None, and the text perhaps only an address, where nothing is known.
    """
    holder = _holder(address)
    if holder is None or holder[2] is None:
        return holder[0] if holder else hex(address), None
    text, start, type_ = holder
    path, offset, found = member_at(type_, address - start)
    name = found.unqualified().strip_typedefs().tag
    text = " ".join([text] + ([".".join(path)] if path else []))
    return text, values.at(start + offset, "struct " + name) if name in LOCKS else None


def pages_in_use():
    """(frame number, struct page_record) of each page in use."""
    used = int(gdb.parse_and_eval("(int)PAGE_USED"))
    records = values.static(PAGES, "records")
    for pfn in range(int(values.static(PAGES, "first_unused"))):
        if int(records[pfn]["state"]) == used:
            yield pfn, records[pfn]
