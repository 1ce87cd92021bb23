/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device_page.c - the common part of the designs with device pages.
 *
 * Follows arch/powerpc/kvm/book3s_hv_uvmem.c of Linux 6.1, where these pieces
 * have not changed since the first posted versions.
 *
 * Locking: takes bitmap_lock; the rest is the caller's. Errors: as declared.
 * Blocking: yields.
 */
#include "device_page.h"

#include <stdio.h>

#include "pefsim/finding.h"

dfn_t device_page_take(struct hv *hv)
{
	cost_charge(STEP_POOL);
	if (inject_fails(INJECT_DEVICE_PAGE, OBJ_NULL))
		return DFN_NONE;
	dfn_t dfn = devpool_take(&hv->pool);
	if (dfn.n != DFN_NONE.n)
		trace_emit(TRACE_POOL, 1, dfn.n, hv->pool.pages - hv->pool.used);
	return dfn;
}

dfn_t device_page_reserve(struct hv *hv)
{
	sim_spin_lock(&hv->bitmap_lock);
	dfn_t dfn = device_page_take(hv);
	sim_spin_unlock(&hv->bitmap_lock);
	return dfn;
}

void device_page_give(struct hv *hv, dfn_t dfn)
{
	cost_charge(STEP_POOL);
	devpool_give(&hv->pool, dfn);
	trace_emit(TRACE_POOL, 0, dfn.n, hv->pool.pages - hv->pool.used);
}

void device_page_release(struct hv *hv, dfn_t dfn)
{
	sim_spin_lock(&hv->bitmap_lock);
	device_page_give(hv, dfn);
	sim_spin_unlock(&hv->bitmap_lock);
}

void *device_pvt_alloc(struct hv_guest *kvm, dfn_t dfn, size_t size)
{
	obj_t name = obj_make(OBJ_PVT, kvm->index, dfn.n);
	cost_charge(STEP_ALLOC);
	return inject_fails(INJECT_ALLOC, name) ? NULL : heap_alloc(size, name);
}

void *device_pvt_new(struct hv_guest *kvm, size_t size, dfn_t *dfn)
{
	*dfn = device_page_reserve(kvm->hv);
	if (dfn->n == DFN_NONE.n)
		return NULL;
	void *pvt = device_pvt_alloc(kvm, *dfn, size);
	if (!pvt)
		device_page_release(kvm->hv, *dfn);
	return pvt;
}

struct hv_page *device_page_init(struct hv_guest *kvm, dfn_t dfn, void *pvt, uint64_t gpa)
{
	struct hv_page *page = hpage_of_device(kvm->hv, dfn);
	struct device_pvt *common = pvt;
	common->gpa = gpa;
	common->kvm = kvm;
	page->zone_device_data = pvt;
	hpage_revive(page);
	reuse_own(kvm->hv->device_uses, dfn.n, trace_page(kvm->index, gfn_of_gpa(gpa)));
	return page;
}

/* A mark is the kernel's own word, with no room for the generation: the page must be the one it stands for. */
struct hv_page *device_page_of_mark(struct hv_guest *kvm, gfn_t gfn, dfn_t dfn)
{
	reuse_check_page(kvm->hv->device_uses, dfn.n, trace_page(kvm->index, gfn), "a mark");
	return hpage_of_device(kvm->hv, dfn);
}

static void device_report_null(const struct hv_page *page)
{
	struct finding f;
	finding_begin(&f, FINDING_MODEL);
	snprintf(f.title, sizeof(f.title), "NULL pointer dereference of a device page's private data");
	finding_add_block(&f, "read through page->zone_device_data by %s:", context_name(context_self()));
	finding_add_line(
		&f, "device page %u is being freed: its private data is gone, its mark is not", hpage_index(page));
	finding_report(&f);
}

void *device_page_pvt(const struct hv_page *page)
{
	void *pvt = page->zone_device_data;
	if (!pvt)
		device_report_null(page);
	return pvt;
}

