/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockgraph.h - what the files of the graph of lock classes share.
 *
 * lockgraph.c keeps what was seen, lockgraph_cycle.c looks for circles,
 * lockgraph_order.c says what comes before what, lockgraph_tell.c makes findings.
 *
 * Locking: none. Errors: PEF_NOMEM. Blocking: never.
 */
#ifndef PEFSIM_DETECT_LOCKGRAPH_H
#define PEFSIM_DETECT_LOCKGRAPH_H

#include "pefsim/heap.h"
#include "pefsim/lockgraph.h"

/* Words of a set; more classes than this are not looked at. */
#define GRAPH_CLASSES_MAX 64u
#define GRAPH_CYCLE_MAX 5u
#define GRAPH_STEPS_MAX 8192u
#define GRAPH_RUN_WORDS 32u

/* A call chain that outlives its engine: the addresses are the program's. */
struct graph_place {
	unsigned count;
	uintptr_t frames[CHAIN_FRAMES_MAX];
};

struct graph_held {
	struct sync_held lock;
	unsigned class;
	struct graph_place place;
};

/* One way in which a lock was taken, of any run. */
struct graph_step {
	char function[64]; /* that took it; "": not looked up yet */
	uint64_t hash; /* of who, what and with what held: the same in every run */
	uint64_t thread; /* a hash of the context's name up to "/" */
	char ctx[PEF_NAME_MAX];
	uint32_t domain;
	unsigned line;
	obj_t name;
	enum lock_mode mode;
	uint8_t subclass;
	unsigned class;
	struct graph_place place;
	unsigned held_count;
	struct graph_held held[SYNC_STEP_HELD_MAX];
	uint64_t runs[GRAPH_RUN_WORDS]; /* that showed it, a bit each; run numbers wrap */
	/* in the run that was added last, if it was there */
	uint64_t run;
	struct engine_key key, last; /* when it was done first and last */
};

/* A context that holds one lock and takes another: what a circle is made of. */
struct graph_edge {
	const struct graph_step *step;
	const struct graph_held *held;
};

enum graph_grade { GRADE_NONE, GRADE_APART, GRADE_POSSIBLE, GRADE_PREDICTED };

/* Why no more than possible. */
enum graph_doubt { DOUBT_NONE, DOUBT_ONE_CONTEXT, DOUBT_OTHER_LOCKS, DOUBT_NO_WRITER, DOUBT_OTHER_RUN };

struct graph_cycle {
	struct graph_edge edges[GRAPH_CYCLE_MAX]; /* each takes what the next holds */
	unsigned count;
	enum graph_grade grade;
	enum graph_doubt doubt;
	const struct graph_step *writer; /* queues between two readers; NULL: not needed, or none */
	unsigned writer_at; /* the edge whose reader comes behind it */
};

struct graph_steering {
	char title[160];
	struct hold holds[LOCKGRAPH_HOLDS_MAX];
	unsigned count;
};

struct graph_link {
	struct engine_key key;
	uint64_t thread;
	obj_t object;
	bool receives;
};

struct lockgraph {
	struct graph_step **steps; /* one object each: edges point to them */
	unsigned count, room;
	uint32_t *table; /* 1 + index, by hash */
	uint32_t table_size;
	uint64_t run; /* number of the last */
	/* classes by type and subclass: 1 + number */
	uint8_t classes[OBJ_TYPE_COUNT][LOCK_SUBCLASSES];
	obj_t class_name[GRAPH_CLASSES_MAX];
	uint8_t class_subclass[GRAPH_CLASSES_MAX];
	unsigned class_count;
	/* the steps that are looked at: of the last run, or of all */
	struct graph_step **now;
	unsigned now_count;
	bool across, cut;
	/* what comes before what in the last run */
	struct graph_link *links;
	unsigned link_count;
	/* titles that were told, in some run; and how to get there */
	char (*told)[160];
	unsigned told_count, told_room;
	struct graph_steering *steerings;
	unsigned steering_count, steering_room;
};

/* lockgraph_order.c */
/** order_collect - remember the links of a run */
enum pef_err graph_collect_links(struct lockgraph *g, struct engine *engine);
/** graph_is_before - whether @a comes before @b in every schedule, as far as the last run knows */
bool graph_is_before(const struct lockgraph *g, const struct graph_step *a, const struct graph_step *b);
uint64_t graph_thread(const char *context);
int graph_compare(const struct engine_key *a, const struct engine_key *b);

/* lockgraph_cycle.c */
/** graph_find - call @found for each circle of classes among g->now, with its best witnesses */
void graph_find(struct lockgraph *g, void (*found)(void *arg, const struct graph_cycle *cycle), void *arg);
/** graph_conflict - whether who takes in @mode has to wait for who holds in @held; *@writer: only behind a writer */
bool graph_conflict(enum lock_mode mode, enum lock_mode held, bool *writer);
/** graph_grade_cycle - how feasible a circle of witnesses is; sets grade, doubt, writer */
void graph_grade_cycle(const struct lockgraph *g, struct graph_cycle *cycle);
static inline bool graph_is_page(obj_t name)
{
	return obj_type(name) == OBJ_PAGE_LOCK;
}

/* lockgraph_tell.c */
enum pef_err graph_tell(struct lockgraph *g, struct engine *engine, unsigned *told);
/* lockgraph_text.c: the finding of a circle, without its title's severity */
void graph_describe(struct lockgraph *g, struct engine *engine, const struct graph_cycle *cycle, struct finding *f);
/** graph_describe_reader - a read section of @s inside @held, for which @witness, a reader, waits */
void graph_describe_reader(struct lockgraph *g, struct engine *engine, struct graph_step *s,
	const struct graph_held *const *held, unsigned count, const struct graph_step *witness, struct finding *f);
/** graph_class_print - "mmap_lock", "mmap_lock/1"; returns @buf */
const char *graph_class_print(obj_t name, unsigned subclass, char *buf, size_t size);
uint32_t graph_chain(struct engine *engine, uint32_t domain, const struct graph_place *place);

#endif
