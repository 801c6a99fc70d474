# SPDX-License-Identifier: GPL-2.0
"""Reading the program: symbols, lists and trees of the kernel, code addresses."""
import struct

import gdb


class Missing(gdb.GdbError):
    """What this build or this tree does not have."""


def static(path, name):
    """The variable of this name that belongs to one file."""
    try:
        return gdb.parse_and_eval("'%s'::%s" % (path, name))
    except gdb.error as error:
        raise Missing("%s of %s: %s" % (name, path, error)) from None


def pointer_to(type_name):
    return gdb.lookup_type(type_name).pointer()


def at(address, type_name):
    """The object of this type at an address."""
    return gdb.Value(int(address)).cast(pointer_to(type_name)).dereference()


def address(value):
    return int(value.address)


def has(value, member):
    """Whether it has a member, be it in a struct or union without a name."""
    def below(type_):
        return any(f.name == member or (not f.name and below(f.type))
                   for f in type_.strip_typedefs().fields())
    return below(value.type)


def enum(type_name):
    """Numbers by name, and names by number, of an enumeration."""
    return {f.name: f.enumval for f in gdb.lookup_type(type_name).fields()}


def offset_of(type_name, member):
    for field in gdb.lookup_type(type_name).strip_typedefs().fields():
        if field.name == member:
            return field.bitpos // 8
    raise Missing("%s has no member %s" % (type_name, member))


def words(start, count):
    """So many unsigned longs, read at once."""
    if not count:
        return ()
    memory = gdb.selected_inferior().read_memory(int(start), 8 * count)
    return struct.unpack("<%dQ" % count, memory)


def list_entries(head, type_name, member):
    """The objects on a list_head."""
    offset = offset_of(type_name, member)
    end, node = address(head), int(head["next"])
    while node and node != end:
        yield at(node - offset, type_name)
        node = int(at(node, "struct list_head")["next"])


def tree_entries(node, type_name, member):
    """The objects in a red-black tree below a struct rb_node pointer, in order."""
    if not int(node):
        return
    yield from tree_entries(node["rb_left"], type_name, member)
    yield at(int(node) - offset_of(type_name, member), type_name)
    yield from tree_entries(node["rb_right"], type_name, member)


def text(value):
    """A C string, or an array of characters with one in it."""
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR and not int(value):
        return ""
    return value.string(errors="replace")


def shorten(path):
    """From the top of the kernel tree or of the harness on."""
    tops = [path.rfind("/%s/" % top) for top in
            ("mm", "lib", "kernel", "fs", "include", "shim", "tests", "os", "runner", "explore", "check")]
    return path[max(tops) + 1:] if max(tops) >= 0 else path.rsplit("/", 1)[-1]


def code(ip):
    """A return address as "function (file:line)"."""
    ip = int(ip) - 1    # the call, and not what follows it
    block = gdb.block_for_pc(ip)
    while block and (block.function is None or block.function.symtab is None):
        block = block.superblock
    place = gdb.find_pc_line(ip)
    if not block:
        return hex(ip + 1)
    if not place.symtab:
        return str(block.function)
    return "%s (%s:%d)" % (block.function, shorten(place.symtab.filename), place.line)


def codes(trail):
    """The callers that a struct trail holds, innermost first."""
    ips = trail["ip"]
    first, last = ips.type.range()
    return [code(ips[i]) for i in range(first, last + 1) if int(ips[i])]
