/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mm.h - mappings, page tables, notifiers, as mm/migrate_device.c and the driver
 * use them.
 *
 * A page-table entry is the simulator's word (host.h) with the kernel's names on
 * top. There are no tables above the last: a walk offers one page at a time, as
 * if each had a table of its own. Clearing an entry and setting the new one is
 * one step here: between the two the kernel holds the page-table lock and
 * hardware finds nothing, and nothing else can tell the difference.
 *
 * Locking: as the kernel's. Errors: as the kernel's. Blocking: yields.
 */
#ifndef PEF_MM_H
#define PEF_MM_H

#include "page.h"

/* ---- processes and mappings --------------------------------------------------------- */

typedef struct {
	unsigned long pgprot;
} pgprot_t;
struct mm_struct {
	struct rw_semaphore mmap_lock;
	spinlock_t page_table_lock;
	void *host;
};
struct vm_area_struct {
	unsigned long vm_start, vm_end;
	unsigned long vm_flags;
	struct mm_struct *vm_mm;
	pgprot_t vm_page_prot;
};
_Static_assert(offsetof(struct vm_area_struct, vm_end) == offsetof(struct pef_vma, vm_end), "as struct pef_vma");
_Static_assert(offsetof(struct vm_area_struct, vm_flags) == offsetof(struct pef_vma, vm_flags), "as struct pef_vma");
_Static_assert(offsetof(struct vm_area_struct, vm_mm) == offsetof(struct pef_vma, vm_mm), "as struct pef_vma");

typedef unsigned long vm_flags_t;
#define VM_READ 0x1UL
#define VM_WRITE 0x2UL
#define VM_EXEC 0x4UL
#define VM_SHARED 0x8UL
#define VM_MERGEABLE PEF_VM_MERGEABLE
/* Device memory, no copies, never expanded: what a migration refuses. */
#define VM_SPECIAL 0x10044400UL

#define mmap_sem mmap_lock
#define mmap_read_lock(mm) down_read(&(mm)->mmap_lock)
#define mmap_read_unlock(mm) up_read(&(mm)->mmap_lock)
#define mmap_write_lock(mm) down_write(&(mm)->mmap_lock)
#define mmap_write_unlock(mm) up_write(&(mm)->mmap_lock)
#define mmap_write_downgrade(mm) downgrade_write(&(mm)->mmap_lock)
#define mmap_assert_locked(mm) ((void)(mm))
#define vma_start_write(vma) ((void)(vma))
#define vm_flags_reset(vma, flags) WRITE_ONCE((vma)->vm_flags, flags)
#define vm_flags_set(vma, flags) WRITE_ONCE((vma)->vm_flags, (vma)->vm_flags | (flags))
#define vm_flags_clear(vma, flags) WRITE_ONCE((vma)->vm_flags, (vma)->vm_flags & ~(flags))

struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, unsigned long start, unsigned long end) PEF_HIDDEN;
static inline struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = find_vma_intersection(mm, address, address + 1);
	return vma;
}
static inline struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address)
{
	return find_vma_intersection(mm, address, ~0UL);
}
#define vma_is_anonymous(vma) ((void)(vma), true)
#define vma_is_dax(vma) ((void)(vma), !pef_host->may_setup())
#define is_vm_hugetlb_page(vma) ((void)(vma), false)
#define userfaultfd_missing(vma) ((void)(vma), false)

#define MADV_MERGEABLE 12
#define MADV_UNMERGEABLE 13
int ksm_madvise(struct vm_area_struct *vma, unsigned long start, unsigned long end, int advice,
	unsigned long *flags) PEF_HIDDEN;

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address;
	unsigned int flags;
	struct page *page;
	struct page *cow_page;
};
#define VM_FAULT_OOM 1u
#define VM_FAULT_SIGBUS 2u
#define VM_FAULT_ERROR 0x873u

/* ---- page tables ------------------------------------------------------------------------ */

typedef struct {
	u64 w;
} pte_t;
typedef struct {
	u64 w;
} swp_entry_t;
typedef struct {
	u64 w;
} pmd_t, pud_t, p4d_t, pgd_t;
extern pmd_t pef_table PEF_HIDDEN;

