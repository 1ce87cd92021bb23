/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * points.h - the places where a schedule may hold a context.
 *
 * Locks, the heap, calls and the script pass points; a context that a hold
 * names is kept back at its point until another context has passed another
 * point. With no holds and no -v a point costs one predicted branch. Plain
 * memory accesses are not points.
 *
 * "hold CONTEXT at POINT until CONTEXT passes POINT": CONTEXT is a context's
 * name, POINT is "kind object [#n]" (the n-th such point of that context,
 * counted from 1 by kind and object, 1 when not given) or a label of the script
 * ("label NAME" when the label is called like a kind). A callee context counts
 * on from one call to the next.
 *
 * What a hold comes to is kept in cycles: FIBERS with derive_holds finds them
 * (the held context goes on one cycle after the other has passed), and a timed
 * run in either executor just waits that long there. A hold also ends when its
 * until context has ended; and when nothing else can run, the one under way that
 * is listed first ends.
 *
 * Locking: none. Errors: hold_parse with a message. Blocking: point_pass yields
 * when held.
 */
#ifndef PEFSIM_POINTS_H
#define PEFSIM_POINTS_H

#include "pefsim/engine.h"

/* X(NAME, "printed", "one sentence") */
/* clang-format off */
#define PEF_POINT_KINDS(X) \
	X(ACQUIRE, "acquire", "about to take a lock") \
	X(ACQUIRED, "acquired", "has taken a lock") \
	X(RELEASE, "release", "has given a lock back") \
	X(WAIT, "wait", "about to wait for an event, a completion or a grace period") \
	X(WAKE, "wake", "has woken somebody") \
	X(SEND, "send", "about to send a message") \
	X(RECEIVE, "receive", "has received a message") \
	X(CALL, "call", "about to call another side") \
	X(ENTER, "enter", "has been called by another side") \
	X(LEAVE, "leave", "about to return to the caller") \
	X(RETURN, "return", "the call has returned") \
	X(ALLOC, "alloc", "has allocated an object") \
	X(FREE, "free", "has freed an object") \
	X(REF, "ref", "has changed a reference count") \
	X(FAULT, "fault", "a fault-injection site") \
	X(LABEL, "label", "a labelled statement of the script begins") \
	X(START, "start", "a context begins") \
	X(WOKEN, "woken", "has been woken, and looks again whether its wait is over")
/* clang-format on */
enum point_kind {
#define X(name, text, about) POINT_##name,
	PEF_POINT_KINDS(X)
#undef X
		POINT_KIND_COUNT
};

/* In which way a context means an object: what two may do at once, and in either order. */
enum point_mode {
	POINT_EXCLUSIVE,
	POINT_SHARED, /* a lock for reading */
	POINT_SRCU, /* an SRCU read section */
};

/* A point as a hold names it. */
struct point_name {
	char context[PEF_NAME_MAX];
	enum point_kind kind;
	obj_t object; /* OBJ_EVENT with an index for a label */
	char label[PEF_NAME_MAX]; /* "" unless kind is POINT_LABEL */
	uint32_t nth; /* from 1 */
};

struct hold {
	struct point_name at;
	struct point_name until;
	cycles_t cycles; /* 0: not known yet */
	/* Filled by a run: */
	bool reached; /* the context came to its point */
	bool ended_early; /* it ended, and the until point had not been passed */
};

/**
 * hold_parse - read "g0.vcpu0/hv at release uvmem_lock #1 until g0.qemu0 passes free rmap[1]"
 * @text:    without the word hold in front; may end in "cycles N"
 * @out:     set on PEF_OK
 * @message: on PEF_PARSE, what is wrong; @size bytes
 * @column:  on PEF_PARSE, offset in @text of the word that is wrong, from 0
 */
enum pef_err hold_parse(const char *text, struct hold *out, char *message, size_t size, unsigned *column);
/** hold_print - the same text back, with cycles when known; returns @buf */
const char *hold_print(const struct hold *hold, char *buf, size_t size);
/**
 * engine_set_holds - the schedule of the next run; between runs, as after engine_restore()
 * Replaces the holds, their count and derive_holds of the engine's configuration.
 */
void engine_set_holds(struct engine *engine, struct hold *holds, unsigned count, bool derive);

/*
 * What a run decides beside the order of events: whether a fault of "maybe"
 * happens, and which branch of "choose" is taken. Each place decides by the
 * run's seed unless a choice is given for it.
 */
enum choice_kind { CHOICE_MAYBE, CHOICE_CHOOSE };
struct run_choice {
	enum choice_kind kind;
	uint32_t which; /* rule of the section "fault", or thread; from 0 */
	uint64_t nth; /* occurrence of the rule, or number of the statement; from 0 */
	uint32_t takes; /* 1: it fails; the branch, from 0 */
	unsigned side; /* domain that counts the occurrence: a rule may apply on both sides. 0 for a branch. */
};
/** engine_set_choices - for the next run; between runs. @choices: the caller's, must outlive the run */
void engine_set_choices(struct engine *engine, const struct run_choice *choices, unsigned count);
/**
 * engine_choose - what is taken at a place; asks the director when there is one
 * @count: how many there are to choose from; @usual: what the seed says
 */
uint32_t engine_choose(enum choice_kind kind, uint32_t which, uint64_t nth, uint32_t count, uint32_t usual);
/** choice_parse - read "maybe 1 #3 takes 1 [side 1]": rule and occurrence are counted from 1; false when it is none */
bool choice_parse(const char *text, struct run_choice *out);
/** choice_print - the same text back; returns @buf */
const char *choice_print(const struct run_choice *choice, char *buf, size_t size);

const char *point_kind_name(enum point_kind kind);
bool point_kind_parse(const char *text, size_t len, enum point_kind *out);

/* Slow path of point_pass: count, record, hold. Yields when held. */
void point_pass_slow(enum point_kind kind, obj_t object, enum point_mode mode);
/** point_pass_mode - the running context passes a point. In a handler: no effect. */
static inline void point_pass_mode(enum point_kind kind, obj_t object, enum point_mode mode)
{
	if (engine_tls.points)
		point_pass_slow(kind, object, mode);
}
/** point_pass - the same, when only one context may mean the object so */
static inline void point_pass(enum point_kind kind, obj_t object)
{
	point_pass_mode(kind, object, POINT_EXCLUSIVE);
}
/**
 * point_pass_label - a labelled statement of the script begins; yields when held
 * @label: by this a hold names it; not copied
 * @event: by this a record names it: number of the event that the label signals
 */
void point_pass_label(const char *label, uint32_t event);

#endif
