/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uv.h - the ultravisor's own structures, shared by the files of this room.
 *
 * One struct uv is the firmware; one struct svm is a secure VM, or one that is
 * becoming secure; one struct gfn_entry is a page of it that was ever touched.
 * A page without an entry is SECURE, has no frame and reads as zero.
 *
 * Locking: svm_lock guards the list of secure VMs and their user counts;
 * svm->lock its slots and the cookies of reflections; page_lock serialises
 * UV_PAGE_IN, UV_PAGE_OUT, UV_PAGE_INVAL, slot changes and the commit of a share
 * or unshare; a stripe's lock guards the entries of its pages. Order:
 * page_lock, then one stripe, then svm->lock; svm_lock is always taken alone.
 * No lock is held while a call is reflected (reflect.c looks). A gfn_entry's
 * pte words are also read by bus accesses, as hardware walks a page table:
 * without a lock, between two instructions.
 * Errors: codes of the protocol. Blocking: said at each function.
 */
#ifndef UV_MODEL_UV_H
#define UV_MODEL_UV_H

#include "pefsim/cost.h"
#include "pefsim/heap.h"
#include "pefsim/machine.h"
#include "pefsim/model.h"
#include "pefsim/reuse.h"
#include "pefsim/sync.h"

#define UV_STRIPES 16u /* locks of GFN states, by gfn & 15 (firmware: svm_gfn_lock[16]) */
#define UV_TRIES 4u /* how often a page is asked for again before a call is refused */
#define UV_EVICTIONS 8u /* how many pages are pushed out to find one free frame */

/* The (key, IV, tag) of a page-out: what it was made of, what came out of it. */
struct crypto_meta {
	token_t plain, cipher;
};

/* What the guest's page table says of a page. */
enum gfn_pte { PTE_NONE, PTE_SECURE, PTE_SHARED };

/* A touched page. */
struct gfn_entry {
	gfn_t gfn;
	struct gfn_entry *next; /* among those looked at, or the spare ones (map.c) */
	struct crypto_meta *crypto; /* PAGEDOUT; owned */
	sfn_t frame; /* the secure frame, SFN_NONE when there is none; owned */
	hfn_t host; /* the normal frame mapped or noted, HFN_NONE when forgotten */
	uint32_t op; /* the share or unshare that made the state transient */
	uint16_t landing; /* translated accesses to the normal frame that have not landed, one a vCPU at most */
	uint8_t state; /* enum gfn_state */
	uint8_t pte : 2; /* enum gfn_pte */
	uint8_t write_protected : 1; /* of a PTE_SHARED */
	uint8_t keep : 1; /* HV_UNSHARING: the content is wanted until the whole call succeeds */
};
_Static_assert(sizeof(struct gfn_entry) <= 48, "a touched page costs 48 bytes here; the hypervisor's part is on top");

struct gfn_stripe {
	struct sim_spinlock lock;
	/* of map.c: the tree of touched pages, and the entries that were looked at since it was locked */
	struct map_node *root;
	unsigned height;
	struct gfn_entry *awake;
};

/* What the maps of all guests are made of. */
struct map_pool {
	struct domain *domain;
	bool lean; /* plain pages have no entry; entries are no objects of the heap */
	struct map_node *nodes; /* spare */
	struct gfn_entry *entries; /* spare */
	uint64_t node_count, entry_count; /* in use */
};

/* A range the hypervisor registered. */
struct uv_slot {
	struct uv_slot *next; /* in order of base */
	uint32_t id;
	gfn_t base;
	uint64_t pages;
};

/* A call under way in the hypervisor; lives on the stack of who waits for it. */
struct reflection {
	struct reflection *next;
	uint32_t cookie;
};

/* A tlbie that is not complete; on the stack of who issued it. */
struct tlb_wait {
	struct tlb_wait *next;
	struct context *ctx;
};

enum svm_mode { SVM_ACTIVE, SVM_SECURE, SVM_ABORT, SVM_TERMINATED };

struct svm {
	/* set at creation, then constant: */
	unsigned guest;
	uint32_t lpid;
	/* uv->svm_lock: */
	uint32_t users; /* the list's, and one for each context at work in it */
	enum svm_mode mode; /* also looked at without the lock: one word */
	/* lock: */
	struct sim_spinlock lock;
	struct uv_slot *slots;
	struct reflection *reflections;
	int64_t killed; /* not 0: the result that ended the VM */
	uint32_t op_count;
	gfn_t hand; /* where the search for a page to evict goes on */
	/* taken before a stripe: */
	struct sim_spinlock page_lock;
	struct gfn_stripe stripes[UV_STRIPES];
	struct map_pool *pool;
	/* hardware's: */
	struct tlb_wait *tlb_waits;
};

