/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_TOPOLOGY_H
#define _ASM_TOPOLOGY_H

#ifdef CONFIG_NUMA
/* CPUs are all on node 0; the other nodes have memory only. */
#define cpu_to_node(cpu)	((void)(cpu), 0)
#define cpumask_of_node(node)	((node) ? cpu_none_mask : cpu_online_mask)
#endif

#include <asm-generic/topology.h>

#endif /* _ASM_TOPOLOGY_H */
