/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine_private.h - what the files of this room share.
 *
 * All mutable simulated state of a domain, its struct included, lies in the
 * domain's own range of addresses (arena.c), so that a snapshot is a copy of
 * ranges. What grows with the host (traces, undo logs, results) is libc's and
 * hangs off struct engine.
 *
 * One loop runs the events of a domain (schedule.c) up to a horizon; the
 * executors differ only in how they find the horizon: FIBERS takes the next
 * event of any other domain, THREADS the least time at which another domain
 * could still send (threads.c).
 *
 * Locking: a domain's fields are touched by the host thread that runs it;
 * fields shared between host threads are _Atomic. Errors: engine_bug().
 * Blocking: only where said.
 */
#ifndef ENGINE_PRIVATE_H
#define ENGINE_PRIVATE_H

#include <stdatomic.h>

#include "fiber.h"
#include "pefsim/engine.h"
#include "pefsim/order.h"
#include "queue.h"

/* Times fit 44 bits, so that (time, version) is one word; an hour at 4 GHz. */
#define ENGINE_CYCLES_LIMIT ((UINT64_C(1) << 44) - 2)
#define ENGINE_STACK_SIZE (UINT64_C(256) << 10)
#define ENGINE_GUARD_SIZE UINT64_C(4096)
#define ENGINE_CONTEXT_STRIDE UINT64_C(768)
#define ENGINE_BOOKS_MAX 4096u

/* Order of events at one time: messages by (source, sequence), then contexts by id. */
#define ORDER_CONTEXT (UINT64_C(1) << 63)
#define ORDER_SOURCE_SHIFT 56

enum message_kind { MESSAGE_PLAIN, MESSAGE_CALL, MESSAGE_REPLY, MESSAGE_BUS, MESSAGE_BUS_REPLY };

/* Who calls, for the name and the books of the callee. Strings are constant. */
struct caller {
	const char *name;
	const char *hw;
	uint32_t name_len; /* how much of @name the callee's name begins with */
	unsigned line;
	uint32_t domain, ctx; /* who sent it: differs from call.from_* after a transfer */
};

struct message {
	struct event event; /* first */
	void *node[2]; /* the mailbox's (mailbox.c) */
	struct message *next; /* in a pool */
	uint16_t kind;
	uint16_t count; /* of words */
	uint32_t type;
	uint32_t home; /* domain whose arena it lies in */
	uint32_t from, to;
	struct order_parcel known; /* what the sender knew; its words lie at home, too */
	union {
		struct {
			struct call call;
			struct caller caller;
		};
		uint64_t words[MESSAGE_WORDS];
	};
};

enum context_state {
	CONTEXT_READY, /* an event is pending */
	CONTEXT_RUNNING,
	CONTEXT_BLOCKED,
	CONTEXT_ENDED,
};

struct context {
	/* hot: one or two lines */
	struct event event; /* first */
	struct fiber fiber;
	struct domain *domain;
	uint32_t id; /* from 1; the context stands at a place found by its id */
	uint8_t state; /* enum context_state */
	bool server; /* serves calls of other domains, never ends */
	bool serving; /* a server with a call under way */
	bool transferred; /* this call was handed on: send no answer */
	uint32_t book; /* index in domain->books */
	unsigned line;
	uint64_t work; /* operations begun: statements of the script, calls that it serves */
	uint64_t random;

	/* waiting: read by the wait graph */
	bool waiting; /* blocked on @wait; false for an idle server */
	struct wait_on wait;
	cycles_t wait_since;
	struct engine_key wait_key; /* where it began to wait */

	/* rooms and files beside: */
	void *slots[CONTEXT_SLOT_COUNT];
	uint32_t actor; /* direct.c: 1 + its number; 0: none yet */
	bool held; /* direct.c: at a point */
	uint64_t wait_events; /* waitgraph.c: events of the domain when it began to wait */
	struct context *walk_next; /* waitgraph.c: to be looked at */
	uint64_t walk; /* waitgraph.c: the last walk that came by */

	void (*fn)(void *);
	void *arg;
	uint32_t parent, parent_domain;
	uint64_t serial; /* of calls made */
	struct call *answer; /* call waited for; its ret is filled in */
	struct message *serve; /* server: the request */
	struct context *twin; /* server: next of the same name, "+2" ...; ended: next free stack */
	struct context *server_next; /* server: in the table of names */
	struct call call; /* server: what is served; the caller is (from_domain, from_ctx) */
	const char *hw; /* the book's */
	char name[PEF_NAME_MAX];
};
_Static_assert(sizeof(struct context) <= ENGINE_CONTEXT_STRIDE, "a context fits its place");

