/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scenario.c - from a text to a scenario: the order of the steps.
 *
 * Locking: none. Errors: PEF_PARSE after all mistakes were told, PEF_NOFILE.
 * Blocking: reads files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "script.h"

/* ---- files ------------------------------------------------------------------------ */

/* Reads a regular file, at most one byte more than is allowed; NULL and errno. */
static char *file_read(struct script_arena *a, const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *text = NULL;
	ssize_t n = 0;

	*len = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		close(fd);
		return NULL;
	}
	text = script_alloc(a, SCRIPT_FILE_MAX + 1);
	while (*len < SCRIPT_FILE_MAX + 1 && (n = read(fd, text + *len, SCRIPT_FILE_MAX + 1 - *len)) > 0)
		*len += (size_t)n;
	close(fd);
	return n < 0 ? NULL : text;
}

/* The folder of a path with its slash; "" for none. */
static const char *folder_of(struct script_arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? script_copy(a, path, (size_t)(slash - path) + 1) : "";
}

static void used_section(struct reader *r, const struct section *s)
{
	if (s->kind == SECTION_PLATFORM) {
		platform_read_section(r, s);
	} else if (s->kind == SECTION_GUEST) {
		guest_read(r, s);
	} else {
		diag_error(r->diag, s->head, 1, "section '%s' in a used file", s->head->words[0].text);
		diag_help(r->diag, "a used file has only sections 'platform' and 'guest'");
	}
}

static void use_read(struct reader *r, const struct section *section)
{
	struct cursor c = cursor_at(r, section->head, 1);
	const char *text = cursor_word(&c, "a path", "use PATH"), *path, *was = r->folder;
	char *bytes;
	size_t len;

	if (!text)
		return;
	if (text[0] == 0) {
		cursor_error(&c, "a path is missing");
		diag_help(r->diag, "use PATH");
		return;
	}
	path = script_format(r->arena, "%s%s", text[0] == '/' ? "" : folder_of(r->arena, r->source->path), text);
	bytes = file_read(r->arena, path, &len);
	if (!bytes) {
		cursor_error(&c, "cannot read '%s': %s", path, strerror(errno));
		diag_help(r->diag, "the path begins at the folder of this file");
		return;
	}
	r->folder = folder_of(r->arena, script_copy(r->arena, text, strlen(text)));
	c.i++;
	if (cursor_end(&c, "use PATH"))
		for (struct section *s =
				tree_build(r->arena, r->diag, source_read(r->arena, r->diag, path, bytes, len));
			s; s = s->next)
			used_section(r, s);
	r->folder = was;
}

/* ---- sections in the order in which they need each other ----------------------------- */

static void each(struct reader *r, enum section_kind kind, void (*read)(struct reader *, const struct section *))
{
	for (const struct section *s = r->sections; s; s = s->next)
		if (s->kind == kind)
			read(r, s);
}

/*S:160
 * Sections may stand in any order in the file, because they are read in the order in which they need
 * one another: parameters, who there is, what they do, and only then what names things of the others.
 :*/
static void sections_read(struct reader *r)
{
	params_read(r);
	header_read(r);
	/* Used guests come where "use" stands, so that guests keep the order of the text. */
	for (const struct section *s = r->sections; s; s = s->next) {
		if (s->kind == SECTION_USE)
			use_read(r, s);
		else if (s->kind == SECTION_PLATFORM)
			platform_read_section(r, s);
		else if (s->kind == SECTION_GUEST)
			guest_read(r, s);
	}
	platform_finish(r);
	guests_finish(r);
	threads_read(r);
	slots_collect(r);
	afters_resolve(r);
	each(r, SECTION_SCHEDULE, schedule_read);
	schedule_check(r);
	each(r, SECTION_FAULT, fault_read);
	each(r, SECTION_EXPLORE, explore_read);
	each(r, SECTION_EXPECT, expect_read);
	check_scenario(r);
	params_finish(r);
}

/* ---- public --------------------------------------------------------------------------- */

enum pef_err scenario_read_text(const char *text, size_t len, const char *path, const struct scenario_options *options,
	struct scenario **out, FILE *messages)
{
	struct script_arena *a = script_arena_create();
	struct reader *r = script_alloc(a, sizeof(*r));
	bool good;

	r->arena = a;
	r->options = options;
	r->folder = "";
	r->s = script_alloc(a, sizeof(*r->s));
	r->s->era = ERA_DEFAULT;
	r->s->memory = a;
	snprintf(r->s->path, sizeof(r->s->path), "%s", path);
	r->diag = diagnostics_create(a, script_copy(a, path, strlen(path)));
	r->source = source_read(a, r->diag, script_copy(a, path, strlen(path)), text, len);
	if (r->source->line_count || !diag_has_errors(r->diag))
		r->sections = tree_build(a, r->diag, r->source);
	if (r->sections)
		sections_read(r);
	else if (!diag_has_errors(r->diag))
		diag_error(r->diag, NULL, 0, "there is no section 'scenario'");
	good = !diag_has_errors(r->diag);
	diag_flush(r->diag, messages);
	if (good) {
		scenario_set_id(r->s);
		*out = r->s;
		return PEF_OK;
	}
	script_arena_destroy(a);
	return PEF_PARSE;
}

enum pef_err scenario_read_file(
	const char *path, const struct scenario_options *options, struct scenario **out, FILE *messages)
{
	struct script_arena *a = script_arena_create();
	enum pef_err err = PEF_NOFILE;
	size_t len;
	char *text = file_read(a, path, &len);

	if (text)
		err = scenario_read_text(text, len, path, options, out, messages);
	else if (messages)
		fprintf(messages, "%s: error: cannot read the file: %s\n", path, strerror(errno));
	script_arena_destroy(a);
	return err;
}

void scenario_free(struct scenario *s)
{
	if (s)
		script_arena_destroy(s->memory);
}