int64_t device_check_call(const struct hv_guest *kvm, uint64_t bad_flags, uint64_t order)
{
	if (!(kvm_secure(kvm) & SECURE_INIT_START))
		return ABI_H_UNSUPPORTED;
	if (order != ABI_PAGE_ORDER)
		return ABI_H_P3;
	return bad_flags ? ABI_H_P2 : ABI_H_SUCCESS;
}

int64_t device_check_init(const struct hv_guest *kvm)
{
	if (kvm->hv->pool.pages == 0)
		return ABI_H_UNSUPPORTED;
	return kvm->svm_enabled ? ABI_H_SUCCESS : ABI_H_AUTHORITY;
}

/* ---- the page hypercalls ----------------------------------------------------------- */

static int64_t device_move(struct hv_guest *kvm, uint64_t gpa, int64_t (*move)(struct hv_guest *kvm, uint64_t gpa))
{
	int idx = sim_srcu_read_lock(&kvm->srcu);
	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	int64_t code = move(kvm, gpa);
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

int64_t device_h_page_in(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order,
	int64_t (*share)(struct hv_guest *kvm, uint64_t gpa), int64_t (*move)(struct hv_guest *kvm, uint64_t gpa))
{
	int64_t code = device_check_call(kvm, flags & ~(uint64_t)ABI_H_PAGE_IN_SHARED, order);
	if (code)
		return code;
	return flags & ABI_H_PAGE_IN_SHARED ? share(kvm, gpa) : device_move(kvm, gpa, move);
}

int64_t device_h_page_out(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order,
	int64_t (*move)(struct hv_guest *kvm, uint64_t gpa))
{
	int64_t code = device_check_call(kvm, flags, order);
	return code ? code : device_move(kvm, gpa, move);
}

int64_t device_init_start(struct hv_guest *kvm)
{
	/* First of all: also a refusal has to go back through the ultravisor. */
	kvm_set_secure(kvm, SECURE_INIT_START);
	int64_t code = device_check_init(kvm);
	if (code)
		return code;
	int idx = sim_srcu_read_lock(&kvm->srcu);
	code = device_register_slots(kvm);
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

int64_t device_init_abort(struct hv_guest *kvm)
{
	if (!(kvm_secure(kvm) & SECURE_INIT_START))
		return ABI_H_UNSUPPORTED;
	if (kvm_secure(kvm) & SECURE_INIT_DONE)
		return ABI_H_STATE;
	int idx = sim_srcu_read_lock(&kvm->srcu);
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++) {
		cost_charge(STEP_HV_INIT);
		kvm->hv->design->memslot_drop(kvm, &slots->slots[i], true);
	}
	sim_srcu_read_unlock(&kvm->srcu, idx);
	kvm_set_secure(kvm, 0);
	uv_svm_terminate(kvm);
	return ABI_H_PARAMETER;
}

int64_t device_register_slots(struct hv_guest *kvm)
{
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++) {
		cost_charge(STEP_HV_INIT);
		if (uv_register_mem_slot(kvm, &slots->slots[i]) < 0)
			return ABI_H_PARAMETER;
	}
	return ABI_H_SUCCESS;
}

int64_t device_svm_off(struct hv_guest *kvm)
{
	int idx = sim_srcu_read_lock(&kvm->srcu);
	const struct memslots *slots = memslot_table(kvm);
	for (uint32_t i = 0; i < slots->count; i++) {
		kvm->hv->design->memslot_drop(kvm, &slots->slots[i], false);
		uv_unregister_mem_slot(kvm, &slots->slots[i]);
	}
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return uv_svm_terminate(kvm) == ABI_U_SUCCESS ? 0 : HOST_EINVAL;
}

bool device_each_page(struct hv_guest *kvm, const struct memslot *slot, bool with_content, device_page_fn *fn)
{
	struct vma *vma = NULL;
	bool going = true;

	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	for (uint64_t i = 0; i < slot->pages && going; i++) {
		gfn_t gfn = {slot->base.n + i};
		hva_t hva = memslot_hva(slot, gfn);
		if (!vma || hva.n >= vma->end.n)
			vma = vma_find(kvm, hva);
		going = vma && fn(kvm, vma, hva, gfn, with_content);
	}
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	return going;
}

