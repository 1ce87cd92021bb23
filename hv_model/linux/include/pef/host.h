/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host.h - the border between a kernel file that was compiled into an object and
 * the simulator that loaded it.
 *
 * Two worlds meet here whose types have the same names: the kernel's struct page,
 * pte_t, migrate_vma are not ours. So neither side sees the other's headers; they
 * know this one only, which has numbers, handles and two tables of functions. A
 * table instead of symbols, because then the object needs nothing of the program
 * but the access hooks, and the program exports nothing else.
 *
 * Handles are addresses of the other side's objects: a lock is a simulated lock,
 * an mm a struct hv_mm. What a schedule or a trace is made of are page frame
 * numbers, guest indices and page numbers, never these addresses.
 *
 * Locking: none of its own. Errors: said at each. Blocking: what takes a lock,
 * allocates or calls the ultravisor yields, as the simulator's functions do.
 */
#ifndef PEF_HOST_H
#define PEF_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Changes with anything in this file: an object of another number is not loaded. */
#define PEF_HOST_ABI 1u
/* A version as one number, as the kernel writes it. */
#define PEF_VERSION(major, minor) (((major) << 16) | ((minor) << 8))

/* Words of a page table: number << 32 | read-only << 4 | device << 3 | kind. */
#define PEF_PTE_KIND 7u
#define PEF_PTE_NONE 0u
#define PEF_PTE_NORMAL 1u
#define PEF_PTE_DEVICE 2u
#define PEF_PTE_MIGRATION 3u
#define PEF_PTE_SWAP 4u
#define PEF_PTE_DEVICE_BIT UINT64_C(8)
#define PEF_PTE_READONLY UINT64_C(16)
#define PEF_PTE_NUMBER_SHIFT 32u

#define PEF_VM_MERGEABLE UINT64_C(0x80000000)
#define PEF_VM_DEFAULT UINT64_C(0x7b) /* VM_READ, VM_WRITE and who may; see pef/mm.h */

/* What the kernel sees of a mapping: its struct vm_area_struct begins with this. Addresses in bytes. */
struct pef_vma {
	uint64_t vm_start, vm_end;
	uint64_t vm_flags;
	void *vm_mm; /* the kernel side's struct mm_struct */
};

/* What the kernel sees of a memslot and of a table of them: the simulator's own, field by field. */
struct pef_slot {
	uint32_t id, flags;
	uint64_t base_gfn, npages;
	uint64_t hva_pages;
	bool invalid;
	void *arch;
	uint64_t userspace_addr;
};
struct pef_slots {
	uint64_t generation;
	uint32_t count;
	struct pef_slot slots[];
};

enum pef_lock { PEF_LOCK_MUTEX, PEF_LOCK_SPIN, PEF_LOCK_RWSEM };
enum pef_alloc { PEF_ALLOC_OTHER, PEF_ALLOC_PVT, PEF_ALLOC_SLOT, PEF_ALLOC_PFNS, PEF_ALLOC_POOL };
/* Steps that glue charges. */
enum pef_step { PEF_STEP_COLLECT, PEF_STEP_MOVE, PEF_STEP_FINALIZE, PEF_STEP_POOL, PEF_STEP_LIST };