static inline unsigned pef_kind(u64 word)
{
	return (unsigned)(word & PEF_PTE_KIND);
}
/* The page frame number a word names, whatever its kind. */
static inline unsigned long pef_word_pfn(u64 word)
{
	return (word >> PEF_PTE_NUMBER_SHIFT) + (word & PEF_PTE_DEVICE_BIT ? pef_first_device : 0);
}
static inline u64 pef_word(unsigned kind, unsigned long pfn, bool write)
{
	bool device = pfn >= pef_first_device;
	u64 number = device ? pfn - pef_first_device : pfn;
	return number << PEF_PTE_NUMBER_SHIFT | (device ? PEF_PTE_DEVICE_BIT : 0) | (write ? 0 : PEF_PTE_READONLY) |
	       kind;
}
#define pte_none(pte) (pef_kind((pte).w) == PEF_PTE_NONE)
#define pte_present(pte) (pef_kind((pte).w) == PEF_PTE_NORMAL)
#define pte_pfn(pte) pef_word_pfn((pte).w)
#define is_zero_pfn(pfn) ((pfn) == 0)
#define pte_write(pte) (!((pte).w & PEF_PTE_READONLY))
#define pte_same(a, b) ((a).w == (b).w)
#define pte_dirty(pte) ((void)(pte), false)
#define pte_young(pte) ((void)(pte), false)
#define pte_soft_dirty(pte) ((void)(pte), false)
#define pte_uffd_wp(pte) ((void)(pte), false)
#define pte_swp_soft_dirty(pte) ((void)(pte), false)
#define pte_swp_uffd_wp(pte) ((void)(pte), false)
#define pte_swp_mksoft_dirty(pte) (pte)
#define pte_swp_mkuffd_wp(pte) (pte)
#define pte_mkdirty(pte) (pte)
#define pte_mkwrite(pte, ...) (pte)
#define mk_pte(page, prot) ((pte_t){pef_word(PEF_PTE_NORMAL, page_to_pfn(page), true)})
static inline struct page *vm_normal_page(struct vm_area_struct *vma, unsigned long address, pte_t pte)
{
	(void)vma;
	(void)address;
	return is_zero_pfn(pte_pfn(pte)) ? NULL : pef_page_met(pfn_to_page(pte_pfn(pte)));
}

#define pte_to_swp_entry(pte) ((swp_entry_t){(pte).w})
#define swp_entry_to_pte(entry) ((pte_t){(entry).w})
#define is_swap_pte(pte) (!pte_none(pte) && !pte_present(pte))
#define is_device_private_entry(entry) (pef_kind((entry).w) == PEF_PTE_DEVICE)
#define is_migration_entry(entry) (pef_kind((entry).w) == PEF_PTE_MIGRATION)
#define is_writable_device_private_entry(entry) (!((entry).w & PEF_PTE_READONLY))
#define is_writable_migration_entry(entry) (!((entry).w & PEF_PTE_READONLY))
#define make_writable_device_private_entry(pfn) ((swp_entry_t){pef_word(PEF_PTE_DEVICE, pfn, true)})
#define make_readable_device_private_entry(pfn) ((swp_entry_t){pef_word(PEF_PTE_DEVICE, pfn, false)})
#define make_writable_migration_entry(pfn) ((swp_entry_t){pef_word(PEF_PTE_MIGRATION, pfn, true)})
#define make_readable_migration_entry(pfn) ((swp_entry_t){pef_word(PEF_PTE_MIGRATION, pfn, false)})
#define make_readable_exclusive_migration_entry(pfn) make_readable_migration_entry(pfn)
#define make_migration_entry_young(entry) (entry)
#define make_migration_entry_dirty(entry) (entry)
#define pfn_swap_entry_to_page(entry) pef_page_met(pfn_to_page(pef_word_pfn((entry).w)))
#define pfn_swap_entry_folio(entry) page_folio(pfn_swap_entry_to_page(entry))
#define swp_offset_pfn(entry) pef_word_pfn((entry).w)

