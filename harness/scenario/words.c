/* SPDX-License-Identifier: MIT */
#include "harness/scenario/words.h"
#include "harness/scenario/setting.h"
#include <string.h>

#define BOTH true, true
#define EDOS_ONLY true, false
#define PROVISION_ONLY false, true
const struct behaviour_word behaviour_words[BEHAVIOUR_KINDS] = {
    /* word, whose, plain, answers, transfers, has_body, has_handshake */
    [BEHAVIOUR_PROFILE] = {"profile", EDOS_ONLY, true, true, true, true, true},
    [BEHAVIOUR_CONFIG] = {"config", PROVISION_ONLY, true, true, true, true, true},
    [BEHAVIOUR_EMPTY] = {"empty", BOTH, true, true, true, false, true},
    [BEHAVIOUR_STATUS] = {"503", BOTH, false, true, true, true, true},
    [BEHAVIOUR_HANG] = {"hang", BOTH, true, false, false, false, true},
    [BEHAVIOUR_RESET] = {"reset", BOTH, true, false, false, false, true},
    [BEHAVIOUR_REFUSE] = {"refuse", BOTH, true, false, false, false, false},
    [BEHAVIOUR_GARBAGE] = {"garbage", BOTH, true, true, true, true, true},
    [BEHAVIOUR_TFTP_ERROR] = {"tftp-error", PROVISION_ONLY, false, true, false, false, false},
};

const char *const encoding_words[BEHAVIOUR_ENCODINGS] = {
    [BEHAVIOUR_ENCODING_GZIP] = "gzip",
    [BEHAVIOUR_ENCODING_AES_256_CBC] = "aes-256-cbc",
    [BEHAVIOUR_ENCODING_AES128GCM] = "aes128gcm",
};

const char *const authentication_words[BEHAVIOUR_AUTHENTICATIONS] = {
    [BEHAVIOUR_AUTHENTICATION_BASIC] = "basic",
    [BEHAVIOUR_AUTHENTICATION_DIGEST] = "digest",
};

const char *const tls_words[BEHAVIOUR_TLS_KINDS] = {
    [BEHAVIOUR_TLS_EXPIRED] = "expired",
    [BEHAVIOUR_TLS_WRONG_HOST] = "wrong-host",
    [BEHAVIOUR_TLS_UNTRUSTED] = "untrusted",
    [BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE] = "want-client-certificate",
    [BEHAVIOUR_TLS_ABORT] = "abort",
};

const char *const tls_fault_texts[BEHAVIOUR_TLS_KINDS] = {
    [BEHAVIOUR_TLS_EXPIRED] = "an expired certificate",
    [BEHAVIOUR_TLS_WRONG_HOST] = "another host's certificate",
    [BEHAVIOUR_TLS_UNTRUSTED] = "a certificate of an unknown authority",
    [BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE] = "wants a certificate of the phone",
    [BEHAVIOUR_TLS_ABORT] = "ends the handshake",
};

const char *const dhcp_answer_words[DHCP_ANSWERS] = {
    [DHCP_ANSWER_NORMAL] = "normal",
    [DHCP_ANSWER_NEVER] = "never",
    [DHCP_ANSWER_NAK] = "nak",
    [DHCP_ANSWER_DELAY] = "{delay: 30s}",
    [DHCP_ANSWER_MALFORMED] = "{malformed: truncated}",
};

const char *const dhcp_malformed_words[DHCP_MALFORMS] = {
    [DHCP_MALFORMED_TRUNCATED] = "truncated",
    [DHCP_MALFORMED_BAD_LENGTH] = "bad-length",
    [DHCP_MALFORMED_NO_END] = "no-end",
    [DHCP_MALFORMED_OVERLOAD] = "overload",
};

const char *const dns_answer_words[DNS_ANSWERS] = {
    [DNS_ANSWER_NORMAL] = "normal",
    [DNS_ANSWER_NXDOMAIN] = "nxdomain",
    [DNS_ANSWER_SERVFAIL] = "servfail",
    [DNS_ANSWER_NEVER] = "never",
    [DNS_ANSWER_ADDRESS] = "{address: 192.0.2.1}",
};

const char *const server_words[SERVERS] = {
    [SERVER_EDOS] = "edos",
    [SERVER_PROVISION] = "provision",
};

const char *const transport_words[TRANSPORTS_WANTED] = {
    [TRANSPORT_WANTED_HTTP] = "http",
    [TRANSPORT_WANTED_HTTPS] = "https",
    [TRANSPORT_WANTED_TFTP] = "tftp",
};

