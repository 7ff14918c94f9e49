/* SPDX-License-Identifier: MIT */
#include "harness/observe/event_fields.h"

#define T(type) (UINT32_C(1) << (EVENT_##type))
#define WIRE_TCP (T(CONNECT) | T(REFUSED) | T(TLS) | T(HTTP_REQUEST) | T(HTTP_RESPONSE))
#define LOGS (T(REQUEST) | T(ANSWER))
#define TRIES (T(ATTEMPT) | T(FAILED))
#define PEERS (WIRE_TCP | T(TFTP) | LOGS | TRIES)
#define INFERRED (T(BOOT) | TRIES | T(STATE))

#define FIELD(key, kind, member, types) \
    {key, kind, offsetof(struct event, member), types, false, NULL, 0}
#define ALWAYS(key, kind, member, types) \
    {key, kind, offsetof(struct event, member), types, true, NULL, 0}
#define NAMED(key, member, types, always, names, count) \
    {key, FIELD_NAME, offsetof(struct event, member), types, always, names, count}

const struct event_field event_fields[] = {
    /* what the harness did */
    FIELD("known", FIELD_BOOL, action_known, T(BOOT)),
    NAMED("action", action, T(ACTION) | T(BOOT), true, event_action_names, EVENT_ACTION_NAMES),
    FIELD("page", FIELD_BOOL, page, T(ACTION)),
    FIELD("push", FIELD_BOOL, push, T(ACTION) | LOGS),
    FIELD("aborts", FIELD_BOOL, aborts, T(ACTION) | LOGS),
    /* who with whom */
    FIELD("dhcp", FIELD_DHCP_TYPE, dhcp_type, T(DHCP)),
    NAMED("server", server, PEERS | T(DNS), true, event_server_names, EVENT_SERVER_NAMES),
    NAMED("transport", transport, PEERS | T(DNS), false, event_transport_names,
          EVENT_TRANSPORT_NAMES),
    FIELD("address", FIELD_ADDRESS, address, T(DHCP) | T(DNS) | PEERS),
    FIELD("port", FIELD_U16, port, PEERS),
    /* DHCP */
    FIELD("xid", FIELD_U32, dhcp_xid, T(DHCP)),
    FIELD("mac", FIELD_MAC, mac, T(DHCP)),
    FIELD("dhcp_server", FIELD_ADDRESS, server_address, T(DHCP)),
    FIELD("source", FIELD_ADDRESS, source_address, T(DHCP)),
    FIELD("lease_s", FIELD_U32, lease_s, T(DHCP)),
    FIELD("options", FIELD_OPTIONS, options, T(DHCP)),
    /* DNS */
    FIELD("id", FIELD_U16, id, T(DNS)),
    FIELD("query", FIELD_U16, query_type, T(DNS)),
    FIELD("response", FIELD_BOOL, response, T(DNS) | T(TFTP) | T(TLS)),
    /* what was asked and answered */
    FIELD("method", FIELD_TEXT, method, T(HTTP_REQUEST) | T(TFTP) | LOGS),
    FIELD("name", FIELD_TEXT, name, PEERS | T(DNS) | T(SETTING) | T(PAGE)),
    FIELD("target", FIELD_TEXT, target, T(HTTP_REQUEST) | LOGS),
    FIELD("agent", FIELD_TEXT, agent, T(HTTP_REQUEST) | LOGS),
    FIELD("certificate", FIELD_TEXT, certificate, T(REQUEST)),
    ALWAYS("status", FIELD_UNSIGNED, status, T(HTTP_RESPONSE) | T(ANSWER) | T(PAGE)),
    FIELD("status", FIELD_UNSIGNED, status, T(DNS) | T(TFTP) | T(ACTION) | T(FAILED)),
    FIELD("redirect", FIELD_TEXT, redirect, T(HTTP_RESPONSE) | T(ANSWER)),
    NAMED("content", content, T(ANSWER), true, event_content_names, EVENT_CONTENT_NAMES),
    ALWAYS("complete", FIELD_BOOL, complete, T(ANSWER)),
    FIELD("complete", FIELD_BOOL, complete, T(TFTP)),
    FIELD("bytes", FIELD_U64, bytes, T(ANSWER) | T(TFTP)),
    FIELD("retry_delay", FIELD_TEXT, retry_delay, T(ANSWER)),
    /* what follows from it */
    NAMED("state", state, T(STATE) | T(PAGE), true, customization_state_names, STATE_COUNT),
    NAMED("previous", previous, T(STATE), true, customization_state_names, STATE_COUNT),
    ALWAYS("rule", FIELD_RULE, rule, T(STATE)),
    FIELD("last_sign", FIELD_U64, last_sign_us, T(ATTEMPT)),
    FIELD("cause", FIELD_U64, cause, INFERRED),
    FIELD("text", FIELD_TEXT, text, (UINT32_C(1) << EVENT_TYPE_COUNT) - 1),
};
const size_t event_field_count = sizeof event_fields / sizeof event_fields[0];