/* The simulator, as the object sees it. @mm: a struct hv_mm. pfn: of a normal or a device page. */
struct pef_host {
	/* memory: zeroed; NULL where the scenario says so */
	void *(*alloc)(size_t size, enum pef_alloc what);
	void (*free)(const void *object);
	void (*charge)(enum pef_step step);
	/* locks */
	void *(*lock_new)(enum pef_lock kind, const char *name);
	void (*mutex_lock)(void *lock);
	bool (*mutex_trylock)(void *lock);
	void (*mutex_unlock)(void *lock);
	bool (*mutex_held)(const void *lock);
	void (*spin_lock)(void *lock);
	bool (*spin_trylock)(void *lock);
	void (*spin_unlock)(void *lock);
	void (*down_read)(void *lock);
	void (*up_read)(void *lock);
	void (*down_write)(void *lock);
	void (*up_write)(void *lock);
	void (*downgrade)(void *lock);
	int (*srcu_lock)(void *srcu);
	void (*srcu_unlock)(void *srcu, int index);
	void (*srcu_sync)(void *srcu);
	/* pages */
	void (*page_get)(uint64_t pfn);
	void (*page_put)(uint64_t pfn);
	unsigned (*page_count)(uint64_t pfn);
	unsigned (*page_maps)(uint64_t pfn);
	void (*page_lock)(uint64_t pfn);
	bool (*page_trylock)(uint64_t pfn);
	void (*page_unlock)(uint64_t pfn);
	bool (*page_locked)(uint64_t pfn);
	/* page_revive: the count is 1 and the lock taken; page_marked: the private data is there */
	void (*page_revive)(uint64_t pfn);
	/* a page for an address, with one reference; UINT64_MAX: none to be had */
	uint64_t (*page_alloc)(void *mm, uint64_t address);
	/* device pages: one is taken (or, false, may not be), given back */
	bool (*pool_may)(void);
	void (*pool_take)(uint64_t index);
	void (*pool_give)(uint64_t index);
	/* a page's mark may have changed */
	void (*mark_changed)(void *guest, uint64_t gfn);
	/* page tables */
	void *(*ptl)(void *mm);
	uint64_t *(*pte_word)(void *mm, uint64_t address);
	void (*pte_set)(void *mm, uint64_t address, uint64_t word);
	void (*notifier_start)(void *mm, uint64_t start, uint64_t end);
	void (*notifier_end)(void *mm, uint64_t start, uint64_t end);
	/* all mappings of a page become migration entries; migration entries become mappings */
	void (*unmap)(uint64_t pfn);
	void (*restore)(uint64_t from, uint64_t to);
	/* where the page that is moved next is mapped, most likely */
	void (*hint)(void *mm, uint64_t address);
	/* whether the mapping may move: the count is exact but for @extra */
	bool (*may_move)(uint64_t pfn, unsigned extra);
	bool (*may_setup)(void);
	/* mappings: the first that ends after @start and begins before @end; NULL */
	struct pef_vma *(*vma_find)(void *mm, uint64_t start, uint64_t end);
	bool (*vma_mergeable)(struct pef_vma *vma, bool mergeable);
	/* one VM; @guest: a struct hv_guest */
	const struct pef_slots *(*slots)(void *guest);
	bool (*gfn_to_hva)(void *guest, uint64_t gfn, uint64_t *hva);
	uint64_t (*gfn_to_pfn)(void *guest, uint64_t gfn); /* with a reference; UINT64_MAX: none */
	int64_t (*ucall)(uint64_t number, const uint64_t *args, unsigned count);
	/* A check of the kernel's own that failed. Does not return when @fatal. */
	void (*warn)(const char *what, const char *file, int line, bool fatal);
};

/* A machine, when it comes to be. */
struct pef_machine {
	void *memmap; /* room for @page_size bytes each page frame, zeroed */
	uint64_t first_device; /* page frame number of the first device page */
	uint64_t secure_bytes; /* what the device tree says there is */
	void *pool_lock; /* the simulated lock of the pool */
};
/* A VM, likewise: its simulated locks, and where the simulator keeps what both write. */
struct pef_guest {
	void *guest, *mm; /* @mm: the kernel side's, of the process */
	void *uvmem_lock, *srcu;
	uint64_t *secure_word; /* kvm->arch.secure_guest */
	uint32_t lpid, index;
	bool svm_enabled;
};
/* The object, as the simulator sees it. @kvm: what guest_create made. */
struct pef_kernel {
	uint32_t abi, version;
	size_t page_size, mm_size, guest_size; /* of its struct page, mm_struct, kvm */
	void (*machine_create)(const struct pef_host *host, const struct pef_machine *machine);
	void (*machine_start)(void); /* when the first context runs: the module's init function */
	/* zeroed memory of those sizes becomes a process, a VM; @host: a struct hv_mm */
	void (*mm_create)(void *mm, void *host, void *mmap_lock, void *ptl);
	void (*guest_create)(void *kvm, const struct pef_guest *guest);
	int64_t (*init_start)(void *kvm);
	int64_t (*init_done)(void *kvm);
	int64_t (*init_abort)(void *kvm); /* may be NULL */
	int64_t (*page_in)(void *kvm, uint64_t gpa, uint64_t flags, uint64_t order);
	int64_t (*page_out)(void *kvm, uint64_t gpa, uint64_t flags, uint64_t order);
	bool (*send_page)(void *kvm, uint64_t gfn);
	/* hooks of the memslot update, as the kernel of that version has them */
	void (*slot_create)(void *kvm, const struct pef_slot *slot);
	void (*slot_drop)(void *kvm, const struct pef_slot *slot, bool with_content);
	void (*slot_delete)(void *kvm, const struct pef_slot *slot);
	/* KVM_PPC_SVM_OFF after its check: false when the ultravisor refuses */
	bool (*svm_off)(void *kvm);
	bool (*migrate_to_ram)(struct pef_vma *vma, uint64_t address, uint64_t pfn); /* false: SIGBUS */
	void (*page_free)(uint64_t pfn);
	/* views: no yields, no hooks; mark: enum hv_mark */
	int (*mark_of)(const void *kvm, uint64_t gfn);
	uint32_t (*marked)(const void *kvm);
};
#define PEF_KERNEL_SYMBOL "pef_kernel_entry"

#endif
