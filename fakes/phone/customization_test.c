/* SPDX-License-Identifier: MIT */
/* The rules of the vendor's article, each played through in memory. */
#include "fakes/phone/customization_options_testing.h"
#include "fakes/phone/customization_scripts_testing.h"
#include "fakes/phone/phone_world.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <string.h>

void tests_fakes_phone_customization(void);

static void check_gaps(const struct world *world, const char *text)
{
    char seen[256] = "";
    for (size_t n = 1; n < world_requests(world, WORLD_EDOS); n++) {
        size_t length = strlen(seen);
        uint64_t gap_us = world_gap_us(world, WORLD_EDOS, n);
        CU_ASSERT_EQUAL(gap_us % DURATION_M, 0);
        snprintf(seen + length, sizeof seen - length, "%s%u", length ? " " : "",
                 (unsigned)(gap_us / DURATION_M));
    }
    CU_ASSERT_STRING_EQUAL(seen, text);
    if (strcmp(seen, text) != 0)
        fprintf(stderr, "gaps %s instead of %s\n", seen, text);
}

static void check_parameter(const struct world *world, const char *text)
{
    char seen[256];
    int name = (int)strcspn(text, "=");
    char key[64];
    snprintf(key, sizeof key, "%.*s", name, text);
    const char *value = phone_core_parameter(world->core, key);
    snprintf(seen, sizeof seen, "%s=%s", key, value ? value : "(none)");
    CU_ASSERT_STRING_EQUAL(seen, text);
}

static void check_text(const char *name, const char *what, const char *seen, const char *wanted)
{
    CU_ASSERT_STRING_EQUAL(seen, wanted);
    if (strcmp(seen, wanted) != 0)
        fprintf(stderr, "%s: %s is %s instead of %s\n", name, what, seen, wanted);
}

static void check_count(const struct world *world, const char *name, enum world_server server,
                        unsigned wanted)
{
    size_t seen = world_requests(world, server);
    CU_ASSERT_EQUAL(seen, wanted);
    if (seen != wanted)
        fprintf(stderr, "%s: at %us %zu requests to server %d instead of %u\n", name,
                (unsigned)(world->now_us / DURATION_S), seen, server, wanted);
}

/* True if the step was a check. */
static bool check(const struct world *world, const char *name, const struct scripted_step *step)
{
    switch (step->op) {
    case PATH:
        check_text(name, "path", world->path, step->text);
        return true;
    case ASKED_EDOS:
        check_count(world, name, WORLD_EDOS, step->number);
        return true;
    case ASKED_PROV:
        check_count(world, name, WORLD_PROVISION, step->number);
        return true;
    case ASKED_OTHER:
        check_count(world, name, WORLD_OTHER, step->number);
        return true;
    case LAST_URL:
        check_text(name, "URL",
                   world->request_count ? world->requests[world->request_count - 1].url : "",
                   step->text);
        return true;
    case GAPS:
        check_gaps(world, step->text);
        return true;
    case PARAMETER_IS:
        check_parameter(world, step->text);
        return true;
    case CANCELLED:
        CU_ASSERT_EQUAL(world->cancels, step->number);
        return true;
    default:
        return false;
    }
}

static void act(struct world *world, const struct scripted_step *step)
{
    switch (step->op) {
    case RESET:
        world_factory_reset(world);
        break;
    case REBOOT:
        world_reboot(world);
        break;
    case POWER_OFF:
    case POWER_ON:
        world_power(world, step->op == POWER_ON);
        break;
    case FORM:
        world_configure(world, step->text, "http://prov.invalid/form");
        return;
    case RESYNC:
        CU_ASSERT_EQUAL(phone_core_page_resync(world->core, world->now_us, step->text, NULL), 0);
        return;
    case PAGE_REBOOT:
        phone_core_page_reboot(world->core, world->now_us);
        return;
    case PAGE_RESET:
        phone_core_page_factory_reset(world->core, world->now_us);
        return;
    default:
        break;
    }
    world_run(world, step->number * DURATION_S);
}

static void change_world(struct world *world, const struct scripted_step *step)
{
    switch (step->op) {
    case EDOS:
        world->script[WORLD_EDOS] = step->text;
        break;
    case PROVISION:
        world->script[WORLD_PROVISION] = step->text;
        break;
    case OTHER:
        world->script[WORLD_OTHER] = step->text;
        break;
    case OPTION:
        world_option_text(world, (uint8_t)step->number, step->text);
        break;
    case NO_OPTIONS:
        world->option_count = 0;
        break;
    case DNS:
        world->dns = (enum world_dns)step->number;
        break;
    case DHCP:
        world->dhcp = (enum world_dhcp)step->number;
        break;
    case LEASE:
        world->lease_seconds = step->number;
        break;
    default:
        act(world, step);
        break;
    }
}

static void play(const struct scripted *scripted)
{
    struct phone_core_config config = world_config();
    config.readings = scripted->readings;
    struct world *world = world_new_with(&config);
    unsigned failures = CU_get_number_of_failures();
    for (size_t s = 0; s < STEPS_MAX && scripted->steps[s].op != END; s++)
        if (!check(world, scripted->name, &scripted->steps[s]))
            change_world(world, &scripted->steps[s]);
    if (CU_get_number_of_failures() > failures)
        fprintf(stderr, "in: %s\n", scripted->name);
    phone_world_free(world);
}

static void every_rule(void)
{
    for (size_t i = 0; i < sizeof state_scripts / sizeof state_scripts[0]; i++)
        play(&state_scripts[i]);
    for (size_t i = 0; i < sizeof option_scripts / sizeof option_scripts[0]; i++)
        play(&option_scripts[i]);
}

static void never_doubling_quirk(void)
{
    struct phone_core_config config = world_config();
    config.quirk = phone_quirk_find("retry-every-minute");
    CU_ASSERT_PTR_NOT_NULL_FATAL(config.quirk);
    struct world *world = world_new_with(&config);
    world->script[WORLD_EDOS] = "503";
    world_factory_reset(world);
    world_run(world, 4 * DURATION_M + 10 * DURATION_S);
    check_gaps(world, "1 1 1 1");
    CU_ASSERT_PTR_NULL(phone_quirk_find("no-such-quirk"));
    phone_world_free(world);
}

static void models_have_their_data(void)
{
    size_t count;
    const char *const *names = vendor_models(vendor_default(), &count);
    for (size_t i = 0; i < count; i++) {
        const struct phone_model *model = phone_model_find(names[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(model);
        CU_ASSERT_STRING_EQUAL(model->name, names[i]);
        CU_ASSERT_EQUAL(strncmp(model->product_name, "CP-", 3), 0);
        CU_ASSERT_STRING_EQUAL(model->product_name + 3, model->short_name);
        CU_ASSERT_EQUAL(strncmp(model->short_name, model->name, 4), 0);
        CU_ASSERT_EQUAL(model->family[0], model->name[0]);
    }
    CU_ASSERT_EQUAL(count, phone_model_data_count);
    CU_ASSERT_PTR_NULL(phone_model_find("9971"));
}

void tests_fakes_phone_customization(void)
{
    TEST_SUITE("phone/customization", {"every rule, every reading", every_rule},
               {"the quirk that never doubles", never_doubling_quirk},
               {"every model has its data", models_have_their_data});
}
