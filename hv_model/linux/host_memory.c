/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host_memory.c - allocations, pages, page tables and migration for a kernel file.
 *
 * Everything leads to the functions that our own designs use, so that both run on
 * one memory management, with its eras, checks and faults on purpose.
 *
 * Locking: as the functions behind. Errors: as include/pef/host.h says. Blocking:
 * yields.
 */
#include "linux.h"

#include "anon_rmap.h"
#include "process.h"

/* ---- allocation ------------------------------------------------------------------ */

static obj_t alloc_name(enum pef_alloc what)
{
	const struct linux_task *task = linux_current();
	unsigned guest = task ? task->kvm->index : OBJ_NO_GUEST;
	switch (what) {
	case PEF_ALLOC_PVT:
		return obj_make(OBJ_PVT, guest, task ? task->taken.n : OBJ_NO_INDEX);
	case PEF_ALLOC_SLOT:
		return obj_make(OBJ_UVMEM_SLOT, guest, task ? task->slot : OBJ_NO_INDEX);
	case PEF_ALLOC_PFNS:
		return obj_make(OBJ_PFNS, guest, task ? task->slot : OBJ_NO_INDEX);
	case PEF_ALLOC_POOL:
		return obj_make(OBJ_KMALLOC, OBJ_NO_GUEST, OBJ_NO_INDEX);
	case PEF_ALLOC_OTHER:
		break;
	}
	return obj_make(OBJ_KMALLOC, guest, OBJ_NO_INDEX);
}

/* The module is initialised before the time that is told. */
static void *alloc(size_t size, enum pef_alloc what)
{
	obj_t name = alloc_name(what);
	if (what == PEF_ALLOC_POOL)
		return heap_alloc(size, name);
	cost_charge(STEP_ALLOC);
	return inject_fails(INJECT_ALLOC, name) ? NULL : heap_alloc(size, name);
}

static void free_object(const void *object)
{
	if (!object)
		return;
	cost_charge(STEP_FREE);
	heap_free((void *)object);
}

static void charge(enum pef_step step)
{
	static const enum cost_step steps[] = {
		[PEF_STEP_COLLECT] = STEP_MIGRATE_COLLECT,
		[PEF_STEP_MOVE] = STEP_MIGRATE_PAGE,
		[PEF_STEP_FINALIZE] = STEP_MIGRATE_FINALIZE,
		[PEF_STEP_POOL] = STEP_POOL,
		[PEF_STEP_LIST] = STEP_LIST_STEP,
	};
	cost_charge(steps[step]);
}

/* ---- pages -------------------------------------------------------------------------- */

static void page_get(uint64_t pfn)
{
	hpage_get(linux_page(pfn));
}

static void page_put(uint64_t pfn)
{
	hpage_put(linux_hv(), linux_page(pfn));
}

static unsigned page_count(uint64_t pfn)
{
	return hpage_count(linux_page(pfn));
}

static unsigned page_maps(uint64_t pfn)
{
	return hpage_mapped(linux_page(pfn));
}

/* The file locks only pages that it has just allocated and that nobody else knows. */
static void page_lock(uint64_t pfn)
{
	sim_page_lock_lock_nested(&linux_page(pfn)->lock, 1);
}

static bool page_trylock(uint64_t pfn)
{
	struct hv_page *page = linux_page(pfn);
	return !inject_fails(INJECT_PAGE_BUSY, hpage_lock_name(page)) && sim_page_lock_trylock(&page->lock);
}

static void page_unlock(uint64_t pfn)
{
	sim_page_lock_unlock(&linux_page(pfn)->lock);
}

static bool page_locked(uint64_t pfn)
{
	return (linux_page(pfn)->lock.word & SIM_PAGE_LOCKED) != 0;
}

static void page_revive(uint64_t pfn)
{
	hpage_revive(linux_page(pfn));
}

static uint64_t page_alloc(void *handle, uint64_t address)
{
	struct hv_mm *mm = handle;
	struct hv_page *page = !mm || mm->child ? hpage_alloc_for(linux_hv(), FRAME_HOST)
						: hpage_alloc(mm->kvm, mm_gfn_of_hva(mm->kvm, linux_hva(address)));
	return page ? hpage_pfn(page) : UINT64_MAX;
}

/* ---- the pool: the bitmap is the driver's, the books are ours ------------------------- */

static bool pool_may(void)
{
	return !inject_fails(INJECT_DEVICE_PAGE, OBJ_NULL);
}

static void pool_take(uint64_t index)
{
	struct hv *hv = linux_hv();
	struct linux_task *task = linux_current();
	if (task)
		task->taken = (dfn_t){(uint32_t)index};
	hv->pool.used++;
	trace_emit(TRACE_POOL, 1, index, hv->pool.pages - hv->pool.used);
}

