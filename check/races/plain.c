// SPDX-License-Identifier: GPL-2.0
/* Two tasks that race by plain accesses: only vma explore --plain comes in between. */
#include "tests/harness.h"
#include "tests/tasks.h"
#include "os/os.h"

static void count(void *counter)
{
	++*(unsigned int *)counter;
}

/* Two tasks add one each with a plain increment: both are there in the end. */
TEST(plain_increments_of_two_tasks_both_count)
{
	struct shim_task *task;
	unsigned int counter = 0;

	if (!explore_on && !explore_quiet())
		SKIP(return, "threads might lose one");
	task = task_start("counts", NULL, count, &counter);
	count(&counter);
	task_join(task);
	ASSERT_EQ(2, counter);
}
