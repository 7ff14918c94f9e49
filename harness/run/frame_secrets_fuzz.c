/* SPDX-License-Identifier: MIT */
/* Whatever frames say: none grows, none is read or written beyond its end, and no whole secret of a
 * payload comes through. */
#include "harness/run/frame_secrets.h"
#include "harness/wire/frame.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int fuzz_harness_run_frame_secrets(const uint8_t *data, size_t size);

#define PASSWORD "aab"
#define IN_QUERY "xpassword=" PASSWORD
enum { HEADERS = 54, PIECE_MAX = 64 };

static void look_at(struct frame_secrets *secrets, const uint8_t *frame, size_t size)
{
    struct frame seen;
    size_t length = size;
    const uint8_t *result = frame_secrets_hide(secrets, frame, &length);
    assert(length <= size);
    if (!frame_decode(result, length, &seen) || seen.kind != FRAME_TCP || seen.source != 0)
        return;
    assert(!memmem(seen.payload, seen.payload_length, IN_QUERY, strlen(IN_QUERY)));
}

/* A segment of the harness's (0.0.0.0) whose payload is made of pieces of the secret. */
static size_t build(const uint8_t *data, size_t size, uint8_t frame[HEADERS + PIECE_MAX])
{
    size_t used = size < PIECE_MAX ? size : PIECE_MAX;
    memset(frame, 0, HEADERS);
    frame[12] = 8;
    frame[14] = 0x45;
    frame[17] = (uint8_t)(HEADERS - 14 + used);
    frame[23] = 6;
    frame[41] = used ? data[0] % 16 : 0; /* sequence */
    frame[46] = 5 << 4;
    frame[47] = used && data[0] & 16 ? TCP_PSH : 0;
    for (size_t i = 0; i < used; i++)
        frame[HEADERS + i] = (uint8_t)IN_QUERY[data[i] % strlen(IN_QUERY)];
    if (used && data[0] & 32)
        memcpy(frame + HEADERS, IN_QUERY, used < strlen(IN_QUERY) ? used : strlen(IN_QUERY));
    return used;
}

int fuzz_harness_run_frame_secrets(const uint8_t *data, size_t size)
{
    struct frame_secrets *secrets = NULL;
    assert(frame_secrets_new(0, &secrets, NULL) == 0);
    assert(frame_secrets_add(secrets, "u", PASSWORD, NULL) == 0);
    uint8_t *copy = malloc(size + 1); /* of the exact size, for the sanitizer to see an end */
    assert(copy);
    memcpy(copy, data, size);
    look_at(secrets, copy, size);
    free(copy);
    while (size > 0) {
        uint8_t frame[HEADERS + PIECE_MAX];
        size_t used = build(data, size, frame);
        look_at(secrets, frame, HEADERS + used);
        data += used;
        size -= used;
    }
    frame_secrets_free(secrets);
    return 0;
}