/*
 * What the VM is. It changes under svm_lock and is looked at without: whoever acts on it has page_lock or a stripe,
 * and what he does then is as good as done before the change.
 */
static inline enum svm_mode svm_mode_of(const struct svm *svm)
{
	return *(const volatile enum svm_mode *)&svm->mode;
}
static inline void svm_mark_mode(struct svm *svm, enum svm_mode mode)
{
	*(volatile enum svm_mode *)&svm->mode = mode;
}

/* An entry of the partition table: where hardware finds a guest's tables. */
struct pate {
	uint64_t dw0, dw1;
};
#define UV_PARTITIONS 4096u /* LPIDR has 12 bits */

struct uv {
	struct world_config config;
	struct frame_pool frames;
	struct reuse *frame_uses; /* of the simulator: whose use of a frame it is */
	struct map_pool map_pool;
	struct sim_spinlock svm_lock;
	struct pate *pates; /* by lpid; svm_lock */
	struct svm *svms[PEF_GUESTS_MAX]; /* by guest; NULL: not secure. svm_lock */
	uint64_t page_outs[PEF_GUESTS_MAX]; /* (key, IV) numbers used; page_lock of the svm */
};

static inline struct uv *uv_of(const struct domain *d)
{
	return domain_model(d);
}
/* Whether a switch is in use. */
static inline bool uv_mutant(enum mutant m)
{
	return mutants_have(uv_of(domain_self())->config.mutants, m);
}

/* ---- svm.c ------------------------------------------------------------------- */

/* Of a guest, or of an lpid; NULL when it is not in the list. Ends with svm_put(). */
struct svm *svm_get(struct uv *uv, unsigned guest);
struct svm *svm_get_lpid(struct uv *uv, uint32_t lpid);
void svm_put(struct uv *uv, struct svm *svm);
/* A new one in mode ACTIVE with a user; NULL when the guest has one already. */
struct svm *svm_create(struct uv *uv, unsigned guest);
void svm_set_mode(struct uv *uv, struct svm *svm, enum svm_mode mode);
/* Take it from the list and release everything; users see SVM_TERMINATED. */
void svm_terminate(struct uv *uv, struct svm *svm);
/* The VM cannot go on; @result is what its vCPUs get from now on. Returns it. */
int64_t svm_kill(struct svm *svm, int64_t result);
/* 0, or why the VM's vCPUs may not run any more. */
int64_t svm_killed(struct svm *svm);
/* A number for a share or unshare, not 0. */
uint32_t svm_op(struct svm *svm);

/* ---- slot.c ------------------------------------------------------------------ */

bool slot_has(struct svm *svm, gfn_t gfn);
bool slot_has_range(struct svm *svm, gfn_t first, uint64_t count);
int64_t slot_add(struct svm *svm, uint32_t id, gfn_t base, uint64_t pages);
/* Release a slot and all state of its pages; false when it is not registered. */
bool slot_remove(struct uv *uv, struct svm *svm, uint32_t id);

/* ---- map.c ------------------------------------------------------------------- */

static inline struct gfn_stripe *map_stripe(struct svm *svm, gfn_t gfn)
{
	return &svm->stripes[gfn.n % UV_STRIPES];
}
/*
 * All but map_find() want the stripe's lock held. An entry is good until the
 * stripe is given back, or until map_rest().
 */
struct gfn_entry *map_find(const struct svm *svm, gfn_t gfn);
/* The entry of @gfn, made when there was none; NULL when there is no memory for it. Passes a point. */
struct gfn_entry *map_touch(struct svm *svm, gfn_t gfn);
void map_remove(struct svm *svm, struct gfn_entry *entry);
/* The first entry of a stripe at or after @from. */
struct gfn_entry *map_next(struct svm *svm, unsigned stripe, gfn_t from);
/* Nobody keeps an entry of the stripe any more: before its lock is given back, or the next page is looked for. */
void map_rest(struct svm *svm, unsigned stripe);
/* All pages were removed, and the svm goes. */
void map_destroy(struct svm *svm);
void map_pool_init(struct map_pool *pool);
/* Bytes of all maps; entries that are objects of the heap are not among them. */
uint64_t map_pool_bytes(const struct map_pool *pool);

/* ---- gfn.c: states and entries; the stripe's lock is held -------------------- */

