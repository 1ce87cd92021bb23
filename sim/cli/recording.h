/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recording.h - between a session and its replay file.
 *
 * What is recorded is a run of the expanded scenario, which the file holds
 * verbatim: lines, and so the trace, are those of that text.
 *
 * Locking: none. Errors: messages on stderr. Blocking: as a run.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include "pefsim/record.h"

#include "session.h"

/** recording_model - hash of the sources that decide what a model does */
uint64_t recording_model(void);
/** recording_tell_age - notes on stderr of what is not as it was when it was recorded: scenario, version, model */
void recording_tell_age(const struct record *r, const struct session *s, const char *path);
/** recording_prices - hash of the prices in use */
uint64_t recording_prices(const struct price_list *prices);
/** recording_variant - design, era, policy and switches of a scenario, in one line; returns @buf */
const char *recording_variant(const struct scenario *s, char *buf, size_t size);
/**
 * recording_make - run a session's scenario once more and record it
 * @s:    opened; says scenario and options
 * @plan: seed and holds, with their cycles
 * @signature: of the finding it is for; when the run does not show it, that of its first finding is recorded
 * @out:  to be freed with record_free() whatever is returned
 */
enum pef_err recording_make(
	const struct session *s, const struct run_plan *plan, const char *signature, struct record *out);
/**
 * recording_signature - @wanted, if a finding of the session's last run has it, else that of its first
 * finding; "" when there is none. Returns @buf.
 */
const char *recording_signature(const struct session *s, const char *wanted, char *buf, size_t size);
/** recording_options - what a replay file says, unless the command line says otherwise; @out points into @r */
void recording_options(const struct record *r, const struct options *given, struct options *out);
/** recording_save - write it as FOLDER/SCENARIO-HASH.pefrec; the folder is made. @path is filled in. */
enum pef_err recording_save(const struct record *r, const char *folder, const char *scenario, char *path, size_t size);

#endif
