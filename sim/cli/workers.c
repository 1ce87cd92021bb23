/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workers.c - tasks in processes of their own. See workers.h.
 *
 * What comes through a pipe is frames: a kind and a length, then bytes. Notes
 * are used as they come; the rest is the task's result, kept until its turn.
 *
 * Locking: none. Errors: see workers.h. Blocking: see workers.h.
 */
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS_TICK_MS 200

enum frame_kind { FRAME_NOTE = 0x6e6f7465, FRAME_RESULT = 0x72736c74 };
struct frame {
	uint32_t kind;
	uint64_t size;
};

/* A process at work. */
struct worker {
	pid_t pid;
	int pipe;
	unsigned task;
	time_t begin;
	bool late;
	char *bytes;
	size_t len, room;
	struct worker_note note;
};

/* What a task came to, until its turn. */
struct outcome {
	bool ended;
	enum worker_end end;
	char *bytes;
	size_t len;
};

struct pool {
	const struct worker_plan *plan;
	struct worker *workers; /* those that run are the first @running */
	struct pollfd *polls;
	struct worker_note *notes;
	struct outcome *outcomes;
	unsigned running, begun, told;
	bool stopping;
};

unsigned workers_cores(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static time_t pool_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* ---- in the process of a task ------------------------------------------------------- */

static FILE *worker_pipe; /* to the caller; NULL in the caller itself */

static void frame_write(FILE *out, enum frame_kind kind, const void *bytes, size_t size)
{
	struct frame frame = {.kind = kind, .size = size};

	fwrite(&frame, sizeof(frame), 1, out);
	fwrite(bytes, 1, size, out);
	fflush(out);
}

void workers_note(const struct worker_note *note)
{
	if (worker_pipe)
		frame_write(worker_pipe, FRAME_NOTE, note, sizeof(*note));
}

static void worker_main(const struct worker_plan *plan, unsigned task, int pipe)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&bytes, &len);

	/* Who is killed takes those with it that work for it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	worker_pipe = fdopen(pipe, "w");
	if (!out || !worker_pipe)
		_exit(1);
	plan->work(plan->arg, task, out);
	bool ok = !ferror(out) && fclose(out) == 0;
	if (ok)
		frame_write(worker_pipe, FRAME_RESULT, bytes, len);
	_exit(ok && !ferror(worker_pipe) ? 0 : 1);
}

/* ---- in the caller -------------------------------------------------------------------- */

static bool pool_start(struct pool *p, unsigned task)
{
	struct worker *w = &p->workers[p->running];
	int ends[2];

	if (pipe(ends) != 0)
		return false;
	*w = (struct worker){.task = task, .pipe = ends[0], .begin = pool_now(), .note = {.share = -1}};
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0) {
		close(ends[0]);
		worker_main(p->plan, task, ends[1]);
	}
	close(ends[1]);
	if (w->pid < 0) {
		close(ends[0]);
		return false;
	}
	p->running++;
	return true;
}

/* Begin as many as there is room for. One that cannot be started is lost only if nothing else runs. */
static void pool_fill(struct pool *p)
{
	while (!p->stopping && p->begun < p->plan->tasks && p->running < p->plan->jobs) {
		if (pool_start(p, p->begun))
			p->begun++;
		else if (p->running)
			break;
		else
			p->outcomes[p->begun++] = (struct outcome){.ended = true, .end = WORKER_LOST};
	}
}

/* Notes at the front are used; a result stays. Returns whether the whole result is there. */
static bool worker_digest(struct worker *w)
{
	struct frame frame;
	size_t used = 0;

	while (w->len - used >= sizeof(frame)) {
		memcpy(&frame, w->bytes + used, sizeof(frame));
		if (frame.kind != FRAME_NOTE || w->len - used < sizeof(frame) + sizeof(w->note))
			break;
		memcpy(&w->note, w->bytes + used + sizeof(frame), sizeof(w->note));
		used += sizeof(frame) + sizeof(w->note);
	}
	if (used)
		memmove(w->bytes, w->bytes + used, w->len -= used);
	if (w->len < sizeof(frame))
		return false;
	memcpy(&frame, w->bytes, sizeof(frame));
	return frame.kind == FRAME_RESULT && w->len - sizeof(frame) == frame.size;
}

