/* SPDX-License-Identifier: MIT */
#include "fakes/phone/transfer_manners.h"
#include "harness/base/random.h"

enum { LARGE_BLOCK_BYTES = 1428 }; /* a frame's worth */

struct header {
    const char *name, *lower_case, *value;
};

static void add(struct transfer_manners *manners, const struct header *header, bool lower_case)
{
    manners->headers[manners->header_count++] = (struct fetch_header){
        .name = lower_case ? header->lower_case : header->name, .value = header->value};
}

/* What phones say besides; it changes nothing for any server here. */
static void add_set(struct transfer_manners *manners, unsigned set, bool lower_case)
{
    static const struct header accept = {"Accept", "accept", "*/*"},
                               encoding = {"Accept-Encoding", "accept-encoding", "identity"},
                               language = {"Accept-Language", "accept-language", "en"},
                               cache = {"Cache-Control", "cache-control", "no-cache"};
    if (set == 1 || set == 3)
        add(manners, &accept, lower_case);
    if (set == 2)
        add(manners, &encoding, lower_case);
    if (set == 3) {
        add(manners, &language, lower_case);
        add(manners, &cache, lower_case);
    }
}

/* Fisher and Yates. */
static void shuffle(struct transfer_manners *manners, uint64_t order)
{
    struct random_source random;
    random_seed(&random, order);
    for (size_t i = manners->header_count; i > 1; i--) {
        size_t other = (size_t)random_below(&random, i);
        struct fetch_header header = manners->headers[i - 1];
        manners->headers[i - 1] = manners->headers[other];
        manners->headers[other] = header;
    }
}

static void vary_headers(const struct phone_variation *variation, const char *user_agent,
                         struct transfer_manners *manners)
{
    bool lower_case = variation->headers_lower_case;
    const struct header closes = {"Connection", "connection", "close"},
                        agent = {"User-Agent", "user-agent", user_agent};
    if (variation->connection == CONNECTION_ASKED_TO_CLOSE)
        add(manners, &closes, lower_case);
    add_set(manners, variation->header_set, lower_case);
    /* Where libcurl puts it, it stands first and in its usual case. */
    if (user_agent && (lower_case || variation->header_order % 2 == 1)) {
        manners->user_agent = NULL;
        add(manners, &agent, lower_case);
    }
    shuffle(manners, variation->header_order);
}

static void vary(const struct phone_variation *variation, const char *user_agent,
                 struct transfer_manners *manners)
{
    manners->http_1_0 = variation->http_1_0;
    manners->keeps_connection = variation->connection == CONNECTION_KEPT && !variation->http_1_0;
    manners->tls_1_2 = variation->tls_1_2;
    manners->tftp_plain = variation->tftp == TFTP_WITHOUT_OPTIONS;
    manners->tftp_block_bytes = variation->tftp == TFTP_LARGE_BLOCKS ? LARGE_BLOCK_BYTES : 0;
    vary_headers(variation, user_agent, manners);
}

static unsigned leniency(const struct phone_quirk *quirk)
{
    if (phone_quirk_is(quirk, QUIRK_TRUSTS_EXPIRED))
        return FETCH_ANY_DATE;
    if (phone_quirk_is(quirk, QUIRK_TRUSTS_ANOTHER_HOST))
        return FETCH_ANY_HOST;
    return phone_quirk_is(quirk, QUIRK_TRUSTS_UNKNOWN_AUTHORITY) ? FETCH_ANY_AUTHORITY : 0;
}

void transfer_manners(const struct phone_transfer *transfer, struct transfer_manners *ret_manners)
{
    *ret_manners = (struct transfer_manners){
        .user_agent = transfer->user_agent,
        .leniency = leniency(transfer->quirk),
        .anonymous = phone_quirk_is(transfer->quirk, QUIRK_SHOWS_NO_CERTIFICATE)};
    if (transfer->variation)
        vary(transfer->variation, transfer->user_agent, ret_manners);
}
