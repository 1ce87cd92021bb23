/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine.h - domains, contexts, clocks, messages, calls.
 *
 * A domain is a side of the protocol and owns its state. A context is a thread
 * of control inside a domain; it has a clock in cycles and a stack of its own.
 * Domains meet only by messages, which take at least the latency of their edge.
 * Left alone, the engine always runs the context or message whose key
 * (time, message before context, id, sequence) is least.
 *
 * Two executors run the same domains: FIBERS on one OS thread in global order
 * of time; THREADS with a pthread a domain and conservative virtual time. Both
 * give the same trace. What a model must keep for that (docs/engine.md): touch
 * only its own domain's state, have no mutable globals, no host time, no libc
 * malloc, no decision from an address.
 *
 * Locking: simulated code of one domain never runs at the same host time as
 * other code of that domain, and is switched only inside the calls marked
 * "yields" below. Errors: misuse is a bug of pefsim and stops the process with
 * a message. Blocking: only where said.
 */
#ifndef PEFSIM_ENGINE_H
#define PEFSIM_ENGINE_H

#include "pefsim/cost.h"
#include "pefsim/objects.h"
#include "pefsim/trace.h"
#include "pefsim/types.h"

struct engine;
struct domain;
struct context;
struct hold;

/* What a run is watched for beside misuse of heap and locks, each of which can be left out. */
enum engine_check {
	ENGINE_CHECK_RACES, /* accesses that nothing orders, and reads of what nobody wrote */
	ENGINE_CHECK_LOCK_ORDER, /* classes of locks and the order in which they are taken */
	ENGINE_CHECK_ATOMICITY, /* reads relied upon in a later critical section; only if asked for: each access costs more */
	ENGINE_CHECK_PROGRESS, /* livelock, operations that never end */
	ENGINE_CHECK_LEAKS, /* what is left at the end */
};

enum engine_exec { ENGINE_FIBERS, ENGINE_THREADS };

/* Planted breaches of the contract, for the tests that must see them. */
struct engine_breach {
	bool run_at_horizon; /* t <= H instead of t < H */
	bool mailbox_order; /* equal times by order of arrival in the mailbox */
	bool no_own_send_cap; /* an own send does not lower the horizon */
	bool single_collect; /* one look at the words is believed */
	bool yield_in_collect; /* sched_yield inside the look: more ways for threads to meet */
};

struct engine_config {
	enum engine_exec exec;
	uint64_t seed;
	uint64_t steps_max; /* events run by any one domain (the sum would depend on the executor); 0: no limit */
	cycles_t cycles_max; /* virtual time; 0: no limit but the engine's own of 2^44 */
	uint64_t trace_max; /* records kept a domain, a power of two; 0: 1 << 24; 1: no trace */
	const struct price_list *prices; /* must outlive the engine; NULL: every step costs 1 */
	bool points; /* record TRACE_POINT for every point passed */
	struct hold *holds; /* owned by the caller; may be NULL. See points.h */
	unsigned hold_count;
	bool derive_holds; /* FIBERS only: find the cycles of the holds that have none */
	/*
	 * No detectors: the heap is compact and uses freed memory again, accesses are
	 * not looked up, no call chains are kept. A run in which they would find
	 * nothing is the same run; one with a stale pointer is not.
	 */
	bool detectors_off;
	uint32_t checks_off; /* detectors that are left out, a bit 1 << enum engine_check each; the heap's stay */
	bool atomicity; /* with ENGINE_CHECK_ATOMICITY, which needs that of races */
	struct engine_breach breach;
};

/* A place in the merged trace. */
struct engine_key {
	cycles_t cycle;
	uint32_t domain;
	uint64_t position; /* records of that domain before it */
};

