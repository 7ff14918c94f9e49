/* SPDX-License-Identifier: MIT */
/* Yealink phones, T5 series: a sketch, which shows that a vendor is one file of data. The order of
 * the options, the redirect service's host (RPS: TLS, asked with the phone's own certificate) and
 * the files are read in the vendor's guides; numbers of custom options, parameters, models and how
 * phones show themselves are from memory. They publish no states, no rules by number and no retry
 * times: those names are ours. To be confirmed before any scenario runs against it. */
#include "harness/vendor/vendor.h"

#define BIT(state) (1U << (state))

static const char *const state_names[STATE_COUNT] = {
    [STATE_UNKNOWN] = "unknown",      [STATE_OPEN] = "unprovisioned",
    [STATE_PENDING] = "asking-rps",   [STATE_CUSTOM_PENDING] = "redirected",
    [STATE_ACQUIRED] = "provisioned", [STATE_ABORTED] = "provisioned-locally",
    [STATE_UNAVAILABLE] = NULL,
};

static const char *const models[] = {"T53", "T53W", "T54W", "T57W", "T58W"};

static const struct vendor_host hosts[] = {{"rps.yealink.com", NULL}};

/* The custom option is a setting of the phone; these are what it takes unless told otherwise. */
static const struct vendor_option options[] = {
    {160, "160", "custom option", VENDOR_OPTION_TEXT, false},
    {161, "161", "custom option", VENDOR_OPTION_TEXT, false},
    {66, "66", "TFTP server name", VENDOR_OPTION_TEXT, false},
    {43, "43", "vendor-specific information", VENDOR_OPTION_SUBOPTIONS, true},
};

static const struct vendor_parameter parameters[] = {
    {"static.auto_provision.server.url", VENDOR_PARAMETER_ABORTS | VENDOR_PARAMETER_REDIRECTS,
     NULL},
    {"account.#.sip_server.1.address", VENDOR_PARAMETER_ABORTS, NULL},
    {"static.auto_provision.dhcp_option.list_user_options", VENDOR_PARAMETER_OPTIONS, "160,161"},
};

static const struct vendor_setting profile[] = {
    {"static.auto_provision.server.url", "${provision.http}/"},
};
static const struct vendor_setting config[] = {
    {"account.1.enable", "1"},
    {"account.1.sip_server.1.address", "sip.provider.example"},
    {"account.1.user_name", "1001"},
};
/* The file of the model, by its number, comes first. */
static const char *const files[] = {"/y000000000000.cfg", "/$MA.cfg"};

const struct vendor vendor_yealink = {
    .name = "Yealink",
    .rules =
        {
            [RULE_PRE_1] = {"YL-RPS-1", "RPS holds the address of a server for the phone's MAC "
                                        "address."},
            [RULE_PRE_2] = {"YL-DHCP-1", "A server that the custom option, option 66 or option 43 "
                                         "names comes before RPS."},
            [RULE_PRE_3] = {"YL-RPS-2", "The phone reaches RPS by TLS, showing its own "
                                        "certificate."},
            [RULE_OPEN_1] = {"YL-OPEN-1", "A phone that boots after a factory reset has no "
                                          "server."},
            [RULE_OPEN_3] = {"YL-OPEN-2", "No DHCP option names a server: the phone asks RPS."},
            [RULE_PEND_1] = {"YL-RPS-3", "RPS names a server: the phone asks it for its files."},
            [RULE_CUST_1] = {"YL-FILE-1", "The phone takes the file of its model, then the file "
                                          "of its MAC address."},
            [RULE_END_1] = {"YL-END-1", "A phone configured without RPS does not ask it."},
            [RULE_END_3] = {"YL-END-2", "A phone that has its files does not ask RPS again."},
            [RULE_END_4] = {"YL-END-3", "A factory reset starts the search for a server anew."},
        },
    .state_names = state_names,
    .states =
        {
            [STATE_UNKNOWN] = {.next = BIT(STATE_UNAVAILABLE) - 1},
            [STATE_OPEN] = {.next = BIT(STATE_PENDING) | BIT(STATE_ABORTED)},
            [STATE_PENDING] = {.next = BIT(STATE_CUSTOM_PENDING) | BIT(STATE_ABORTED)},
            [STATE_CUSTOM_PENDING] = {.next = BIT(STATE_ACQUIRED) | BIT(STATE_ABORTED),
                                      .next_again = BIT(STATE_PENDING)},
            [STATE_ACQUIRED] = {.terminal = true, .end_rule = RULE_END_3},
            [STATE_ABORTED] = {.terminal = true, .end_rule = RULE_END_1},
        },
    .readings =
        {
            {"dhcp_abort", {"downloaded", "offered"}},
            {"pending_boot", {"ask-now", "wait-first"}},
            {"options_while_pending", {"abort", "ignore"}},
            {"custom_pending_boot", {"provision", "rps"}},
            {"srv_abort", {"downloaded", "ignore"}},
        },
    .models = models,
    .usual_model = "T54W",
    .model_count = VENDOR_ROWS(models),
    .hosts = hosts,
    .host_count = VENDOR_ROWS(hosts),
    .redirect_path = "/",
    .redirect_target = "/",
    .options = options,
    .option_count = VENDOR_ROWS(options),
    .identity = {.class_form = "yealink", .user_agent = "Yealink "},
    .parameters = parameters,
    .parameter_count = VENDOR_ROWS(parameters),
    .aborting = "server URL or SIP server",
    .profile = profile,
    .profile_count = VENDOR_ROWS(profile),
    .config = config,
    .config_count = VENDOR_ROWS(config),
    .files = files,
    .file_count = VENDOR_ROWS(files),
    .page = {.user = "admin"},
};
