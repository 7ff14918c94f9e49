/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NUMBER_DIGITS_MAX = 20 };

uint64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * DURATION_S + (uint64_t)now.tv_nsec / 1000u;
}

static const struct unit {
    const char *name;
    uint64_t us;
} units[] = {
    {"w", 7 * DURATION_DAY}, {"d", DURATION_DAY}, {"h", DURATION_H}, {"m", DURATION_M},
    {"s", DURATION_S},       {"ms", DURATION_MS}, {"us", 1},
};
enum { UNITS = sizeof units / sizeof units[0] };

/* A whole number no larger than the longest duration in µs; *text moves behind it. */
static bool parse_number(const char **text, uint64_t *ret_number)
{
    const char *t = *text;
    if (*t < '0' || *t > '9')
        return false;
    uint64_t number = 0;
    for (; *t >= '0' && *t <= '9'; t++) {
        number = number * 10 + (uint64_t)(*t - '0');
        if (number > DURATION_MAX_US)
            return false;
    }
    *text = t;
    *ret_number = number;
    return true;
}

/* The index of the unit whose name is the run of letters at *text, UNITS if there is none. */
static size_t parse_unit(const char **text)
{
    size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < UNITS; i++) {
        if (strlen(units[i].name) == length && strncmp(*text, units[i].name, length) == 0) {
            *text += length;
            return i;
        }
    }
    return UNITS;
}

bool duration_parse(const char *text, uint64_t *ret_us)
{
    if (strcmp(text, "0") == 0) {
        *ret_us = 0;
        return true;
    }
    uint64_t total = 0;
    size_t next_unit = 0; /* the largest that may still come */
    do {
        uint64_t number;
        if (!parse_number(&text, &number))
            return false;
        size_t unit = parse_unit(&text);
        if (unit == UNITS || unit < next_unit)
            return false;
        next_unit = unit + 1;
        if (number > (DURATION_MAX_US - total) / units[unit].us)
            return false;
        total += number * units[unit].us;
    } while (*text);
    *ret_us = total;
    return true;
}

static const char *format_below_second(uint64_t us, char text[DURATION_TEXT_MAX])
{
    if (us == 0)
        snprintf(text, DURATION_TEXT_MAX, "0s");
    else if (us < DURATION_MS)
        snprintf(text, DURATION_TEXT_MAX, "%" PRIu64 "us", us);
    else if (us % DURATION_MS)
        snprintf(text, DURATION_TEXT_MAX, "%" PRIu64 ".%03" PRIu64 "ms", us / DURATION_MS,
                 us % DURATION_MS);
    else
        snprintf(text, DURATION_TEXT_MAX, "%" PRIu64 "ms", us / DURATION_MS);
    return text;
}

/* By hand, as what follows: each event that is printed has its time. Returns the new length. */
static size_t put_number(char text[DURATION_TEXT_MAX], size_t used, uint64_t number)
{
    char digits[NUMBER_DIGITS_MAX];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    memcpy(text + used, digits + at, sizeof digits - at);
    return used + sizeof digits - at;
}

/* Appends "COUNTunit" if count is not 0; returns the new length. */
static size_t put(char text[DURATION_TEXT_MAX], size_t used, uint64_t count, char unit)
{
    if (count == 0)
        return used;
    used = put_number(text, used, count);
    text[used++] = unit;
    text[used] = '\0';
    return used;
}

static void put_seconds(char text[DURATION_TEXT_MAX], size_t used, uint64_t seconds,
                        uint64_t milliseconds)
{
    used = put_number(text, used, seconds);
    text[used++] = '.';
    text[used++] = (char)('0' + milliseconds / 100);
    text[used++] = (char)('0' + milliseconds / 10 % 10);
    text[used++] = (char)('0' + milliseconds % 10);
    text[used++] = 's';
    text[used] = '\0';
}

const char *duration_format(uint64_t us, char text[DURATION_TEXT_MAX])
{
    if (us < DURATION_S)
        return format_below_second(us, text);
    /* Up to two days hours are counted on: the field says "24 hours", not "1 day". */
    uint64_t days = us < 2 * DURATION_DAY ? 0 : us / DURATION_DAY;
    us -= days * DURATION_DAY;
    size_t used = put(text, 0, days, 'd');
    used = put(text, used, us / DURATION_H, 'h');
    used = put(text, used, us % DURATION_H / DURATION_M, 'm');
    uint64_t seconds = us % DURATION_M / DURATION_S;
    uint64_t milliseconds = us % DURATION_S / DURATION_MS;
    if (milliseconds)
        put_seconds(text, used, seconds, milliseconds);
    else
        put(text, used, seconds, 's');
    return text;
}

bool size_parse(const char *text, uint64_t *ret_bytes)
{
    static const char letters[] = "KMGT";
    char *end;
    unsigned shift = 0;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(letters, *end) : NULL;
    if (errno != 0 || (*end && (!unit || end[1])))
        return false;
    if (unit)
        shift = 10u * (unsigned)(unit - letters + 1);
    if (number > UINT64_MAX >> shift)
        return false;
    *ret_bytes = (uint64_t)number << shift;
    return true;
}
