/* SPDX-License-Identifier: MIT */
#include "fakes/phone/transfer_manners.h"

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

void transfer_manners(const struct phone_transfer *transfer, struct transfer_manners *ret_manners)
{
    const struct phone_variation *variation = transfer->variation;
    *ret_manners = (struct transfer_manners){.user_agent = transfer->user_agent};
    if (!variation)
        return;
    bool lower_case = variation->headers_lower_case;
    const struct header closes = {"Connection", "connection", "close"},
                        agent = {"User-Agent", "user-agent", transfer->user_agent};
    ret_manners->http_1_0 = variation->http_1_0;
    if (variation->asks_to_close)
        add(ret_manners, &closes, lower_case);
    add_set(ret_manners, variation->header_set, lower_case);
    if (lower_case && transfer->user_agent) {
        ret_manners->user_agent = NULL;
        add(ret_manners, &agent, lower_case);
    }
}
