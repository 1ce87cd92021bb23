/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hv.h - the hypervisor's state, and what its files offer one another.
 *
 * The hypervisor is Linux with KVM HV on POWER9, as far as the protocol sees
 * it. Its state is that of the kernel: for every VM a struct kvm (hv_guest
 * here) and the mm of the process that runs it, for every page of memory a
 * struct page (hv_page). A field stands under the lock that guards it in the
 * kernel, and is accessed as plain C, so that the access hooks see what a
 * kernel developer would see with KCSAN.
 *
 * Locking: the order is slots_lock, slots_arch_lock, mmap_lock, uvmem_lock,
 * page lock (tried) and ptl, bitmap_lock; notifiers add mn_invalidate_lock and
 * mmu_lock at the end (reference: the comment at the top of Linux 6.1
 * arch/powerpc/kvm/book3s_hv_uvmem.c, and virt/kvm/kvm_main.c).
 * Errors: protocol codes (abi.h), or enum host_result. Blocking: functions that
 * take a lock or charge a step yield, which is nearly all of them.
 */
#ifndef HV_MODEL_HV_H
#define HV_MODEL_HV_H

#include "pefsim/heap.h"
#include "pefsim/model.h"
#include "pefsim/points.h"
#include "pefsim/reuse.h"
#include "pefsim/sync.h"

#include "swap.h"

/* A marked access: meant to happen without the lock that guards the field. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

/*
 * A pointer that is published: who reads it is after who published it, and may
 * follow it (rcu_assign_pointer and rcu_dereference of Linux; the order that a
 * dependency gives is taken for that of an acquire).
 */
#define HV_PUBLISH(p, value) (order_release_at(&(p)), WRITE_ONCE(p, value))
#define HV_FOLLOW(p) (order_acquire_at(&(p)), READ_ONCE(p))

/*
 * For the simulator's own bookkeeping, which no kernel has: hidden from the access hooks. Compilers
 * that see all calls of a function may load its arguments' fields in the caller, so they must not.
 */
#if defined(__clang__)
#define HV_UNSEEN __attribute__((no_sanitize("thread"), noinline, used))
#else
#define HV_UNSEEN __attribute__((no_sanitize("thread"), noipa))
#endif

/* A page number in the address space of the process that runs a VM. */
typedef struct {
	uint64_t n;
} hva_t;

struct hv;
struct hv_guest;
struct hv_design;
struct era_rules; /* era.h */

/* ---- pages (page.c) --------------------------------------------------------- */

/*
 * The kernel's struct page, of a normal frame or of a device-private page. There
 * is one for every page of the machine: what is not needed of most pages is not
 * kept here. The lock's number is the page frame number.
 */
struct hv_page {
	struct sim_page_lock lock;
	uint16_t refs; /* atomic in the kernel; hpage_get, hpage_put */
	/* Kept by mm_set_pte(): entries that map it, migration entries that stand for it. */
	uint8_t mapped;
	uint8_t moving : 7;
	uint8_t merged : 1; /* by KSM: nobody may write to it, however few map it */
	void *zone_device_data; /* private data of a design; a device page's only */
};
_Static_assert(sizeof(struct hv_page) == 16, "a page of the machine costs 16 bytes");

/* All of them by page frame number, device memory above normal memory. Memory is used only for those in use. */
struct hv_mem_map {
	uint32_t first_device, count;
	uint32_t device_seen; /* device pages ever looked at lie below */
	uint32_t reserved;
	struct hv_page pages[];
};
/* A long-term pin counts so many references, as GUP_PIN_COUNTING_BIAS; there may be so many of them. */
#define HPAGE_PIN 1024u
#define HPAGE_PINS_MAX 32u
/* Mappings of one page at most: those of a KSM page, and of its users' children. */
#define HPAGE_MAPPED_MAX 120u

/* The host kernel's own frame: never given to a guest, and read for pages that were never written. */
#define HFN_ZERO ((hfn_t){0})

static inline unsigned hpage_mapped(const struct hv_page *page)
{
	return READ_ONCE(page->mapped);
}
static inline unsigned hpage_moving(const struct hv_page *page)
{
	return ((const volatile struct hv_page *)page)->moving;
}