#define pgd_offset(mm, address) ((pgd_t *)&pef_table)
#define p4d_alloc(mm, pgd, address) ((p4d_t *)&pef_table)
#define pud_alloc(mm, p4d, address) ((pud_t *)&pef_table)
#define pmd_alloc(mm, pud, address) ((pmd_t *)&pef_table)
#define pte_alloc(mm, pmd) ((void)(pmd), 0)
#define pmd_none(pmd) ((void)(pmd), false)
#define pmd_bad(pmd) ((void)(pmd), false)
#define pmd_trans_huge(pmd) ((void)(pmd), false)
#define pmd_devmap(pmd) ((void)(pmd), false)
#define pmd_leaf(pmd) ((void)(pmd), false)
#define pmd_trans_unstable(pmd) ((void)(pmd), false)
#define pmd_lock(mm, pmd) (&(mm)->page_table_lock)
#define pmd_page(pmd) ((void)(pmd), (struct page *)NULL)
#define pmd_folio(pmd) ((void)(pmd), (struct folio *)NULL)
#define pmdp_get_lockless(pmd) (*(pmd))
#define is_huge_zero_page(page) ((void)(page), false)
#define is_huge_zero_folio(folio) ((void)(folio), false)
#define is_huge_zero_pmd(pmd) ((void)(pmd), false)
#define split_huge_pmd(vma, pmd, address) ((void)(pmd))
#define split_huge_page(page) ((void)(page), 0)
#define split_folio(folio) ((void)(folio), 0)

pte_t *pef_pte_lock(struct mm_struct *mm, unsigned long address, spinlock_t **ptl) PEF_HIDDEN;
#define pte_offset_map_lock(mm, pmd, address, ptl) ((void)(pmd), pef_pte_lock(mm, address, ptl))
#define pte_unmap_unlock(pte, ptl) spin_unlock(ptl)
#define ptep_get(ptep) READ_ONCE(*(ptep))
#define ptep_get_and_clear(mm, address, ptep) (*(ptep))
#define ptep_clear_flush(vma, address, ptep) (*(ptep))
#define ptep_clear_flush_notify(vma, address, ptep) (*(ptep))
#define set_pte_at(mm, address, ptep, pte) ((void)(ptep), pef_host->pte_set((mm)->host, address, (pte).w))
#define set_pte_at_notify(mm, address, ptep, pte) set_pte_at(mm, address, ptep, pte)
#define update_mmu_cache(vma, address, ptep) ((void)(ptep))
#define flush_cache_page(vma, address, pfn) ((void)(address))
#define flush_tlb_range(vma, start, end) ((void)(start))
#define arch_enter_lazy_mmu_mode() ((void)0)
#define arch_leave_lazy_mmu_mode() ((void)0)
#define lazy_mmu_mode_enable() ((void)0)
#define lazy_mmu_mode_disable() ((void)0)

/* Mappings are counted where entries are set. */
#define page_remove_rmap(page, ...) ((void)(page))
#define folio_remove_rmap_pte(folio, page, vma) ((void)(page))
#define page_try_share_anon_rmap(page) ((void)(page), 0)
#define folio_try_share_anon_rmap_pte(folio, page) ((void)(page), 0)
#define page_add_new_anon_rmap(page, ...) ((void)pef_page_met(page))
#define folio_add_new_anon_rmap(folio, ...) ((void)pef_page_met(&(folio)->page))
#define RMAP_EXCLUSIVE 1
#define anon_vma_prepare(vma) ((void)(vma), 0)
#define mem_cgroup_charge(folio, mm, gfp) ((void)(folio), 0)
#define check_stable_address_space(mm) ((void)(mm), 0)
#define inc_mm_counter(mm, what) ((void)(mm))
#define dec_mm_counter(mm, what) ((void)(mm))
#define MM_ANONPAGES 1

/* ---- walks and notifiers -------------------------------------------------------------------- */

enum page_walk_lock { PGWALK_RDLOCK, PGWALK_WRLOCK, PGWALK_WRLOCK_VERIFY, PGWALK_VMA_RDLOCK_VERIFY };
struct mm_walk;
struct mm_walk_ops {
	int (*pmd_entry)(pmd_t *pmd, unsigned long start, unsigned long end, struct mm_walk *walk);
	int (*pte_hole)(unsigned long start, unsigned long end, int depth, struct mm_walk *walk);
	enum page_walk_lock walk_lock;
};
struct mm_walk {
	const struct mm_walk_ops *ops;
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	void *private;
};
int walk_page_range(struct mm_struct *mm, unsigned long start, unsigned long end, const struct mm_walk_ops *ops,
	void *private) PEF_HIDDEN;