const char *const configure_words[CONFIGURE_WAYS] = {
    [CONFIGURE_WEB] = "web",
    [CONFIGURE_PUSH] = "push",
};

const char *const pattern_words[PATTERN_KINDS] = {
    [PATTERN_STATE] = "state",     [PATTERN_PATH] = "path", [PATTERN_REQUEST] = "request",
    [PATTERN_RETRIES] = "retries", [PATTERN_DHCP] = "dhcp", [PATTERN_DNS] = "dns",
    [PATTERN_TFTP] = "tftp",       [PATTERN_PAGE] = "page",
};

const char *const step_words[STEP_KINDS] = {
    [STEP_FACTORY_RESET] = "factory-reset",
    [STEP_REBOOT] = "reboot",
    [STEP_POWER_OFF] = "power",
    [STEP_POWER_ON] = "power",
    [STEP_CONFIGURE] = "configure",
    [STEP_WAIT] = "wait",
    [STEP_DHCP] = "dhcp",
    [STEP_DNS] = "dns",
    [STEP_EDOS] = "edos",
    [STEP_PROVISION] = "provision",
    [STEP_NETWORK] = "network",
    [STEP_EXPECT] = "expect",
    [STEP_NEVER] = "never",
    [STEP_STAYS] = "stays",
};

const char *const setting_names[SETTING_KINDS] = {
    [SETTING_DHCP] = "dhcp",           [SETTING_DNS] = "dns",         [SETTING_EDOS] = "edos",
    [SETTING_PROVISION] = "provision", [SETTING_NETWORK] = "network",
};

bool setting_of_step(enum step_kind kind, enum setting_kind *ret_setting)
{
    static const enum step_kind steps[SETTING_KINDS] = {[SETTING_DHCP] = STEP_DHCP,
                                                        [SETTING_DNS] = STEP_DNS,
                                                        [SETTING_EDOS] = STEP_EDOS,
                                                        [SETTING_PROVISION] = STEP_PROVISION,
                                                        [SETTING_NETWORK] = STEP_NETWORK};
    for (size_t i = 0; i < SETTING_KINDS; i++) {
        if (steps[i] == kind) {
            *ret_setting = (enum setting_kind)i;
            return true;
        }
    }
    return false;
}

bool step_concerns(const struct step *step, int phone)
{
    return phone >= 0 && (step->phone == STEP_ALL_PHONES || step->phone == phone);
}

const char *const standing_rule_names[STANDING_COUNT] = {
    [STANDING_LEGAL_TRANSITIONS] = "legal-transitions",
    [STANDING_NO_EDOS_AFTER_END] = "no-edos-after-end",
    [STANDING_PAGE_SHOWS_STATE] = "page-shows-state",
    [STANDING_DELAYS_NEVER_SHRINK] = "delays-never-shrink",
    [STANDING_DELAYS_AT_MOST_24H] = "delays-at-most-24h",
    [STANDING_ONLY_GIVEN_ADDRESSES] = "only-given-addresses",
};

const char *const substitution_names[SUBSTITUTE_COUNT] = {
    [SUBSTITUTE_PROVISION_HTTP] = "provision.http",
    [SUBSTITUTE_PROVISION_HTTPS] = "provision.https",
    [SUBSTITUTE_PROVISION_TFTP] = "provision.tftp",
    [SUBSTITUTE_PROVISION_ADDRESS] = "provision.address",
};

/* The name that `text` ("${name}…") begins with; SUBSTITUTE_COUNT if it is none of ours. */
static size_t name_at(const char *text, size_t *ret_length)
{
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++) {
        size_t length = strlen(substitution_names[i]);
        if (strncmp(text + 2, substitution_names[i], length) == 0 && text[2 + length] == '}') {
            *ret_length = length + 3;
            return i;
        }
    }
    return SUBSTITUTE_COUNT;
}

void scenario_substitute(const char *text, const char *const values[SUBSTITUTE_COUNT],
                         struct buffer *buffer)
{
    for (;;) {
        const char *dollar = strstr(text, "${");
        if (!dollar)
            break;
        buffer_append(buffer, text, (size_t)(dollar - text));
        size_t length = 2;
        size_t name = name_at(dollar, &length);
        if (name < SUBSTITUTE_COUNT && values[name])
            buffer_text(buffer, values[name]);
        else
            buffer_append(buffer, dollar, length);
        text = dollar + length;
    }
    buffer_text(buffer, text);
}
