/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measure.c - what a run says of its design. See measure.h.
 *
 * Locking: none. Errors: PEF_NOMEM. Blocking: never.
 */
#include "measure.h"

#include "pefsim/check.h"
#include "pefsim/summary.h"

#include "judge.h"

static void measure_verdict(const struct session *s, struct measured *out)
{
	const struct finding *findings;
	const char *words = "limit";

	unsigned count = engine_findings(s->world->engine, &findings);
	while (count && !judge_counts(s->scenario, findings))
		findings++, count--;
	if (count)
		words = findings[0].kind == FINDING_INVARIANT ? invariant_name((enum invariant)findings[0].rule)
							      : finding_kind_name(findings[0].kind);
	else if (s->result.end == ENGINE_FINISHED)
		words = "no finding";
	snprintf(out->verdict, sizeof(out->verdict), "%s", words);
}

/* The mean length of the calls of a number that returned. */
static cycles_t measure_call(const struct run_summary *summary, uint32_t number, uint64_t *count)
{
	*count = 0;
	for (unsigned i = 0; i < summary->call_count; i++) {
		const struct summary_call *call = &summary->calls[i];
		if (call->number == number && call->returned) {
			*count = call->returned;
			return call->cycles / call->returned;
		}
	}
	return 0;
}

static double measure_locks(const struct run_summary *summary)
{
	cycles_t busy = summary->booked - summary->by_cause[CAUSE_IDLE] - summary->by_cause[CAUSE_DELAY];

	return busy ? (double)summary->by_cause[CAUSE_LOCK_WAIT] / (double)busy : 0.0;
}

enum pef_err measure_run(const struct session *s, struct measured *out)
{
	struct run_summary summary;
	enum pef_err err = summary_collect(s->world->engine, &summary);

	*out = (struct measured){.bytes_per_page = hv_bytes_per_page(s->scenario->design)};
	if (err)
		return err;
	measure_verdict(s, out);
	out->page_in = measure_call(&summary, ABI_H_SVM_PAGE_IN, &out->page_ins);
	out->page_out = measure_call(&summary, ABI_UV_PAGE_OUT, &out->page_outs);
	out->lock_share = measure_locks(&summary);
	summary_free(&summary);
	return measure_deletes(s, &out->deletes);
}
