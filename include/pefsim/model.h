/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model.h - how hypervisor, ultravisor and guests meet: the words of their
 * calls and bus accesses, and how a world is put together from them.
 *
 * Calls (engine.h call_make) carry the registers of the real call in arg[0..5]
 * and the machine state of the caller in arg[CALL_STATE] (who it is, MSR bits,
 * the cookie of a reflection). Bus accesses carry frame numbers and tokens.
 *
 *   guest -> uv   UV_ESM, UV_SHARE_PAGE, ...      call, STEP_UCALL
 *   guest -> uv   BUS_ACCESS (a secure guest)     bus
 *   guest -> hv   BUS_ACCESS (a normal guest), H_PAGE_FAULT, H_EXIT
 *   uv -> hv      H_SVM_*, H_PAGE_FAULT           call, STEP_REFLECT
 *   uv -> hv      BUS_FRAME_READ, BUS_FRAME_WRITE, BUS_ACCESS of a shared page
 *   hv -> uv      UV_PAGE_IN, ...                 call, STEP_UCALL
 *
 * Locking: none here. Errors: none. Blocking: as call_make and bus_access.
 */
#ifndef PEFSIM_MODEL_H
#define PEFSIM_MODEL_H

#include "pefsim/abi.h"
#include "pefsim/engine.h"
#include "pefsim/inject.h"
#include "pefsim/machine.h"
#include "pefsim/variants.h"

/* ---- machine state in a call ------------------------------------------------ */

#define CALL_STATE 7u /* arg index: struct call_state, packed */
#define CALL_COOKIE 6u /* arg index: cookie of a reflection (r31), 0: none */

#define MSR_S 1u /* secure */
#define MSR_HV 2u /* hypervisor */
#define MSR_PR 4u /* problem state */

struct call_state {
	unsigned guest; /* guest index; for calls of a host thread: the VM it works for */
	unsigned vcpu; /* vCPU number, 0xffff for a host thread */
	unsigned msr; /* MSR_* */
};
static inline uint64_t call_state_pack(struct call_state s)
{
	return (uint64_t)s.guest | ((uint64_t)s.vcpu << 16) | ((uint64_t)s.msr << 32);
}
static inline struct call_state call_state_of(const struct call *c)
{
	uint64_t w = c->arg[CALL_STATE];
	return (struct call_state){(unsigned)(w & 0xffffu), (unsigned)(w >> 16) & 0xffffu, (unsigned)(w >> 32)};
}

/*
 * Registers of hypercalls that cross when the ultravisor reflects one: arguments
 * in r4 and up, results in r4 and up beside the code in r3. What is not in the
 * table crosses in neither direction. H_PAGE_FAULT is an interrupt: address and
 * cause. X(NAME, arguments, results)
 */
/* clang-format off */
#define PEF_HCALL_REGS(X) \
	X(H_SVM_PAGE_IN, 3, 0) \
	X(H_SVM_PAGE_OUT, 3, 0) \
	X(H_SVM_INIT_START, 0, 0) \
	X(H_SVM_INIT_DONE, 0, 0) \
	X(H_SVM_INIT_ABORT, 0, 0) \
	X(H_CEDE, 0, 0) \
	X(H_PAGE_FAULT, 2, 0) \
	X(H_EXIT, 0, 0)
/* clang-format on */

/* Returns of calls into the hypervisor: ret[0] the code, and how it came back. */
#define RET_CODE 0u
#define RET_ROUTE 1u /* enum return_route */
#define RET_COOKIE 2u /* the cookie handed back with UV_RETURN */
enum return_route { ROUTE_UV_RETURN, ROUTE_GUEST };

/* ---- bus ---------------------------------------------------------------------- */

/* Bus numbers; arguments -> returns. */
enum bus_number {
	/* arg: guest, gfn, write (0/1), token to write; ret: BUS_OK or BUS_FAULT, token read or written */
	BUS_ACCESS = 1,
	/* arg: hfn (ra >> 16), trace_page() for a detector; ret: BUS_OK or BUS_NO_FRAME, token */
	BUS_FRAME_READ,
	/* arg: hfn, token, trace_page() for a detector; ret: BUS_OK or BUS_NO_FRAME */
	BUS_FRAME_WRITE,
	/* arg: hfn, write, token, guest, gfn: a guest access translated by the ultravisor; ret as BUS_ACCESS */
	BUS_SHARED_ACCESS,
};
enum bus_result { BUS_OK = 0, BUS_FAULT = 1, BUS_NO_FRAME = 2 };

/* ---- models -------------------------------------------------------------------- */

struct model_guest {
	unsigned index;
	uint32_t lpid;
	unsigned vcpu_count;
	bool svm_enabled; /* the VM may become secure */
	struct domain *domain;
};

struct image_store; /* image.h */

