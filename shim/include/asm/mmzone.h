/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_MMZONE_H
#define _ASM_MMZONE_H

/* Each node has an equal part of memory (shim/mm/page_alloc.c). */
extern struct pglist_data shim_node_data[];
#ifndef NODE_DATA
#define NODE_DATA(nid)	(&shim_node_data[(nid)])
#endif

#endif /* _ASM_MMZONE_H */
