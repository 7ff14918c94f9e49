/* SPDX-License-Identifier: MIT */
#include "fakes/phone/phone_world_testing.h"
#include "fakes/phone/quirks.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dhcp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tests_fakes_phone_quirks(void);

enum { QUIRKS_WANTED = 64, DEFECTS_A_RULE = 2 };

/* --- the table -------------------------------------------------------------------------------- */
static void names_are_unique_and_found(void)
{
    CU_ASSERT_TRUE(phone_quirk_count >= QUIRKS_WANTED);
    for (size_t i = 0; i < phone_quirk_count; i++) {
        const struct phone_quirk *quirk = &phone_quirks[i];
        CU_ASSERT_TRUE(quirk->name[0] != '\0' && quirk->summary[0] != '\0');
        CU_ASSERT_EQUAL(strspn(quirk->name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                        strlen(quirk->name));
        CU_ASSERT_TRUE(quirk->changes[0].size > 0);
        CU_ASSERT_PTR_EQUAL(phone_quirk_find(quirk->name), quirk);
    }
    CU_ASSERT_PTR_NULL(phone_quirk_find("no-such-defect"));
    CU_ASSERT_PTR_NULL(phone_quirk_find(""));
}

static bool is_known(const char *rule)
{
    for (enum rule_id id = 0; id < RULE_COUNT; id++)
        if (strcmp(vendor_rule(vendor_default(), id)->id, rule) == 0)
            return true;
    return false;
}

/* Those that break this rule before any other. */
static size_t count_of_rule(const char *rule)
{
    size_t count = 0;
    for (size_t i = 0; i < phone_quirk_count; i++)
        count += strcmp(phone_quirks[i].rules[0], rule) == 0;
    return count;
}

static void every_rule_is_broken_twice(void)
{
    for (size_t i = 0; i < phone_quirk_count; i++) {
        CU_ASSERT_PTR_NOT_NULL(phone_quirks[i].rules[0]);
        CU_ASSERT_PTR_NULL(phone_quirks[i].rules[QUIRK_RULES_MAX]);
        for (size_t k = 0; k < QUIRK_RULES_MAX && phone_quirks[i].rules[k]; k++)
            CU_ASSERT_TRUE(is_known(phone_quirks[i].rules[k]));
    }
    for (enum rule_id id = 0; id < RULE_COUNT; id++)
        if (strncmp(vendor_rule(vendor_default(), id)->id, "RC-", 3) == 0 &&
            strcmp(vendor_rule(vendor_default(), id)->id, "RC-VIEW-1") != 0)
            CU_ASSERT_TRUE(count_of_rule(vendor_rule(vendor_default(), id)->id) >= DEFECTS_A_RULE);
}

/* --- what they do ----------------------------------------------------------------------------- */
/* A life is a world and what is done to the phone in it, a letter an act. */
struct life {
    const char *acts;
    const char *edos, *provision, *other;
    struct readings readings;
    uint8_t option; /* 0 = none */
    const char *value;
    const char *rule; /* preset Profile_Rule */
    unsigned lost_acks;
    bool twice;
    enum world_dhcp dhcp;
    enum world_dns dns;
    bool probes;
    unsigned services; /* enum services: those of its domain, for which it asks */
};

static const char own_rule[] = "http://other.test/own.xml";

static void act(struct world *world, char letter)
{
    switch (letter) {
    case 'R':
        world_factory_reset(world);
        break;
    case 'b':
        world_reboot(world);
        break;
    case 'p':
        world_power(world, false);
        world_run(world, DURATION_M);
        world_power(world, true);
        break;
    case 'u':
        world_cable(world, false);
        world_run(world, 20 * DURATION_S);
        world_cable(world, true);
        break;
    case '.':
        world_run(world, 20 * DURATION_S);
        break;
    case 'h':
        world_run(world, DURATION_H);
        break;
    case 'd':
        world_run(world, DURATION_DAY);
        break;
    case 'w':
        world_run(world, 8 * DURATION_DAY);
        break;
    case 'o':
        world_option_text(world, 66, own_rule);
        break;
    case 'O':
        world->option_count = 0;
        break;
    case 'f':
        world_configure(world, "Profile_Rule", own_rule);
        break;
    case 'x':
        world_configure(world, "Proxy_2_", "sip.test");
        break;
    case 'c':
        phone_core_arp_answer(world->core, world->now_us, world->address,
                              &(const struct mac){{2, 0, 0, 0, 0, 9}});
        world_settle(world);
        break;
    case 'r':
        world_rogue(world, DHCP_OFFER, own_rule);
        world_rogue(world, DHCP_ACK, own_rule);
        break;
    case 'n':
        world_configure(world, "Display_Name_1_", "Reception");
        break;
    case 's':
        CU_ASSERT_EQUAL(phone_core_page_resync(world->core, world->now_us, own_rule, NULL), 0);
        break;
    default:
        CU_FAIL("no such act");
    }
}

static const struct life lives[] = {
    /* what EDOS may say */
    {"RwwbdpdRhRh", .edos = "503"},
    {"RdbdpwR.b.", .edos = "503 hang garbage reset 500 404 refused truncated profile",
     .provision = "404 truncated garbage 503 hang config"},
    {"RhbhRh", .edos = "204 profile"},
    {"RhbhRh", .edos = "404 profile"},
    {"RhbhRh", .edos = "500 profile"},
    {"RhbhRh", .edos = "garbage profile"},
    {"RhbhRh", .edos = "truncated profile"},
    {"RhbhRh", .edos = "refused profile"},
    {"RhbhRh", .edos = "tls profile"},
    {"RhbhRh", .edos = "expired profile"},
    {"RhbhRh", .edos = "wrong-host profile"},
    {"RhbhRh", .edos = "untrusted profile"},
    {"RhbhRh", .edos = "certificate"},
    {"RhbhRh", .edos = "hang profile"},
    {"RhbhRh", .edos = "301=https://activate.cisco.com/x profile"},
    {"RhbhRh", .edos = "302=https://activate.cisco.com/x profile"},
    {"RhbhRh", .edos = "303=https://activate.cisco.com/x profile"},
    {"Rhdbhph", .edos = "empty"},
    {"Rhdbh", .edos = "503 503 empty profile"},
    {"RhbhRhRh", .edos = "empty", .provision = "config"},
    {"RhbhRh", .dns = WORLD_DNS_NXDOMAIN},
    {"Rhh", .dhcp = WORLD_DHCP_NEVER},
    {"Rhbhd", .edos = "503", .readings = {.pending_boot = PENDING_BOOT_WAIT_FIRST}},
    /* what the provisioning server may say */
    {"R.b.hhdR.h", .provision = "hang hang config"},
    {"Rhdbdp.", .provision = "503"},
    {"Rhd", .edos = "delay=10,20,30", .provision = "503"},
    {"RhRhRh", .provision = "503"},
    {"Rh", .provision = "404 config"},
    {"Rh", .provision = "tftp-error config"},
    {"Rh", .provision = "ahead config"},
    {"Rh", .provision = "other-port config"},
    {"Rh", .provision = "no-options config"},
    {"Rh", .provision = "garbage config"},
    {"Rh", .provision = "truncated config"},
    {"Rh", .provision = "refused config"},
    {"Rhhhh", .provision = "config 503"},
    {"Rh", .provision = "short config"},
    {"Rh", .provision = "chunks config"},
    {"Rh", .provision = "long config"},
    {"Rh", .provision = "drip config"},
    {"Rh", .provision = "gzip"},
    {"Rh", .edos = "bare", .provision = "encrypted",
     .rule = "[--key SecretPhrase1234] http://prov.test/a.xml"},
    {"Rh", .edos = "bare", .provision = "encrypted",
     .rule = "[--key Another] http://prov.test/a.xml"},
    {"Rh", .edos = "bare", .provision = "basic",
     .rule = "[--uid u --pwd p] http://prov.test/a.xml"},
    {"Rh", .edos = "bare", .provision = "digest",
     .rule = "[--uid u --pwd p] http://prov.test/a.xml"},
    {"Rh", .provision = "own"},
    {"Rh", .edos = "bare", .rule = "https://prov.test/$PSN.xml"},
    {"RwbhbhphbhRhRhRh", .edos = "profile"},
    /* the line */
    {"Rh", .lost_acks = 1},
    {"Rhh", .edos = "503", .twice = true},
    {"Rhuh.uh", .edos = "503"},
    {"R.uh", .edos = "hang"},
    {"Rhuh", .edos = "empty"},
    {"Rhuh", .edos = "profile"},
    {"R.uh", .provision = "hang 503"},
    {"Rhuhd", .provision = "503"},
    {"Rhuh", .option = 66, .value = own_rule},
    {"R.uh", .option = 66, .value = own_rule, .other = "hang"},
    /* options */
    {"RhbhphRhOb.Rh", .option = 66, .value = own_rule},
    {"Rh", .option = 160, .value = own_rule},
    {"Rh", .option = 159, .value = own_rule},
    {"Rh", .option = 60, .value = own_rule},
    {"Rh", .option = 43, .value = own_rule},
    {"Rh", .option = 150, .value = "\x0a\x01\x01\x01\x0a\x01\x01\x02", .other = "refused"},
    {"Rh", .option = 125, .value = "\x00\x00\x0d\xe9\x1b\x0b\x19http://other.test/own.xml"},
    {"Rh", .option = 159, .value = "HTTP://one.test;two.test", .other = "404"},
    {"Rh", .option = 160, .value = "http://one.test/", .other = "404"},
    {"Rhd", .option = 66, .value = own_rule, .other = "404"},
    {"Rhd", .option = 66, .value = own_rule, .other = "garbage"},
    {"Rhd", .option = 66, .value = own_rule, .other = "404",
     .readings = {.dhcp_abort = DHCP_ABORT_OFFERED}},
    {"Rh", .option = 160, .value = own_rule, .dhcp = WORLD_DHCP_TRUNCATED},
    {"Rh", .option = 160, .value = own_rule, .dhcp = WORLD_DHCP_BAD_LENGTH},
    {"Rh", .option = 160, .value = own_rule, .dhcp = WORLD_DHCP_OVERLOAD},
    {"Rhobhd", .edos = "503"},
    {"Rhobhd", .edos = "503", .readings = {.options_while_pending = OPTIONS_WHILE_PENDING_IGNORE}},
    {"R.ch", .edos = "503", .probes = true},
    {"Rhrhbhrh", .edos = "503"},
    /* SRV records */
    {"Rhd", .services = SERVICES_SOUND},
    {"Rhd", .services = SERVICE_HTTP},
    {"Rhd", .services = SERVICE_HTTPS, .other = "404"},
    {"Rhd", .services = SERVICE_HTTP, .other = "refused"},
    {"Rhd", .services = SERVICES_SOUND, .readings = {.srv_abort = SRV_ABORT_IGNORE}},
    /* somebody else's configuration */
    {"Rhfhd", .edos = "503"},
    {"Rhxhd", .edos = "503"},
    {"Rhshd", .edos = "503"},
    {"Rhnhd", .edos = "503"},
    {"Rhfhd", .provision = "503"},
    {"Rhxhd", .provision = "503"},
    {"Rhshd", .provision = "503", .other = "own"},
};
enum { LIVES = sizeof lives / sizeof lives[0] };

static struct world *live(const struct life *life, const struct phone_quirk *quirk,
                          const struct phone_variation *variation)
{
    struct phone_core_config config = world_config();
    struct parameter preset = {.name = "Profile_Rule", .value = life->rule};
    config.readings = life->readings;
    config.quirk = quirk;
    struct phone_variation probing = variation ? *variation : phone_variation_plain;
    probing.arp_probe = true;
    config.variation = life->probes ? &probing : variation;
    config.parameters = &preset;
    config.parameter_count = life->rule ? 1 : 0;
    config.asks_services = life->services != 0;
    struct world *world = world_new_with(&config);
    world->services = life->services;
    if (life->services)
        world_option_text(world, DHCP_OPTION_DOMAIN_NAME, "dom.test");
    world->lease_seconds = 3000; /* so that an hour renews it */
    world->dhcp = life->dhcp;
    world->dns = life->dns;
    world->lost_acks = life->lost_acks;
    world->twice = life->twice;
    if (life->edos)
        world->script[WORLD_EDOS] = life->edos;
    if (life->provision)
        world->script[WORLD_PROVISION] = life->provision;
    world->script[WORLD_OTHER] = life->other ? life->other : "own";
    if (life->option == 125 || life->option == 150)
        world_option(world, life->option, life->value,
                     life->option == 150 ? 8 : 4 + 1 + (size_t)life->value[4]);
    else if (life->option)
        world_option_text(world, life->option, life->value);
    for (const char *letter = life->acts; *letter; letter++)
        act(world, *letter);
    return world;
}

/* The logs of sound phones, made once. */
static const char *sound_log(size_t life)
{
    static struct world *worlds[LIVES];
    if (life == LIVES) {
        for (size_t i = 0; i < LIVES; i++) {
            if (worlds[i])
                phone_world_free(worlds[i]);
            worlds[i] = NULL;
        }
        return NULL;
    }
    if (!worlds[life])
        worlds[life] = live(&lives[life], NULL, NULL);
    CU_ASSERT_FALSE(worlds[life]->log.failed);
    return buffer_string(&worlds[life]->log);
}

static bool shows_in(const struct phone_quirk *quirk, size_t life)
{
    struct world *world = live(&lives[life], quirk, NULL);
    bool differs = strcmp(buffer_string(&world->log), sound_log(life)) != 0;
    phone_world_free(world);
    return differs;
}

static void each_quirk_changes_what_a_phone_does(void)
{
    for (size_t i = 0; i < phone_quirk_count; i++) {
        size_t shown = 0;
        for (size_t life = 0; life < LIVES && shown == 0; life++)
            shown += shows_in(&phone_quirks[i], life);
        if (shown == 0)
            fprintf(stderr, "nothing shows the quirk %s\n", phone_quirks[i].name);
        CU_ASSERT_TRUE(shown > 0);
    }
    sound_log(LIVES);
}

/* Every sound phone goes the same way through the states. */
static void variations_take_the_same_path(void)
{
    enum { DRAWS = 4 };
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        struct phone_variation variation;
        phone_variation_draw(seed, &variation);
        for (size_t life = 0; life < LIVES; life++) {
            if (strpbrk(lives[life].acts, "."))
                continue; /* cuts into what takes its time */
            struct world *sound = live(&lives[life], NULL, NULL);
            struct world *varied = live(&lives[life], NULL, &variation);
            CU_ASSERT_STRING_EQUAL(sound->path, varied->path);
            phone_world_free(sound);
            phone_world_free(varied);
        }
    }
}

void tests_fakes_phone_quirks(void)
{
    TEST_SUITE("phone/quirks", {"names are unique and found", names_are_unique_and_found},
               {"every rule is broken twice", every_rule_is_broken_twice},
               {"each quirk changes what a phone does", each_quirk_changes_what_a_phone_does},
               {"every sound phone takes the same path", variations_take_the_same_path});
}
