/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_script.c - reading texts in tests, and comparing scenarios.
 *
 * Locking: none. Errors: a failed assertion. Blocking: never.
 */
#include "util_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum pef_err read_text(const char *text, const struct scenario_options *options, struct scenario **out, char **messages)
{
	size_t len;
	FILE *stream = open_memstream(messages, &len);
	enum pef_err err = scenario_read_text(text, strlen(text), "x.pef", options, out, stream);

	fclose(stream);
	return err;
}

struct scenario *read_good(const char *text, const struct scenario_options *options)
{
	struct scenario *s = NULL;
	char *messages;
	enum pef_err err = read_text(text, options, &s, &messages);

	assert_string_equal(messages, "");
	assert_int_equal(err, PEF_OK);
	free(messages);
	return s;
}

void assert_messages(const char *text, enum pef_err err, const char *expected)
{
	struct scenario *s = NULL;
	char *messages;
	enum pef_err got = read_text(text, NULL, &s, &messages);

	assert_string_equal(messages, expected);
	assert_int_equal(got, err);
	if (got == PEF_OK)
		scenario_free(s);
	free(messages);
}

char *print_text(const struct scenario *s)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	scenario_print(s, out);
	fclose(out);
	return text;
}

char *format_text(const char *text, size_t len)
{
	char *formatted;
	size_t size;
	FILE *out = open_memstream(&formatted, &size);
	enum pef_err err = scenario_format(text, len, "x.pef", out, NULL);

	fclose(out);
	if (err == PEF_OK)
		return formatted;
	free(formatted);
	return NULL;
}

static void assert_same_statement(const struct statement *a, const struct statement *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->slot, b->slot);
	assert_int_equal(a->page, b->page);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->test, b->test);
	assert_int_equal(a->shared, b->shared);
	assert_int_equal(a->to_slot, b->to_slot);
	assert_int_equal(a->to_page, b->to_page);
	assert_int_equal(a->advice, b->advice);
	assert_int_equal(a->dirty_log, b->dirty_log);
	assert_string_equal(a->fdt ? a->fdt : "", b->fdt ? b->fdt : "");
	assert_string_equal(a->blob ? a->blob : "", b->blob ? b->blob : "");
	assert_int_equal(a->call, b->call);
	assert_int_equal(a->arg_count, b->arg_count);
	for (unsigned i = 0; i < a->arg_count; i++) {
		assert_int_equal(a->args[i].kind, b->args[i].kind);
		assert_int_equal(a->args[i].slot, b->args[i].slot);
		assert_int_equal(a->args[i].value, b->args[i].value);
	}
	assert_int_equal(a->event, b->event);
	assert_string_equal(a->label, b->label);
	assert_int_equal(a->label_event, b->label_event);
	assert_int_equal(a->any_result, b->any_result);
	assert_int_equal(a->result_count, b->result_count);
	for (unsigned i = 0; i < a->result_count; i++)
		assert_int_equal(a->results[i], b->results[i]);
}

static void assert_same_thread(const struct thread *a, const struct thread *b)
{
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->context, b->context);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->guest, b->guest);
	assert_int_equal(a->vcpu, b->vcpu);
	assert_int_equal(a->count, b->count);
	for (unsigned i = 0; i < a->count; i++)
		assert_same_statement(&a->statements[i], &b->statements[i]);
}

static void assert_same_guest(const struct guest_spec *a, const struct guest_spec *b)
{
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->boot, b->boot);
	assert_int_equal(a->vcpus, b->vcpus);
	assert_int_equal(a->lpid, b->lpid);
	assert_int_equal(a->svm_disabled, b->svm_disabled);
	assert_int_equal(a->slot_count, b->slot_count);
	for (unsigned i = 0; i < a->slot_count; i++) {
		assert_int_equal(a->slots[i].id, b->slots[i].id);
		assert_int_equal(a->slots[i].gpa, b->slots[i].gpa);
		assert_int_equal(a->slots[i].pages, b->slots[i].pages);
		assert_int_equal(a->slots[i].present, b->slots[i].present);
		assert_int_equal(a->slots[i].shared_first, b->slots[i].shared_first);
		assert_int_equal(a->slots[i].shared_count, b->slots[i].shared_count);
	}
}

void assert_same(const struct scenario *a, const struct scenario *b)
{
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->title, b->title);
	assert_int_equal(a->design, b->design);
	assert_int_equal(a->mutants, b->mutants);
	assert_int_equal(a->era, b->era);
	assert_string_equal(a->machine, b->machine);
	assert_string_equal(a->prices, b->prices);
	assert_int_equal(a->price_choice, b->price_choice);
	assert_int_equal(a->secmem, b->secmem);
	assert_int_equal(a->pool, b->pool);
	assert_int_equal(a->slot_delete, b->slot_delete);
	assert_int_equal(a->guest_count, b->guest_count);
	for (unsigned i = 0; i < a->guest_count; i++)
		assert_same_guest(&a->guests[i], &b->guests[i]);
	assert_int_equal(a->thread_count, b->thread_count);
	for (unsigned i = 0; i < a->thread_count; i++)
		assert_same_thread(&a->threads[i], &b->threads[i]);
	assert_int_equal(a->event_count, b->event_count);
	for (unsigned i = 0; i < a->event_count; i++)
		assert_string_equal(a->events[i], b->events[i]);
	assert_int_equal(a->hold_count, b->hold_count);
	for (unsigned i = 0; i < a->hold_count; i++)
		assert_memory_equal(&a->holds[i], &b->holds[i], sizeof(a->holds[i]));
	assert_int_equal(a->has_faults, b->has_faults);
	assert_int_equal(a->fault_count, b->fault_count);
	assert_int_equal(a->rule_count, b->rule_count);
	for (unsigned i = 0; i < a->rule_count; i++) {
		assert_int_equal(a->rules[i].mode, b->rules[i].mode);
		assert_int_equal(a->rules[i].site, b->rules[i].site);
		assert_int_equal(a->rules[i].call, b->rules[i].call);
		assert_int_equal(a->rules[i].object, b->rules[i].object);
		assert_int_equal(a->rules[i].action, b->rules[i].action);
		assert_int_equal(a->rules[i].code, b->rules[i].code);
		assert_int_equal(a->rules[i].cycles, b->rules[i].cycles);
		assert_int_equal(a->rules[i].first, b->rules[i].first);
		assert_int_equal(a->rules[i].last, b->rules[i].last);
	}
	assert_int_equal(a->has_explore, b->has_explore);
	assert_int_equal(a->explore_count, b->explore_count);
	assert_int_equal(a->note_count, b->note_count);
	assert_string_equal(a->id, b->id);
}
