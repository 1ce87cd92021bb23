/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migrate.h - moving pages between normal memory and device pages.
 *
 * The kernel's migrate_vma in three steps: setup isolates the pages of a range
 * and puts migration entries in their places, pages moves the mapping, finalize
 * puts entries for the new pages (or, where it failed, the old ones) back.
 * Between the steps the caller copies the content, here by ultracall.
 *
 * Locking: mmap_lock is held for reading. Errors: said at each function.
 * Blocking: yields.
 */
#ifndef HV_MODEL_MIGRATE_H
#define HV_MODEL_MIGRATE_H

#include "mm.h"

enum migrate_select { MIGRATE_SYSTEM = 1, MIGRATE_DEVICE = 2 };

/* One page of the range. */
struct migrate_entry {
	struct hv_page *src; /* locked; NULL: nothing was mapped, or the zero page */
	struct hv_page *dst; /* locked, with one reference; set by the caller, NULL: do not move */
	bool migrate; /* may move, later: did move */
};

struct migrate_vma {
	struct hv_guest *kvm;
	struct vma *vma; /* of the process, or of its child */
	hva_t start;
	uint64_t pages;
	struct migrate_entry *entries; /* @pages of them, the caller's */
	unsigned select; /* enum migrate_select bits: which pages to collect */
	struct hv_page *fault_page; /* the faulting thread's reference on it does not count */
	bool any_refs; /* nor does any other on a device page: who has one cannot reach its content */
};

/** migrate_vma_setup - 0, or HOST_EINVAL when the range is not inside the VMA */
int64_t migrate_setup(struct migrate_vma *args);
/**
 * migrate_setup_page - the same for one device page, wherever it is mapped (migrate_device_range() of Linux 6.2)
 * args->start: where it is likely to be; vma and select are not looked at. The
 * caller has a reference, and the migration takes another. 0, HOST_EBUSY when
 * the page is locked, or HOST_EINVAL. Needs no mmap_lock.
 */
int64_t migrate_setup_page(struct migrate_vma *args, struct hv_page *page);
/**
 * migrate_move - move the mappings; entry->migrate says whether that went well
 * Until migrate_finalize() the move can be taken back: clear entry->migrate.
 */
void migrate_move(struct migrate_vma *args);
void migrate_finalize(struct migrate_vma *args);

#endif
