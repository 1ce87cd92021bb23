/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h - one event in words, without any layout.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef PEF_TRACE_TEXT_H
#define PEF_TRACE_TEXT_H

#include "pefsim/finding.h"
#include "pefsim/ladder.h"
#include "view.h"

enum text_shape {
	TEXT_NOTHING, /* not told */
	TEXT_PLAIN,
	TEXT_ARROW, /* goes to the column @to */
	TEXT_LOUD, /* a finding: over all columns */
};
struct text {
	enum text_shape shape;
	enum view_lane to;
	char words[320];
};

/**
 * text_of - what the ladder says of an event
 * @view: as it is after view_take() of the same event
 */
void text_of(
	struct view *view, const struct ladder_options *options, const struct trace_event *event, struct text *out);

/** text_finding_kind - "use-after-free", "finding" for what is none */
const char *text_finding_kind(unsigned kind);
/** text_finding - the finding that a record of kind FINDING tells of; NULL when it is not kept */
const struct finding *text_finding(const struct view *view, const struct trace_event *event);

/* Also used for JSON; each writes to @buf and returns it. */
/** text_statement - "touch 1:0", or "statement 3" when the script is not known */
const char *text_statement(
	const struct ladder_options *options, unsigned thread, uint64_t statement, char *buf, size_t size);
/** text_statement_prefix - which codes a statement answers with: 'U', 'H' or 0 */
char text_statement_prefix(const char *statement);
/** text_event_name - "paged_in", or "event 3" when the script is not known */
const char *text_event_name(const struct ladder_options *options, uint64_t event, char *buf, size_t size);
/** text_has_event - whether the script is known and has that event */
bool text_has_event(const struct ladder_options *options, uint32_t event);
/** text_call - "UV_PAGE_IN", or "call 5" for an unknown number */
const char *text_call(uint32_t number, char *buf, size_t size);
/** text_result - "U_SUCCESS"; a number without a name as a number. @prefix as in abi_code_name */
const char *text_result(int64_t value, char prefix, char *buf, size_t size);
/** text_call_has_page - whether a call's arguments name one page */
bool text_call_has_page(uint32_t number);
/** text_token - "zero", "0x5 of g0", "cipher #3" */
const char *text_token(const struct view *view, token_t token, char *buf, size_t size);
/** text_slot_verb - "created"; text_svm_verb - "is a secure VM"; text_svm_mode - "secure" */
const char *text_slot_verb(unsigned slot_event);
const char *text_svm_verb(unsigned svm_event);
const char *text_svm_mode(unsigned svm_event);
/** text_cookie_verb - "redeemed"; text_crypto_verb - "encrypted" */
const char *text_cookie_verb(unsigned cookie_event);
const char *text_crypto_verb(unsigned crypto_event);
/** text_inject_site - "page-busy", "" for a call; text_inject_action - "fail" */
const char *text_inject_site(unsigned site);
const char *text_inject_action(uint64_t action);

#endif
