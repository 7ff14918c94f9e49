/* SPDX-License-Identifier: MIT */
/* Cisco IP phones with Multiplatform Firmware: 6800, 7800 and 8800 series. Sources: the vendor's
 * article on Remote Customization, its administration and provisioning guides, field notice
 * FN72222 (the hosts). What is assumed, not read there, says so. */
#include "harness/vendor/vendor.h"

#define BIT(state) (1U << (state))

static const char *const state_names[STATE_COUNT] = {
    [STATE_UNKNOWN] = "unknown",         [STATE_OPEN] = "Open",
    [STATE_PENDING] = "Pending",         [STATE_CUSTOM_PENDING] = "Custom-Pending",
    [STATE_ACQUIRED] = "Acquired",       [STATE_ABORTED] = "Aborted",
    [STATE_UNAVAILABLE] = "Unavailable",
};

static const char *const models[] = {
    "6821", "6825", "6841", "6851", "6861", "6871",         /* 6800 series */
    "7811", "7821", "7832", "7841", "7861",                 /* 7800 series */
    "8811", "8832", "8841", "8845", "8851", "8861", "8865", /* 8800 series */
};

static const struct vendor_host hosts[] = {
    {"activate.cisco.com", "11.2(1)"},
    {"webapps.cisco.com", NULL}, /* out of service since December 2022 */
};

/* The order of DHCP_Option_To_Use. */
static const struct vendor_option options[] = {
    {66, "66", "TFTP server name", VENDOR_OPTION_TEXT, false},
    {160, "160", "provisioning URL", VENDOR_OPTION_TEXT, false},
    {159, "159", "provisioning URL", VENDOR_OPTION_TEXT, false},
    {150, "150", "TFTP server addresses", VENDOR_OPTION_ADDRESSES, false},
    {60, "60", "vendor class", VENDOR_OPTION_TEXT, true},
    {43, "43", "vendor-specific information", VENDOR_OPTION_SUBOPTIONS, true},
    {125, "125", "vendor-identifying information", VENDOR_OPTION_ENTERPRISES, true},
};

#define RULE (VENDOR_PARAMETER_ABORTS | VENDOR_PARAMETER_REDIRECTS)
#define RETRY_DELAYS "60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400"
static const struct vendor_parameter parameters[] = {
    {"Profile_Rule", RULE, "/$PSN.xml"},
    {"Profile_Rule_B", RULE, NULL},
    {"Profile_Rule_C", RULE, NULL},
    {"Profile_Rule_D", RULE, NULL},
    {"Proxy_#_", VENDOR_PARAMETER_ABORTS, NULL},
    {"Resync_Error_Retry_Delay", VENDOR_PARAMETER_PACES, RETRY_DELAYS},
    {"DHCP_Option_To_Use", VENDOR_PARAMETER_OPTIONS, "66,160,159,150,60,43,125"},
};

static const struct vendor_setting profile[] = {
    {"Profile_Rule", "${provision.http}/$PSN.xml"},
    {"Resync_Error_Retry_Delay", RETRY_DELAYS},
};
static const struct vendor_setting config[] = {
    {"Station_Name", "Reception"}, {"Proxy_1_", "sip.provider.example"},
    {"User_ID_1_", "1001"},        {"Display_Name_1_", "Reception"},
    {"Register_1_", "Yes"},
};
static const char *const files[] = {"/$PSN.xml", "/Cisco/$PN/$MA.cfg"};