/* ---- one page's way there and back ---------------------------------------------------- */

struct vma *device_find_vma(struct hv_guest *kvm, gfn_t gfn, hva_t *hva)
{
	return hv_gfn_to_hva(kvm, gfn, hva) ? vma_find(kvm, *hva) : NULL;
}

int64_t device_migrate_setup(struct device_migration *m, struct hv_guest *kvm, struct vma *vma, hva_t hva,
	unsigned select, struct hv_page *fault_page)
{
	m->mig = (struct migrate_vma){.kvm = kvm,
		.vma = vma,
		.start = hva,
		.pages = 1,
		.entries = &m->entry,
		.select = select,
		.fault_page = fault_page};
	return migrate_setup(&m->mig);
}

int64_t device_page_in(struct device_migration *m, struct hv_page *page, uint64_t gpa, bool content)
{
	int64_t code = content && m->entry.src ? uv_page_in(m->mig.kvm, m->entry.src, gpa, 0, ABI_PAGE_ORDER) : 0;
	if (code)
		return code;
	m->entry.dst = page;
	migrate_move(&m->mig);
	return 0;
}

void device_page_undo(struct hv_guest *kvm, struct hv_page *page)
{
	sim_page_lock_unlock(&page->lock);
	hpage_put(kvm->hv, page);
}

/*
 * Whether a page that comes back without content is to read as zeros. No posted
 * design does so; the policy does, for all that is dropped. A share is no drop:
 * it fetches the page by a fault, and the ultravisor zeroes it.
 */
static bool device_zero_fills(const struct device_migration *m)
{
	return m->mig.kvm->hv->config.slot_delete == SLOT_DELETE_ZERO_FILL && !m->mig.fault_page;
}

/*H:160
 * The way back of a page: a fresh frame, the content from the ultravisor unless nobody wants it, then
 * the move. That the move may still fail is not looked at, here as in Linux.
 :*/
/* A normal page for the device page that was collected, and its content. */
static int64_t device_bring_back(struct device_migration *m, uint64_t gpa)
{
	struct hv_guest *kvm = m->mig.kvm;
	const struct device_pvt *pvt = device_page_pvt(m->entry.src);
	struct hv_page *page = hpage_alloc(kvm, gfn_of_gpa(gpa));
	int64_t code = ABI_U_SUCCESS;

	if (!page)
		return HOST_ENOMEM;
	/* Nobody else knows the page yet. */
	sim_page_lock_lock_nested(&page->lock, 1);
	if (!pvt->skip_page_out)
		code = uv_page_out(kvm, page, gpa, 0, ABI_PAGE_ORDER);
	else if (device_zero_fills(m))
		hpage_zero(kvm->hv, page);
	if (code != ABI_U_SUCCESS) {
		sim_page_lock_unlock(&page->lock);
		hpage_put(kvm->hv, page);
		return code;
	}
	m->entry.dst = page;
	migrate_move(&m->mig);
	return 0;
}

int64_t device_page_out(struct device_migration *m, uint64_t gpa)
{
	int64_t code = 0;
	if (m->entry.src && m->entry.migrate && hpage_is_device(m->entry.src))
		code = device_bring_back(m, gpa);
	migrate_finalize(&m->mig);
	return code;
}

/* ---- share, and faults of the guest ------------------------------------------------------ */

/*
 * UV_PAGE_IN of a page that was looked up, unless the host has taken it back since: an invalidation is told to
 * the ultravisor under mmu_lock, so the frame is told there as well (mmu_invalidate_retry()). Linux 6.1 just tells it.
 */
static int64_t device_tell_page(struct hv_guest *kvm, const struct hv_page *page, uint64_t gpa, uint64_t seq)
{
	int64_t code = HOST_EBUSY;

	if (!kvm->hv->design->checks_invalidation)
		return uv_page_in(kvm, page, gpa, 0, ABI_PAGE_ORDER);
	sim_spin_lock(&kvm->mmu_lock);
	if (!kvm->mmu_in_progress && kvm->mmu_seq == seq)
		code = uv_page_in(kvm, page, gpa, 0, ABI_PAGE_ORDER);
	sim_spin_unlock(&kvm->mmu_lock);
	return code;
}

