/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_race_exact.c - the verdict on random programs, against one by brute force.
 *
 * A few contexts lock, unlock, read and write at random. What they did is kept
 * as a list; from it the order is computed anew, as the transitive closure of
 * program order and of releases before acquisitions, and each pair of accesses is
 * looked at. For every byte the first access that races with an earlier one must
 * be the same.
 *
 * Locking: one host thread. Errors: failed tests, with the seed. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/sync.h"
#include "sim/detect/hooks.h"
#include "util_lab.h"

#define EXACT_CONTEXTS 4u
#define EXACT_OPS 12u
#define EXACT_BYTES 24u
#define EXACT_EVENTS 128u
#define EXACT_SEEDS 1000u

enum exact_kind { EXACT_ACCESS, EXACT_ACQUIRE, EXACT_RELEASE };

struct exact_event {
	enum exact_kind kind;
	unsigned ctx;
	unsigned lock;
	bool shared; /* of a lock: for reading */
	unsigned how, first, size; /* of an access */
	cycles_t cycle;
};

static struct exact {
	uint64_t random;
	struct exact_event events[EXACT_EVENTS];
	unsigned count;
	unsigned char *bytes;
	struct sim_mutex *mutex;
	struct sim_rwsem *rwsem;
} exact;

static unsigned exact_draw(unsigned below)
{
	exact.random = exact.random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(exact.random >> 33) % below;
}

static void exact_note(struct exact_event event)
{
	event.ctx = context_id(context_self());
	event.cycle = domain_now(domain_self());
	assert_true(exact.count < EXACT_EVENTS);
	exact.events[exact.count++] = event;
}

/*
 * As a compiler would call it; each access is a place of its own. It stays within 8 bytes: of a pair of
 * places only the first meeting is told, and that says which of those were touched by both.
 */
static void exact_access(void)
{
	unsigned size = 1u << exact_draw(4), how = exact_draw(4);
	unsigned first = 8 * exact_draw(EXACT_BYTES / 8) + exact_draw(8 - size + 1);

	exact_note((struct exact_event){.kind = EXACT_ACCESS, .how = how, .first = first, .size = size});
#ifdef PEF_HOOKS
	hooks_check(exact.bytes + first, size, how, 0x1000 + exact.count);
#endif
}

static void exact_some_accesses(void)
{
	for (unsigned n = exact_draw(3); n > 0; n--) {
		exact_access();
		context_advance(1 + exact_draw(30), CAUSE_COMPUTE);
	}
}

static void exact_section(void)
{
	unsigned lock = exact_draw(3);
	bool shared = lock == 2 && exact_draw(3);

	if (lock < 2)
		sim_mutex_lock(&exact.mutex[lock]);
	else if (shared)
		sim_rwsem_read_lock(exact.rwsem);
	else
		sim_rwsem_write_lock(exact.rwsem);
	exact_note((struct exact_event){.kind = EXACT_ACQUIRE, .lock = lock, .shared = shared});
	exact_some_accesses();
	exact_note((struct exact_event){.kind = EXACT_RELEASE, .lock = lock, .shared = shared});
	if (lock < 2)
		sim_mutex_unlock(&exact.mutex[lock]);
	else if (shared)
		sim_rwsem_read_unlock(exact.rwsem);
	else
		sim_rwsem_write_unlock(exact.rwsem);
}

static void exact_main(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < EXACT_OPS / 3; i++) {
		if (exact_draw(4))
			exact_section();
		else
			exact_some_accesses();
		context_advance(1 + exact_draw(60), CAUSE_COMPUTE);
	}
}

static void exact_run(struct lab *lab, uint64_t seed)
{
	lab_open(lab, ENGINE_FIBERS);
	exact = (struct exact){.random = seed * 2 + 1};
	exact.bytes = domain_arena_alloc(lab->d[0], EXACT_BYTES);
	exact.mutex = domain_arena_alloc(lab->d[0], 2 * sizeof(*exact.mutex));
	exact.rwsem = domain_arena_alloc(lab->d[0], sizeof(*exact.rwsem));
	sim_mutex_init(&exact.mutex[0], obj_make(OBJ_UVMEM_LOCK, 0, 0));
	sim_mutex_init(&exact.mutex[1], obj_make(OBJ_UVMEM_LOCK, 0, 1));
	sim_rwsem_init(exact.rwsem, obj_make(OBJ_UVMEM_LOCK, 0, 2));
	for (unsigned i = 0; i < EXACT_CONTEXTS; i++) {
		char name[8];

		snprintf(name, sizeof(name), "d0.c%u", i);
		context_spawn(lab->d[0], name, name, exact_main, NULL, 1);
	}
	lab_run(lab);
	assert_int_equal(lab->result.end, ENGINE_FINISHED);
}

