// SPDX-License-Identifier: GPL-2.0
/* Whatever fails within an operation: see tests/sweep.h for what is asked. */
#include <linux/syscalls.h>
#include "sweep.h"

#define PROT_W	(PROT_READ | PROT_WRITE)
#define MOVE_TO	(MREMAP_MAYMOVE | MREMAP_FIXED)

TEST_F(sweep, leaves_nothing_half_done)
{
	sweep_run(&variant->sweep);
}

/* munmap() */
SWEEP(munmap_whole, "..wwww", vm_munmap(PAGE(2), PAGES(4)), "");
SWEEP(munmap_head, "wwwwww", vm_munmap(PAGE(0), PAGES(2)), "..wwww");
SWEEP(munmap_middle, "wwwwww", vm_munmap(PAGE(2), PAGES(2)), "ww..ww");
SWEEP(munmap_tail_whole_head, "rr|ww|xx", vm_munmap(PAGE(1), PAGES(4)), "r....x");
SWEEP_FILE(munmap_shared_middle, "WWWWWW", vm_munmap(PAGE(2), PAGES(2)), "WW..WW");

/* mmap() */
SWEEP_ANON(mmap_free, "ww......ww", space_mmap(NULL, 4, 2, 'w', 0, 0), "ww..ww..ww");
SWEEP_ANON(mmap_merges_left, "ww....ww", space_mmap(NULL, 2, 2, 'w', 0, 0), "wwww..ww");
SWEEP_ANON(mmap_merges_both, "ww..ww", space_mmap(NULL, 2, 2, 'w', 0, 0), "wwwwww");
SWEEP(mmap_over_middle, "wwwwww", space_mmap(NULL, 2, 2, 'r', 0, 0), "wwrrww",
      .allows = SWEEP_GAP);
SWEEP(mmap_file_over_several, "rr|ww|xx", space_mmap(sweep_file, 1, 4, 'w', 0, 20), "rwwwwx",
      .allows = SWEEP_GAP);

/* mprotect() */
SWEEP(mprotect_whole, "wwww", sys_mprotect(PAGE(0), PAGES(4), PROT_READ), "rrrr");
SWEEP(mprotect_middle, "wwwwww", sys_mprotect(PAGE(2), PAGES(2), PROT_READ), "wwrrww");
SWEEP(mprotect_several, "rrr|www|xxx", sys_mprotect(PAGE(1), PAGES(7), PROT_NONE), "rnnnnnnnx",
      .allows = SWEEP_PREFIX);

/* mremap() */
SWEEP_ANON(mremap_move, "wwwwww", sys_mremap(PAGE(2), PAGES(2), PAGES(2), MOVE_TO, PAGE(8)),
	   "ww..ww..ww", .allows = SWEEP_SOURCE);

/* More VMAs than fit into what is there already for those that are taken out. */
SWEEP_ANON(munmap_many, "w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r",
	   vm_munmap(PAGE(1), PAGES(18)), "w..................r");
SWEEP_FILE(munmap_all_of_many, "w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r",
	   vm_munmap(PAGE(0), PAGES(20)), "");