struct world_config {
	struct domain *hv, *uv;
	struct model_guest guests[PEF_GUESTS_MAX];
	unsigned guest_count;
	uint32_t normal_frames; /* frames of normal memory */
	uint32_t secure_frames; /* frames of secure memory; 0: no secure guests */
	uint32_t pool_pages; /* device pages; by default secure_frames */
	enum design_id design;
	mutants_t mutants; /* switches in use */
	enum mm_era era;
	enum slot_delete slot_delete;
	const struct image_store *images; /* bytes of guest pages that are read as bytes; constant; may be NULL */
	struct memslot_publisher *publisher; /* NULL: nobody observes */
};

/* The hypervisor (hv_model/). */
struct hv;
/** hv_create - before the run; lives in the hv domain's arena. @config is copied. */
struct hv *hv_create(const struct world_config *config);
extern const struct domain_ops hv_domain_ops;

/*
 * A kernel file as a design (hv_model/linux). What the loader found in an object
 * that was compiled from it, and where its writable data lie.
 */
struct pef_kernel;
struct kernel_object {
	const struct pef_kernel *kernel; /* its table (hv_model/linux/include/pef/host.h) */
	void *data; /* writable data and bss, as they were loaded */
	size_t data_size;
};
/**
 * hv_kernel_add - make a loaded object a design
 * @name:   "linux:6.1"
 * @object: copied; stays loaded for good
 * Returns PEF_OK and its number, PEF_LIMIT when there are too many, or PEF_USAGE
 * when it was built for another simulator. Before any run.
 */
enum pef_err hv_kernel_add(const char *name, const struct kernel_object *object, enum design_id *out);

/* What a host thread of a guest's process may do. Results: 0 or enum host_result, or a code. */
enum hv_request_kind {
	HV_SLOT_CREATE, /* slot, gfn, count (pages) */
	HV_SLOT_DELETE, /* slot */
	HV_READ, /* gfn through the process's mapping; @token: what was read */
	HV_WRITE, /* gfn, token */
	HV_MUNMAP, /* gfn, count: the process unmaps the memory behind these pages */
	HV_MADVISE_DONTNEED, /* gfn, count */
	HV_INVALIDATE, /* gfn: an mmu-notifier invalidation without a change */
	HV_CLOSE_VM, /* last file descriptor of the VM is closed */
	HV_SLOT_MOVE, /* slot, gfn: the slot's new base */
	HV_SLOT_FLAGS, /* slot, flags: KVM_MEM_LOG_DIRTY_PAGES or 0 */
	HV_SVM_OFF, /* KVM_PPC_SVM_OFF */
	HV_EXIT, /* the process exits: its memory goes, then its files */
	HV_PIN, /* gfn: a long-term pin (get_user_pages with FOLL_LONGTERM) */
	HV_UNPIN, /* gfn */
	HV_MREMAP, /* gfn, count, to: the memory behind pages moves to the address behind others */
	HV_MADVISE_MERGEABLE, /* gfn, count */
	HV_MADVISE_UNMERGEABLE, /* gfn, count */
	HV_KSM_MERGE, /* gfn, to: ksmd merges two pages of equal content */
	HV_REPLACE_PAGE, /* gfn: compaction moves a normal page to another frame */
	HV_SWAP_OUT, /* gfn: page replacement writes a normal page to swap and frees it */
	HV_FORK, /* the process forks; one child at a time */
	HV_CHILD_READ, /* gfn; @token: what was read */
	HV_CHILD_WRITE, /* gfn, token */
	HV_CHILD_EXIT, /* the child's memory goes */
	HV_UCALL, /* call, args: an ultracall that no kernel would make */
};
struct hv_request {
	enum hv_request_kind kind;
	unsigned guest;
	uint32_t slot;
	gfn_t gfn;
	uint64_t count;
	token_t token;
	gfn_t to; /* HV_MREMAP, HV_KSM_MERGE: the other page */
	uint32_t flags; /* HV_SLOT_FLAGS: HV_SLOT_LOG_DIRTY or 0 */
	uint32_t call; /* HV_UCALL: its number */
	uint64_t args[5];
	unsigned arg_count;
	unsigned ra_args; /* HV_UCALL: a bit 1 << i: args[i] is a gfn, and the frame its page is mapped to is meant */
};
#define HV_SLOT_LOG_DIRTY 1u
/** hv_host_op - run a request in the running host context; yields */
int64_t hv_host_op(struct hv *hv, struct hv_request *request);

/* What the hypervisor's own tables say of a page, for checks at quiescence. */
struct hv_page_view {
	bool gone; /* the VM is closed: what its process still maps is no page of a guest */
	bool in_slot;
	enum hv_mark mark;
	enum host_pte pte;
	token_t token; /* of the normal frame, when pte is HOST_PTE_NORMAL */
	dfn_t device; /* when pte is HOST_PTE_DEVICE */
};
void hv_view_page(struct hv *hv, unsigned guest, gfn_t gfn, struct hv_page_view *out);
/**
 * hv_pool_used - device pages in use; hv_pool_marked - pages marked UVMEM in all
 * guests, and those that a process still maps whose VM is closed
 */
