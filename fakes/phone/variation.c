/* SPDX-License-Identifier: MIT */
#include "fakes/phone/variation.h"
#include "harness/base/random.h"
#include <string.h>

enum { SLOW_BOOT_SECONDS = 25 };

/* What else phones like to know; none of the seven, none that changes what a lease is. */
static const uint8_t extra_options[] = {2, 4, 7, 12, 26, 28, 33, 44, 46, 69, 100, 101, 119, 120};

const struct phone_variation phone_variation_plain = {.boot_seconds = 5,
                                                      .renew_percent = 100,
                                                      .vendor_option = true,
                                                      .releases = true,
                                                      .remembers_address = true};

static bool coin(struct random_source *random)
{
    return random_below(random, 2) == 1;
}

static unsigned below(struct random_source *random, unsigned bound)
{
    return (unsigned)random_below(random, bound);
}

static unsigned between(struct random_source *random, unsigned first, unsigned last)
{
    return first + below(random, last - first + 1);
}

static void draw_extra_options(struct random_source *random,
                               uint8_t extra[VARIATION_EXTRA_OPTIONS_MAX])
{
    unsigned count = below(random, VARIATION_EXTRA_OPTIONS_MAX + 1);
    for (unsigned i = 0; i < count; i++) {
        uint8_t code = extra_options[below(random, sizeof extra_options)];
        if (!memchr(extra, code, i))
            extra[i] = code;
        else
            i--;
    }
}

static void draw_dhcp(struct random_source *random, struct phone_variation *variation)
{
    variation->option_55_order = random_u64(random);
    draw_extra_options(random, variation->option_55_extra);
    variation->broadcast_flag = coin(random);
    variation->client_id = (enum variation_client_id)below(random, CLIENT_ID_FORMS);
    variation->host_name = (enum variation_host_name)below(random, HOST_NAME_FORMS);
    variation->class_name = (enum variation_class)below(random, CLASS_FORMS);
    variation->vendor_option = coin(random);
    /* A slow boot and lost messages together would be a phone that is late for other reasons. */
    if (variation->boot_seconds <= SLOW_BOOT_SECONDS)
        variation->discovers = below(random, VARIATION_LOST_DISCOVERS_MAX + 1);
    variation->retransmission_jitter = coin(random);
    variation->releases = coin(random);
    variation->remembers_address = coin(random);
}

static void draw_http(struct random_source *random, struct phone_variation *variation)
{
    variation->http_1_0 = coin(random);
    variation->tls_1_2 = coin(random);
    variation->looks_first = coin(random);
    variation->connection = (enum variation_connection)below(random, CONNECTION_FORMS);
    variation->kept_seconds =
        between(random, VARIATION_KEPT_SECONDS_MIN, VARIATION_KEPT_SECONDS_MAX);
    variation->header_order = random_u64(random);
    variation->tftp = (enum variation_tftp)below(random, TFTP_FORMS);
    variation->headers_lower_case = coin(random);
    variation->header_set = below(random, VARIATION_HEADER_SETS);
    variation->agent = (enum variation_agent)below(random, AGENT_FORMS);
}

void phone_variation_draw(uint64_t seed, struct phone_variation *ret_variation)
{
    struct random_source random;
    struct phone_variation variation = {0};
    random_seed_named(&random, seed, "variation of a sound phone");
    variation.seed = random_u64(&random);
    variation.retry_jitter_permille = below(&random, VARIATION_JITTER_PERMILLE_MAX + 1);
    variation.boot_seconds =
        between(&random, VARIATION_BOOT_SECONDS_MIN, VARIATION_BOOT_SECONDS_MAX);
    variation.renew_percent =
        between(&random, VARIATION_RENEW_PERCENT_MIN, VARIATION_RENEW_PERCENT_MAX);
    variation.edos_wait_us = random_below(&random, VARIATION_EDOS_WAIT_US_MAX + 1);
    draw_dhcp(&random, &variation);
    variation.arp_probe = coin(&random);
    variation.announcements = below(&random, VARIATION_ANNOUNCEMENTS_MAX + 1);
    variation.chatter = below(&random, CHATTER_ALL + 1);
    variation.aaaa = (enum variation_aaaa)below(&random, AAAA_FORMS);
    variation.dns_id = (enum variation_dns_id)below(&random, DNS_ID_FORMS);
    variation.dns_answer_lost = coin(&random);
    draw_http(&random, &variation);
    variation.psn = (enum variation_psn)below(&random, PSN_FORMS);
    variation.markup = (enum variation_markup)below(&random, MARKUPS);
    /* What came to be drawn later is drawn last, so that the same seed is still the same phone. */
    variation.wants_end = coin(&random);
    variation.tftp_repeats = coin(&random);
    *ret_variation = variation;
}
