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

uint64_t retry_delay_edos_us(unsigned failures, const struct phone_quirk *quirk)
{
    if (quirk && quirk->id == QUIRK_RETRY_EVERY_MINUTE)
        return DURATION_M;
    uint64_t delay = DURATION_M;
    for (unsigned i = 1; i < failures && delay < 24 * DURATION_H; i++)
        delay *= 2;
    return delay < 24 * DURATION_H ? delay : 24 * DURATION_H;
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