/* False at the end of its pipe. */
static bool worker_read(struct worker *w)
{
	if (w->room - w->len < 65536) {
		char *larger = realloc(w->bytes, 2 * w->room + 65536);
		if (!larger)
			return false;
		w->bytes = larger;
		w->room = 2 * w->room + 65536;
	}
	ssize_t got = read(w->pipe, w->bytes + w->len, w->room - w->len);
	if (got < 0)
		return errno == EINTR || errno == EAGAIN;
	w->len += (size_t)got;
	worker_digest(w);
	return got != 0;
}

/* The process @at has ended: its bytes wait for their turn, the last process takes its place. */
static void pool_reap(struct pool *p, unsigned at)
{
	struct worker *w = &p->workers[at];
	struct outcome *o = &p->outcomes[w->task];
	int status = 0;
	bool whole = worker_digest(w);

	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(w->pipe);
	whole &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
	*o = (struct outcome){.ended = true,
		.end = whole     ? WORKER_DONE
		       : w->late ? WORKER_LATE
				 : WORKER_LOST,
		.bytes = w->bytes,
		.len = w->len};
	*w = p->workers[--p->running];
}

static void pool_tell(struct pool *p)
{
	for (; p->told < p->begun && p->outcomes[p->told].ended; p->told++) {
		struct outcome *o = &p->outcomes[p->told];
		bool whole = o->end == WORKER_DONE;
		p->plan->done(p->plan->arg, p->told, o->end, whole ? o->bytes + sizeof(struct frame) : NULL,
			whole ? o->len - sizeof(struct frame) : 0);
		free(o->bytes);
		o->bytes = NULL;
	}
}

static void pool_tick(struct pool *p)
{
	if (!p->stopping && p->plan->stopped(p->plan->arg)) {
		p->stopping = true;
		for (unsigned i = 0; i < p->running; i++)
			kill(p->workers[i].pid, SIGINT);
	}
	for (unsigned i = 0; i < p->running; i++) {
		struct worker *w = &p->workers[i];
		p->notes[i] = w->note;
		if (p->plan->seconds_max && !w->late && pool_now() - w->begin > (time_t)p->plan->seconds_max) {
			w->late = true;
			kill(w->pid, SIGKILL);
		}
	}
	p->plan->tick(p->plan->arg, p->begun - p->running, p->notes, p->running);
}

static void pool_wait(struct pool *p)
{
	for (unsigned i = 0; i < p->running; i++)
		p->polls[i] = (struct pollfd){.fd = p->workers[i].pipe, .events = POLLIN};
	if (poll(p->polls, p->running, WORKERS_TICK_MS) <= 0)
		return;
	for (unsigned i = p->running; i-- > 0;)
		if (p->polls[i].revents && !worker_read(&p->workers[i]))
			pool_reap(p, i);
}

static void pool_free(struct pool *p)
{
	free(p->workers);
	free(p->polls);
	free(p->notes);
	free(p->outcomes);
}

enum pef_err workers_run(const struct worker_plan *plan)
{
	struct pool p = {.plan = plan,
		.workers = calloc(plan->jobs + 1, sizeof(*p.workers)),
		.polls = calloc(plan->jobs + 1, sizeof(*p.polls)),
		.notes = calloc(plan->jobs + 1, sizeof(*p.notes)),
		.outcomes = calloc(plan->tasks + 1, sizeof(*p.outcomes))};
	bool ok = p.workers && p.polls && p.notes && p.outcomes;

	while (ok) {
		pool_fill(&p);
		if (!p.running)
			break;
		pool_wait(&p);
		pool_tell(&p);
		pool_tick(&p);
	}
	if (ok)
		pool_tell(&p);
	pool_free(&p);
	return ok ? PEF_OK : PEF_NOMEM;
}
