// SPDX-License-Identifier: GPL-2.0
/* What the compiler says of vm_area_struct, for vma layout to be compared with. */
#include <linux/mm_types.h>
#include "tests/harness.h"

TEST(layout_as_the_compiler_says)
{
	TH_LOG("size %zu alignment %zu vm_lock_seq %zu", sizeof(struct vm_area_struct),
	       __alignof__(struct vm_area_struct),
	       offsetof(struct vm_area_struct, vm_lock_seq));
}
