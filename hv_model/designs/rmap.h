/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rmap.h - marks in the rmap arrays of the memslots, and what the designs that
 * keep them there have in common.
 *
 * In the versions of the patch up to the ninth, the number of a page's device
 * page is kept in the rmap array of its memslot. The array comes and goes with
 * the slot. What each version does to reach an entry, and under which lock, is
 * in its own file; here is what none of them changed: the arrays, the marks, the
 * move of one page, and the way to become secure.
 *
 * Locking: said at each function. Errors: hypercall codes, or as said.
 * Blocking: all but the views yield.
 */
#ifndef HV_DESIGNS_RMAP_H
#define HV_DESIGNS_RMAP_H

#include "device_page.h"

/* The top byte of an rmap entry is its type. */
#define RMAP_TYPE (UINT64_C(0xff) << 56)
#define RMAP_UVMEM (UINT64_C(2) << 56)

/* The private data of the posted patches: it keeps a pointer to the mark. */
struct rmap_pvt {
	struct device_pvt common;
	uint64_t *rmap;
};

static inline bool rmap_is_uvmem(uint64_t entry)
{
	return (entry & RMAP_TYPE) == RMAP_UVMEM;
}
static inline uint64_t *rmap_of(const struct memslot *slot, gfn_t gfn)
{
	return (uint64_t *)slot->arch + (gfn.n - slot->base.n);
}
/* The device page that the entry of a guest page names. */
static inline struct hv_page *rmap_page(struct hv_guest *kvm, gfn_t gfn, uint64_t entry)
{
	return device_page_of_mark(kvm, gfn, (dfn_t){(uint32_t)entry});
}

/** rmap_find - the entry of a guest page, NULL when no valid slot has it; srcu is held */
uint64_t *rmap_find(struct hv_guest *kvm, gfn_t gfn);
/** rmap_read - whether an entry says that the page is out on the device, at the price of a look */
bool rmap_read(const uint64_t *rmap);
/** rmap_set, rmap_clear - change a mark; tell the trace */
void rmap_set(struct hv_guest *kvm, uint64_t *rmap, gfn_t gfn, dfn_t dfn);
void rmap_clear(struct hv_guest *kvm, uint64_t *rmap, gfn_t gfn);

/* A device page for a guest page, its mark set; NULL: none to be had. */
typedef struct hv_page *rmap_get_page_fn(struct hv_guest *kvm, uint64_t *rmap, uint64_t gpa);
/** rmap_get_page - as posted from the ninth version on */
rmap_get_page_fn rmap_get_page;
/** rmap_page_in - move one page to the device; what UV_PAGE_IN answers is not looked at, as posted */
int64_t rmap_page_in(
	struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t *rmap, uint64_t gpa, rmap_get_page_fn *get_page);
/** rmap_page_in_locked - H_SVM_PAGE_IN's work on one page, with the mutex; srcu and mmap_lock are held */
int64_t rmap_page_in_locked(struct hv_guest *kvm, uint64_t gpa, rmap_get_page_fn *get_page);
/** rmap_skip_page_out - if the page is out: let its way back leave the content behind. Whether it is out. */
bool rmap_skip_page_out(struct hv_guest *kvm, gfn_t gfn, const uint64_t *rmap);
/** rmap_share_locked - share a page, with the mutex around each look at its mark */
int64_t rmap_share_locked(struct hv_guest *kvm, uint64_t gpa);
/** rmap_page_free - the last reference is gone: the mark is cleared through the kept pointer */
void rmap_page_free(struct hv *hv, struct hv_page *page);
/** rmap_send_page - send_page_to_uv as posted: neither the mutex nor a look at what the page is */
bool rmap_send_page(struct hv_guest *kvm, gfn_t gfn);
/** rmap_send_page_locked - the same with both, before the page is asked for and after; srcu is held */
bool rmap_send_page_locked(struct hv_guest *kvm, gfn_t gfn);
/** rmap_drop_by_gup - let a fault bring every device page of a slot back, without content; @lock: with the mutex */
void rmap_drop_by_gup(struct hv_guest *kvm, const struct memslot *slot, bool lock);
/** rmap_svm_off - terminate, and only then take the pages back; @lock: with the mutex */
int64_t rmap_svm_off(struct hv_guest *kvm, bool lock);

int64_t rmap_init_start(struct hv_guest *kvm);
int64_t rmap_init_done(struct hv_guest *kvm);

bool rmap_memslot_prepare(struct hv_guest *kvm, struct memslot *slot);
bool rmap_memslot_create(struct hv_guest *kvm, const struct memslot *slot);
void rmap_memslot_delete(struct hv_guest *kvm, const struct memslot *slot);
void rmap_guest_destroy(struct hv_guest *kvm);
enum hv_mark rmap_mark_of(struct hv_guest *kvm, gfn_t gfn);
uint32_t rmap_marked(struct hv_guest *kvm);

/* The rmap array is there anyway (Linux 5.4 kvmppc_core_create_memslot_hv); private data is 32 bytes from kmalloc. */
#define RMAP_BYTES_PER_PAGE 0
#define RMAP_BYTES_PER_DEVICE_PAGE 32
#define RMAP_MARKS (1u << HV_MARK_NONE | 1u << HV_MARK_UVMEM)

#endif