enum engine_end {
	ENGINE_FINISHED, /* every context ended or is an idle server */
	ENGINE_DEADLOCK, /* contexts wait for one another in a circle */
	ENGINE_STUCK, /* contexts wait for what nobody is left to do */
	ENGINE_STOPPED, /* engine_stop(): a finding */
	ENGINE_STEP_LIMIT,
	ENGINE_CYCLE_LIMIT,
	ENGINE_INTERRUPTED, /* engine_interrupt(), as from a signal handler */
};

/* One blocked context, as told when a run ends in DEADLOCK or STUCK. */
struct engine_waiter {
	char name[PEF_NAME_MAX];
	obj_t what;
	bool in_circle;
	char holder[PEF_NAME_MAX]; /* who holds it, "" when nobody does */
	cycles_t since;
	unsigned line; /* script line the context is at, 0: none */
};

struct engine_result {
	enum engine_end end;
	struct engine_key key; /* where the run was cut, or its last event */
	uint64_t steps; /* events run up to the key */
	struct engine_waiter *waiters; /* owned by the engine */
	unsigned waiter_count;
};

/* A request of another domain to this one: a call, or a bus access. */
struct call;

struct domain_ops {
	/* Runs in a context of this domain; fills c->ret. Yields. */
	void (*on_call)(struct domain *d, struct call *c);
	/* Runs in no context, at the arrival time; answers with bus_reply(), now or later. Never yields. */
	void (*on_bus)(struct domain *d, const struct call *c);
	/* The answer to a bus_forward(): @original with ret still empty, @answer with ret filled. Never yields. */
	void (*on_bus_done)(struct domain *d, struct call *original, const struct call *answer);
	/* A plain message (message_send); runs in no context. Never yields. */
	void (*on_message)(struct domain *d, unsigned type, const uint64_t *words, unsigned count);
};

/* ---- life of an engine -------------------------------------------------- */

/** engine_create - an engine without domains; NULL when the host has no memory */
struct engine *engine_create(const struct engine_config *config);
/** engine_destroy - free it with all arenas, stacks and traces; NULL is fine */
void engine_destroy(struct engine *engine);

/**
 * engine_add_domain - add a domain; only before the first run
 * @name:  short name, copied ("hv", "uv", "g0")
 * @ops:   handlers, must outlive the engine; members may be NULL
 * @model: handed back by domain_model(); owned by the caller
 * @arena: bytes of address space for its state; 0: 64 GiB (reserved, not used)
 * Domains are numbered 0, 1, ... in the order they are added.
 */
struct domain *engine_add_domain(
	struct engine *engine, const char *name, const struct domain_ops *ops, void *model, size_t arena);
/** engine_set_latency - least latency of messages on an edge; default 1 */
void engine_set_latency(struct engine *engine, struct domain *from, struct domain *to, cycles_t cycles);
/** engine_run - run until nothing is left or a limit; PEF_OK whatever the end */
enum pef_err engine_run(struct engine *engine, struct engine_result *out);
/**
 * engine_run_to_mark - as engine_run(), but stop where a context calls engine_mark()
 * Every context is parked then, and engine_run() goes on from there as if
 * nothing had been: no event and no record comes from it. FIBERS only.
 * Returns false when the run ended before; then @out is filled.
 */
bool engine_run_to_mark(struct engine *engine, struct engine_result *out);
/** engine_mark - the running context says: here a snapshot is worth taking. Only engine_run_to_mark() cares. */
void engine_mark(void);
/** engine_interrupt - ask a run to end soon; async-signal-safe */
void engine_interrupt(struct engine *engine);
/** engine_end_key - where the last run was cut, or its last event; NULL while none has ended */
const struct engine_key *engine_end_key(const struct engine *engine);
/**
 * engine_snapshot - remember all mutable simulated state (FIBERS; between runs)
 * engine_restore - put it back; traces are cut to where they were
 * Only what was written since costs anything (snapshot.c). PEF_USAGE in THREADS
 * and in builds with a sanitizer, which keeps books of its own about stacks.
 */
