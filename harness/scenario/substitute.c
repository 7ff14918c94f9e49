/* SPDX-License-Identifier: MIT */
#include "harness/scenario/load.h"
#include <string.h>

/* The name that `text` ("${name}…") begins with; SUBSTITUTE_COUNT if it is none of ours. */
static size_t name_at(const char *text, size_t *ret_length)
{
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++) {
        size_t length = strlen(substitution_names[i]);
        if (strncmp(text + 2, substitution_names[i], length) == 0 && text[2 + length] == '}') {
            *ret_length = length + 3;
            return i;
        }
    }
    return SUBSTITUTE_COUNT;
}

void scenario_substitute(const char *text, const char *const values[SUBSTITUTE_COUNT],
                         struct buffer *buffer)
{
    for (;;) {
        const char *dollar = strstr(text, "${");
        if (!dollar)
            break;
        buffer_append(buffer, text, (size_t)(dollar - text));
        size_t length = 2;
        size_t name = name_at(dollar, &length);
        if (name < SUBSTITUTE_COUNT && values[name])
            buffer_text(buffer, values[name]);
        else
            buffer_append(buffer, dollar, length);
        text = dollar + length;
    }
    buffer_text(buffer, text);
}
