// SPDX-License-Identifier: GPL-2.0
/* munmap(): what is cut away, what remains and how it is split. */
#include "space.h"

/* before  wwwwww
 * munmap  ======
 * after   ......
 */
TEST_F(space, munmap_of_a_whole_vma_leaves_nothing)
{
	space_map("wwwwww");
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_SPACE("");
	ASSERT_EQ(0, self->mm->map_count);
	ASSERT_EQ(0, self->mm->total_vm);
}
