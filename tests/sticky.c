// SPDX-License-Identifier: GPL-2.0
/*
 * Sticky flags do not prevent a merge: if one of two merging VMAs has the flag, the merged
 * VMA has it, because it has the pages of both.
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include "tests/aspace.h"

#ifdef HAVE_STICKY_FLAGS

#define PROT_W	(PROT_READ | PROT_WRITE)

FIXTURE(sticky) {
	FIXTURE_DATA(aspace) aspace;
	vm_flags_t flag;
};

/* In "wwrrww", the pages before, of and behind "rr": which of them has the flag? */
FIXTURE_VARIANT(sticky) {
	bool guard;
	bool prev, middle, next;
};

static void set_flag(int page, vm_flags_t flag, bool on)
{
	aspace_change_flags(page, on ? flag : 0, on ? 0 : flag);
}

static bool has_flag(int page, vm_flags_t flag)
{
	return aspace_vma(page)->vm_flags & flag;
}

FIXTURE_SETUP(sticky)
{
	if (!variant->guard && !IS_ENABLED(CONFIG_MEM_SOFT_DIRTY))
		SKIP(return, "needs CONFIG_MEM_SOFT_DIRTY");
	self->flag = variant->guard ? VM_MAYBE_GUARD : VM_SOFTDIRTY;
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
}

FIXTURE_TEARDOWN(sticky)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(sticky, name) { __VA_ARGS__ }
ROW(guard_none,		true,	false, false, false);
ROW(guard_prev,		true,	true, false, false);
ROW(guard_middle,	true,	false, true, false);
ROW(guard_next,		true,	false, false, true);
ROW(dirty_none,		false,	false, false, false);
ROW(dirty_prev,		false,	true, false, false);
ROW(dirty_middle,	false,	false, true, false);
ROW(dirty_next,		false,	false, false, true);
#undef ROW

static void map(FIXTURE_DATA(sticky) *self, const FIXTURE_VARIANT(sticky) *variant)
{
	aspace_map("wwrrww");
	set_flag(0, self->flag, variant->prev);
	set_flag(2, self->flag, variant->middle);
	set_flag(4, self->flag, variant->next);
}

/* before  wwrrww
 * mprotect  ==
 * after   wwwwww
 */
TEST_F(sticky, stays_when_three_become_one)
{
	map(self, variant);
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_W));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(variant->prev || variant->middle || variant->next, has_flag(0, self->flag));
}

/* before  wwrr
 * mprotect  =
 * after   wwwr		the rest keeps what it had
 */
TEST_F(sticky, stays_when_the_left_one_grows)
{
	map(self, variant);
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(1), PROT_W));
	ASSERT_SPACE("www|r|ww");
	ASSERT_EQ(variant->prev || variant->middle, has_flag(0, self->flag));
	ASSERT_EQ(variant->middle, has_flag(3, self->flag));
	ASSERT_EQ(variant->next, has_flag(4, self->flag));
}

TEST_F(sticky, stays_when_the_right_one_grows)
{
	map(self, variant);
	ASSERT_EQ(0, sys_mprotect(PAGE(3), PAGES(1), PROT_W));
	ASSERT_SPACE("ww|r|www");
	ASSERT_EQ(variant->middle || variant->next, has_flag(3, self->flag));
	ASSERT_EQ(variant->middle, has_flag(2, self->flag));
	ASSERT_EQ(variant->prev, has_flag(0, self->flag));
}

/*
 * before  ww..ww
 * mremap  ====		grows until it meets the other
 * after   wwwwww
 */
TEST_F(sticky, stays_when_mremap_fills_the_hole)
{
	aspace_map("ww..ww");
	set_flag(0, self->flag, variant->prev || variant->middle);
	set_flag(4, self->flag, variant->next);
	ASSERT_EQ(PAGE(0), sys_mremap(PAGE(0), PAGES(2), PAGES(4), 0, 0));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(variant->prev || variant->middle || variant->next, has_flag(0, self->flag));
}

#endif /* HAVE_STICKY_FLAGS */
