/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_scale.c - pefsim bench scale: time and memory of guests up to 1 TiB.
 *
 * Each run is a process of its own, so that the peak of its resident memory is
 * nobody else's. Small sizes are run several times, and medians are printed.
 *
 * Locking: none. Errors: an exit code. Blocking: minutes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scale.h"

#define SCALE_STRIDE 100u
#define SCALE_RUNS_MAX 3u

static const struct scale_size {
	const char *name;
	uint64_t pages;
	unsigned runs;
} SIZES[] = {
	{"1G", UINT64_C(1) << 14, 3},
	{"16G", UINT64_C(1) << 18, 3},
	{"256G", UINT64_C(1) << 22, 1},
	{"1T", UINT64_C(1) << 24, 1},
};
#define SIZE_COUNT (sizeof(SIZES) / sizeof(SIZES[0]))

struct scale_row {
	struct scale_result result;
	double rss; /* bytes, the peak */
};

static const struct scale_kind_row {
	const char *title, *end;
	double limit; /* of the peak with 1 TiB, in GiB */
} KINDS[] = {
	[SCALE_ABORT] = {"start, page-in of one page in a hundred, abort", "H_SVM_INIT_ABORT", 2},
	[SCALE_BOOT] = {"a whole boot, with the sweep", "H_SVM_INIT_DONE", 6},
};

/* ---- one run in a process of its own -------------------------------------------- */

static void child_main(const struct scale_plan *plan, int out)
{
	struct scale_row row;
	struct rusage usage;
	bool done = scale_run(plan, &row.result);
	getrusage(RUSAGE_SELF, &usage);
	row.rss = (double)usage.ru_maxrss * 1024;
	done = done && write(out, &row, sizeof(row)) == (ssize_t)sizeof(row);
	_exit(done ? 0 : 1);
}

static bool child_run(const struct scale_plan *plan, struct scale_row *out)
{
	int ends[2], status = 1;
	if (pipe(ends))
		return false;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0)
		child_main(plan, ends[1]);
	close(ends[1]);
	bool read_all = child > 0 && read(ends[0], out, sizeof(*out)) == (ssize_t)sizeof(*out);
	close(ends[0]);
	if (child > 0)
		waitpid(child, &status, 0);
	return read_all && status == 0;
}

static int row_compare(const void *a, const void *b)
{
	double x = ((const struct scale_row *)a)->result.whole, y = ((const struct scale_row *)b)->result.whole;
	return (x > y) - (x < y);
}

/* The run that took the median time. */
static bool size_run(const struct scale_size *size, enum scale_kind kind, struct scale_row *out)
{
	struct scale_plan plan = {
		.kind = kind, .pages = size->pages, .stride = SCALE_STRIDE, .design = DESIGN_UVMEM_LOCK};
	struct scale_row rows[SCALE_RUNS_MAX];
	for (unsigned i = 0; i < size->runs; i++) {
		if (!child_run(&plan, &rows[i]))
			return false;
	}
	qsort(rows, size->runs, sizeof(rows[0]), row_compare);
	*out = rows[size->runs / 2];
	return true;
}

/* ---- what it came to -------------------------------------------------------------- */

static void print_time(FILE *out, const char *what, double ns, uint64_t count, const char *each, double *first)
{
	double per = count ? ns / (double)count : 0;
	if (*first == 0)
		*first = per;
	fprintf(out, "    %-18s %10.1f ms  %8.1f ns a %-16s x %.2f\n", what, ns / 1e6, per, each, per / *first);
}

static void print_parts(FILE *out, const struct scale_result *r)
{
	const struct part {
		const char *name;
		uint64_t bytes;
	} parts[] = {
		{"page tables", r->hv.page_tables},
		{"struct page, normal", r->hv.normal_pages},
		{"struct page, device", r->hv.device_pages + r->hv.pool},
		{"frames, normal", r->hv.frames},
		{"frames, secure", r->uv.frames},
		{"ultravisor's entries", r->entries},
		{"heap, beside objects", r->heap},
		{"all of these", scale_own_bytes(r)},
	};
	fprintf(out, "    bytes a touched page, most at any time:\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		fprintf(out, "      %-22s %8.2f\n", parts[i].name, (double)parts[i].bytes / (double)r->touched);
}

static void print_design(FILE *out, const struct scale_plan *plan, const struct scale_result *r)
{
	fprintf(out, "    of the design, as it would cost the kernel:\n");
	fprintf(out, "      %-22s %8.2f a page of the guest\n", "arrays", (double)r->arrays / (double)plan->pages);
	fprintf(out, "      %-22s %8.2f a touched page\n", "private data",
		(double)r->private_data / (double)r->touched);
}

struct scale_first {
	double page_in, end;
};

static void row_print(FILE *out, const struct scale_size *size, enum scale_kind kind, const struct scale_row *row,
	struct scale_first *first)
{
	const struct scale_result *r = &row->result;
	const struct scale_plan plan = {.pages = size->pages};
	bool limited = size->pages == SIZES[SIZE_COUNT - 1].pages;

	fprintf(out, "  %s, %llu pages, %llu touched, median of %u\n", size->name, (unsigned long long)size->pages,
		(unsigned long long)r->touched, size->runs);
	if (kind == SCALE_ABORT)
		print_time(out, "H_SVM_PAGE_IN", r->page_in, r->touched, "page-in", &first->page_in);
	print_time(out, KINDS[kind].end, r->end, size->pages, "page of the guest", &first->end);
	fprintf(out, "    %-18s %10.1f MiB", "peak of memory", row->rss / (1 << 20));
	if (limited)
		fprintf(out, " target: under %.0f MiB", KINDS[kind].limit * 1024);
	fprintf(out, "\n");
	print_parts(out, r);
	print_design(out, &plan, r);
}

static bool size_wanted(const struct scale_size *size, char **sizes, int count)
{
	bool wanted = count == 0;
	for (int i = 0; i < count; i++)
		wanted |= !strcmp(sizes[i], size->name);
	return wanted;
}

static bool size_known(const char *name)
{
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		if (!strcmp(SIZES[i].name, name))
			return true;
	}
	return false;
}

static bool kind_run(FILE *out, enum scale_kind kind, char **sizes, int count)
{
	struct scale_first first = {0};
	struct scale_row row;
	fprintf(out, "%s:\n", KINDS[kind].title);
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		if (!size_wanted(&SIZES[i], sizes, count))
			continue;
		if (!size_run(&SIZES[i], kind, &row))
			return false;
		row_print(out, &SIZES[i], kind, &row, &first);
	}
	return true;
}

int bench_scale(FILE *out, char **sizes, int count)
{
	for (int i = 0; i < count; i++) {
		if (!size_known(sizes[i])) {
			fprintf(stderr, "pefsim bench scale: no size '%s'\nhelp: sizes are 1G 16G 256G 1T\n", sizes[i]);
			return PEF_EXIT_USAGE;
		}
	}
	bool done = kind_run(out, SCALE_ABORT, sizes, count) && kind_run(out, SCALE_BOOT, sizes, count);
	return done ? PEF_EXIT_OK : PEF_EXIT_BUG;
}
