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

#define SCALE_PART 100u /* one page in so many */
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
	enum scale_kind kind;
	uint64_t stride;
	double limit; /* of the peak with 1 TiB, in MiB */
} KINDS[] = {
	{"page-in of one page in a hundred, in one piece", "H_SVM_INIT_ABORT", SCALE_ABORT, 1, 2048},
	{"page-in of every hundredth page", "H_SVM_INIT_ABORT", SCALE_ABORT, 100, 2048},
	{"a whole boot, with the sweep over all pages", "H_SVM_INIT_DONE", SCALE_BOOT, 1, 6144},
};
#define KIND_COUNT (sizeof(KINDS) / sizeof(KINDS[0]))

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
static bool size_run(const struct scale_size *size, const struct scale_kind_row *kind, struct scale_row *out)
{
	struct scale_plan plan = {.kind = kind->kind,
		.pages = size->pages,
		.touch = size->pages / SCALE_PART,
		.stride = kind->stride,
		.design = DESIGN_UVMEM_LOCK};
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

static void print_bytes(FILE *out, const char *name, uint64_t secure, uint64_t after, const struct scale_result *r)
{
	fprintf(out, "      %-24s %8.2f", name, (double)secure / (double)r->touched);
	if (scale_own_bytes(&r->after))
		fprintf(out, " %8.2f", (double)after / (double)r->touched);
	fprintf(out, "\n");
}

static void print_parts(FILE *out, const struct scale_result *r)
{
	const struct scale_state *s = &r->secure, *a = &r->after;
	const struct part {
		const char *name;
		uint64_t secure, after;
	} parts[] = {
		{"page tables", s->hv.page_tables, a->hv.page_tables},
		{"struct page, normal", s->hv.normal_pages, a->hv.normal_pages},
		{"struct page, device", s->hv.device_pages + s->hv.pool, a->hv.device_pages + a->hv.pool},
		{"frames, normal", s->hv.frames, a->hv.frames},
		{"frames, secure", s->uv.frames, a->uv.frames},
		{"ultravisor's entries", s->uv.entries, a->uv.entries},
		{"heap, beside objects", s->heap, a->heap},
		{"all of these", scale_own_bytes(s), scale_own_bytes(a)},
	};
	fprintf(out, "    bytes a touched page       secure%s\n", scale_own_bytes(a) ? "    after" : "");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		print_bytes(out, parts[i].name, parts[i].secure, parts[i].after, r);
}

static void print_design(FILE *out, uint64_t pages, const struct scale_result *r)
{
	fprintf(out, "    bytes of the design         here  in the kernel\n");
	fprintf(out, "      %-24s %8.2f %8u a page of the guest\n", "arrays", (double)r->secure.arrays / (double)pages,
		hv_bytes_per_page(DESIGN_UVMEM_LOCK));
	fprintf(out, "      %-24s %8.2f %8u a touched page\n", "private data",
		(double)r->secure.private_data / (double)r->touched, hv_bytes_per_device_page(DESIGN_UVMEM_LOCK));
}

struct scale_first {
	double page_in, end;
};

static void row_print(FILE *out, const struct scale_size *size, const struct scale_kind_row *kind,
	const struct scale_row *row, struct scale_first *first)
{
	const struct scale_result *r = &row->result;

	fprintf(out, "  %s, %llu pages, %llu touched, median of %u\n", size->name, (unsigned long long)size->pages,
		(unsigned long long)r->touched, size->runs);
	if (kind->kind == SCALE_ABORT)
		print_time(out, "H_SVM_PAGE_IN", r->page_in, r->touched, "page-in", &first->page_in);
	print_time(out, kind->end, r->end, size->pages, "page of the guest", &first->end);
	fprintf(out, "    %-18s %10.1f MiB", "peak of memory", row->rss / (1 << 20));
	if (size->pages == SIZES[SIZE_COUNT - 1].pages)
		fprintf(out, " target: under %.0f MiB", kind->limit);
	fprintf(out, "\n");
	print_parts(out, r);
	print_design(out, size->pages, r);
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

static bool kind_run(FILE *out, const struct scale_kind_row *kind, char **sizes, int count)
{
	struct scale_first first = {0};
	struct scale_row row;
	fprintf(out, "%s:\n", kind->title);
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
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (!kind_run(out, &KINDS[i], sizes, count))
			return PEF_EXIT_BUG;
	}
	return PEF_EXIT_OK;
}
