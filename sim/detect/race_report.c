/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race_report.c - what to say of a race, and of bytes that nobody wrote.
 *
 * A pair of places is told once a run, however often it is hit. Of the earlier
 * access the place alone is known, which costs nothing while nobody races; its
 * call chain, its locks and the time come from a second run of the same schedule
 * (race_watch.c), when somebody wants to read the report.
 *
 * Locking: as race.h says. Errors: findings. Blocking: never.
 */
#include <string.h>

#include "history.h"
#include "race.h"
#include "region.h"

/* A full table tells no more. */
bool race_was_told(struct race *r, uintptr_t a, uintptr_t b)
{
	uintptr_t lo = a < b ? a : b, hi = a < b ? b : a;
	size_t at = (size_t)((lo * 31 + hi) * UINT64_C(0x9e3779b97f4a7c15) >> 40) % RACE_PAIRS;

	if (r->pair_run != r->run_number) {
		r->pair_run = r->run_number;
		r->pair_count = 0;
	}
	for (; r->pairs[at].run == r->run_number; at = (at + 1) % RACE_PAIRS)
		if (r->pairs[at].a == lo && r->pairs[at].b == hi)
			return true;
	if (r->pair_count == RACE_PAIRS / 2)
		return true;
	r->pair_count++;
	r->pairs[at] = (struct race_pair){lo, hi, r->run_number};
	return false;
}

static const char *race_verb(bool write, bool marked)
{
	if (marked)
		return write ? "marked write" : "marked read";
	return write ? "write" : "read";
}

static unsigned race_bytes(uint8_t mask)
{
	return (unsigned)__builtin_popcount(mask);
}

void race_name(struct finding *f, uintptr_t address, char *out, size_t size)
{
	struct heap_object o;
	char name[40];

	if (heap_find(domain_self(), (const void *)address, &o)) {
		history_set_object(f, &o);
		snprintf(out, size, "%s +%zu", obj_print(o.name, name, sizeof(name)), (size_t)(address - o.start));
		return;
	}
	snprintf(f->object, sizeof(f->object), "state of side %s outside its heap", domain_name(domain_self()));
	snprintf(out, size, "memory");
}

static void race_add_earlier(struct finding *f, const struct race *r, const struct race_meeting *m)
{
	const struct race_segment *s = &r->segments[m->segment >> 1];
	struct domain *d = domain_self();
	struct finding_block *b = &f->blocks[f->block_count++];
	const char *name = s->ctx ? engine_context_name(domain_engine(d), domain_index(d), s->ctx) : domain_name(d);

	*b = (struct finding_block){.domain = domain_index(d), .chain = chain_intern(d, &m->earlier_pc, 1)};
	snprintf(b->context, sizeof(b->context), "%s", name);
	snprintf(b->heading, sizeof(b->heading),
		"%s of %u bytes by %s, before:", race_verb(m->earlier_write, m->segment & RACE_MARKED),
		race_bytes(m->earlier_mask), name);
	f->earlier = (struct finding_access){
		.address = m->granule + (uintptr_t)__builtin_ctz(m->mask),
		.pc = m->earlier_pc,
		.domain = domain_index(d),
		.ctx = s->ctx,
		.clock = s->clock,
		.write = m->earlier_write,
		.mask = m->mask,
	};
}

void race_tell(struct race *r, const struct race_meeting *m)
{
	struct finding f;
	char name[64];

	if (race_was_told(r, m->earlier_pc, m->pc))
		return;
	finding_begin(&f, FINDING_DATA_RACE);
	race_name(&f, m->granule + (uintptr_t)__builtin_ctz(m->mask), name, sizeof(name));
	finding_add_block(&f,
		"%s of %zu bytes of %s by %s at cycle %llu:", race_verb(m->how & ACCESS_WRITE, m->how & ACCESS_MARKED),
		m->size, name, history_actor(), (unsigned long long)*engine_tls.now);
	race_add_earlier(&f, r, m);
	finding_note(&f);
}

void race_tell_unwritten(struct race *r, uintptr_t address, size_t size, uint8_t bytes, uintptr_t pc)
{
	struct heap_object o;
	struct finding f;
	char name[64];

	if (race_was_told(r, pc, 0))
		return;
	finding_begin(&f, FINDING_UNINIT_READ);
	race_name(&f, address, name, sizeof(name));
	finding_add_block(&f, "read of %zu bytes of %s by %s at cycle %llu:", size, name, history_actor(),
		(unsigned long long)*engine_tls.now);
	if (heap_find(domain_self(), (const void *)address, &o))
		history_add_object(&f, &o);
	finding_add_line(&f, "%u of the bytes were not written since the allocation, which does not zero them",
		race_bytes(bytes));
	finding_note(&f);
}
