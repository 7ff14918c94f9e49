/* SPDX-License-Identifier: MIT */
/* Every vendor's data by every accessor: whole, without two of a name, within what is possible. */
#include "harness/base/testing.h"
#include "harness/vendor/vendor.h"
#include <string.h>

enum { OPTION_CODE_MAX = 254, TABLE_MAX = 64 };

/* --- all of them --- */

static bool is_word(const char *text)
{
    return text && *text && !strpbrk(text, "\n\t");
}

static void check_unique(const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_TRUE(is_word(words[i]));
        for (size_t k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(words[i], words[k]);
    }
}

static void check_rules(const struct vendor *vendor)
{
    size_t found = 0;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const struct vendor_rule *rule = vendor_rule(vendor, (enum rule_id)i);
        enum rule_id again = RULE_COUNT;
        CU_ASSERT_EQUAL(rule->id != NULL, rule->summary != NULL);
        if (!rule->id)
            continue;
        CU_ASSERT_TRUE(vendor_rule_find(vendor, rule->id, &again));
        CU_ASSERT_EQUAL(again, i); /* so no two are the same */
        size_t length = strlen(rule->summary);
        CU_ASSERT_TRUE(length > 20 && rule->summary[length - 1] == '.');
        found++;
    }
    CU_ASSERT_TRUE(found > 0);
}

static void check_state(const struct vendor *vendor, enum customization_state state)
{
    enum customization_state again = STATE_UNKNOWN;
    enum rule_id rule = RULE_COUNT;
    bool has = vendor_state_name(vendor, state) != NULL, leads = false;
    bool terminal = vendor_state_is_terminal(vendor, state, &rule);
    for (size_t to = STATE_OPEN; to < STATE_COUNT; to++) {
        bool follows = vendor_state_follows(vendor, state, (enum customization_state)to, false);
        /* Nothing comes after, or before, a state that there is not. */
        CU_ASSERT_TRUE(!follows || (has && vendor->state_names[to]));
        CU_ASSERT_TRUE(!follows ||
                       vendor_state_follows(vendor, state, (enum customization_state)to, true));
        leads |= follows;
    }
    CU_ASSERT_EQUAL(leads, has && !terminal);
    if (terminal)
        CU_ASSERT_PTR_NOT_NULL(vendor_rule(vendor, rule)->id);
    if (!has || state == STATE_UNKNOWN)
        return;
    CU_ASSERT_TRUE(vendor_state_find(vendor, vendor_state_name(vendor, state), &again));
    CU_ASSERT_EQUAL(again, state);
}

static void check_readings(const struct vendor *vendor)
{
    const char *names[READING_COUNT];
    for (size_t i = 0; i < READING_COUNT; i++) {
        const struct vendor_reading *reading = &vendor->readings[i];
        names[i] = reading->name;
        check_unique(reading->values, READING_VALUES);
    }
    check_unique(names, READING_COUNT);
}

static void check_options(const struct vendor *vendor)
{
    const struct vendor_option *options = vendor->options;
    size_t count = vendor->option_count;
    CU_ASSERT_TRUE(count > 0 && count < TABLE_MAX);
    for (size_t i = 0; i < count; i++) {
        char number[8];
        CU_ASSERT_TRUE(options[i].code >= 1 && options[i].code <= OPTION_CODE_MAX);
        snprintf(number, sizeof number, "%u", options[i].code);
        CU_ASSERT_STRING_EQUAL(options[i].number, number);
        CU_ASSERT_TRUE(is_word(options[i].name));
        CU_ASSERT_PTR_EQUAL(vendor_option_find(vendor, options[i].code), &options[i]);
    }
    CU_ASSERT_PTR_NULL(vendor_option_find(vendor, 0));
    CU_ASSERT_PTR_NULL(vendor_option_find(vendor, OPTION_CODE_MAX + 1));
}

