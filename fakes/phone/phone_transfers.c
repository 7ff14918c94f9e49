/* SPDX-License-Identifier: MIT */
#include "fakes/phone/phone_transfers.h"
#include "fakes/phone/phone_url.h"
#include "fakes/phone/policy.h"
#include "harness/base/duration.h"
#include "harness/base/random.h"
#include "harness/loop/fetch.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    URL_BYTES_MAX = 4 * PHONE_URL_MAX,
    CERTIFICATE_PATH_MAX = 40,
    HEADERS_MAX = 6,
    LARGE_BLOCK_BYTES = 1428, /* of TFTP: a frame's worth */
};
#define TFTP_REPEAT_US (5 * DURATION_S)

struct transfer_slot {
    struct phone_transfers *transfers;
    unsigned id;         /* 0 = free */
    struct fetch *fetch; /* NULL: it could not be started, the timer tells */
    struct loop_timer timer;
    char failure[PHONE_LOG_MAX];
};
struct phone_transfers {
    struct loop *loop;
    struct fetcher *fetcher; /* owned */
    const char *ca_file;
    char certificate_file[CERTIFICATE_PATH_MAX]; /* "" = none */
    uint64_t kept_us; /* how long the connection of the latest transfer is kept; 0 = not */
    struct loop_timer kept_timer;
    transfer_progress_fn *progress;
    transfer_ended_fn *ended;
    void *context;
    struct transfer_slot slots[PHONE_TRANSFERS_MAX];
};

int phone_transfers_new(struct loop *loop, int netns_fd, const char *ca_file, int certificate_fd,
                        transfer_progress_fn *progress, transfer_ended_fn *ended, void *context,
                        struct phone_transfers **ret_transfers, struct error *error)
{
    struct phone_transfers *transfers = calloc(1, sizeof *transfers);
    if (!transfers)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *transfers = (struct phone_transfers){
        .loop = loop, .ca_file = ca_file, .progress = progress, .ended = ended, .context = context};
    if (certificate_fd >= 0) /* opened anew by this name, it is read from its beginning */
        snprintf(transfers->certificate_file, sizeof transfers->certificate_file,
                 "/proc/self/fd/%d", certificate_fd);
    int result = fetcher_new(loop, netns_fd, &transfers->fetcher, error);
    if (result < 0) {
        free(transfers);
        return result;
    }
    for (size_t i = 0; i < PHONE_TRANSFERS_MAX; i++)
        transfers->slots[i].transfers = transfers;
    *ret_transfers = transfers;
    return 0;
}

void phone_transfers_free(struct phone_transfers *transfers)
{
    if (!transfers)
        return;
    for (size_t i = 0; i < PHONE_TRANSFERS_MAX; i++)
        loop_timer_cancel(&transfers->slots[i].timer);
    loop_timer_cancel(&transfers->kept_timer);
    fetcher_free(transfers->fetcher);
    free(transfers);
}

static struct transfer_slot *find_slot(struct phone_transfers *transfers, unsigned id)
{
    for (size_t i = 0; i < PHONE_TRANSFERS_MAX; i++) {
        if (transfers->slots[i].id == id)
            return &transfers->slots[i];
    }
    return NULL;
}

/* --- the end ---------------------------------------------------------------------------------- */

void phone_transfers_disconnect(struct phone_transfers *transfers, bool cut)
{
    struct error error;
    loop_timer_cancel(&transfers->kept_timer);
    if (!fetcher_is_idle(transfers->fetcher))
        return;
    int result = fetcher_disconnect(transfers->fetcher, cut, &error);
    if (result < 0)
        loop_fail(transfers->loop, result, &error);
}

static void kept_long_enough(void *context)
{
    phone_transfers_disconnect(context, false);
}

static void fetched(void *context, const struct fetch_result *result)
{
    struct transfer_slot *slot = context;
    unsigned id = slot->id;
    slot->id = 0;
    slot->fetch = NULL;
    if (slot->transfers->kept_us > 0)
        loop_timer_set(slot->transfers->loop, &slot->transfers->kept_timer,
                       loop_now_us(slot->transfers->loop) + slot->transfers->kept_us,
                       kept_long_enough, slot->transfers);
    slot->transfers->ended(slot->transfers->context, id, result);
}

static void came(void *context)
{
    const struct transfer_slot *slot = context;
    slot->transfers->progress(slot->transfers->context, slot->id);
}

static void not_started(void *context)
{
    struct transfer_slot *slot = context;
    unsigned id = slot->id;
    slot->id = 0;
    slot->transfers->ended(slot->transfers->context, id,
                           &(const struct fetch_result){.outcome = FETCH_OTHER,
                                                        .text = slot->failure,
                                                        .location = "",
                                                        .content_type = "",
                                                        .body = (const uint8_t *)""});
}

/* --- the start -------------------------------------------------------------------------------- */