/** hpage_pfn - page frame number: those of device memory lie above those of normal memory */
static inline uint32_t hpage_pfn(const struct hv_page *page)
{
	return sim_page_lock_number(&page->lock);
}
/** hpage_is_device - whether it is device-private */
bool hpage_is_device(const struct hv_page *page);
/** hpage_index - its hfn, or its dfn when it is a device page */
uint32_t hpage_index(const struct hv_page *page);
static inline hfn_t hpage_hfn(const struct hv_page *page)
{
	return (hfn_t){hpage_index(page)};
}
static inline dfn_t hpage_dfn(const struct hv_page *page)
{
	return (dfn_t){hpage_index(page)};
}
/** hpage_lock_name - the object of its lock */
static inline obj_t hpage_lock_name(const struct hv_page *page)
{
	return obj_make(OBJ_PAGE_LOCK, OBJ_NO_GUEST, hpage_pfn(page));
}
/** hpage_map_init - the pages of a machine, in the hypervisor's arena; before the run */
void hpage_map_init(struct hv *hv, uint32_t normal, uint32_t device);
struct hv_page *hpage_of_frame(struct hv *hv, hfn_t hfn);
struct hv_page *hpage_of_device(struct hv *hv, dfn_t dfn);
/**
 * hpage_alloc - a frame for a guest page, with one reference; NULL: no memory
 * What the frame held last is still in it: who wants zeroes calls hpage_zero().
 */
struct hv_page *hpage_alloc(struct hv_guest *kvm, gfn_t gfn);
/** hpage_alloc_for - the same, for an owner as struct frame has it */
struct hv_page *hpage_alloc_for(struct hv *hv, uint64_t owner);
/** hpage_zero, hpage_copy - fill a page that nobody maps yet */
void hpage_zero(struct hv *hv, struct hv_page *page);
void hpage_copy(struct hv *hv, struct hv_page *to, const struct hv_page *from);
unsigned hpage_count(const struct hv_page *page);
void hpage_get(struct hv_page *page);
/** hpage_tryget - the same, unless the last reference is gone already (get_page_unless_zero) */
bool hpage_tryget(struct hv_page *page);
/** hpage_put - drop a reference; the last one frees the page (a device page: page_free of the design) */
void hpage_put(struct hv *hv, struct hv_page *page);
/** hpage_pin, hpage_unpin - a long-term pin: HPAGE_PIN references at once */
void hpage_pin(struct hv_page *page);
void hpage_unpin(struct hv *hv, struct hv_page *page);
/** hpage_in_pool - whether a free device page has the count that it is handed out with (era_rules.free_count) */
bool hpage_in_pool(const struct hv_page *page);
/** hpage_revive - the user's first reference of a free device page, locked (zone_device_page_init of Linux 6.1) */
void hpage_revive(struct hv_page *page);

/* ---- the process's memory (vma.c, mm.c, zap.c) ------------------------------- */

/*
 * A mapping as a kernel file sees it (linux/include/pef/host.h, struct pef_vma): in
 * bytes, with flags. vma.c keeps it with each change.
 */
struct vma_view {
	uint64_t start, end;
	uint64_t flags;
	void *mm;
};
#define VMA_VIEW_FLAGS UINT64_C(0x7b) /* VM_READ, VM_WRITE, and what may be changed to what */
#define VMA_VIEW_MERGEABLE UINT64_C(0x80000000) /* VM_MERGEABLE */

/* An anonymous mapping, [start, end) in pages. */
struct vma {
	struct vma_view view;
	struct hv_mm *mm;
	hva_t start, end;
	uint64_t mergeable; /* VM_MERGEABLE: KSM may merge its pages */
	struct vma *next;
};

/* A table from page numbers to words, with memory only for what was touched (sparse.c). */
struct sparse {
	struct domain *domain;
	void *root;
	unsigned height; /* levels; 0: empty */
	uint64_t bytes; /* that it takes */
};
/** hv_sparse_at - the word of an index, made when @make is set; NULL when there is none. Never yields. */
uint64_t *hv_sparse_at(struct sparse *table, uint64_t index, bool make);
/** hv_sparse_next - the first index from *@index on whose word is not 0; false when there is none. Never yields. */
bool hv_sparse_next(const struct sparse *table, uint64_t *index);

