/* SPDX-License-Identifier: MIT */
/* expect: {retries: {to: S, after: [D, …]}}: the attempts since the last boot, whose first one
 * starts the count, with exactly these gaps between them (RC-PEND-3, RC-PEND-4, RC-CUST-2). */
#include "harness/judge/internal.h"

static const struct step *step_of(const struct judge *judge)
{
    return &judge->scenario->steps[judge->walk.current];
}

static const struct attempt_log *log_of(const struct judge *judge, size_t phone)
{
    return &judge->views[phone].logs[step_of(judge)->pattern.server];
}

static void rules_of_gap(const struct judge *judge, size_t phone, uint64_t gap_us,
                         struct finding *finding)
{
    if (step_of(judge)->pattern.server == SERVER_PROVISION)
        finding_rule(finding, RULE_CUST_2);
    else
        rules_of_edos_delay(judge, phone, gap_us >= RETRY_DELAY_MAX_US ? RULE_PEND_4 : RULE_PEND_3,
                            finding);
}

/* "the 3rd retry to edos 4m ±24s after the 2nd failed" */
static void describe_gap(const struct judge *judge, size_t phone, size_t index,
                         struct finding *finding)
{
    const struct step *step = step_of(judge);
    struct tolerance tolerance = step_tolerance(judge, step);
    uint64_t gap_us = step->pattern.gaps_us[index];
    char gap[DURATION_TEXT_MAX], grace[DURATION_TEXT_MAX];
    struct buffer *text = &finding->expected;
    buffer_text(text, "the ");
    describe_ordinal(index + 1, text);
    buffer_format(text, " retry to %s %s ±%s after the ",
                  step->pattern.server == SERVER_EDOS ? "edos" : "the provisioning server",
                  duration_format(gap_us, gap),
                  duration_format(tolerance_us(&tolerance, gap_us), grace));
    if (index == 0)
        buffer_text(text, "first attempt");
    else
        describe_ordinal(index, text);
    buffer_text(text, " failed");
    rules_of_gap(judge, phone, gap_us, finding);
}

enum outcome retries_look(const struct judge *judge, size_t phone, struct finding *finding)
{
    const struct step *step = step_of(judge);
    const struct attempt_log *log = log_of(judge, phone);
    struct tolerance tolerance = step_tolerance(judge, step);
    if (log->count == 0)
        return OUTCOME_WAITING;
    for (size_t i = 0; i < step->pattern.gap_count; i++) {
        if (i + 1 >= log->kept_count)
            return OUTCOME_WAITING;
        uint64_t expected_us = step->pattern.gaps_us[i], seen_us = log->kept[i + 1].gap_us;
        uint64_t grace_us = tolerance_us(&tolerance, expected_us);
        uint64_t unseen_us = log->kept[i + 1].slack_us;
        if (seen_us + grace_us >= expected_us && seen_us <= expected_us + grace_us + unseen_us)
            continue;
        if (step->kind == STEP_NEVER)
            return OUTCOME_WAITING;
        char came[DURATION_TEXT_MAX];
        describe_gap(judge, phone, i, finding);
        buffer_format(&finding->seen, "it after %s", duration_format(seen_us, came));
        finding->at.event = log->kept[i + 1].at.event;
        finding->at.frame = log->kept[i + 1].at.frame;
        return OUTCOME_BROKEN;
    }
    return OUTCOME_MET;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The gap that the phone is in, counted from 0. */
static bool in_gap(const struct judge *judge, size_t phone, size_t *ret_index)
{
    const struct attempt_log *log = log_of(judge, phone);
    if (log->count == 0 || log->count > step_of(judge)->pattern.gap_count)
        return false;
    *ret_index = log->count - 1;
    return true;
}

uint64_t retries_deadline_us(const struct judge *judge, size_t phone)
{
    const struct step *step = step_of(judge);
    const struct attempt_log *log = log_of(judge, phone);
    struct tolerance tolerance = step_tolerance(judge, step);
    size_t index;
    if (in_gap(judge, phone, &index)) {
        uint64_t gap_us = step->pattern.gaps_us[index];
        return log->sign_us + gap_us + tolerance_us(&tolerance, gap_us) +
               (log->failed ? 0 : SILENT_ATTEMPT_US) + 1;
    }
    if (log->count > 0 || step->within_us)
        return NEVER_US;
    uint64_t first_us = judge->patience_us;
    if (judge->scenario->readings.pending_boot == PENDING_BOOT_WAIT_FIRST)
        first_us += DURATION_M + tolerance_us(&tolerance, DURATION_M);
    return later(judge->walk.begin_us, log->since_us) + first_us + 1;
}

void retries_missing(const struct judge *judge, size_t phone, struct finding *finding)
{
    const struct attempt_log *log = log_of(judge, phone);
    char since[DURATION_TEXT_MAX];
    size_t index;
    if (!in_gap(judge, phone, &index)) {
        buffer_format(&finding->expected, "a first attempt at %s",
                      step_of(judge)->pattern.server == SERVER_EDOS ? "edos"
                                                                    : "the provisioning server");
        buffer_text(&finding->seen, "none");
        finding_rule(finding,
                     rule_of_first_attempt(&judge->views[phone], step_of(judge)->pattern.server));
        return;
    }
    describe_gap(judge, phone, index, finding);
    uint64_t waited_us =
        finding->at.time_us > log->sign_us ? finding->at.time_us - log->sign_us : 0;
    buffer_format(&finding->seen, "none in %s", duration_format(waited_us, since));
}