/* Wait for the invalidations that are under way: what is looked up afterwards was not taken back by them. */
static uint64_t device_begin_lookup(struct hv_guest *kvm)
{
	if (!kvm->hv->design->checks_invalidation)
		return 0;
	notifier_wait(kvm);
	sim_spin_unlock(&kvm->mn_lock);
	sim_spin_lock(&kvm->mmu_lock);
	uint64_t seq = kvm->mmu_seq;
	sim_spin_unlock(&kvm->mmu_lock);
	return seq;
}

/* A normal page for the guest page, and uvmem_lock: the page is not on the device. NULL: neither. */
static struct hv_page *device_get_normal(
	struct hv_guest *kvm, gfn_t gfn, device_skip_fn *skip, const uint64_t *mark, uint64_t *seq)
{
	sim_mutex_lock(&kvm->uvmem_lock);
	skip(kvm, gfn, mark);
	for (;;) {
		sim_mutex_unlock(&kvm->uvmem_lock);
		*seq = device_begin_lookup(kvm);
		struct hv_page *page = hv_gfn_to_pfn(kvm, gfn);
		if (!page)
			return NULL;
		sim_mutex_lock(&kvm->uvmem_lock);
		if (!skip(kvm, gfn, mark))
			return page;
		hpage_put(kvm->hv, page);
	}
}

/* The page is the host's, and told to the ultravisor; HOST_EBUSY: the host took it back meanwhile. */
static int64_t device_share_once(struct hv_guest *kvm, uint64_t gpa, device_skip_fn *skip, const uint64_t *mark,
	void (*shared)(struct hv_guest *kvm, gfn_t gfn))
{
	uint64_t seq;
	struct hv_page *page = device_get_normal(kvm, gfn_of_gpa(gpa), skip, mark, &seq);
	if (!page)
		return HOST_EINVAL;
	if (hv_mutant(kvm->hv, MUTANT_SHARE_UNLOCKS_EARLY))
		sim_mutex_unlock(&kvm->uvmem_lock);
	if (shared && hv_mutant(kvm->hv, MUTANT_SHARED_MARK_TOO_SOON))
		shared(kvm, gfn_of_gpa(gpa));
	int64_t code = device_tell_page(kvm, page, gpa, seq);
	if (!code && shared)
		shared(kvm, gfn_of_gpa(gpa));
	if (!code || !hv_mutant(kvm->hv, MUTANT_REFUSED_SHARE_KEEPS_PAGE))
		hpage_put(kvm->hv, page);
	if (!hv_mutant(kvm->hv, MUTANT_SHARE_UNLOCKS_EARLY))
		sim_mutex_unlock(&kvm->uvmem_lock);
	return code;
}

int64_t device_share(struct hv_guest *kvm, uint64_t gpa, device_skip_fn *skip, const uint64_t *mark,
	void (*shared)(struct hv_guest *kvm, gfn_t gfn))
{
	int64_t code;
	do
		code = device_share_once(kvm, gpa, skip, mark, shared);
	while (code == HOST_EBUSY);
	return code ? ABI_H_PARAMETER : ABI_H_SUCCESS;
}

bool device_send_page(struct hv_guest *kvm, gfn_t gfn, bool (*is_normal)(struct hv_guest *kvm, gfn_t gfn))
{
	int64_t code = ABI_U_SUCCESS;
	uint64_t seq = device_begin_lookup(kvm);
	struct hv_page *page = hv_gfn_to_pfn(kvm, gfn);

	if (!page)
		return false;
	sim_mutex_lock(&kvm->uvmem_lock);
	if (is_normal(kvm, gfn))
		code = device_tell_page(kvm, page, gpa_of_gfn(gfn), seq);
	hpage_put(kvm->hv, page);
	sim_mutex_unlock(&kvm->uvmem_lock);
	/* The guest comes again. */
	return code == ABI_U_SUCCESS || code == HOST_EBUSY;
}