struct book {
	char hw[PEF_NAME_MAX];
	cycles_t by_cause[CAUSE_COUNT];
	cycles_t end;
};

/* A bus access that this domain passed on. */
struct forward {
	struct forward *next;
	uint64_t serial;
	struct call original;
};

/* What an event did to counters, so that a cut can undo it (THREADS). */
struct undo {
	cycles_t time;
	cycles_t cycles;
	cycles_t end; /* the book's before */
	uint32_t book; /* UINT32_MAX: the event itself */
	uint32_t cause;
};
struct undo_log {
	struct undo *items; /* a ring */
	uint64_t head, tail, cap;
};

enum domain_part { PART_DENSE, PART_CONTEXTS, PART_SPARSE, PART_HEAP, PART_STACKS, PART_COUNT };

#define SERVER_BUCKETS 256u

struct domain {
	/* hot */
	cycles_t now; /* clock of what runs, or of the last event */
	cycles_t horizon; /* events before it may run */
	struct context *current; /* NULL in a handler and outside a run */
	uint32_t ctx_id; /* of @current, 0: none */
	uint32_t index;
	uint64_t last_order; /* with @now: the last key run */
	uint64_t events; /* run so far */
	uintptr_t handler_top; /* the stack of the handler that runs ends here; 0: none runs */
	uint64_t events_max;
	struct engine *engine;
	struct trace_ring *ring;
	const struct domain_ops *ops;
	void *model;
	bool halted; /* stopped for good: engine_stop, a limit, a circle */
	bool reflects; /* its calls replace its own part of the name: the ultravisor */
	bool undo_on;
	_Atomic cycles_t wait_floor; /* 1 + the time its first context that waits for a lock began to; 0: none */
	struct fiber *scheduler; /* the host's own stack */
	struct context *ended; /* whose stack is given back once it is left */

	struct queue queue;

	/* ids and pools: all local */
	uint32_t context_count; /* ids given out: 1..context_count */
	uint32_t stack_count; /* stacks ever used */
	struct context *stack_free; /* ended contexts whose stacks are free, by twin */
	uint64_t send_seq;
	uint64_t forward_seq;
	struct message *message_pool;
	struct forward *forwards, *forward_pool;
	struct context *servers[SERVER_BUCKETS];
	uint32_t book_count, book_cap;
	struct book *books;
	void *slots[DOMAIN_SLOT_COUNT];

	/* the range of addresses */
	uintptr_t part_lo[PART_COUNT], part_hi[PART_COUNT];
	uintptr_t dense_top, sparse_top, heap_mark;
	uintptr_t kept_lo; /* memory outside of it that is the domain's, too */
	size_t kept_size;

	/* how it was stopped */
	enum engine_end halt_end;
	struct engine_key halt_key;
	char name[PEF_NAME_MAX];
};

struct snapshot;
struct threads;

struct engine {
	struct engine_config config;
	struct domain *domains[PEF_DOMAINS_MAX];
	unsigned domain_count;
	unsigned slot; /* which part of the address space (arena.c) */
	bool running;
	bool ended; /* a run has, at @end_key */
	struct engine_key end_key;
	cycles_t cycles_cap; /* no event later than this is run */
	cycles_t latency[PEF_DOMAINS_MAX][PEF_DOMAINS_MAX];
	_Atomic bool interrupted; /* engine_interrupt() */
	_Atomic bool attention; /* interrupted, or a domain of THREADS has stopped */
	struct trace_ring rings[PEF_DOMAINS_MAX];
	struct undo_log undo[PEF_DOMAINS_MAX];
	_Atomic(struct message *) returned[PEF_DOMAINS_MAX]; /* messages back home */
	struct engine_waiter *waiters; /* libc's; waitgraph_report() allocates, engine frees */
	unsigned waiter_count;
	uint64_t next[PEF_DOMAINS_MAX]; /* FIBERS: each domain's next event (fibers.c); the running one's is stale */
	struct snapshot *snapshot;
	struct director *director; /* NULL: none */
	const struct run_choice *choices; /* the caller's */
	unsigned choice_count;
	bool to_mark; /* engine_mark() stops the run */
	struct context *marked; /* who stands at the mark; it goes on first */
	struct threads *threads; /* while a THREADS run is under way */
};