enum pef_err engine_snapshot(struct engine *engine);
void engine_restore(struct engine *engine);

/** engine_detectors_off - as configured */
bool engine_detectors_off(const struct engine *engine);
/** engine_checks - whether a run is watched for @check */
bool engine_checks(const struct engine *engine, enum engine_check check);
unsigned engine_domain_count(const struct engine *engine);
struct domain *engine_domain(const struct engine *engine, unsigned index);
/** engine_context_name - name of a context by the id its records carry; "" for 0 */
const char *engine_context_name(const struct engine *engine, unsigned domain, uint32_t ctx);
/** engine_books - cycles of a hardware thread by cause, summed over domains */
struct engine_book {
	char hwthread[PEF_NAME_MAX];
	cycles_t by_cause[CAUSE_COUNT];
	cycles_t end; /* last clock of any context on it */
};
unsigned engine_books(const struct engine *engine, struct engine_book *out, unsigned max);

/* ---- domains ------------------------------------------------------------- */

const char *domain_name(const struct domain *d);
unsigned domain_index(const struct domain *d);
void *domain_model(const struct domain *d);
/** domain_set_model - what domain_model() hands back from now on; before the run (hv_create, uv_create) */
void domain_set_model(struct domain *d, void *model);
/*
 * Pointers that other rooms keep with a domain: what they point to lies in the
 * domain's arena. New rows go at the end.
 */
enum domain_slot_id {
	DOMAIN_SLOT_HEAP, /* sim/detect: the simulated heap */
	DOMAIN_SLOT_CHAINS, /* sim/detect: interned call chains */
	DOMAIN_SLOT_FINDINGS, /* sim/detect: findings of this domain */
	DOMAIN_SLOT_POINTS, /* sim/engine: counters of points */
	DOMAIN_SLOT_SYNC, /* sim/sync: pools of waiters and held locks */
	DOMAIN_SLOT_SCRIPT, /* sim/cli: the script's events */
	DOMAIN_SLOT_INJECT, /* sim/engine: rules of what goes wrong, and their counts */
	DOMAIN_SLOT_PAGE_LOCKS, /* sim/sync: page locks that are held or waited for */
	DOMAIN_SLOT_ORDER, /* sim/detect: clocks of handlers and of words of memory */
	DOMAIN_SLOT_RACE, /* sim/detect: what is remembered of accesses */
	DOMAIN_SLOT_REUSE, /* sim/detect: pools of what is used again on purpose */
	DOMAIN_SLOT_COUNT
};
void **domain_slot(struct domain *d, enum domain_slot_id id);
/** domain_heap_region - address space for the simulated heap: reserved, zero, memory only where touched */
void *domain_heap_region(const struct domain *d, size_t *size);
/** domain_heap_touch - before anything below @end is written: a snapshot keeps the heap up to there */
void domain_heap_touch(struct domain *d, const void *end);
/** domain_range - addresses of its state and heap; its contexts' stacks lie behind */
void domain_range(const struct domain *d, uintptr_t *lo, size_t *size);
/** context_stack - bounds of the running context's or handler's stack, for the walk of frame pointers; false in none */
bool context_stack(uintptr_t *lo, uintptr_t *hi);
struct engine *domain_engine(const struct domain *d);
struct trace_ring *domain_trace(struct domain *d);
const struct price_list *domain_prices(const struct domain *d);
/** domain_self - the domain whose code runs; NULL outside a run */
struct domain *domain_self(void);
/** domain_now - clock of the running context, or arrival time in a handler */
cycles_t domain_now(const struct domain *d);
/** domain_arena_alloc - zeroed memory for state that lives as long as the engine */
void *domain_arena_alloc(struct domain *d, size_t size);
/** domain_state - what domain_arena_alloc() gave out in pieces below 64 KiB, with the domain itself */
const void *domain_state(const struct domain *d, size_t *size);
/**
 * domain_keep_range - memory outside the arena is state of the domain, too
 * One range a domain; before the first run. A snapshot covers it.
 */
