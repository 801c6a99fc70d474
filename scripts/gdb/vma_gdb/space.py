# SPDX-License-Identifier: GPL-2.0
"""Address spaces, their VMAs and drawings."""
import gdb

from . import flags, locks, maple, slab, values

PAGE = 4096
BASE, PAGES = 0x10000000, 64    # tests/aspace.h: ASPACE_BASE, ASPACE_PAGES


def live():
    """All allocated mm_structs."""
    return [values.at(o["addr"], "struct mm_struct") for o in slab.live("mm_struct")]


def vmas(mm):
    for _, _, entry in maple.entries(mm["mm_mt"]):
        if entry & 3 == 0:      # anything else is a mark that stands for no VMA
            yield values.at(entry, "struct vm_area_struct")


def kind(vma):
    """The character of a VMA in a drawing."""
    words = flags.describe(flags.bits(vma["vm_flags"]))
    letter = "n"
    if words[1] == "w":
        letter = "w"
    elif words[2] == "x":
        letter = "x"
    elif words[0] == "r":
        letter = "r"
    return letter.upper() if words[3] == "s" else letter


def draw(areas):
    """The drawing, without the free pages at the end."""
    drawing, page = "", 0
    for vma in areas:
        start = (int(vma["vm_start"]) - BASE) // PAGE
        end = (int(vma["vm_end"]) - BASE) // PAGE
        if end <= 0 or start >= PAGES:
            continue
        start, end = max(start, 0), min(end, PAGES)
        if start > page:
            drawing += "." * (start - page)
        elif drawing:
            drawing += "|"
        drawing += kind(vma) * (end - start)
        page = end
    return drawing


def backing(vma):
    """What is mapped: anon, or file and offset."""
    offset = "pgoff %#x" % int(vma["vm_pgoff"])
    if not int(vma["vm_file"]):
        return "anon %s" % offset
    dentry = vma["vm_file"]["f_path"]["dentry"]
    name = values.text(dentry["d_name"]["name"]) if int(dentry) else ""
    return "file %s %s" % (name or hex(int(vma["vm_file"])), offset)


def describe(vma):
    """One line: range, flags, what is mapped."""
    return "%#x-%#x %s %s" % (int(vma["vm_start"]), int(vma["vm_end"]),
                              flags.describe(flags.bits(vma["vm_flags"])), backing(vma))


def chain(vma):
    """The anon_vmas that a VMA is linked to, by its anon_vma_chains."""
    head = vma["anon_vma_chain"]
    if not int(head["next"]):
        return []
    return [int(avc["anon_vma"]) for avc in
            values.list_entries(head, "struct anon_vma_chain", "same_vma")]


def table(mm):
    """Lines for an address space: its state, its drawing, a line for each VMA."""
    areas = list(vmas(mm))
    yield "mm %#x: %d VMA(s), mmap_lock %s" % (
        values.address(mm), len(areas), locks.rwsem(mm["mmap_lock"]))
    drawing = draw(areas)
    if drawing:
        yield "  from %#x on: %s" % (BASE, drawing)
    for vma in areas:
        line = "  %#x  %s" % (values.address(vma), describe(vma))
        if int(vma["anon_vma"]):
            line += "  anon_vma %#x" % int(vma["anon_vma"])
        lock = locks.vma(vma)
        if lock not in (None, "unlocked"):
            line += "  [%s]" % lock
        yield line
    count = int(mm["map_count"])
    if count != len(areas):
        yield "  map_count is %d" % count
