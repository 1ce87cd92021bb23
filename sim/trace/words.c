/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.c - the parts that an event's words, and its JSON, are made of: names
 * of statements, calls, codes, tokens and changes.
 *
 * Locking: none. Errors: what has no name is told as a number; words that do
 * not fit are cut. Blocking: never.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pefsim/abi.h"
#include "pefsim/inject.h"
#include "text.h"

const char *text_statement(
	const struct ladder_options *options, unsigned thread, uint64_t statement, char *buf, size_t size)
{
	const char *text = options->statement != NULL ? options->statement(options->arg, thread, statement) : NULL;

	if (text != NULL)
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size, "statement %" PRIu64, statement);
	return buf;
}

char text_statement_prefix(const char *statement)
{
	if (strncmp(statement, "uv_", 3) == 0)
		return 'U';
	return strncmp(statement, "h_", 2) == 0 ? 'H' : '\0';
}

bool text_has_event(const struct ladder_options *options, uint32_t event)
{
	return options->event_name != NULL && options->event_name(options->arg, event) != NULL;
}

const char *text_event_name(const struct ladder_options *options, uint64_t event, char *buf, size_t size)
{
	const char *text = options->event_name != NULL ? options->event_name(options->arg, (uint32_t)event) : NULL;

	if (text != NULL)
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size, "event %" PRIu64, event);
	return buf;
}

const char *text_call(uint32_t number, char *buf, size_t size)
{
	const char *name = abi_call_name(number);

	if (name != NULL)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "call %" PRIu32, number);
	return buf;
}

const char *text_result(int64_t value, char prefix, char *buf, size_t size)
{
	const char *name = abi_code_name(value, prefix);

	if (name != NULL)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%" PRId64, value);
	return buf;
}

/* Whether a comma separated list of arguments has gpa or gfn as one of them. */
static bool args_have_page(const char *args)
{
	for (;;) {
		size_t len = strcspn(args, ",");

		if (len == 3 && (memcmp(args, "gpa", 3) == 0 || memcmp(args, "gfn", 3) == 0))
			return true;
		if (args[len] == '\0')
			return false;
		args += len + 1;
		args += strspn(args, " ");
	}
}

bool text_call_has_page(uint32_t number)
{
	switch (number) {
#define X(name, value, args, about) \
	case value: \
		return args_have_page(args);
		PEF_UCALLS(X)
		PEF_HCALLS(X)
#undef X
	}
	return false;
}

const char *text_token(const struct view *view, token_t token, char *buf, size_t size)
{
	char guest[PEF_NAME_MAX] = "";
	unsigned origin = token_origin(token);
	const char *of = "";

	if (origin >= TOKEN_ORIGIN_GUEST(0))
		of = view_guest(view, origin - TOKEN_ORIGIN_GUEST(0), guest, sizeof(guest));
	else if (origin == TOKEN_ORIGIN_HOST)
		of = "the host";
	else if (origin == TOKEN_ORIGIN_UV)
		of = "the ultravisor";

	if (token == TOKEN_ZERO)
		snprintf(buf, size, "zero");
	else if (token_kind(token) == TOKEN_CIPHER)
		snprintf(buf, size, "cipher #%" PRIu64, token_value(token));
	else
		snprintf(buf, size, "%s0x%" PRIx64 "%s%s", token_kind(token) == TOKEN_TORN ? "torn " : "",
			token_value(token), of[0] != '\0' ? " of " : "", of);
	return buf;
}

const char *text_slot_verb(unsigned slot_event)
{
	static const char *const verbs[] = {
		[TRACE_SLOT_CREATE] = "created",
		[TRACE_SLOT_INVALID] = "invalid",
		[TRACE_SLOT_DELETE] = "deleted",
		[TRACE_SLOT_REGISTER] = "registered",
		[TRACE_SLOT_UNREGISTER] = "unregistered",
		[TRACE_SLOT_MOVE] = "moved",
		[TRACE_SLOT_FLAGS] = "flags changed",
	};
	return slot_event < sizeof(verbs) / sizeof(verbs[0]) ? verbs[slot_event] : "?";
}

const char *text_finding_kind(unsigned kind)
{
	return kind < FINDING_KIND_COUNT ? finding_kind_name((enum finding_kind)kind) : "finding";
}

const struct finding *text_finding(const struct view *view, const struct trace_event *event)
{
	const struct finding *list;
	unsigned count = engine_findings(view->engine, &list);

	for (unsigned i = 0; i < count; i++)
		if (list[i].key.domain == event->domain && list[i].key.cycle == event->rec.cycle &&
			(unsigned)list[i].kind == event->rec.aux)
			return &list[i];
	return NULL;
}

/* What JSON and what the ladder call a change of mode. */
static const struct {
	const char *mode, *verb;
} svm_events[] = {
	[TRACE_SVM_NORMAL] = {"normal", "is a normal VM"},
	[TRACE_SVM_START] = {"start", "begins to become secure"},
	[TRACE_SVM_SECURE] = {"secure", "is a secure VM"},
	[TRACE_SVM_ABORT] = {"abort", "gives up becoming secure"},
	[TRACE_SVM_TERMINATED] = {"terminated", "is terminated"},
};
#define SVM_EVENT_COUNT (sizeof(svm_events) / sizeof(svm_events[0]))

const char *text_svm_verb(unsigned svm_event)
{
	return svm_event < SVM_EVENT_COUNT ? svm_events[svm_event].verb : "?";
}

const char *text_svm_mode(unsigned svm_event)
{
	return svm_event < SVM_EVENT_COUNT ? svm_events[svm_event].mode : "?";
}

const char *text_cookie_verb(unsigned cookie_event)
{
	static const char *const verbs[] = {
		[TRACE_COOKIE_GIVEN] = "given",
		[TRACE_COOKIE_REDEEMED] = "redeemed",
		[TRACE_COOKIE_DROPPED] = "dropped",
	};
	return cookie_event < sizeof(verbs) / sizeof(verbs[0]) ? verbs[cookie_event] : "?";
}

const char *text_crypto_verb(unsigned crypto_event)
{
	static const char *const verbs[] = {
		[TRACE_CRYPTO_ENCRYPT] = "encrypted",
		[TRACE_CRYPTO_DECRYPT] = "decrypted",
		[TRACE_CRYPTO_REJECT] = "refused",
	};
	return crypto_event < sizeof(verbs) / sizeof(verbs[0]) ? verbs[crypto_event] : "?";
}

const char *text_inject_site(unsigned site)
{
	static const char *const words[] = {
#define X(name, word, about) word,
		PEF_INJECT_SITES(X)
#undef X
	};
	return site < INJECT_SITE_COUNT ? words[site] : "?";
}

const char *text_inject_action(uint64_t action)
{
	static const char *const words[] = {[INJECT_NOTHING] = "nothing",
#define X(name, word, args, about) [INJECT_DO_##name] = word,
		PEF_INJECT_ACTIONS(X)
#undef X
	};
	return action < INJECT_ACTION_COUNT ? words[action] : "?";
}