static void check_parameters(const struct vendor *vendor)
{
    const char *names[TABLE_MAX];
    const struct vendor_parameter *parameters = vendor->parameters;
    size_t count = vendor->parameter_count, aborting = 0;
    CU_ASSERT_FATAL(count > 0 && count < TABLE_MAX);
    for (size_t i = 0; i < count; i++) {
        names[i] = parameters[i].name;
        CU_ASSERT_TRUE(parameters[i].roles != VENDOR_PARAMETER_PLAIN);
        aborting += (parameters[i].roles & VENDOR_PARAMETER_ABORTS) != 0;
        if (strchr(names[i], '#'))
            continue;
        CU_ASSERT_PTR_EQUAL(vendor_parameter_find(vendor, names[i]), &parameters[i]);
        CU_ASSERT_EQUAL(vendor_parameter_aborts(vendor, names[i]),
                        (parameters[i].roles & VENDOR_PARAMETER_ABORTS) != 0);
    }
    check_unique(names, count);
    CU_ASSERT_TRUE(aborting > 0);
    CU_ASSERT_PTR_NOT_NULL(vendor_parameter_of(vendor, VENDOR_PARAMETER_REDIRECTS));
    CU_ASSERT_FALSE(vendor_parameter_aborts(vendor, ""));
}

static void check_settings(const struct vendor_setting *settings, size_t count)
{
    const char *names[TABLE_MAX];
    CU_ASSERT_FATAL(count > 0 && count < TABLE_MAX);
    for (size_t i = 0; i < count; i++) {
        names[i] = settings[i].name;
        CU_ASSERT_PTR_NOT_NULL(settings[i].value);
    }
    check_unique(names, count);
}

static bool is_path(const char *text)
{
    return is_word(text) && text[0] == '/' && !strpbrk(text, " ?");
}

/* What its redirect service tells a phone is where to go on. */
static bool redirects(const struct vendor *vendor)
{
    const struct vendor_setting *profile = vendor->profile;
    size_t count = vendor->profile_count;
    for (size_t i = 0; i < count; i++) {
        const struct vendor_parameter *parameter = vendor_parameter_find(vendor, profile[i].name);
        if (parameter && (parameter->roles & VENDOR_PARAMETER_REDIRECTS))
            return true;
    }
    return false;
}

static void check_places(const struct vendor *vendor)
{
    const char *const *files = vendor->files;
    size_t count = vendor->file_count;
    const char *host = vendor->hosts[0].name;
    const struct vendor_page *page = &vendor->page;
    const char *const paths[] = {page->status, page->reset, page->reboot, page->configure,
                                 page->resync};
    check_unique(files, count);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_TRUE(is_path(files[i]));
    CU_ASSERT_TRUE(is_word(host));
    CU_ASSERT_TRUE(vendor_is_redirect_host(vendor, host));
    for (size_t i = 0; i < vendor->host_count; i++) {
        CU_ASSERT_TRUE(vendor_is_redirect_host(vendor, vendor->hosts[i].name));
        CU_ASSERT_EQUAL(vendor->hosts[i].since == NULL, i + 1 == vendor->host_count);
    }
    CU_ASSERT_FALSE(vendor_is_redirect_host(vendor, "provision.example.net"));
    CU_ASSERT_TRUE(is_path(vendor->redirect_path));
    const char *path = vendor->redirect_path, *target = vendor->redirect_target;
    CU_ASSERT_EQUAL(strncmp(target, path, strlen(path)), 0);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        CU_ASSERT_TRUE(!paths[i] || is_path(paths[i]));
    CU_ASSERT_EQUAL(page->status != NULL, page->state_label != NULL);
    CU_ASSERT_TRUE(is_word(vendor->identity.class_form));
    CU_ASSERT_TRUE(is_word(vendor->identity.user_agent));
}

static void check_models(const struct vendor *vendor)
{
    const char *const *models = vendor->models;
    size_t count = vendor->model_count, usual = 0;
    CU_ASSERT_TRUE(count > 0);
    check_unique(models, count);
    for (size_t i = 0; i < count; i++)
        usual += strcmp(models[i], vendor->usual_model) == 0;
    CU_ASSERT_EQUAL(usual, 1);
}

