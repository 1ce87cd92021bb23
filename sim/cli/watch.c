/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch.c - signs of life while many checks run. See watch.h.
 *
 * Locking: none. Errors: none. Blocking: on stderr.
 */
#include "watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define WATCH_LOG_S 30.0
#define WATCH_TTY_S 0.2
#define WATCH_GUESS_S 2.0 /* before that nothing is said of the time left */

static double watch_since(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - since->tv_sec) + (double)(now.tv_nsec - since->tv_nsec) / 1e9;
}

void watch_begin(struct watch *w, unsigned tasks)
{
	*w = (struct watch){.tasks = tasks, .tty = isatty(STDERR_FILENO)};
	clock_gettime(CLOCK_MONOTONIC, &w->begin);
	w->shown = w->begin;
}

/* Checks differ in length, so what is left is no more than a guess; of one that has told nothing yet, none. */
static void watch_left(const struct watch *w, double share, FILE *out)
{
	double seconds = watch_since(&w->begin);

	if (seconds < WATCH_GUESS_S || share <= 0.01)
		fputs(", time left unknown", out);
	else
		fprintf(out, ", ~%.0f s left", seconds * (1 - share) / share);
}

void watch_show(struct watch *w, unsigned done, uint64_t runs, const struct worker_note *notes, unsigned running)
{
	double share = done, seconds = watch_since(&w->begin);
	uint64_t findings = 0;

	if (watch_since(&w->shown) < (w->tty ? WATCH_TTY_S : WATCH_LOG_S))
		return;
	clock_gettime(CLOCK_MONOTONIC, &w->shown);
	for (unsigned i = 0; i < running; i++) {
		runs += notes[i].runs;
		findings += notes[i].findings;
		share += notes[i].share > 0 ? notes[i].share : 0;
	}
	fprintf(stderr, "%spefsim: %u of %u checks, %" PRIu64 " runs, %.0f/s, %" PRIu64 " findings in those that run",
		w->tty ? "\r" : "", done, w->tasks, runs, (double)runs / seconds, findings);
	watch_left(w, w->tasks ? share / w->tasks : 0, stderr);
	fputs(w->tty ? "    " : "\n", stderr);
	fflush(stderr);
	w->drawn = w->tty;
}

void watch_wipe(struct watch *w)
{
	if (w->drawn)
		fprintf(stderr, "\r%98s\r", "");
	w->drawn = false;
}

void watch_end(struct watch *w, uint64_t runs, unsigned twice, bool interrupted)
{
	double seconds = watch_since(&w->begin);

	fprintf(stderr, "pefsim: %" PRIu64 " runs in %.1f s (%.0f a second), %u of them made twice%s\n", runs, seconds,
		(double)runs / (seconds > 0.001 ? seconds : 0.001), twice,
		interrupted ? "; interrupted, what is shown is what was known" : "");
}
