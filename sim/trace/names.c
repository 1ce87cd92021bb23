/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names.c - printed names of the protocol's tables, and the way back.
 *
 * Every function here walks a table of abi.h or trace.h; nothing is listed
 * twice. Calls are found with a switch, so that two calls of one number do not
 * compile.
 *
 * Locking: none. Errors: an unknown name or number is told by the return value.
 * Blocking: never.
 */
#include <string.h>

#include "pefsim/abi.h"
#include "pefsim/trace.h"

static bool name_is(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && memcmp(name, text, len) == 0;
}

const char *abi_call_name(uint32_t number)
{
	switch (number) {
#define X(name, value, args, about) \
	case value: \
		return #name;
		PEF_UCALLS(X)
		PEF_HCALLS(X)
#undef X
	}
	return NULL;
}

uint32_t abi_call_parse(const char *text, size_t len)
{
	static const struct {
		const char *name;
		uint32_t number;
	} calls[] = {
#define X(name, value, args, about) {#name, value},
		PEF_UCALLS(X) PEF_HCALLS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (name_is(calls[i].name, text, len))
			return calls[i].number;
	return 0;
}

struct code_row {
	const char *name;
	int64_t value;
};

static const struct code_row codes[] = {
#define X(name, value, about) {#name, value},
	PEF_CODES(X) PEF_HOST_RESULTS(X)
#undef X
};
#define CODE_COUNT (sizeof(codes) / sizeof(codes[0]))

const char *abi_code_name(int64_t value, char prefix)
{
	const char *first = NULL;

	for (size_t i = 0; i < CODE_COUNT; i++) {
		if (codes[i].value != value)
			continue;
		if (codes[i].name[0] == prefix && codes[i].name[1] == '_')
			return codes[i].name;
		if (first == NULL)
			first = codes[i].name;
	}
	return first;
}

bool abi_code_parse(const char *text, size_t len, int64_t *value)
{
	for (size_t i = 0; i < CODE_COUNT; i++) {
		if (!name_is(codes[i].name, text, len))
			continue;
		*value = codes[i].value;
		return true;
	}
	return false;
}

const char *gfn_state_name(enum gfn_state state)
{
	static const char *const names[] = {
#define X(name, number, transient, text, about) [number] = text,
		PEF_GFN_STATES(X)
#undef X
	};
	return (unsigned)state < GFN_STATE_COUNT ? names[state] : "?";
}

bool gfn_state_is_transient(enum gfn_state state)
{
	static const bool is_transient[] = {
#define X(name, number, transient, text, about) [number] = transient,
		PEF_GFN_STATES(X)
#undef X
	};
	return (unsigned)state < GFN_STATE_COUNT && is_transient[state];
}

const char *hv_mark_name(enum hv_mark mark)
{
	static const char *const names[] = {
#define X(name, text, about) text,
		PEF_HV_MARKS(X)
#undef X
	};
	return (unsigned)mark < HV_MARK_COUNT ? names[mark] : "?";
}

const char *host_pte_name(enum host_pte pte)
{
	static const char *const names[] = {
#define X(name, text, about) text,
		PEF_HOST_PTES(X)
#undef X
	};
	return (unsigned)pte < HOST_PTE_COUNT ? names[pte] : "?";
}

const char *trace_kind_name(enum trace_kind kind)
{
	static const char *const names[] = {
#define X(name, text, about) text,
		PEF_TRACE_KINDS(X)
#undef X
	};
	return (unsigned)kind < TRACE_KIND_COUNT ? names[kind] : "?";
}
