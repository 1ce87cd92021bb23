/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary_text.c - the summary as a page of text, and as one JSON line.
 *
 * Causes without a cycle are left out of the text; JSON has them all.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include <inttypes.h>

#include "json_text.h"
#include "pefsim/abi.h"
#include "pefsim/summary.h"
#include "text.h"

static double percent(cycles_t part, cycles_t whole)
{
	return whole != 0 ? 100.0 * (double)part / (double)whole : 0.0;
}

static double mean(uint64_t sum, uint64_t count)
{
	return count != 0 ? (double)sum / (double)count : 0.0;
}

/* ---- text ---------------------------------------------------------------------- */

#define THREADS_PER_TABLE 4u

/* Cycles by cause: all threads together and then up to four, side by side. */
static void print_causes(const struct run_summary *s, unsigned first, FILE *out)
{
	unsigned end = first + THREADS_PER_TABLE < s->thread_count ? first + THREADS_PER_TABLE : s->thread_count;

	fprintf(out, "%-14s %14s %6s", "cycles by cause", "all threads", "");
	for (unsigned t = first; t < end; t++)
		fprintf(out, " %14.14s", s->threads[t].hwthread);
	fputc('\n', out);
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
		if (s->by_cause[cause] == 0)
			continue;
		fprintf(out, "  %-13s %14" PRIu64 " %5.1f%%", cost_cause_name((enum cost_cause)cause),
			s->by_cause[cause], percent(s->by_cause[cause], s->booked));
		for (unsigned t = first; t < end; t++)
			fprintf(out, " %14" PRIu64, s->threads[t].by_cause[cause]);
		fputc('\n', out);
	}
}

static void print_calls(const struct run_summary *s, FILE *out)
{
	char name[96];

	fprintf(out, "%-28s %10s %14s\n", "calls", "count", "mean cycles");
	for (unsigned i = 0; i < s->call_count; i++) {
		const struct summary_call *call = &s->calls[i];

		fprintf(out, "  %-26.26s %10" PRIu64, text_call(call->number, name, sizeof(name)), call->count);
		if (call->returned != 0)
			fprintf(out, " %14.1f", mean(call->cycles, call->returned));
		if (call->returned != call->count)
			fprintf(out, "%s (%" PRIu64 " did not return)", call->returned != 0 ? "" : "               ",
				call->count - call->returned);
		fputc('\n', out);
	}
}

static void print_locks(const struct run_summary *s, FILE *out)
{
	char name[64];

	fprintf(out, "%-28s %10s %14s\n", "lock waits", "waits", "cycles");
	for (unsigned i = 0; i < s->lock_count; i++) {
		const struct summary_lock *lock = &s->locks[i];

		fprintf(out, "  %-26.26s %10" PRIu64 " %14" PRIu64, obj_print_full(lock->lock, name, sizeof(name)),
			lock->waits, lock->cycles);
		if (lock->unfinished != 0)
			fprintf(out, " (%" PRIu64 " not over)", lock->unfinished);
		fputc('\n', out);
	}
}

void summary_print(const struct run_summary *s, FILE *out)
{
	fprintf(out, "time   %" PRIu64 " cycles, %.3f us at 3.8 GHz, %" PRIu64 " timebase ticks\n", s->cycles,
		cycles_to_us(s->cycles), cycles_to_timebase(s->cycles));
	fprintf(out, "pages  %" PRIu64 " in, %" PRIu64 " out, %" PRIu64 " shared, %" PRIu64 " unshared", s->pages.in,
		s->pages.out, s->pages.shared, s->pages.unshared);
	if (s->pages.boot != 0)
		fprintf(out, "; %" PRIu64 " when becoming secure", s->pages.boot);
	fputc('\n', out);
	fprintf(out, "trace  %" PRIu64 " events, hash %016" PRIx64 "\n", s->events, s->hash);
	for (unsigned first = 0; first < s->thread_count; first += THREADS_PER_TABLE)
		print_causes(s, first, out);
	if (s->call_count > 0)
		print_calls(s, out);
	if (s->lock_count > 0)
		print_locks(s, out);
}

/* ---- JSON ---------------------------------------------------------------------- */

static void json_causes(const cycles_t *by_cause, FILE *out)
{
	fprintf(out, ",\"causes\":{");
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++)
		fprintf(out, "%s\"%s\":%" PRIu64, cause > 0 ? "," : "", cost_cause_name((enum cost_cause)cause),
			by_cause[cause]);
	fputc('}', out);
}

static void json_threads(const struct run_summary *s, FILE *out)
{
	fprintf(out, ",\"threads\":[");
	for (unsigned i = 0; i < s->thread_count; i++) {
		fprintf(out, "%s{\"name\":", i > 0 ? "," : "");
		json_string(out, s->threads[i].hwthread);
		json_member_number(out, "end", s->threads[i].end);
		json_causes(s->threads[i].by_cause, out);
		fputc('}', out);
	}
	fputc(']', out);
}

static void json_calls(const struct run_summary *s, FILE *out)
{
	char name[96];

	fprintf(out, ",\"calls\":[");
	for (unsigned i = 0; i < s->call_count; i++) {
		fprintf(out, "%s{\"call\":", i > 0 ? "," : "");
		json_string(out, text_call(s->calls[i].number, name, sizeof(name)));
		json_member_number(out, "count", s->calls[i].count);
		json_member_number(out, "returned", s->calls[i].returned);
		json_member_number(out, "cycles", s->calls[i].cycles);
		fputc('}', out);
	}
	fputc(']', out);
}

static void json_locks(const struct run_summary *s, FILE *out)
{
	char name[64];

	fprintf(out, ",\"locks\":[");
	for (unsigned i = 0; i < s->lock_count; i++) {
		fprintf(out, "%s{\"lock\":", i > 0 ? "," : "");
		json_string(out, obj_print_full(s->locks[i].lock, name, sizeof(name)));
		json_member_number(out, "waits", s->locks[i].waits);
		json_member_number(out, "unfinished", s->locks[i].unfinished);
		json_member_number(out, "cycles", s->locks[i].cycles);
		fputc('}', out);
	}
	fputc(']', out);
}

void summary_print_json(const struct run_summary *s, FILE *out)
{
	fprintf(out, "{\"schema\":1");
	json_member_string(out, "type", "summary");
	json_member_number(out, "cycles", s->cycles);
	fprintf(out, ",\"us\":%.3f", cycles_to_us(s->cycles));
	json_member_number(out, "timebase", cycles_to_timebase(s->cycles));
	json_member_number(out, "events", s->events);
	json_member_word(out, "hash", s->hash);
	fprintf(out, ",\"pages\":{\"in\":%" PRIu64, s->pages.in);
	json_member_number(out, "boot", s->pages.boot);
	json_member_number(out, "out", s->pages.out);
	json_member_number(out, "shared", s->pages.shared);
	json_member_number(out, "unshared", s->pages.unshared);
	fputc('}', out);
	json_causes(s->by_cause, out);
	json_threads(s, out);
	json_calls(s, out);
	json_locks(s, out);
	fprintf(out, "}\n");
}
