/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page_form.h"
#include <stdlib.h>
#include <string.h>

int fuzz_fakes_phone_page_form(const uint8_t *data, size_t size);
int fuzz_fakes_phone_page_form(const uint8_t *data, size_t size)
{
    struct parameters fields;
    struct page_target target;
    page_form_parse(data, size, &fields, NULL);
    for (size_t i = 0; i < fields.count; i++) {
        if (strlen(fields.entries[i].value) >= PARAMETER_VALUE_MAX)
            return 1;
    }
    parameters_done(&fields);
    char *text = malloc(size + 2);
    if (!text)
        return 0;
    text[0] = '/';
    memcpy(text + 1, data, size);
    text[size + 1] = '\0';
    bool good = page_target_parse(text, &target);
    free(text);
    return good && target.path[0] != '/' ? 1 : 0;
}
