/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page.h"
#include <stdlib.h>
#include <string.h>

/* The target is what comes before the first zero byte, the rest is the form. */
int fuzz_fakes_phone_page(const uint8_t *data, size_t size);
int fuzz_fakes_phone_page(const uint8_t *data, size_t size)
{
    static const struct page_auth everybody = {.password = ""};
    struct parameters parameters = {0};
    struct page_view view = {.status = {.model = &phone_model_data[0],
                                        .serial = "",
                                        .host_name = "",
                                        .customization = "Open",
                                        .domain = ""},
                             .parameters = &parameters};
    char *target = malloc(size + 2);
    if (!target)
        return 0;
    target[0] = '/';
    memcpy(target + 1, data, size);
    target[size + 1] = '\0';
    size_t used = strlen(target) - 1;
    size_t rest = used < size ? used + 1 : size;
    struct page_answer answer;
    int result = 0;
    for (int post = 0; post < 2 && result == 0; post++) {
        page_answer_init(
            &answer, &everybody, &view,
            &(const struct page_request){.method = post ? "POST" : "GET",
                                         .target = post && size % 2 ? "/admin/bcisco.csc" : target,
                                         .body = data + rest,
                                         .body_length = size - rest});
        result = answer.status < 200 || answer.body.length == 0;
        page_answer_done(&answer);
    }
    free(target);
    return result;
}
