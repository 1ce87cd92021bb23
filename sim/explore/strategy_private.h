/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strategy_private.h - what strategies share.
 *
 * Most of them think of a run as a sequence of steps of which one is taken at a
 * time: whoever comes to a point is held until all others stand at theirs or
 * wait, and then one of them is picked (serial.c). Such a strategy is a
 * function that picks. The others let the run take its natural course, and hold
 * somebody now and then: they answer the director themselves.
 *
 * Locking, Errors, Blocking: see strategy.h.
 */
#ifndef STRATEGY_PRIVATE_H
#define STRATEGY_PRIVATE_H

#include "pefsim/explore.h"
#include "pefsim/strategy.h"

struct strategy_kind {
	enum strategy_id id;
	size_t size; /* of its struct, which begins with struct strategy */
	bool (*open)(struct strategy *s); /* NULL: nothing to prepare */
	void (*close)(struct strategy *s);
	bool (*next)(struct strategy *s);
	/* serial: one of @who, @count >= 1 of them in the order of their numbers */
	uint32_t (*pick)(struct strategy *s, const uint32_t *who, unsigned count);
	void (*arrived)(struct strategy *s, uint32_t self); /* @self has come to its next point */
	/* others pass a held one over for very long, @self the last of them: it goes on; natural: let it go on */
	void (*weary)(struct strategy *s, uint32_t self);
	/* natural: as director_ops; @pick is NULL */
	bool (*point)(struct strategy *s, uint32_t self);
	void (*idle)(struct strategy *s);
	uint32_t (*choose)(
		struct strategy *s, enum choice_kind kind, uint32_t count, uint32_t usual); /* NULL: by chance */
	void (*done)(struct strategy *s);
	const char *(*claim)(const struct strategy *s, char *buf, size_t size);
};

struct strategy {
	const struct strategy_kind *kind;
	struct strategy_options o;
	uint64_t random;
	uint64_t number; /* of the schedule under way, from 0 */
	struct director *d; /* of the run under way or the last one */
	uint32_t eldest; /* who was held first of those that are held */
	unsigned passed_over; /* points since it was that */
	/* serial */
	uint32_t last; /* who went on last */
	uint64_t picks; /* in this run */
	uint32_t turn; /* the thread that goes on whenever it can */
	unsigned turn_left; /* points; 0: the strategy says who goes on */
	uint32_t *line; /* who can go on */
	unsigned line_room;
	uint64_t steps_seen; /* most points of any run */
};

extern const struct strategy_kind strategy_sweep, strategy_walk, strategy_pct, strategy_pos, strategy_surw,
	strategy_starve, strategy_holds, strategy_rff, strategy_bound, strategy_dpor, strategy_portfolio;

struct strategy_swept sweep_swept(const struct strategy *s);
const char *sweep_claim(const struct strategy *s, char *buf, size_t size);

/** portfolio_sweep - the one that comes first */
struct strategy *portfolio_sweep(const struct strategy *s);
/** portfolio_member - whose turn it is */
struct strategy *portfolio_member(const struct strategy *s);
/** portfolio_share - the director of the member whose turn it is serves all that had one */
void portfolio_share(struct strategy *s);

/** serial_begin - before each run; serial_ops direct it */
void serial_begin(struct strategy *s);
extern const struct director_ops serial_ops, natural_ops;

/** strategy_below - a number below @count, which is 1 .. 2^32 */
static inline uint64_t strategy_below(struct strategy *s, uint64_t count)
{
	return (explore_random(&s->random) >> 32) * count >> 32;
}
/** strategy_log - log-uniform in [1, @most] */
uint64_t strategy_log(struct strategy *s, uint64_t most);
/** strategy_hash - a random number that belongs to @key in this schedule */
static inline uint64_t strategy_hash(const struct strategy *s, uint64_t key)
{
	uint64_t state = s->o.seed + s->number * UINT64_C(0xd1342543de82ef95) + key * UINT64_C(0x2545f4914f6cdd1d);
	return explore_random(&state);
}

#endif
