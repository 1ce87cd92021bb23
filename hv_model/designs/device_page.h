/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device_page.h - what the designs with a device page for each secure page do
 * in the same way: the pool, the checks of the page hypercalls, and the way of
 * one page back to normal memory.
 *
 * What they do differently, and that is where they race, stays with them: where
 * the device page's number is kept, and under which lock it is read.
 *
 * Locking: said at each function. Errors: hypercall codes, or as said.
 * Blocking: yields.
 */
#ifndef HV_DESIGNS_DEVICE_PAGE_H
#define HV_DESIGNS_DEVICE_PAGE_H

#include "design.h"
#include "ucall.h"

/* The head of a device page's private data (zone_device_data). uvmem_lock of @kvm. */
struct device_pvt {
	struct hv_guest *kvm;
	uint64_t gpa;
	uint64_t skip_page_out; /* the page is to be unmapped only: do not ask for its content */
};

/* One page to migrate, with the entry it needs. */
struct device_migration {
	struct migrate_vma mig;
	struct migrate_entry entry;
};

/** device_page_take - a free device page's number, DFN_NONE when all are in use; bitmap_lock is held */
dfn_t device_page_take(struct hv *hv) REQUIRES(hv->bitmap_lock);
/** device_page_reserve, device_page_release - take or give back a device page; they take bitmap_lock */
dfn_t device_page_reserve(struct hv *hv);
void device_page_release(struct hv *hv, dfn_t dfn);
/** device_page_give - the same as release where bitmap_lock is held */
void device_page_give(struct hv *hv, dfn_t dfn) REQUIRES(hv->bitmap_lock);

/** device_pvt_alloc - private data of @size bytes for a device page that was taken; NULL: no memory */
void *device_pvt_alloc(struct hv_guest *kvm, dfn_t dfn, size_t size);
/** device_pvt_new - a device page, its number in @dfn, and private data of @size bytes for it; NULL: neither */
void *device_pvt_new(struct hv_guest *kvm, size_t size, dfn_t *dfn);
/** device_page_of_mark - the device page that a guest page's mark names; told when it is another's by now */
struct hv_page *device_page_of_mark(struct hv_guest *kvm, gfn_t gfn, dfn_t dfn);
/** device_page_init - give a device page its private data (a struct device_pvt first) and its first reference */
struct hv_page *device_page_init(struct hv_guest *kvm, dfn_t dfn, void *pvt, uint64_t gpa);

/**
 * device_page_pvt - a device page's private data
 * A page that is being freed has none any more; where the kernel would follow
 * the NULL pointer, this is a finding, and the call does not return.
 */
void *device_page_pvt(const struct hv_page *page);

/** device_check_call - what every page hypercall checks first; @bad_flags: those that must not be set */
int64_t device_check_call(const struct hv_guest *kvm, uint64_t bad_flags, uint64_t order);

/**
 * device_h_page_in, device_h_page_out - the frame of H_SVM_PAGE_IN and H_SVM_PAGE_OUT: checks, srcu, mmap_lock
 * @share:  a page is to be shared; srcu is not held
 * @move:   a page is to be moved; srcu and mmap_lock are held
 */
int64_t device_h_page_in(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order,
	int64_t (*share)(struct hv_guest *kvm, uint64_t gpa), int64_t (*move)(struct hv_guest *kvm, uint64_t gpa));
int64_t device_h_page_out(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order,
	int64_t (*move)(struct hv_guest *kvm, uint64_t gpa));

/** device_check_init - whether a VM may become secure: 0, H_UNSUPPORTED, H_AUTHORITY */
int64_t device_check_init(const struct hv_guest *kvm);

/** device_init_start - H_SVM_INIT_START of a design that allocates nothing for it: the flag first, then all slots */
int64_t device_init_start(struct hv_guest *kvm);
/** device_init_abort - H_SVM_INIT_ABORT: all pages come back with their content, by memslot_drop */
int64_t device_init_abort(struct hv_guest *kvm);
/** device_register_slots - tell the ultravisor of all slots; H_PARAMETER when it refuses one; srcu is held */
int64_t device_register_slots(struct hv_guest *kvm);
/** device_svm_off - take all pages back by memslot_drop, then let the ultravisor end the secure VM */
int64_t device_svm_off(struct hv_guest *kvm);

/* What to do with one page of a slot; mmap_lock is held for reading. False: go no further. */
typedef bool device_page_fn(struct hv_guest *kvm, struct vma *vma, hva_t hva, gfn_t gfn, bool with_content);
/**
 * device_each_page - all pages of a slot, until one has no mapping in the process
 * @with_content: handed on to @fn
 * Takes mmap_lock. Returns whether it came to the end.
 */
bool device_each_page(struct hv_guest *kvm, const struct memslot *slot, bool with_content, device_page_fn *fn);

/** device_find_vma - address and mapping of a guest page; NULL without. mmap_lock and srcu are held. */
struct vma *device_find_vma(struct hv_guest *kvm, gfn_t gfn, hva_t *hva);

/** device_migrate_setup - begin to migrate one page; 0 or HOST_EINVAL; uvmem_lock is held */
int64_t device_migrate_setup(struct device_migration *m, struct hv_guest *kvm, struct vma *vma, hva_t hva,
	unsigned select, struct hv_page *fault_page);

/**
 * device_page_in - after the setup: the content to the ultravisor, and the move to the device page @page
 * @content: there may be content worth telling of
 * When the ultravisor refuses, its code is returned, nothing has moved, and @page
 * is still the caller's (device_page_undo). uvmem_lock is held.
 */
int64_t device_page_in(struct device_migration *m, struct hv_page *page, uint64_t gpa, bool content);
/** device_page_undo - give a device page back that was to be moved to: page_free comes */
void device_page_undo(struct hv_guest *kvm, struct hv_page *page);

/**
 * device_page_out - after the setup: get a normal page, the content by UV_PAGE_OUT
 * unless the page's private data says to skip it, and finish the migration.
 * Returns 0 also when there was no device page to move; else what went wrong.
 * uvmem_lock is held.
 */
int64_t device_page_out(struct device_migration *m, uint64_t gpa);

/*
 * Whether a page is out; if so its way back is to leave the content behind.
 * uvmem_lock is held. @mark: as given to device_share.
 */
typedef bool device_skip_fn(struct hv_guest *kvm, gfn_t gfn, const uint64_t *mark);
/**
 * device_share - share a page: a normal page, without content, to both sides
 * @mark:   handed on to @skip; NULL when the design looks its marks up by number
 * @shared: sets the mark of a shared page, uvmem_lock held; NULL: there is none
 * srcu is held; takes uvmem_lock around each look at the mark.
 */
int64_t device_share(struct hv_guest *kvm, uint64_t gpa, device_skip_fn *skip, const uint64_t *mark,
	void (*shared)(struct hv_guest *kvm, gfn_t gfn));

/**
 * device_send_page - send_page_to_uv: a page that the ultravisor may miss, unless it is out
 * @is_normal: whether it is to be sent; uvmem_lock is held
 */
bool device_send_page(struct hv_guest *kvm, gfn_t gfn, bool (*is_normal)(struct hv_guest *kvm, gfn_t gfn));

#endif