/* Memory of the process that runs a VM, or of its child. */
struct hv_mm {
	struct hv_guest *kvm;
	bool child; /* its pages are not the guest's */
	bool notified; /* KVM's notifier is told of changes */
	struct sim_rwsem mmap_lock;
	struct sim_spinlock ptl;
	struct sim_waitqueue migration; /* faults that met a migration entry */
	void *kernel; /* the struct mm_struct of a kernel file's side, or NULL; constant */
	/* mmap_lock: */
	struct vma *vmas; /* by address */
	/* ptl to change; hardware reads it at any time: */
	struct sparse ptes; /* by hva */
};

/* ---- one VM (struct kvm) -------------------------------------------------------- */

#define SECURE_INIT_START 1u
#define SECURE_INIT_DONE 2u

struct hv_guest {
	struct hv *hv;
	struct hv_mm mm, child;
	struct sim_mutex slots_lock, slots_arch_lock, uvmem_lock, mmu_setup_lock;
	struct sim_srcu srcu;
	struct sim_spinlock mmu_lock, mn_lock;
	struct sim_waitqueue mn_wait; /* a memslot update waits for mn_active to drop to 0 */
	struct sim_waitqueue users_wait; /* closing waits for the last user */
	/* slots_lock and slots_arch_lock to replace, srcu to read: */
	const struct memslots *slots;
	/* mn_lock: */
	uint64_t mn_active;
	/* mmu_lock: */
	uint64_t mmu_seq, mmu_in_progress;
	struct sparse psp; /* partition-scoped page table, by gfn */
	/* of the simulator: the frame the ultravisor was last told of, and which use of it, by gfn */
	struct sparse lent;
	/* no lock of its own, as kvm->arch.secure_guest: */
	uint64_t secure_guest;
	/* mmu_setup_lock to change, vCPUs that begin to run read it: */
	uint64_t mmu_ready;
	/* atomic in the kernel: */
	uint64_t vcpus_running;
	/* the design's lock: */
	void *design_data, *design_work;
	/* constant: */
	unsigned index;
	uint32_t lpid;
	unsigned vcpu_count;
	bool svm_enabled;
	/* of the simulator: */
	bool closed; /* the VM is gone */
	bool exited; /* and the process too */
	bool forked; /* the child lives */
	struct pin *pins; /* what the process has pinned; mm.mmap_lock */
	uint32_t users; /* calls and host operations under way, as references on the VM */
	uint32_t leaving; /* of these, that wait for the others to end */
	struct context **vcpu_ctx; /* who runs here for a vCPU */
	bool *vcpu_runs;
};

struct hv {
	struct world_config config;
	struct domain *domain;
	const struct hv_design *design;
	const struct era_rules *era;
	void *kernel; /* what a loaded kernel file's design keeps (linux/), or NULL */
	struct frame_pool frames;
	/* of the simulator: whose use of a frame or a device page it is */
	struct reuse *frame_uses, *device_uses;
	struct hv_mem_map *mem_map;
	struct swap_area swap;
	struct sim_spinlock bitmap_lock;
	/* bitmap_lock: */
	struct devpool pool;
	struct hv_guest *guests;
	unsigned guest_count;
};

/** hv_mutant - whether a switch is in use */
static inline bool hv_mutant(const struct hv *hv, enum mutant m)
{
	return mutants_have(hv->config.mutants, m);
}

/** hv_guest_of - the VM of an index, NULL when there is none or it is closed */
struct hv_guest *hv_guest_of(struct hv *hv, uint64_t index);
/** hv_guest_enter, hv_guest_leave - a call or host operation begins, ends; closing waits for it */
void hv_guest_enter(struct hv_guest *kvm);
void hv_guest_leave(struct hv_guest *kvm);

/** hv_alloc - zeroed memory, or NULL where the scenario says there is none; charges */
void *hv_alloc(size_t size, obj_t name);

/* ---- memslots (memslot.c) --------------------------------------------------------- */

int64_t kvm_create_memslot(struct hv_guest *kvm, uint32_t id, gfn_t base, uint64_t pages);
int64_t kvm_delete_memslot(struct hv_guest *kvm, uint32_t id);
int64_t kvm_move_memslot(struct hv_guest *kvm, uint32_t id, gfn_t base);
/** kvm_set_memslot_flags - HV_SLOT_LOG_DIRTY or 0 */
int64_t kvm_set_memslot_flags(struct hv_guest *kvm, uint32_t id, uint32_t flags);
/** memslot_init, memslot_destroy - at the VM's creation and destruction: no slots */
void memslot_init(struct hv_guest *kvm);
void memslot_destroy(struct hv_guest *kvm);
/** memslot_table - the published table; kvm->srcu or slots_lock is held */
const struct memslots *memslot_table(struct hv_guest *kvm);
/** memslot_of_gfn - the slot that holds a page, NULL when none does; charges the walk */
const struct memslot *memslot_of_gfn(struct hv_guest *kvm, gfn_t gfn);
/** hv_gfn_to_hva - false when no valid slot holds the page */
bool hv_gfn_to_hva(struct hv_guest *kvm, gfn_t gfn, hva_t *out);
static inline hva_t memslot_hva(const struct memslot *slot, gfn_t gfn)
{
	return (hva_t){slot->hva + (gfn.n - slot->base.n)};
}

