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

uint64_t retry_delay_edos_us(const struct retry_pace *pace, unsigned failures, bool rebooted)
{
    unsigned step = failures > 0 ? failures - 1 : 0;
    unsigned factor = rebooted && pace->rebooted_factor ? pace->rebooted_factor : pace->factor;
    uint64_t delay_us =
        rebooted && pace->rebooted_first_us ? pace->rebooted_first_us : pace->first_us;
    if (pace->steps > 0)
        step %= pace->steps;
    step -= pace->repeats_first && step > 0 ? 1 : 0;
    step += pace->skips_third && step > 1 ? 1 : 0;
    for (unsigned i = 0; i < step && delay_us < pace->longest_us; i++)
        delay_us = delay_us * factor + pace->more_us;
    return (delay_us < pace->longest_us ? delay_us : pace->longest_us) / 100 * pace->percent;
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

/* Which of `count` delays; `count` = none. */
static size_t place_in_list(enum retry_list use, unsigned failures, size_t count)
{
    size_t index = failures > 0 ? failures - 1 : 0;
    switch (use) {
    case RETRY_LIST_FIRST_ONLY:
        return 0;
    case RETRY_LIST_STARTS_OVER:
        return index % count;
    case RETRY_LIST_ENDS:
        return index < count ? index : count;
    case RETRY_LIST_UNUSED:
        return count;
    case RETRY_LIST_LAST_REPEATS:
        break;
    }
    return index < count ? index : count - 1;
}

uint64_t retry_delay_resync_us(const char *list, enum retry_list use, unsigned failures,
                               struct random_source *random)
{
    struct element elements[ELEMENTS_MAX];
    size_t count = list ? parse_list(list, elements) : 0;
    if (count == 0)
        count = parse_list(parameter_default("Resync_Error_Retry_Delay"), elements);
    size_t index = place_in_list(use, failures, count);
    if (index == count || elements[index].seconds == 0)
        return RETRY_DELAY_NEVER;
    const struct element *element = &elements[index];
    uint64_t delay = element->seconds * DURATION_S;
    if (element->random_seconds > 0)
        delay += random_below(random, element->random_seconds * DURATION_S + 1);
    return delay;
}
