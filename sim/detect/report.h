/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.h - what the two printers of findings share.
 *
 * Locking: none; after the run. Errors: none. Blocking: as chain_places().
 */
#ifndef PEFSIM_DETECT_REPORT_H
#define PEFSIM_DETECT_REPORT_H

#include "pefsim/finding.h"
#include "pefsim/heap.h"

/** report_base - the last part of a path; NULL for NULL */
const char *report_base(const char *path);
/** report_statement - text of the statement on a line; NULL when it is not known */
const char *report_statement(const struct report_context *about, unsigned line);
/** report_thread - the thread of the script a block's context works for: "g0.vcpu0" of "g0.vcpu0/hv" */
void report_thread(const struct finding_block *b, char *out, size_t size);
/** report_mode - " {read}" and the like, to stand behind a lock's name */
const char *report_mode(enum lock_mode mode);
/** report_places - places of a block's chain, without the script's driver */
unsigned report_places(
	const struct engine *engine, const struct finding_block *b, struct chain_place *out, unsigned max);

/** report_block - heading, call chain and statement of one block, after an empty line */
void report_block(
	FILE *out, const struct engine *engine, const struct finding_block *b, const struct report_context *about);
/** report_holds - the schedule; nothing for none */
void report_holds(FILE *out, const char *holds);
/** report_lock_order - a finding of kind FINDING_LOCK_ORDER, whole */
void report_lock_order(
	FILE *out, const struct engine *engine, const struct finding *f, const struct report_context *about);

#endif