static inline enum gfn_state gfn_state_of(const struct gfn_entry *entry)
{
	return entry ? (enum gfn_state)entry->state : GFN_SECURE;
}
void gfn_lock(struct svm *svm, gfn_t gfn);
void gfn_unlock(struct svm *svm, gfn_t gfn);
void gfn_set_state(struct svm *svm, struct gfn_entry *entry, enum gfn_state next);
/* Content the guest reads from now on. */
void gfn_tell_content(struct svm *svm, gfn_t gfn, token_t token);
void gfn_map_secure(struct svm *svm, struct gfn_entry *entry);
void gfn_map_shared(struct svm *svm, struct gfn_entry *entry, hfn_t host, bool write_protected);
/* Take the entry out of the page table and wait for the tlbie; nothing when it was out. */
void gfn_unmap(struct svm *svm, struct gfn_entry *entry);
/* A page's last access under way has landed; in a bus handler, without a lock. */
void gfn_landed(struct svm *svm);
/* A zeroed frame for a page that has none; false when no frame is free. */
bool gfn_take_frame(struct uv *uv, struct svm *svm, struct gfn_entry *entry);
void gfn_give_frame(struct uv *uv, struct gfn_entry *entry);
void gfn_drop_crypto(struct gfn_entry *entry);
struct frame *gfn_frame(struct uv *uv, const struct gfn_entry *entry);
/* Back to a page that was never touched: no frame, no entry, SECURE. */
void gfn_release(struct uv *uv, struct svm *svm, struct gfn_entry *entry);

typedef bool gfn_wanted(const struct gfn_entry *entry, const void *arg);
/*
 * The first touched page at or after @from that is @wanted, in order of pages.
 * No stripe may be held: all are visited, one after the other. Yields.
 */
bool gfn_scan(struct svm *svm, gfn_t from, gfn_wanted *wanted, const void *arg, gfn_t *out);

/* ---- border.c: page content across the border; all yield ---------------------- */

static inline hfn_t hfn_of_ra(uint64_t ra)
{
	return (hfn_t){(uint32_t)(ra >> PEF_PAGE_SHIFT)};
}
/*
 * Read a normal frame while @work is charged for; the content is torn when it
 * changed meanwhile. False when there is no such frame.
 */
bool border_read(struct uv *uv, hfn_t host, enum cost_step work, uint64_t page, token_t *out);
bool border_write(struct uv *uv, hfn_t host, uint64_t page, token_t token);

/* ---- reflect.c ------------------------------------------------------------------ */

/* What a reflected call needs to know of the vCPU it is made for. */
struct vcpu_id {
	unsigned guest, vcpu;
};
static inline struct vcpu_id vcpu_of(const struct call *c)
{
	struct call_state s = call_state_of(c);
	return (struct vcpu_id){s.guest, s.vcpu};
}
/*
 * Call the hypervisor for a vCPU and wait. @svm may be NULL (no cookie then).
 * @c: number and arguments in, the hypervisor's words out. Returns ret[0], or
 * U_INVALID when the VM was terminated meanwhile. No lock may be held. Yields.
 */
int64_t reflect_call(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, struct call *c, uint64_t page);
/* How many registers a hypercall takes from r4 on, and gives back from r4 on beside its code. */
struct hcall_regs {
	uint8_t in, out;
};
const struct hcall_regs *reflect_regs(uint32_t number);
/* The VM ends: no cookie that was given is good any more. */
void reflect_drop_all(struct svm *svm);
/* H_SVM_PAGE_IN or H_SVM_PAGE_OUT of one page. */
int64_t reflect_page(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, uint32_t number, gfn_t gfn, uint64_t flags);
/* A hypercall without arguments. */
int64_t reflect_plain(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, uint32_t number);

/* ---- evict.c ------------------------------------------------------------------ */

/*
 * See to a free frame, by pushing an unshared page of the same guest out to the
 * hypervisor if need be. No lock may be held. Returns whether one is free now;
 * another vCPU may be quicker to take it. Yields.
 */
bool evict_make_room(struct uv *uv, struct svm *svm, struct vcpu_id vcpu);

/* ---- fault.c ------------------------------------------------------------------ */

/* The storage interrupt of a secure guest's access; 0, or why the VM ends. Yields. */
int64_t fault_handle(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, gfn_t gfn, bool write);
/* A zero frame for an untouched page, mapped; false when there is none. The stripe is held. */
bool fault_back(struct uv *uv, struct svm *svm, gfn_t gfn);
/*
 * Bring a paged-out page in: ask the hypervisor at most UV_TRIES times. Returns
 * whether the page is not paged out any more. No lock may be held. Yields.
 */
bool fault_bring_in(struct uv *uv, struct svm *svm, struct vcpu_id vcpu, gfn_t gfn);

/* ---- access.c: handlers of the bus; never yield -------------------------------- */

void access_on_bus(struct domain *d, const struct call *c);
void access_on_bus_done(struct domain *d, struct call *original, const struct call *answer);

/* ---- dispatch.c ------------------------------------------------------------------ */

void dispatch_on_call(struct domain *d, struct call *c);

#endif
