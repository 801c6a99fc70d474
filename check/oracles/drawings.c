// SPDX-License-Identifier: GPL-2.0
/* Drawings that are wrong, most of them in their second line only. */
#include <linux/mm.h>
#include <tests/memory.h>

/* ww..ww with two anon_vmas, and the first page of each faulted in. */
static void map_two(void)
{
	aspace_map("ww..ww");
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(4, 1);
}

/* passes */
TEST_F(aspace, draws_what_is_there)
{
	map_two();
	aspace_map("..r");
	ASSERT_EQ(0, memory_read(2).error);
	ASSERT_ANON("ww|r.ww.",
		    "Aa|+.Bb.");
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(3)));
	ASSERT_ANON("....ww",
		    "....Bb");
}

/* fails: expected  ww..ww$/^# {15}Aa..Aa$/found     ww..ww$/^# {15}Aa..Bb$ */
TEST_F(aspace, draws_one_anon_vma_for_two)
{
	map_two();
	ASSERT_ANON("ww..ww",
		    "Aa..Aa");
}

/* fails: ^# {15}AA..Bb$/^# {15}Aa..Bb$ */
TEST_F(aspace, draws_a_page_that_is_not_there)
{
	map_two();
	ASSERT_ANON("ww..ww",
		    "AA..Bb");
}

/* fails: ^# {15}Aa..bb$/^# {15}Aa..Bb$ */
TEST_F(aspace, draws_no_page_where_one_is)
{
	map_two();
	ASSERT_ANON("ww..ww",
		    "Aa..bb");
}

/* fails: ^# {15}aa$/^# {15}--$ */
TEST_F(aspace, draws_an_anon_vma_of_an_unfaulted_vma)
{
	aspace_map("ww");
	ASSERT_ANON("ww",
		    "aa");
}

/* fails: ^# {15}....Aa$/^# {15}....Bb$ */
TEST_F(aspace, draws_the_letter_of_another_drawing)
{
	map_two();
	ASSERT_ANON("ww..ww",
		    "Aa..Bb");
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	ASSERT_ANON("....ww",
		    "....Aa");
}

/* fails: expected  wwwwww$/^# {15}Aa..Bb$/found     ww..ww$ */
TEST_F(aspace, draws_a_wrong_first_line)
{
	map_two();
	ASSERT_ANON("wwwwww",
		    "Aa..Bb");
}
