/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * glue.h - what the files of the glue know of each other.
 *
 * Locking: views never yield. Errors: none. Blocking: as said.
 */
#ifndef PEF_GLUE_H
#define PEF_GLUE_H

#include "../include/pef/kernel.h"

/* memory.c */
extern unsigned long *pef_pool PEF_HIDDEN;
extern bool pef_starting PEF_HIDDEN;
/* kvm.c: a device page has been given its private data, so a mark has changed */
void pef_page_tell(struct page *page) PEF_HIDDEN;
/* uvmem.c, views */
int pef_mark_of(const void *view, uint64_t gfn) PEF_HIDDEN;
uint32_t pef_marked(const void *view) PEF_HIDDEN;
bool pef_owner_of(const struct page *page, struct kvm **kvm, u64 *gfn) PEF_HIDDEN;

#endif