static void pool_give(uint64_t index)
{
	struct hv *hv = linux_hv();
	cost_charge(STEP_POOL);
	hv->pool.used--;
	trace_emit(TRACE_POOL, 0, index, hv->pool.pages - hv->pool.used);
}

/* ---- page tables ------------------------------------------------------------------------ */

static uint64_t *pte_at(void *mm, uint64_t address)
{
	return hv_sparse_at(&((struct hv_mm *)mm)->ptes, gfn_of_hva(linux_hva(address)).n, true);
}

static void pte_set(void *mm, uint64_t address, uint64_t word)
{
	mm_set_pte(mm, linux_hva(address), (pte_t){word});
}

static uint64_t pages_between(uint64_t start, uint64_t end)
{
	return (end - start) >> PEF_PAGE_SHIFT;
}

static void range_start(void *mm, uint64_t start, uint64_t end)
{
	notifier_start(mm, linux_hva(start), pages_between(start, end));
}

static void range_end(void *mm, uint64_t start, uint64_t end)
{
	notifier_end(mm, linux_hva(start), pages_between(start, end));
}

/* ---- migration ----------------------------------------------------------------------------- */

static void hint(void *mm, uint64_t address)
{
	struct linux_task *task = linux_current();
	if (!task)
		return;
	task->mm = mm;
	task->hva = linux_hva(address);
}

static void unmap(uint64_t pfn)
{
	struct linux_task *task = linux_current();
	if (task)
		rmap_unmap(task->kvm, linux_page(pfn));
}

static void restore(uint64_t from, uint64_t to)
{
	struct linux_task *task = linux_current();
	if (task)
		rmap_restore(task->mm, task->hva, linux_page(from), linux_page(to));
}

static bool may_move(uint64_t pfn, unsigned extra)
{
	struct hv_page *page = linux_page(pfn);
	if (inject_fails(INJECT_MIGRATE_PAGE, hpage_lock_name(page)))
		return false;
	return rmap_users(linux_hv(), page) == 1 + extra;
}

static bool may_setup(void)
{
	return !inject_fails(INJECT_MIGRATE_SETUP, OBJ_NULL);
}

static struct pef_vma *vma_first(void *mm, uint64_t start, uint64_t end)
{
	struct vma *vma = mm_next_vma(mm, linux_hva(start));
	return vma && vma->start.n <= (end - 1) >> PEF_PAGE_SHIFT ? (struct pef_vma *)&vma->view : NULL;
}

/* __ksm_madvise(): to keep pages from being merged, those that are get pages of their own. */
static bool vma_mergeable(struct pef_vma *view, bool mergeable)
{
	struct vma *vma = (struct vma *)view;
	if (vma->mergeable && !mergeable && !ksm_unmerge(vma))
		return false;
	vma->mergeable = mergeable;
	return true;
}

void linux_fill_memory(struct pef_host *host)
{
	host->alloc = alloc;
	host->free = free_object;
	host->charge = charge;
	host->page_get = page_get;
	host->page_put = page_put;
	host->page_count = page_count;
	host->page_maps = page_maps;
	host->page_lock = page_lock;
	host->page_trylock = page_trylock;
	host->page_unlock = page_unlock;
	host->page_locked = page_locked;
	host->page_revive = page_revive;
	host->page_alloc = page_alloc;
	host->pool_may = pool_may;
	host->pool_take = pool_take;
	host->pool_give = pool_give;
	host->pte_word = pte_at;
	host->pte_set = pte_set;
	host->notifier_start = range_start;
	host->notifier_end = range_end;
	host->unmap = unmap;
	host->restore = restore;
	host->hint = hint;
	host->may_move = may_move;
	host->may_setup = may_setup;
	host->vma_find = vma_first;
	host->vma_mergeable = vma_mergeable;
}

_Static_assert(offsetof(struct vma, view) == 0, "a view is the mapping it is of");
_Static_assert(sizeof(struct vma_view) == sizeof(struct pef_vma), "as struct pef_vma");
_Static_assert(offsetof(struct vma_view, flags) == offsetof(struct pef_vma, vm_flags), "as struct pef_vma");
_Static_assert(VMA_VIEW_MERGEABLE == PEF_VM_MERGEABLE && VMA_VIEW_FLAGS == PEF_VM_DEFAULT, "as host.h");
_Static_assert(PEF_PTE_NONE == HOST_PTE_NONE && PEF_PTE_NORMAL == HOST_PTE_NORMAL, "as host.h");
_Static_assert(PEF_PTE_DEVICE == HOST_PTE_DEVICE && PEF_PTE_MIGRATION == HOST_PTE_MIGRATION, "as host.h");
_Static_assert(PEF_PTE_SWAP == HOST_PTE_SWAP && PEF_PTE_DEVICE_BIT == PTE_DEVICE_BIT, "as host.h");
_Static_assert(PEF_PTE_READONLY == PTE_READONLY_BIT, "as host.h");
