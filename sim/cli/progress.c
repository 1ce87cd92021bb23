/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.c - signs of life on stderr while a long run goes on. See progress.h.
 *
 * Locking: @lock guards @ended. Errors: none. Blocking: see progress.h.
 */
#include "progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_TTY_S 1
#define PROGRESS_LOG_S 30

struct progress {
	const char *scenario;
	struct memslot_publisher *publisher;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ended;
	/* the thread's own */
	bool tty, drawn;
	unsigned seconds;
};

static void progress_show(const struct memslots *slots, void *arg)
{
	struct progress *p = arg;
	uint32_t count = slots ? slots->count : 0;
	uint64_t generation = slots ? slots->generation : 0;

	fprintf(stderr, "%spefsim: %s runs for %u s; %u memslots after %" PRIu64 " updates%s", p->tty ? "\r" : "",
		p->scenario, p->seconds, count, generation, p->tty ? " " : "\n");
	fflush(stderr);
	p->drawn = true;
}

static void *progress_main(void *arg)
{
	struct progress *p = arg;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	pthread_mutex_lock(&p->lock);
	while (!p->ended) {
		until.tv_sec += p->tty ? PROGRESS_TTY_S : PROGRESS_LOG_S;
		while (!p->ended && !pthread_cond_timedwait(&p->wake, &p->lock, &until))
			;
		p->seconds += p->tty ? PROGRESS_TTY_S : PROGRESS_LOG_S;
		if (!p->ended)
			memslot_observe(p->publisher, progress_show, p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct progress *progress_begin(const char *scenario, struct memslot_publisher *publisher)
{
	struct progress *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	*p = (struct progress){.scenario = scenario, .publisher = publisher, .tty = isatty(STDERR_FILENO)};
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	if (pthread_create(&p->thread, NULL, progress_main, p)) {
		free(p);
		return NULL;
	}
	return p;
}

void progress_end(struct progress *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	if (p->tty && p->drawn)
		fprintf(stderr, "\r%78s\r", "");
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->wake);
	free(p);
}