/* ---- by brute force ---------------------------------------------------------------- */

static bool exact_before[EXACT_EVENTS][EXACT_EVENTS];

static bool exact_edge(const struct exact_event *a, const struct exact_event *b)
{
	if (a->ctx == b->ctx)
		return true;
	return a->kind == EXACT_RELEASE && b->kind == EXACT_ACQUIRE && a->lock == b->lock && !(a->shared && b->shared);
}

static void exact_close(void)
{
	memset(exact_before, 0, sizeof(exact_before));
	for (unsigned b = 0; b < exact.count; b++)
		for (unsigned a = b; a-- > 0;) {
			if (exact_before[a][b] || !exact_edge(&exact.events[a], &exact.events[b]))
				continue;
			exact_before[a][b] = true;
			for (unsigned c = 0; c < a; c++)
				exact_before[c][b] |= exact_before[c][a];
		}
}

static bool exact_clash(const struct exact_event *a, const struct exact_event *b, unsigned byte)
{
	if (a->kind != EXACT_ACCESS || b->kind != EXACT_ACCESS)
		return false;
	if (byte - a->first >= a->size || byte - b->first >= b->size)
		return false;
	return ((a->how | b->how) & ACCESS_WRITE) && !(a->how & b->how & ACCESS_MARKED);
}

/* The first access to a byte that races with an earlier one; -1: none. */
static int exact_first(unsigned byte)
{
	for (unsigned b = 0; b < exact.count; b++)
		for (unsigned a = 0; a < b; a++)
			if (!exact_before[a][b] && exact_clash(&exact.events[a], &exact.events[b], byte))
				return (int)b;
	return -1;
}

/* ---- as the detector has it --------------------------------------------------------- */

static int exact_event_of(const struct lab *lab, const struct finding *f)
{
	for (unsigned i = 0; i < exact.count; i++) {
		const struct exact_event *e = &exact.events[i];

		if (e->kind == EXACT_ACCESS && e->cycle == f->key.cycle &&
			!strcmp(engine_context_name(lab->engine, 0, e->ctx), f->blocks[0].context))
			return (int)i;
	}
	fail_msg("a race of an access that nobody made");
	return -1;
}

static int exact_told(const struct lab *lab, unsigned byte)
{
	int first = -1;

	for (unsigned i = 0; i < lab->count; i++) {
		const struct finding *f = &lab->findings[i];
		uintptr_t granule = f->earlier.address & ~(uintptr_t)7;
		uintptr_t distance = (uintptr_t)exact.bytes + byte - granule;
		int event;

		assert_int_equal(f->kind, FINDING_DATA_RACE);
		if (distance >= 8 || !(f->earlier.mask >> distance & 1u))
			continue;
		event = exact_event_of(lab, f);
		if (first < 0 || event < first)
			first = event;
	}
	return first;
}

static void test_first_race_of_every_byte(void **state)
{
	unsigned races = 0, clean = 0, compared = 0;

	(void)state;
#ifndef PEF_HOOKS
	skip();
#endif
	for (uint64_t seed = 1; seed <= EXACT_SEEDS; seed++) {
		struct lab lab;

		exact_run(&lab, seed);
		exact_close();
		compared += lab.count < FINDING_NOTES_MAX;
		for (unsigned byte = 0; lab.count < FINDING_NOTES_MAX && byte < EXACT_BYTES; byte++) {
			int want = exact_first(byte), got = exact_told(&lab, byte);

			if (want != got)
				fail_msg("seed %u, byte %u: the first race is at event %d, told at %d", (unsigned)seed,
					byte, want, got);
			races += want >= 0;
			clean += want < 0;
		}
		lab_close(&lab);
	}
	print_message("%u programs, %u bytes with a race, %u without\n", compared, races, clean);
	assert_true(races > EXACT_SEEDS && clean > EXACT_SEEDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_race_of_every_byte)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