/** engine_bug - misuse or a broken rule of the engine: say so and abort */
_Noreturn void engine_bug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* arena.c */
bool arena_reserve(struct engine *engine);
void arena_release(struct engine *engine);
struct domain *arena_add_domain(struct engine *engine, unsigned index);
void *arena_alloc(struct domain *d, size_t size, size_t align);
uintptr_t arena_stack_take(struct domain *d); /* lowest usable address */
void arena_stack_give(struct domain *d, struct context *ended);
static inline struct context *domain_context(const struct domain *d, uint32_t id)
{
	return (struct context *)(d->part_lo[PART_CONTEXTS] + (uintptr_t)(id - 1) * ENGINE_CONTEXT_STRIDE);
}

/* books.c */
uint32_t book_find(struct domain *d, const char *hw);
void undo_push(struct domain *d, uint32_t book, uint32_t cause, cycles_t cycles, cycles_t end);
/*E:200
 * Every cycle has a cause. In the executor with threads a domain may have run past the point where a
 * run is cut, so what is booked there can be taken back.
 :*/
static inline void book_add(struct domain *d, uint32_t index, enum cost_cause cause, cycles_t cycles)
{
	struct book *book = &d->books[index];
	if (__builtin_expect(d->undo_on, 0))
		undo_push(d, index, cause, cycles, book->end);
	book->by_cause[cause] += cycles;
	if (book->end < d->now)
		book->end = d->now;
}
/** undo_prune - events before @time will never be cut */
void undo_prune(struct domain *d, cycles_t time);
void undo_cut(struct domain *d, cycles_t time_keep_max);
/** undo_cut_events - take back all but the first @keep events of the domain */
void undo_cut_events(struct domain *d, uint64_t keep);

/* schedule.c: the events of one domain */
void schedule_run(struct domain *d);
/** schedule_enter / schedule_leave - bind the host thread to an engine's domain */
void schedule_enter(struct domain *d);
static inline void schedule_change(struct domain *d)
{
	engine_tls.domain = d;
	engine_tls.ring = d->ring;
	engine_tls.now = &d->now;
	engine_tls.ctx_id = &d->ctx_id;
	engine_tls.seen = 0;
}
void schedule_leave(void);
/** schedule_push - a pending event of @d; in FIBERS from any domain */
void schedule_push(struct domain *d, struct event *event);
/** schedule_advance - the running context goes on at @time; no switch while it stays the least */
void schedule_advance(struct context *ctx, cycles_t time);
/** schedule_mark - engine_run_to_mark() stops here, in the running context */
void schedule_mark(void);
/** schedule_go_on - continue a context that was left in the middle of its event (engine_mark) */
void schedule_go_on(struct context *ctx);
/** schedule_end - as schedule_yield, for a context that has ended */
_Noreturn void schedule_end(struct context *ctx);
/** schedule_yield - park the running context until its event or context_wake() */
void schedule_yield(struct context *ctx);
/** schedule_halt - stop the running domain at @cycle and its current position, for @end */
void schedule_halt(struct domain *d, enum engine_end end, cycles_t cycle);
void engine_cut(struct engine *engine, const struct engine_key *key);

/* context.c */
struct context *context_create(struct domain *d, const char *name, const char *hw, cycles_t start);
void context_main(void *arg);
/** context_drop_all - the engine goes: tell the sanitizers of every fiber that is left */
void context_drop_all(struct domain *d);
/** context_unblock - make a blocked context ready at @at; any domain in FIBERS */
void context_unblock(struct context *ctx, cycles_t at);
cycles_t engine_price(const struct domain *d, enum cost_step step);

/* message.c and call.c */
struct message *message_take(struct domain *d);
void message_give(struct domain *d, struct message *m);
void message_post(struct domain *from, struct domain *to, struct message *m, cycles_t latency);
/* What a message does; the context that goes on by it, as part of the same event, or NULL. */
struct context *message_run(struct domain *d, struct message *m);
struct context *call_arrive(struct domain *d, struct message *m);
struct context *call_answered(struct domain *d, struct message *m);
void bus_arrive(struct domain *d, struct message *m);
struct context *bus_answered(struct domain *d, struct message *m);
/** call_server_of - the context that serves @ctx's call, NULL: none; only when no run is under way */
struct context *call_server_of(const struct engine *engine, const struct context *ctx);