uint32_t hv_pool_used(struct hv *hv);
uint32_t hv_pool_marked(struct hv *hv);
/**
 * hv_gone - why nobody is left whom an object of the hypervisor's heap, or a page,
 * belongs to; NULL: somebody is. For the search for leaks (leak.h).
 */
const char *hv_gone(const struct hv *hv, obj_t name);
struct leak_search;
/** hv_roots - say leak_root() of the VMs and of the device pages ever used, which point to their private data */
void hv_roots(const struct hv *hv, struct leak_search *search);
/*
 * Bytes that the simulator keeps for the pages there are now. What the models
 * allocate in the simulated heap (device pages' private data, a design's arrays)
 * is not among them: heap_usage() tells it.
 */
struct model_memory {
	uint64_t page_tables; /* of the processes, and partition-scoped ones */
	uint64_t normal_pages, device_pages; /* struct page */
	uint64_t frames; /* contents of frames */
	uint64_t pool; /* the bitmap of device pages */
	uint64_t entries; /* the ultravisor's, of pages */
};
void hv_memory(const struct hv *hv, struct model_memory *out);
/**
 * hv_bytes_per_page, hv_bytes_per_device_page - what the design would cost the
 * real kernel, in bytes: for each page of a guest's slots, and on top of that
 * for each page that has a device page (its private data)
 */
unsigned hv_bytes_per_page(enum design_id design);
unsigned hv_bytes_per_device_page(enum design_id design);
/** hv_marks - the marks a design can express, a bit 1 << enum hv_mark each; v9's rmap knows only UVMEM or nothing */
unsigned hv_marks(enum design_id design);
/** policy_why - why a deletion policy makes no sense for a design, a sentence without capital and stop; NULL: it does */
const char *policy_why(enum design_id design, enum slot_delete policy);

/* The ultravisor (uv_model/). */
struct uv;
struct uv *uv_create(const struct world_config *config);
extern const struct domain_ops uv_domain_ops;
/** uv_spontaneous - the ultravisor on a borrowed vCPU sends a hypercall; yields; returns its code */
int64_t uv_spontaneous(struct uv *uv, unsigned guest, unsigned vcpu, uint32_t hcall, gfn_t gfn, uint64_t flags);

/** uv_terminate - the ultravisor ends a secure VM by itself; yields; false when there is none */
bool uv_terminate(struct uv *uv, unsigned guest);
/**
 * uv_evict_page - the ultravisor on a borrowed vCPU pushes one page out, as it
 * does under memory pressure; yields. Returns the code of H_SVM_PAGE_OUT, or
 * U_INVALID when the page is not one it would choose (shared, out, untouched).
 */
int64_t uv_evict_page(struct uv *uv, unsigned guest, unsigned vcpu, gfn_t gfn);

struct uv_page_view {
	bool known; /* the VM is secure or becoming so, and the page is in a slot */
	enum gfn_state state;
	bool mapped; /* an entry is present */
	bool touched; /* SECURE with a frame, or any other state */
	token_t token; /* content of the secure frame, when it has one */
	hfn_t shared_frame; /* the mapped normal frame, HFN_NONE when none */
};
void uv_view_page(struct uv *uv, unsigned guest, gfn_t gfn, struct uv_page_view *out);
/** uv_gone - as hv_gone, of what the ultravisor has of a guest */
const char *uv_gone(const struct uv *uv, obj_t name);
/** uv_memory - as hv_memory: its frames and entries */
void uv_memory(const struct uv *uv, struct model_memory *out);
/** uv_is_secure - whether the guest runs as a secure VM (after a successful UV_ESM) */
bool uv_is_secure(struct uv *uv, unsigned guest);

/* Guests' vCPUs (sim/machine/vcpu.c). One object in the guest's domain. */
struct guest_machine {
	unsigned index;
	struct domain *hv, *uv;
	bool secure; /* MSR.S of its vCPUs: set when UV_ESM succeeds */
};
/**
 * vcpu_access - a load (write false) or store by the running vCPU context
 * @token: in: what to store; out: what was read. Faults are taken, and the
 *         access repeated, until it succeeds; a refault costs what it costs.
 * Returns 0, or the result that ended the attempt (the VM was killed). Yields.
 */
int64_t vcpu_access(struct guest_machine *g, unsigned vcpu, gfn_t gfn, bool write, token_t *token);
/** vcpu_ucall - an ultracall of the guest; returns r3. Yields. */
int64_t vcpu_ucall(struct guest_machine *g, unsigned vcpu, uint32_t number, const uint64_t *args, unsigned count);
/** vcpu_hcall - a hypercall of the guest; returns r3. Yields. */
int64_t vcpu_hcall(struct guest_machine *g, unsigned vcpu, uint32_t number, const uint64_t *args, unsigned count);

#endif