/* ---- the VM as a whole (vm.c) -------------------------------------------------------- */

/**
 * kvm_vcpu_run, kvm_vcpu_exit - a vCPU begins to run, is off
 * It counts as running from its first call on until H_EXIT, also while the guest
 * runs and nobody is here: that is what KVM_PPC_SVM_OFF looks at.
 */
void kvm_vcpu_run(struct hv_guest *kvm, unsigned vcpu);
void kvm_vcpu_exit(struct hv_guest *kvm, unsigned vcpu);
/** kvm_svm_off - KVM_PPC_SVM_OFF: 0, HOST_EBUSY, or HOST_EINVAL when the ultravisor refuses */
int64_t kvm_svm_off(struct hv_guest *kvm);
/** kvm_destroy_vm - the last file descriptor of the VM is gone; the process's memory is not touched */
void kvm_destroy_vm(struct hv_guest *kvm);

/* ---- partition-scoped page table (psp.c) --------------------------------------------- */

/** psp_peek - the frame a guest page is mapped to, HFN_NONE when it is not. Never yields. */
hfn_t psp_peek(struct hv_guest *kvm, gfn_t gfn);
/**
 * psp_translate - the same for an access of the guest; @writable: whether it may write
 * Tells it when the entry was made for an earlier use of its frame. Never yields.
 */
hfn_t psp_translate(struct hv_guest *kvm, gfn_t gfn, bool *writable);
void psp_set(struct hv_guest *kvm, gfn_t gfn, hfn_t hfn, bool writable) REQUIRES(kvm->mmu_lock);
/** psp_clear - unmap a guest page, with its tlbie */
void psp_clear(struct hv_guest *kvm, gfn_t gfn);

/* ---- mmu notifier (notifier.c) ---------------------------------------------------------- */

/** notifier_start, notifier_end - around every change of a page table; a child's has no notifier */
void notifier_start(struct hv_mm *mm, hva_t start, uint64_t pages);
void notifier_end(struct hv_mm *mm, hva_t start, uint64_t pages);
/** notifier_wait - wait until no invalidation is under way; returns with mn_lock held */
void notifier_wait(struct hv_guest *kvm);

/* ---- faults of a guest (guest_fault.c) ---------------------------------------------------- */

/** guest_fault - H_PAGE_FAULT; 0: run the guest again. kvm->srcu is held by it. */
int64_t guest_fault(struct hv_guest *kvm, uint64_t gpa, bool write);

/* ---- bus (frame_bus.c) ----------------------------------------------------------------------- */

void hv_on_bus(struct domain *d, const struct call *c);
/** hv_frame_write - new content for a frame, told to the trace */
void hv_frame_write(struct hv *hv, hfn_t hfn, token_t token);
/** hv_frame_fill - the same for a frame that nobody can see yet, untold */
void hv_frame_fill(struct hv *hv, hfn_t hfn, token_t token);
/** hv_frame_own - whose content the frame holds from now on (struct frame) */
void hv_frame_own(struct hv *hv, hfn_t hfn, uint64_t owner);
token_t hv_frame_read(struct hv *hv, hfn_t hfn);

/* ---- hypercalls (hcall.c) ---------------------------------------------------------------------- */

void hv_on_call(struct domain *d, struct call *c);

/** hv_wake - wake the sleepers of a queue, if there are any */
void hv_wake(struct sim_waitqueue *queue);

/** hv_trace_mark - a design's mark of a page has changed */
static inline void hv_trace_mark(const struct hv_guest *kvm, gfn_t gfn, enum hv_mark from, enum hv_mark to)
{
	if (from != to)
		trace_emit(TRACE_HV_MARK, 0, trace_page(kvm->index, gfn), trace_change(from, to));
}

#endif