void domain_keep_range(struct domain *d, void *start, size_t size);
/** domain_owns - whether an address lies in the domain's arena, or in the range it keeps */
bool domain_owns(const struct domain *d, const void *address);

/**
 * trace_emit - record an event of the running context at its clock
 *
 * In a message handler (no context runs) the record carries context 0 and the
 * message's arrival time.
 */
static inline void trace_emit(enum trace_kind kind, unsigned aux, uint64_t a, uint64_t b);

/* ---- contexts ------------------------------------------------------------- */

/**
 * context_spawn - a new context
 * @d:      its domain. Before the run: any. During it: the running one.
 * @name:   copied ("g0.vcpu0")
 * @hw:     name of its hardware thread, for the books ("g0.vcpu0"); copied
 * @fn:     runs in the new context; the context ends when it returns
 * @start:  clock it begins at; during a run at least now + 1
 */
struct context *context_spawn(
	struct domain *d, const char *name, const char *hw, void (*fn)(void *), void *arg, cycles_t start);
/** context_self - the running context; NULL in a handler and outside a run */
struct context *context_self(void);
const char *context_name(const struct context *ctx);
uint32_t context_id(const struct context *ctx);
/** context_hw - name of the context's hardware thread */
const char *context_hw(const struct context *ctx);
/** context_set_line - the script line the context is at, for reports; handed to callees */
void context_set_line(struct context *ctx, unsigned line);
unsigned context_line(const struct context *ctx);
/** context_work - how many operations it has begun: statements of the script, calls that it serves */
uint64_t context_work(const struct context *ctx);
/** context_random - 64 random bits, from (seed, domain, context) */
uint64_t context_random(struct context *ctx);

/** context_advance - spend @cycles >= 1 for @cause. Yields. */
void context_advance(cycles_t cycles, enum cost_cause cause);
/** cost_charge - spend a step's price. Yields. */
void cost_charge(enum cost_step step);
/** cost_charge_many - spend @count times a step's price, @count >= 1. Yields. */
void cost_charge_many(enum cost_step step, uint64_t count);

/* A wake-up that found nobody asleep, the last one. */
struct wait_missed {
	bool any;
	uint32_t ctx; /* who woke; 0: a handler */
	cycles_t cycle;
	uint32_t chain;
};

/*
 * What a blocked context waits for. @holders lists who must act before the wait
 * can end: all of them (a writer waits for every reader). NULL: nobody known.
 */
struct wait_on {
	obj_t what;
	const void *object;
	unsigned (*holders)(const void *object, const struct context *waiter, struct context **out, unsigned max);
	bool server; /* an idle server: not counted as waiting when the run ends */
	bool grace; /* the end of a grace period: @holders are readers */
	const struct wait_missed *missed; /* of what sleepers are woken by; NULL: nothing of the kind */
	uint32_t chain; /* where it waits, for reports (chain_capture); 0: not told */
};

/**
 * context_block - wait until context_wake(); the time is booked to @cause. Yields.
 * @on: what for; copied. NULL: an idle server.
 */
void context_block(enum cost_cause cause, const struct wait_on *on);
/** context_wake - make a blocked context of the same domain ready, @after >= 1 cycles from now */
void context_wake(struct context *ctx, cycles_t after);
bool context_is_blocked(const struct context *ctx);

/* Pointers that rooms keep with a context; NULL when it is spawned. New rows go at the end. */
enum context_slot_id {
	CONTEXT_SLOT_SYNC, /* sim/sync: the locks it holds */
	CONTEXT_SLOT_POINTS, /* sim/engine: occurrences of its points */
	CONTEXT_SLOT_ORDER, /* sim/detect: what it knows of others' past */
	CONTEXT_SLOT_COUNT
};
void **context_slot(const struct context *ctx, enum context_slot_id id);