enum mmu_notifier_event { MMU_NOTIFY_UNMAP, MMU_NOTIFY_CLEAR, MMU_NOTIFY_MIGRATE };
struct mmu_notifier_range {
	struct mm_struct *mm;
	unsigned long start, end;
	unsigned flags;
	enum mmu_notifier_event event;
	void *owner;
};
/* With the VMA before the mm until 6.2, without since. */
#define PEF_RANGE_OLD(range, event_, flags_, vma_, mm_, start_, end_, owner_) \
	(*(range) = (struct mmu_notifier_range){mm_, start_, end_, flags_, event_, owner_})
#define PEF_RANGE_NEW(range, event_, flags_, mm_, start_, end_, owner_) \
	(*(range) = (struct mmu_notifier_range){mm_, start_, end_, flags_, event_, owner_})
#define PEF_RANGE_PICK(a, b, c, d, e, f, g, h, name, ...) name
#define mmu_notifier_range_init_owner(...) \
	PEF_RANGE_PICK(__VA_ARGS__, PEF_RANGE_OLD, PEF_RANGE_NEW, , , , , , )(__VA_ARGS__)
#define mmu_notifier_invalidate_range_start(r) pef_host->notifier_start((r)->mm->host, (r)->start, (r)->end)
#define mmu_notifier_invalidate_range_end(r) pef_host->notifier_end((r)->mm->host, (r)->start, (r)->end)
#define mmu_notifier_invalidate_range_only_end(r) mmu_notifier_invalidate_range_end(r)

/* ---- migration --------------------------------------------------------------------------------- */

#define MIGRATE_PFN_VALID (1UL << 0)
#define MIGRATE_PFN_MIGRATE (1UL << 1)
#define MIGRATE_PFN_LOCKED (1UL << 2)
#define MIGRATE_PFN_WRITE (1UL << 3)
#define MIGRATE_PFN_SHIFT 6
enum migrate_vma_direction {
	MIGRATE_VMA_SELECT_SYSTEM = 1,
	MIGRATE_VMA_SELECT_DEVICE_PRIVATE = 2,
	MIGRATE_VMA_SELECT_DEVICE_COHERENT = 4,
};
struct migrate_vma {
	struct vm_area_struct *vma;
	unsigned long *dst, *src;
	unsigned long cpages, npages;
	unsigned long start, end;
	void *pgmap_owner;
	unsigned long flags;
	struct page *fault_page;
};
enum migrate_mode { MIGRATE_ASYNC, MIGRATE_SYNC_LIGHT, MIGRATE_SYNC, MIGRATE_SYNC_NO_COPY };
#define MIGRATEPAGE_SUCCESS 0

static inline struct page *migrate_pfn_to_page(unsigned long mpfn)
{
	return mpfn & MIGRATE_PFN_VALID ? pfn_to_page(mpfn >> MIGRATE_PFN_SHIFT) : NULL;
}
static inline unsigned long migrate_pfn(unsigned long pfn)
{
	return pfn << MIGRATE_PFN_SHIFT | MIGRATE_PFN_VALID;
}
int migrate_vma_setup(struct migrate_vma *args);
void migrate_vma_pages(struct migrate_vma *migrate);
void migrate_vma_finalize(struct migrate_vma *migrate);

int pef_migrate(struct folio *to, struct folio *from, unsigned extra) PEF_HIDDEN;
#define migrate_folio(mapping, to, from, mode) pef_migrate(to, from, 0)
#define migrate_folio_extra(mapping, to, from, mode, extra) pef_migrate(to, from, extra)
#define folio_migrate_mapping(mapping, to, from, extra) pef_migrate(to, from, extra)
#define folio_migrate_flags(to, from) ((void)(to), (void)(from))
void pef_unmap(struct folio *folio) PEF_HIDDEN;
#define try_to_migrate(folio, flags) pef_unmap((struct folio *)(folio))
void pef_restore(struct folio *from, struct folio *to) PEF_HIDDEN;
#define remove_migration_ptes(from, to, flags) pef_restore((struct folio *)(from), (struct folio *)(to))
#define PEF_UNMAP_PAGE(page) pef_unmap(page_folio(page))

#endif
