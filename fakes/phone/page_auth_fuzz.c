/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page_auth.h"
#include <stdlib.h>
#include <string.h>

int fuzz_fakes_phone_page_auth(const uint8_t *data, size_t size);
int fuzz_fakes_phone_page_auth(const uint8_t *data, size_t size)
{
    static const char *const schemes[] = {"", "Basic ", "Digest username=\"admin\","};
    struct page_auth auth;
    page_auth_init(&auth, "a password that random bytes do not guess", 1, 2);
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t before = strlen(schemes[i]);
        char *header = malloc(before + size + 1);
        if (!header)
            return 0;
        memcpy(header, schemes[i], before);
        memcpy(header + before, data, size);
        header[before + size] = '\0';
        enum http_login_result result = page_auth_check(&auth, header, "GET", "/");
        free(header);
        if (result == HTTP_LOGIN_GOOD)
            return 1;
    }
    return 0;
}