static void every_vendor_is_whole(void)
{
    const char *names[TABLE_MAX];
    static const struct vendor *const all[] = {&vendor_cisco, &vendor_yealink};
    size_t vendors = 0;
    for (; vendors < sizeof all / sizeof all[0]; vendors++) {
        const struct vendor *vendor = all[vendors];
        names[vendors] = vendor->name;
        check_rules(vendor);
        for (size_t i = 0; i < STATE_COUNT; i++)
            check_state(vendor, (enum customization_state)i);
        check_readings(vendor);
        check_models(vendor);
        check_options(vendor);
        check_parameters(vendor);
        check_settings(vendor->profile, vendor->profile_count);
        check_settings(vendor->config, vendor->config_count);
        CU_ASSERT_TRUE(redirects(vendor));
        check_places(vendor);
    }
    check_unique(names, vendors);
    CU_ASSERT_PTR_EQUAL(vendor_default(), &vendor_cisco);
}

/* --- what they say --- */

static void rule_ids_sit_at_their_names(void)
{
    static const struct {
        enum rule_id rule;
        const char *id;
    } cases[] = {
        {RULE_PRE_4, "RC-PRE-4"},   {RULE_OPEN_2, "RC-OPEN-2"}, {RULE_PEND_6, "RC-PEND-6"},
        {RULE_CUST_3, "RC-CUST-3"}, {RULE_END_4, "RC-END-4"},   {RULE_VIEW_2, "RC-VIEW-2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_STRING_EQUAL(vendor_rule(vendor_default(), cases[i].rule)->id, cases[i].id);
    for (size_t i = 0; i < RULE_COUNT; i++)
        CU_ASSERT_EQUAL(strncmp(vendor_rule(vendor_default(), (enum rule_id)i)->id, "RC-", 3), 0);
}

static void unknown_names_leave_the_result_alone(void)
{
    enum rule_id rule = RULE_END_1;
    CU_ASSERT_FALSE(vendor_rule_find(vendor_default(), "RC-PEND-7", &rule));
    CU_ASSERT_FALSE(vendor_rule_find(vendor_default(), "rc-pend-1", &rule));
    CU_ASSERT_FALSE(vendor_rule_find(vendor_default(), "", &rule));
    CU_ASSERT_FALSE(vendor_state_is_terminal(vendor_default(), STATE_PENDING, &rule));
    CU_ASSERT_EQUAL(rule, RULE_END_1);
    enum customization_state state = STATE_ABORTED;
    CU_ASSERT_FALSE(vendor_state_find(vendor_default(), "unknown", &state));
    CU_ASSERT_FALSE(vendor_state_find(vendor_default(), "open", &state));
    CU_ASSERT_EQUAL(state, STATE_ABORTED);
}

static void states_lead_where_the_rules_say(void)
{
    static const char *const ways[] = {
        "Open Pending",           "Open Aborted",    "Pending Custom-Pending",
        "Pending Unavailable",    "Pending Aborted", "Custom-Pending Acquired",
        "Custom-Pending Aborted",
    };
    const struct vendor *vendor = vendor_default();
    size_t found = 0;
    for (size_t from = STATE_OPEN; from < STATE_COUNT; from++) {
        for (size_t to = STATE_OPEN; to < STATE_COUNT; to++) {
            char way[64];
            snprintf(way, sizeof way, "%s %s", vendor->state_names[from], vendor->state_names[to]);
            bool wanted = false;
            for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
                wanted |= strcmp(ways[i], way) == 0;
            CU_ASSERT_EQUAL(vendor_state_follows(vendor, (enum customization_state)from,
                                                 (enum customization_state)to, false),
                            wanted);
            found += wanted;
        }
    }
    CU_ASSERT_EQUAL(found, sizeof ways / sizeof ways[0]);
    CU_ASSERT_TRUE(vendor_state_follows(vendor, STATE_CUSTOM_PENDING, STATE_PENDING, true));
    CU_ASSERT_TRUE(vendor_state_follows(vendor, STATE_UNKNOWN, STATE_UNAVAILABLE, false));
    static const struct {
        enum customization_state state;
        enum rule_id rule;
    } ends[] = {
        {STATE_ABORTED, RULE_END_1}, {STATE_UNAVAILABLE, RULE_END_2}, {STATE_ACQUIRED, RULE_END_3}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        enum rule_id rule = RULE_COUNT;
        CU_ASSERT_TRUE(vendor_state_is_terminal(vendor, ends[i].state, &rule));
        CU_ASSERT_EQUAL(rule, ends[i].rule);
        CU_ASSERT_TRUE(vendor_state_is_terminal(vendor, ends[i].state, NULL));
    }
}

static void readings_keep_apart(void)
{
    for (size_t reading = 0; reading < READING_COUNT; reading++) {
        struct readings readings = {0};
        readings_set(&readings, reading, 1);
        for (size_t other = 0; other < READING_COUNT; other++)
            CU_ASSERT_EQUAL(readings_get(&readings, other), other == reading);
    }
    struct readings readings = {0};
    readings_set(&readings, READING_COUNT, 1);
    CU_ASSERT_EQUAL(readings_get(&readings, READING_COUNT), 0);
    readings_set(&readings, 1, 1);
    CU_ASSERT_EQUAL(readings.pending_boot, PENDING_BOOT_WAIT_FIRST);
    CU_ASSERT_STRING_EQUAL(vendor_default()->readings[1].name, "pending_boot");
    CU_ASSERT_STRING_EQUAL(vendor_default()->readings[1].values[1], "wait-first");
}

static void redirect_hosts_are_known(void)
{
    CU_ASSERT_STRING_EQUAL(vendor_default()->hosts[0].name, "activate.cisco.com");
    CU_ASSERT_STRING_EQUAL(vendor_default()->hosts[0].since, "11.2(1)");
    CU_ASSERT_TRUE(vendor_is_redirect_host(vendor_default(), "WebApps.cisco.com"));
    CU_ASSERT_FALSE(vendor_is_redirect_host(vendor_default(), "cisco.com"));
}

static void services_are_known_in_any_domain(void)
{
    enum vendor_service_kind kind = VENDOR_SERVICE_HTTP;
    CU_ASSERT_TRUE(vendor_service_find(&vendor_cisco, "_CiscoProv-https._tls.a.test", &kind));
    CU_ASSERT_EQUAL(kind, VENDOR_SERVICE_HTTPS);
    CU_ASSERT_TRUE(vendor_service_find(&vendor_cisco, "_ciscoprov-http._tcp.a.test", &kind));
    CU_ASSERT_EQUAL(kind, VENDOR_SERVICE_HTTP);
    CU_ASSERT_FALSE(vendor_service_find(&vendor_cisco, "_ciscoprov-http._tcp", &kind));
    CU_ASSERT_FALSE(vendor_service_find(&vendor_cisco, "_ciscoprov-http._tcpx.a", &kind));
    CU_ASSERT_FALSE(vendor_service_find(&vendor_cisco, NULL, &kind));
    CU_ASSERT_FALSE(vendor_service_find(&vendor_yealink, "_ciscoprov-http._tcp.a.test", &kind));
}

static void options_stand_in_their_order(void)
{
    static const uint8_t cisco[] = {66, 160, 159, 150, 60, 43, 125}, yealink[] = {160, 161, 66, 43};
    const struct vendor_option *options = vendor_cisco.options;
    size_t count = vendor_cisco.option_count;
    CU_ASSERT_EQUAL_FATAL(count, sizeof cisco);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(options[i].code, cisco[i]);
    CU_ASSERT_EQUAL(vendor_option_find(vendor_default(), 150)->form, VENDOR_OPTION_ADDRESSES);
    CU_ASSERT_TRUE(vendor_option_find(vendor_default(), 60)->needs_place);
    CU_ASSERT_PTR_NULL(vendor_option_find(vendor_default(), 161));
    options = vendor_yealink.options;
    count = vendor_yealink.option_count;
    CU_ASSERT_EQUAL_FATAL(count, sizeof yealink);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(options[i].code, yealink[i]);
}

static void parameters_that_abort(void)
{
    static const struct {
        const char *name;
        bool aborts;
    } cases[] = {
        {"Profile_Rule", true},
        {"Profile_Rule_B", true},
        {"Profile_Rule_D", true},
        {"Proxy_1_", true},
        {"Proxy_12_", true},
        {"Profile_Rule_E", false},
        {"Profile_Rul", false},
        {"profile_rule", false},
        {"Profile_Account_Enable", false},
        {"Proxy_Fallback_Intvl_1_", false},
        {"Proxy_1", false},
        {"Proxy__", false},
        {"Proxy_1_x", false},
        {"Proxy_1_2_", false},
        {"Proxy_", false},
        {"Proxy_#_", false},
        {"Outbound_Proxy_1_", false},
        {"Use_Outbound_Proxy_1_", false},
        {"Resync_Error_Retry_Delay", false},
        {"Display_Name_1_", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_EQUAL(vendor_parameter_aborts(vendor_default(), cases[i].name), cases[i].aborts);
    CU_ASSERT_STRING_EQUAL(vendor_parameter_of(vendor_default(), VENDOR_PARAMETER_REDIRECTS)->name,
                           "Profile_Rule");
    CU_ASSERT_STRING_EQUAL(vendor_parameter_of(vendor_default(), VENDOR_PARAMETER_PACES)->name,
                           "Resync_Error_Retry_Delay");
    CU_ASSERT_PTR_NULL(vendor_parameter_of(&vendor_yealink, VENDOR_PARAMETER_PACES));
    CU_ASSERT_TRUE(vendor_parameter_aborts(&vendor_yealink, "account.3.sip_server.1.address"));
    CU_ASSERT_FALSE(vendor_parameter_aborts(&vendor_yealink, "account.3.sip_server.2.address"));
}

static void lists_of_retry_delays(void)
{
    static const struct {
        const char *list;
        size_t index;
        bool good;
        uint64_t low_s, high_s;
    } cases[] = {
        {"60,120,240", 0, true, 60, 60},
        {"60,120,240", 2, true, 240, 240},
        {"60,120,240", 9, true, 240, 240},
        {" 60 , 120 + 30 ", 1, true, 120, 150},
        {"60,x", 0, true, 60, 60},
        {"60,x", 1, false, 0, 0},
        {"", 0, false, 0, 0},
        {"60;120", 1, false, 0, 0},
        {"60+", 0, false, 0, 0},
        {"1234567890", 0, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t low_s = 0, high_s = 0;
        CU_ASSERT_EQUAL(vendor_retry_delay(cases[i].list, cases[i].index, &low_s, &high_s),
                        cases[i].good);
        CU_ASSERT_EQUAL(low_s, cases[i].low_s);
        CU_ASSERT_EQUAL(high_s, cases[i].high_s);
    }
}

static void models_are_of_the_three_families(void)
{
    const char *const *models = vendor_default()->models;
    size_t count = vendor_default()->model_count;
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_EQUAL(strlen(models[i]), 4);
        CU_ASSERT_PTR_NOT_NULL(strchr("678", models[i][0]));
        if (i > 0)
            CU_ASSERT_TRUE(strcmp(models[i - 1], models[i]) < 0);
    }
}

void tests_harness_vendor_vendor(void);
void tests_harness_vendor_vendor(void)
{
    TEST_SUITE("vendor", {"every vendor is whole", every_vendor_is_whole},
               {"rule ids sit at their names", rule_ids_sit_at_their_names},
               {"unknown names leave the result alone", unknown_names_leave_the_result_alone},
               {"states lead where the rules say", states_lead_where_the_rules_say},
               {"readings keep apart", readings_keep_apart},
               {"redirect hosts are known", redirect_hosts_are_known},
               {"services are known in any domain", services_are_known_in_any_domain},
               {"options stand in their order", options_stand_in_their_order},
               {"parameters that abort", parameters_that_abort},
               {"lists of retry delays", lists_of_retry_delays},
               {"models are of the three families", models_are_of_the_three_families});
}