static void escape(struct buffer *url, const char *text, const char *allowed)
{
    for (; *text != '\0'; text++) {
        if (strchr(allowed, *text))
            buffer_u8(url, (uint8_t)*text);
        else
            buffer_format(url, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

void transfer_url(const struct phone_url *url, struct buffer *text)
{
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    /* A path of HTTP goes out as it is, escapes included; the name of a TFTP file is plain bytes,
     * which loop/fetch gets by unescaping. */
    bool tftp = strcasecmp(url->scheme, "tftp") == 0;
    buffer_format(text, "%s://%s:%u", url->scheme, url->host, (unsigned)url->port);
    if (url->path[0] != '/')
        buffer_text(text, "/");
    escape(text, url->path, tftp ? UNRESERVED "/" : UNRESERVED "/%?#[]@!$&'()*+,;=:{}|^`\\\"");
#undef UNRESERVED
}

/* --- how it asks --- */
struct request_headers {    /* what it says besides libcurl's own */
    const char *user_agent; /* NULL: it is in the list */
    struct fetch_header list[HEADERS_MAX];
    size_t count;
};

static void add(struct request_headers *headers, const char *name, const char *value)
{
    headers->list[headers->count++] = (struct fetch_header){.name = name, .value = value};
}

static void choose_headers(const struct phone_variation *variation, const char *user_agent,
                           struct request_headers *headers)
{
    /* What phones say besides; it changes nothing for any server here. By set of headers, a bit
     * each, and by spelling. */
    static const struct {
        unsigned sets;
        const char *names[2], *value;
    } others[] = {
        {1 << 1 | 1 << 3, {"Accept", "accept"}, "*/*"},
        {1 << 2, {"Accept-Encoding", "accept-encoding"}, "identity"},
        {1 << 3, {"Accept-Encoding", "accept-encoding"}, "gzip"},
        {1 << 3, {"Accept-Language", "accept-language"}, "en"},
        {1 << 3, {"Cache-Control", "cache-control"}, "no-cache"},
    };
    struct random_source random;
    bool lower_case = variation->headers_lower_case;
    headers->user_agent = user_agent;
    headers->count = 0;
    if (variation->connection == CONNECTION_ASKED_TO_CLOSE)
        add(headers, lower_case ? "connection" : "Connection", "close");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].sets >> variation->header_set & 1)
            add(headers, others[i].names[lower_case], others[i].value);
    /* Where libcurl puts it, it stands first and in its usual case. */
    if (user_agent && (lower_case || variation->header_order % 2 == 1)) {
        headers->user_agent = NULL;
        add(headers, lower_case ? "user-agent" : "User-Agent", user_agent);
    }
    random_seed(&random, variation->header_order);
    random_shuffle(&random, headers->list, headers->count, sizeof headers->list[0]);
}

static int start(struct transfer_slot *slot, const struct phone_transfer *transfer,
                 uint32_t own_address, struct error *error)
{
    struct buffer url;
    struct request_headers headers;
    struct phone_transfers *transfers = slot->transfers;
    const struct phone_policy *policy = transfer->policy;
    const struct phone_variation *variation = &policy->variation;
    bool keeps = variation->connection == CONNECTION_KEPT && !variation->http_1_0;
    bool shows = transfers->certificate_file[0] != '\0' && !policy->hides_certificate;
    transfers->kept_us = keeps ? variation->kept_seconds * DURATION_S : 0;
    loop_timer_cancel(&transfers->kept_timer);
    choose_headers(variation, transfer->user_agent, &headers);
    buffer_init(&url, URL_BYTES_MAX);
    transfer_url(transfer->url, &url);
    bool logs_in = transfer->user && transfer->user[0] != '\0' && !policy->hides_login;
    const struct fetch_request request = {
        .url = buffer_string(&url),
        .user = logs_in ? transfer->user : NULL,
        .password = logs_in ? transfer->password : NULL,
        .login_basic_only = policy->login_basic_only,
        .method = transfer->look ? "HEAD" : NULL,
        .leniency = policy->trusts,
        .certificate_file = shows ? transfers->certificate_file : NULL,
        .tls_1_2 = variation->tls_1_2,
        .reuse_connection = keeps,
        .tftp_plain = variation->tftp == TFTP_WITHOUT_OPTIONS,
        .tftp_block_bytes = variation->tftp == TFTP_LARGE_BLOCKS ? LARGE_BLOCK_BYTES : 0,
        .tftp_repeat_us = variation->tftp_repeats ? TFTP_REPEAT_US : 0,
        .tftp_flaws = policy->tftp_flaws,
        .user_agent = headers.user_agent,
        .headers = headers.list,
        .header_count = headers.count,
        .http_1_0 = variation->http_1_0,
        .address = transfer->address,
        .local_address = own_address,
        .ca_file = transfers->ca_file,
        .body_bytes_max = PHONE_TRANSFER_BYTES_MAX,
        .head_bytes_max = PHONE_HEAD_BYTES_MAX,
        .progress = policy->patience_renewed ? came : NULL,
    };
    int result =
        url.failed ? error_set(error, ERROR_LIMIT, "the URL is too long")
                   : fetch_start(transfers->fetcher, &request, fetched, slot, &slot->fetch, error);
    buffer_done(&url);
    return result;
}

void phone_transfers_start(struct phone_transfers *transfers, unsigned id,
                           const struct phone_transfer *transfer, uint32_t own_address)
{
    struct transfer_slot *slot = find_slot(transfers, 0);
    struct error error;
    assert(slot); /* the core's own bound is the same */
    slot->id = id;
    slot->fetch = NULL;
    if (start(slot, transfer, own_address, &error) == 0)
        return;
    snprintf(slot->failure, sizeof slot->failure, "%.*s", (int)sizeof slot->failure - 1,
             error.text);
    loop_timer_set(transfers->loop, &slot->timer, loop_now_us(transfers->loop), not_started, slot);
}

void phone_transfers_cancel(struct phone_transfers *transfers, unsigned id, bool cut)
{
    struct transfer_slot *slot = id != 0 ? find_slot(transfers, id) : NULL;
    if (!slot)
        return;
    loop_timer_cancel(&slot->timer);
    if (slot->fetch && cut)
        fetch_cut(slot->fetch);
    else
        fetch_cancel(slot->fetch);
    slot->fetch = NULL;
    slot->id = 0;
}
