/* SPDX-License-Identifier: MIT */
#include "fakes/phone/dhcp_client.h"
#include "fakes/phone/page.h"
#include "fakes/phone/variation.h"
#include "harness/base/testing.h"
#include <string.h>

void tests_fakes_phone_variation(void);

enum { DRAWS = 2000 };

static void same_seed_same_phone(void)
{
    struct phone_variation a, b, c;
    memset(&a, 0xff, sizeof a); /* what the draw leaves alone would show */
    memset(&b, 0, sizeof b);
    phone_variation_draw(9, &a);
    phone_variation_draw(9, &b);
    phone_variation_draw(10, &c);
    CU_ASSERT_EQUAL(a.seed, b.seed);
    CU_ASSERT_EQUAL(a.edos_wait_us, b.edos_wait_us);
    CU_ASSERT_EQUAL(memcmp(a.option_55_extra, b.option_55_extra, sizeof a.option_55_extra), 0);
    CU_ASSERT_EQUAL(a.option_55_order, b.option_55_order);
    CU_ASSERT_EQUAL(a.markup, b.markup);
    CU_ASSERT_NOT_EQUAL(a.seed, c.seed);
    CU_ASSERT_NOT_EQUAL(a.option_55_order, c.option_55_order);
}

/* Which of up to 64 values a dimension took. */
static void note(uint64_t *seen, unsigned value)
{
    CU_ASSERT_TRUE_FATAL(value < 64);
    *seen |= UINT64_C(1) << value;
}

static uint64_t first(unsigned count)
{
    return (UINT64_C(1) << count) - 1;
}

struct dimension { /* the values 0 … count-1, all of which have to come */
    unsigned value, count;
};

static void every_value_comes(void)
{
    uint64_t seen[32] = {0};
    size_t dimensions = 0;
    struct dimension all[32];
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        struct phone_variation v;
        phone_variation_draw(seed, &v);
        const struct dimension now[] = {
            {v.retry_jitter_permille, VARIATION_JITTER_PERMILLE_MAX + 1},
            {v.boot_seconds - VARIATION_BOOT_SECONDS_MIN,
             VARIATION_BOOT_SECONDS_MAX - VARIATION_BOOT_SECONDS_MIN + 1},
            {v.renew_percent - VARIATION_RENEW_PERCENT_MIN,
             VARIATION_RENEW_PERCENT_MAX - VARIATION_RENEW_PERCENT_MIN + 1},
            {(unsigned)(v.edos_wait_us * 20 / (VARIATION_EDOS_WAIT_US_MAX + 1)), 20},
            {v.broadcast_flag, 2},
            {v.client_id, CLIENT_ID_FORMS},
            {v.host_name, HOST_NAME_FORMS},
            {v.class_name, CLASS_FORMS},
            {v.vendor_option, 2},
            {v.discovers, VARIATION_LOST_DISCOVERS_MAX + 1},
            {v.retransmission_jitter, 2},
            {v.releases, 2},
            {v.remembers_address, 2},
            {v.arp_probe, 2},
            {v.announcements, VARIATION_ANNOUNCEMENTS_MAX + 1},
            {v.chatter, CHATTER_ALL + 1},
            {v.aaaa, AAAA_FORMS},
            {v.dns_id, DNS_ID_FORMS},
            {v.http_1_0, 2},
            {v.dns_answer_lost, 2},
            {v.tls_1_2, 2},
            {v.looks_first, 2},
            {v.connection, CONNECTION_FORMS},
            {(v.kept_seconds - VARIATION_KEPT_SECONDS_MIN) / 2,
             (VARIATION_KEPT_SECONDS_MAX - VARIATION_KEPT_SECONDS_MIN) / 2 + 1},
            {(unsigned)(v.header_order % 8), 8},
            {v.tftp, TFTP_FORMS},
            {v.headers_lower_case, 2},
            {v.header_set, VARIATION_HEADER_SETS},
            {v.psn, PSN_FORMS},
            {v.markup, MARKUPS},
            {v.wants_end, 2},
        };
        dimensions = sizeof now / sizeof now[0];
        memcpy(all, now, sizeof now);
        for (size_t i = 0; i < dimensions; i++)
            note(&seen[i], now[i].value);
    }
    for (size_t i = 0; i < dimensions; i++)
        CU_ASSERT_EQUAL(seen[i], first(all[i].count));
}

static void option_55_keeps_the_seven(void)
{
    static const uint8_t seven[] = {66, 160, 159, 150, 60, 43, 125};
    uint8_t plain[DHCP_CLIENT_OPTIONS_MAX], codes[DHCP_CLIENT_OPTIONS_MAX];
    size_t usual = dhcp_client_wanted(&phone_variation_plain, plain), other_orders = 0;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        struct phone_variation variation;
        phone_variation_draw(seed, &variation);
        size_t count = dhcp_client_wanted(&variation, codes);
        CU_ASSERT_TRUE_FATAL(count >= usual && count <= DHCP_CLIENT_OPTIONS_MAX);
        for (size_t i = 0; i < sizeof seven; i++)
            CU_ASSERT_PTR_NOT_NULL(memchr(codes, seven[i], count));
        for (size_t i = 0; i < count; i++)
            CU_ASSERT_PTR_NULL(memchr(codes + i + 1, codes[i], count - i - 1));
        other_orders += memcmp(codes, plain, usual) != 0;
    }
    CU_ASSERT_TRUE(other_orders > DRAWS / 2);
}

static void render(enum variation_markup markup, size_t most, struct buffer *buffer)
{
    const struct page_view view = {.status = {.model = phone_model_find("8841"),
                                              .serial = "FCH",
                                              .host_name = "SEP",
                                              .customization = "Open",
                                              .domain = "",
                                              .markup = markup}};
    buffer_init(buffer, most);
    page_render_status(&view, buffer);
    CU_ASSERT_FALSE(buffer->failed);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(buffer), "Open"));
}

static void markup_changes_words_only(void)
{
    struct buffer plain, varied;
    render(MARKUP_PLAIN, 8192, &plain);
    for (unsigned markup = 0; markup < MARKUPS; markup++) {
        render((enum variation_markup)markup, 8192, &varied);
        CU_ASSERT_EQUAL(strcmp(buffer_string(&varied), buffer_string(&plain)) == 0,
                        markup == MARKUP_PLAIN);
        buffer_done(&varied);
        render((enum variation_markup)markup, plain.length, &varied); /* no room: as it was */
        CU_ASSERT_STRING_EQUAL(buffer_string(&varied), buffer_string(&plain));
        buffer_done(&varied);
    }
    buffer_done(&plain);
}

void tests_fakes_phone_variation(void)
{
    TEST_SUITE("phone/variation", {"same seed, same phone", same_seed_same_phone},
               {"every value comes", every_value_comes},
               {"option 55 keeps the seven", option_55_keeps_the_seven},
               {"markup changes words only", markup_changes_words_only});
}