const struct vendor vendor_cisco = {
    .name = "Cisco",
    .rules =
        {
            [RULE_PRE_1] = {"RC-PRE-1", "EDOS holds a profile for the phone's MAC address; where "
                                        "it holds none, its answer is empty."},
            [RULE_PRE_2] = {"RC-PRE-2", "A configuration that DHCP option 66, 160, 159, 150, 60, "
                                        "43 or 125 points to and that was downloaded rules Remote "
                                        "Customization out."},
            [RULE_PRE_3] = {"RC-PRE-3", "The phone reaches EDOS: its name resolves, the connection "
                                        "and TLS come about."},
            [RULE_PRE_4] = {"RC-PRE-4", "The phone reaches the provisioning server that the EDOS "
                                        "profile names."},
            [RULE_OPEN_1] = {"RC-OPEN-1", "An unconfigured phone that boots after a factory reset "
                                          "is Open."},
            [RULE_OPEN_2] = {"RC-OPEN-2", "Open, and DHCP options configure the phone: it becomes "
                                          "Aborted and never asks EDOS."},
            [RULE_OPEN_3] = {"RC-OPEN-3", "Open, and no DHCP option configures the phone: it turns "
                                          "to EDOS and becomes Pending."},
            [RULE_PEND_1] = {"RC-PEND-1", "Pending, and the EDOS profile arrives: the phone "
                                          "becomes Custom-Pending and follows the redirect."},
            [RULE_PEND_2] = {"RC-PEND-2", "Pending, and EDOS answers 200 with an empty file: the "
                                          "phone stops and becomes Unavailable."},
            [RULE_PEND_3] = {"RC-PEND-3", "Pending, and anything else goes wrong: the phone stays "
                                          "Pending and retries after 1, 2, 4 … minutes, each delay "
                                          "twice the last."},
            [RULE_PEND_4] = {"RC-PEND-4", "No retry delay is longer than 24 hours."},
            [RULE_PEND_5] = {"RC-PEND-5", "A reboot while Pending starts the retry delays again at "
                                          "one minute."},
            [RULE_PEND_6] = {"RC-PEND-6", "Pending, and somebody configures a Profile Rule or an "
                                          "extension's Proxy: the phone stops and becomes "
                                          "Aborted."},
            [RULE_CUST_1] = {"RC-CUST-1", "Custom-Pending, and the redirect target arrives: the "
                                          "phone becomes Acquired."},
            [RULE_CUST_2] = {"RC-CUST-2", "Custom-Pending, and the download fails: the phone asks "
                                          "the provisioning server again at the pace of "
                                          "Resync_Error_Retry_Delay."},
            [RULE_CUST_3] = {"RC-CUST-3", "Custom-Pending, and somebody configures a Profile Rule "
                                          "or an extension's Proxy: the phone stops and becomes "
                                          "Aborted."},
            [RULE_END_1] = {"RC-END-1", "Aborted lasts until a factory reset: no attempt before "
                                        "it."},
            [RULE_END_2] = {"RC-END-2", "Unavailable lasts until a factory reset: no attempt "
                                        "before it."},
            [RULE_END_3] = {"RC-END-3", "Acquired lasts until a factory reset: no attempt before "
                                        "it."},
            [RULE_END_4] = {"RC-END-4", "A factory reset from any state leads to Open and starts "
                                        "Remote Customization anew."},
            [RULE_VIEW_1] = {"RC-VIEW-1", "The phone's own screen shows the Customization state "
                                          "among the product information."},
            [RULE_VIEW_2] = {"RC-VIEW-2", "The phone's web page shows the Customization state "
                                          "among the product information."},
        },
    .state_names = state_names,
    .states =
        {
            [STATE_UNKNOWN] = {.next = BIT(STATE_COUNT) - 1},
            [STATE_OPEN] = {.next = BIT(STATE_PENDING) | BIT(STATE_ABORTED)},
            [STATE_PENDING] = {.next = BIT(STATE_CUSTOM_PENDING) | BIT(STATE_UNAVAILABLE) |
                                       BIT(STATE_ABORTED)},
            [STATE_CUSTOM_PENDING] = {.next = BIT(STATE_ACQUIRED) | BIT(STATE_ABORTED),
                                      .next_again = BIT(STATE_PENDING)},
            [STATE_ACQUIRED] = {.terminal = true, .end_rule = RULE_END_3},
            [STATE_ABORTED] = {.terminal = true, .end_rule = RULE_END_1},
            [STATE_UNAVAILABLE] = {.terminal = true, .end_rule = RULE_END_2},
        },
    .readings =
        {
            {"dhcp_abort", {"downloaded", "offered"}},
            {"pending_boot", {"ask-now", "wait-first"}},
            {"options_while_pending", {"abort", "ignore"}},
            {"custom_pending_boot", {"provision", "edos"}},
            {"srv_abort", {"downloaded", "ignore"}},
        },
    .models = models,
    .usual_model = "8841",
    .model_count = VENDOR_ROWS(models),
    .hosts = hosts,
    .host_count = VENDOR_ROWS(hosts),
    .redirect_path = "/software/edos/callhome/rc", /* assumed; a setting of lab and phone */
    .redirect_target = "/software/edos/callhome/rc?id=$MAU:$SN:$PN",
    .options = options,
    .option_count = VENDOR_ROWS(options),
    .services = {[VENDOR_SERVICE_HTTPS] = {"_ciscoprov-https._tls", "https", 443},
                 [VENDOR_SERVICE_HTTP] = {"_ciscoprov-http._tcp", "http", 80}},
    .identity =
        {
            .class_form = "CP-%s-3PCC",
            .user_agent = "Cisco-CP-",
            .host_name = "SEP",
            .cwmp_class = "dslforum.org",
            .cwmp_enterprise = 3561,
            .cwmp_from_client = {1, 2, 3},
            .cwmp_from_server = {4, 5, 6},
            .cwmp_url = 1,
            .cwmp_code = 2,
        },
    .parameters = parameters,
    .parameter_count = VENDOR_ROWS(parameters),
    .aborting = "Profile Rule or Proxy",
    .profile = profile,
    .profile_count = VENDOR_ROWS(profile),
    .config = config,
    .config_count = VENDOR_ROWS(config),
    .files = files,
    .file_count = VENDOR_ROWS(files),
    /* The paths are assumed: each is a setting of the lab file. */
    .page =
        {
            .user = "admin",
            .status = "/admin/status.xml",
            .reset = "/admin/factory-reset",
            .reboot = "/admin/reboot",
            .configure = "/admin/bcisco.csc",
            .resync = "/admin/resync",
            .fetches = "resync?",
            .state_label = "Customization",
            .query_user = "xuser",
            .query_password = "xpassword",
        },
};
