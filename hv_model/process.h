/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.h - what a process does with its memory, and what the host kernel does
 * with it behind the process's back: pins, mremap, fork, KSM, page replacement.
 *
 * Locking: each takes what the kernel's path takes; said in the files. Errors:
 * enum host_result. Blocking: yields.
 */
#ifndef HV_MODEL_PROCESS_H
#define HV_MODEL_PROCESS_H

#include "mm.h"

/* ---- pins (pin.c) -------------------------------------------------------------------- */

/** pin_page - pin_user_pages() with FOLL_LONGTERM and FOLL_WRITE; pins add up */
int64_t pin_page(struct hv_guest *kvm, hva_t hva);
/** unpin_page - undo the last pin of an address; HOST_EINVAL when there is none */
int64_t unpin_page(struct hv_guest *kvm, hva_t hva);
/** unpin_all - the files that held them are closed */
void unpin_all(struct hv_guest *kvm);

/* ---- mremap (mremap.c) ----------------------------------------------------------------- */

/** mremap_move - mremap() with MREMAP_FIXED: entries move to other addresses; what was there is unmapped */
int64_t mremap_move(struct hv_mm *mm, hva_t from, uint64_t pages, hva_t to);

/* ---- KSM (ksm.c) ------------------------------------------------------------------------- */

/** ksm_madvise - MADV_MERGEABLE, MADV_UNMERGEABLE; HOST_ENOMEM also where a part is not mapped */
int64_t ksm_madvise(struct hv_mm *mm, hva_t start, uint64_t pages, bool mergeable);
/** ksm_unmerge - give the merged pages of a mapping back to themselves; false: no memory. mmap_lock for writing. */
bool ksm_unmerge(struct vma *vma);
/** ksm_merge - ksmd finds two pages of equal content: one frame for both; HOST_EBUSY when it lets them be */
int64_t ksm_merge(struct hv_mm *mm, hva_t a, hva_t b);

/* ---- page replacement (reclaim.c) ----------------------------------------------------------- */

/** reclaim_replace - compaction gives a normal page another frame; HOST_EBUSY when somebody uses the page */
int64_t reclaim_replace(struct hv_mm *mm, hva_t hva);
/** reclaim_swap_out - a normal page leaves memory; HOST_EBUSY likewise, HOST_ENOMEM when swap is full */
int64_t reclaim_swap_out(struct hv_mm *mm, hva_t hva);

/* ---- fork (fork.c) ----------------------------------------------------------------------------- */

/** fork_process - dup_mm(); HOST_EBUSY while the child before lives */
int64_t fork_process(struct hv_guest *kvm);
/** fork_child_exit - the child's memory goes; HOST_ENOENT without a child */
int64_t fork_child_exit(struct hv_guest *kvm);

#endif