/* server.c: callee contexts by name */
struct context *server_find(struct domain *d, const struct caller *caller);
void server_main(struct context *ctx);

/* snapshot.c */
void snapshot_drop(struct engine *engine);

/* fibers.c, threads.c */
void fibers_run(struct engine *engine);
/** fibers_next - bind the host thread to the domain that is next, its horizon set; NULL when nothing may run */
struct domain *fibers_next(struct engine *engine);
/** fibers_sent - an event of @d, which is not running, will come at @time */
static inline void fibers_sent(struct domain *d, cycles_t time)
{
	uint64_t key = time << 5 | d->index, *next = &d->engine->next[d->index];
	if (*next > key)
		*next = key;
}
bool threads_run(struct engine *engine); /* false: the host gives no thread */
/** threads_send - the mailbox way of message_post() */
void threads_send(struct domain *from, struct domain *to, struct message *m);
/** threads_halted - the domain has stopped at its halt_key: tell the others */
void threads_halted(struct domain *d);
/** threads_past_stop - whether an event at @time lies behind where a domain stopped */
bool threads_past_stop(const struct domain *d, cycles_t time);

/* ---- files of this room written beside the engine proper ---------------------- */

/*
 * waitgraph.c. waitgraph_circle() is called when @ctx has just blocked (its
 * wait is filled in): true when a circle through it stays inside its domain.
 * In THREADS it does not look at another domain; in FIBERS it also follows calls
 * (call_server_of), since nothing runs ahead there. A circle across domains is
 * so found later in THREADS, but at the same key: see waitgraph_key().
 * The wait of a call has a holders function that tells nobody during a run.
 * waitgraph_key() is called after every run, before the cut: true when a circle
 * was closed before the run ended, and @out then ends there, as DEADLOCK.
 * waitgraph_cut() is called after the cut, to take back what the domain that
 * closed it did afterwards. waitgraph_floor() is asked by a thread of THREADS:
 * such a cut will not reach back before it.
 * waitgraph_report() is called after the cut when the run ended in a circle
 * (out->end DEADLOCK), or when nothing can run and somebody waits: it fills
 * engine->waiters, engine->waiter_count and out->end (DEADLOCK or STUCK), and
 * adds the finding.
 */
bool waitgraph_circle(struct engine *engine, struct context *ctx);
bool waitgraph_key(struct engine *engine, struct engine_result *out);
void waitgraph_cut(struct engine *engine, const struct engine_key *key);
cycles_t waitgraph_floor(struct domain *d);
void waitgraph_report(struct engine *engine, struct engine_result *out);

/*
 * hold.c. hold_idle() is called by FIBERS when nothing can run: true when it
 * made a context ready (context_unblock) and the run goes on.
 * hold_context_ended() is called as the last act of a context that ends,
 * hold_progress() when a context comes to another line of the script.
 * hold_run_begin() is called before the first event of each run, hold_run_end()
 * after its cut. hold_passed() is called by point.c at each point.
 */
void hold_run_begin(struct engine *engine);
void hold_run_end(struct engine *engine, const struct engine_result *result);
struct point_pass;
void hold_passed(struct context *ctx, const struct point_pass *pass);
bool hold_idle(struct engine *engine);
void hold_context_ended(struct context *ctx);
void hold_progress(struct engine *engine);

/*
 * direct.c. direct_run_begin() and direct_run_end() frame a run with a
 * director; direct_passed() is called at each point, direct_idle() as
 * hold_idle(), direct_created() for each new context and direct_woken() when a
 * context becomes ready by another's doing. direct_mark() and direct_reset() are
 * the snapshot's: what was logged until then is kept.
 */
void direct_run_begin(struct engine *engine);
void direct_run_end(struct engine *engine, const struct engine_result *result);
void direct_passed(struct context *ctx, const struct point_pass *pass);
bool direct_idle(struct engine *engine);
void direct_created(struct context *ctx);
void direct_woken(struct context *ctx);
void direct_mark(struct engine *engine);
void direct_reset(struct engine *engine);
bool direct_is_scouting(const struct engine *engine);
void direct_marked(struct director *d); /* a context has called engine_mark() */
void direct_destroy(struct director *d);

#endif
