/* SPDX-License-Identifier: MIT */
#include "fakes/phone/retry_delay.h"
#include "fakes/phone/parameters.h"
#include "harness/base/duration.h"
#include <stdbool.h>
#include <string.h>

enum { ELEMENTS_MAX = 64, SECONDS_MAX = 31 * 86400 };

struct element {
    uint32_t seconds, random_seconds;
};

struct pace { /* the delays are first, first * factor + more, … up to the longest */
    uint64_t first_us, longest_us;
    unsigned factor;
    uint64_t more_us;
    unsigned percent; /* of what it thinks it waits */
};

/* What a defect changes in the pace, or in the step (from 0) that it believes to be at. */
static void spoil_pace(enum quirk_id quirk, struct pace *pace, unsigned *step)
{
    enum { STEPS_BEFORE_START = 5 };
    switch (quirk) {
    case QUIRK_RETRY_EVERY_MINUTE:
        pace->factor = 1;
        break;
    case QUIRK_RETRY_TRIPLES:
        pace->factor = 3;
        break;
    case QUIRK_RETRY_ADDS_A_MINUTE:
        pace->factor = 1;
        pace->more_us = DURATION_M;
        break;
    case QUIRK_RETRY_FIRST_30S:
        pace->first_us = 30 * DURATION_S;
        break;
    case QUIRK_RETRY_FIRST_2M:
        pace->first_us = 2 * DURATION_M;
        break;
    case QUIRK_RETRY_STEP_REPEATED:
        *step -= *step > 0 ? 1 : 0;
        break;
    case QUIRK_RETRY_STEP_SKIPPED:
        *step += *step > 1 ? 1 : 0;
        break;
    case QUIRK_RETRY_DRIFTS:
        pace->percent = 115;
        break;
    case QUIRK_RETRY_STARTS_OVER:
        *step %= STEPS_BEFORE_START;
        break;
    case QUIRK_RETRY_CAP_12H:
        pace->longest_us = 12 * DURATION_H;
        break;
    case QUIRK_RETRY_CAP_1024M:
        pace->longest_us = 1024 * DURATION_M;
        break;
    case QUIRK_RETRY_CAP_36H:
        pace->longest_us = 36 * DURATION_H;
        break;
    case QUIRK_RETRY_NO_CAP:
        pace->longest_us = 365 * 24 * DURATION_H;
        break;
    default:
        break;
    }
}

uint64_t retry_delay_edos_us(unsigned failures, const struct phone_quirk *quirk)
{
    struct pace pace = {DURATION_M, 24 * DURATION_H, 2, 0, 100};
    unsigned step = failures > 0 ? failures - 1 : 0;
    spoil_pace(quirk ? quirk->id : QUIRK_NONE, &pace, &step);
    uint64_t delay = pace.first_us;
    for (unsigned i = 0; i < step && delay < pace.longest_us; i++)
        delay = delay * pace.factor + pace.more_us;
    return (delay < pace.longest_us ? delay : pace.longest_us) / 100 * pace.percent;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* The number at *text, which moves behind it; false if there is none or it is too large. */
static bool take_number(const char **text, uint32_t *ret_number)
{
    const char *at = skip_blanks(*text);
    size_t digits = strspn(at, "0123456789");
    uint32_t number = 0;
    if (digits == 0)
        return false;
    for (size_t i = 0; i < digits; i++) {
        number = number * 10 + (uint32_t)(at[i] - '0');
        if (number > SECONDS_MAX)
            return false;
    }
    *text = skip_blanks(at + digits);
    *ret_number = number;
    return true;
}

static size_t parse_list(const char *list, struct element elements[ELEMENTS_MAX])
{
    size_t count = 0;
    for (;;) {
        struct element element = {0, 0};
        if (count == ELEMENTS_MAX || !take_number(&list, &element.seconds))
            return 0;
        if (*list == '+') {
            list++;
            if (!take_number(&list, &element.random_seconds))
                return 0;
        }
        elements[count++] = element;
        if (*list == '\0')
            return count;
        if (*list++ != ',')
            return 0;
    }
}

uint64_t retry_delay_resync_us(const char *list, unsigned failures, struct random_source *random)
{
    struct element elements[ELEMENTS_MAX];
    size_t count = list ? parse_list(list, elements) : 0;
    if (count == 0)
        count = parse_list(parameter_default("Resync_Error_Retry_Delay"), elements);
    size_t index = failures > 0 ? failures - 1 : 0;
    const struct element *element = &elements[index < count ? index : count - 1];
    if (element->seconds == 0)
        return RETRY_DELAY_NEVER;
    uint64_t delay = element->seconds * DURATION_S;
    if (element->random_seconds > 0)
        delay += random_below(random, element->random_seconds * DURATION_S + 1);
    return delay;
}