/* ---- messages ------------------------------------------------------------- */

#define MESSAGE_WORDS 14u

/**
 * message_send - send words to another domain's on_message
 * @latency: at least the edge's; the message arrives at now + @latency
 * Not booked: whoever waits for the effect books his wait.
 */
void message_send(struct domain *to, unsigned type, const uint64_t *words, unsigned count, cycles_t latency);

/* ---- calls: a context lends its hardware thread to the callee --------------- */

#define CALL_ARGS 8u
#define CALL_RETS 10u

struct call {
	uint32_t number; /* enum abi_call, or what the two sides agree on */
	uint32_t arg_count;
	uint64_t arg[CALL_ARGS];
	int64_t ret[CALL_RETS]; /* ret[0] is the result code */
	uint32_t ret_count; /* words of ret to send back, 1 by default */
	enum cost_step return_step; /* price and cause of the way back; callee may change it */
	/* who called; for messages of the engine, and for reports */
	uint32_t from_domain;
	uint32_t from_ctx;
	uint64_t serial;
};

/**
 * call_make - call another domain and wait for its answer. Yields.
 * @to:     the domain called; its on_call runs in a context named after the
 *          caller: "g0.vcpu0" calling uv gives "g0.vcpu0/uv"; that calling hv
 *          gives "g0.vcpu0/hv"; that calling uv gives "g0.vcpu0/hv/uv"
 * @c:      number, arg, arg_count in; ret, ret_count out
 * @step:   price and cause of the way in, booked to the caller
 * @page:   what TRACE_CALL shows as its page-like argument (trace_page), or 0
 */
void call_make(struct domain *to, struct call *c, enum cost_step step, uint64_t page);
/**
 * call_transfer - a callee hands its call on: the answer will come from @to,
 * straight to the first caller. The running on_call must return right after;
 * what it returns is not sent.
 */
void call_transfer(struct domain *to, struct call *c, const struct call *mine, enum cost_step step, uint64_t page);

/**
 * bus_access - ask another domain's on_bus and wait. Yields.
 * @c:     number, arg in; ret out
 * @step:  price of each way; the whole wait is booked to its cause
 */
void bus_access(struct domain *to, struct call *c, enum cost_step step);
/** bus_reply - answer a bus access; @c as handed to on_bus, with ret filled in */
void bus_reply(const struct call *c, enum cost_step step);
/**
 * bus_forward - a handler asks a third domain on behalf of the requester
 * @original: as handed to on_bus; kept by the engine until the answer comes
 * @c:        number and arg of what to ask
 * The answer arrives at this domain's on_bus_done(), which finishes with
 * bus_reply(@original). So a domain can count what is under way (a tlbie
 * completes only after accesses translated earlier have landed).
 */
void bus_forward(struct domain *to, const struct call *original, const struct call *c, enum cost_step step);

/**
 * engine_stop - end the run here: what the running context did so far counts,
 * nothing after it. Does not return when called in a context. Yields.
 */
void engine_stop(struct engine *engine);

/* ---- one-line bodies --------------------------------------------------------- */

struct engine_tls {
	struct domain *domain;
	struct trace_ring *ring;
	const cycles_t *now;
	const uint32_t *ctx_id;
	bool points; /* holds or point records are wanted */
	bool races; /* ENGINE_CHECK_RACES, in a build with access hooks */
	bool hardware; /* a bus handler runs: what it does is no software's access, and races with none */
	uint32_t seen; /* sim/detect: what the running context is; 0: another one since */
};
/* One a host thread; set by the executors. */
extern _Thread_local struct engine_tls engine_tls;

static inline void trace_emit(enum trace_kind kind, unsigned aux, uint64_t a, uint64_t b)
{
	trace_put(engine_tls.ring, *engine_tls.now, *engine_tls.ctx_id, kind, aux, a, b);
}

#endif
