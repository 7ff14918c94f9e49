/* SPDX-License-Identifier: MIT */
#include "harness/device/driver.h"
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RETRIES = 2, /* each question is asked once and then so many times again */
    ENABLED = 1,
    DISABLED = 2, /* TruthValue, RFC 2579 */
    PEER_TEXT_MAX = 512,
    /* So that a switch that never answers is told of by the question, not by the end of all time:
     * with its repetitions one takes less than half of it. */
    TIMEOUTS_IN_ALL = 2 * (1 + RETRIES) + 1
};

/* 1.3.6.1.2.1.105.1.1.1.3: RFC 3621, pethPsePortAdminEnable; then group and port. */
static const oid admin_enable[] = {1, 3, 6, 1, 2, 1, 105, 1, 1, 1, 3};
enum {
    COLUMN_LENGTH = sizeof admin_enable / sizeof admin_enable[0],
    NAME_LENGTH = COLUMN_LENGTH + 2
};

/* No file is read or written: neither MIBs, nor settings of the machine's owner, nor state; what it
 * would look for or make it does below a path where nothing can be. */
static void library_init(void)
{
    static const char nowhere[] = "/dev/null";
    static const int switches[] = {
        NETSNMP_DS_LIB_DONT_READ_CONFIGS, NETSNMP_DS_LIB_DONT_PERSIST_STATE,
        NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE};
    setenv("MIBS", "", 1);
    setenv("MIBDIRS", "", 1);
    setenv("SNMPCONFPATH", nowhere, 1);
    setenv("SNMP_PERSISTENT_DIR", nowhere, 1);
    snmp_disable_log();
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
        netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, switches[i], 1);
    init_snmp("rclab");
}

/* --- the session ---------------------------------------------------------------------------- */

static int make_key(const struct lab_snmp *snmp, const struct lab_secret *password,
                    const struct snmp_session *session, u_char *key, size_t *length,
                    struct error *error)
{
    if (strlen(password->value) < LAB_FILE_SNMP_PASSWORD_MIN)
        return error_set(error, ERROR_INVALID,
                         "the password in %s for SNMPv3 user %s is shorter than %d characters, "
                         "which SNMPv3 does not allow",
                         password->source, snmp->user, LAB_FILE_SNMP_PASSWORD_MIN);
    *length = USM_PRIV_KU_LEN < USM_AUTH_KU_LEN ? USM_PRIV_KU_LEN : USM_AUTH_KU_LEN;
    if (generate_Ku(session->securityAuthProto, (unsigned)session->securityAuthProtoLen,
                    (const u_char *)password->value, strlen(password->value), key,
                    length) != SNMPERR_SUCCESS)
        return error_set(error, ERROR_FAILED,
                         "net-snmp cannot make a key of the password in %s for SNMPv3 user %s",
                         password->source, snmp->user);
    return 0;
}

/* net-snmp itself would take the beginning of a name for the whole. */
static bool is_one_of(const char *name, const char *const *names)
{
    while (*names && strcmp(name, *names) != 0)
        names++;
    return *names;
}

static int set_authentication(struct snmp_session *session, const struct lab_snmp *snmp,
                              struct error *error)
{
    static const char *const names[] = {"MD5",     "SHA",     "SHA-224", "SHA-256",
                                        "SHA-384", "SHA-512", NULL};
    const char *name = snmp->authentication ? snmp->authentication : "SHA";
    int type = is_one_of(name, names) ? usm_lookup_auth_type(name) : -1;
    const oid *protocol = type > 0 ? sc_get_auth_oid(type, &session->securityAuthProtoLen) : NULL;
    if (!protocol)
        return error_set(error, ERROR_INVALID, "net-snmp here has no SNMPv3 authentication '%s'",
                         name);
    session->securityAuthProto = snmp_duplicate_objid(protocol, session->securityAuthProtoLen);
    session->securityLevel = SNMP_SEC_LEVEL_AUTHNOPRIV;
    return make_key(snmp, &snmp->authentication_password, session, session->securityAuthKey,
                    &session->securityAuthKeyLen, error);
}

static int set_privacy(struct snmp_session *session, const struct lab_snmp *snmp,
                       struct error *error)
{
    static const char *const names[] = {"DES", "AES", NULL};
    const char *name = snmp->privacy ? snmp->privacy : "AES";
    int type = is_one_of(name, names) ? usm_lookup_priv_type(name) : -1;
    const oid *protocol = type > 0 ? sc_get_priv_oid(type, &session->securityPrivProtoLen) : NULL;
    if (!protocol)
        return error_set(error, ERROR_INVALID, "net-snmp here has no SNMPv3 privacy '%s'", name);
    session->securityPrivProto = snmp_duplicate_objid(protocol, session->securityPrivProtoLen);
    session->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
    return make_key(snmp, &snmp->privacy_password, session, session->securityPrivKey,
                    &session->securityPrivKeyLen, error);
}

static int set_user(struct snmp_session *session, const struct lab_snmp *snmp, struct error *error)
{
    session->version = SNMP_VERSION_3;
    session->securityName = (char *)(uintptr_t)snmp->user;
    session->securityNameLen = strlen(snmp->user);
    session->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    if (snmp->authentication_password.value)
        TRY(set_authentication(session, snmp, error));
    if (!snmp->privacy_password.value)
        return 0;
    if (!snmp->authentication_password.value)
        return error_set(error, ERROR_INVALID,
                         "SNMPv3 has no privacy without authentication: give user %s both "
                         "passwords",
                         snmp->user);
    return set_privacy(session, snmp, error);
}

static int set_session(struct snmp_session *session, const struct lab_snmp *snmp,
                       uint64_t timeout_us, char *peer, struct error *error)
{
    snmp_sess_init(session);
    snprintf(peer, PEER_TEXT_MAX, strchr(snmp->host, ':') ? "udp6:[%s]:%u" : "udp:%s:%u",
             snmp->host, snmp->udp_port);
    session->peername = peer;
    session->timeout = (long)timeout_us;
    session->retries = RETRIES;
    if (snmp->version == LAB_SNMP_V3)
        return set_user(session, snmp, error);
    session->version = SNMP_VERSION_2c;
    session->community = (u_char *)(uintptr_t)snmp->community.value;
    session->community_len = snmp->community.value ? strlen(snmp->community.value) : 0;
    return 0;
}

/* --- one question --------------------------------------------------------------------------- */

static const char *credentials(const struct lab_snmp *snmp)
{
    if (snmp->version != LAB_SNMP_V3)
        return "community (a wrong one is answered by silence)";
    return snmp->privacy_password.value
               ? "user and its passwords (many switches keep silent about a wrong privacy password)"
               : "user";
}

/* No answer, or a report of SNMPv3 in its place. */
static int describe_failure(const struct lab_snmp *snmp, void *handle, struct error *error)
{
    int code = 0, system_error = 0;
    char *text = NULL;
    snmp_sess_error(handle, &system_error, &code, &text);
    switch (code) {
    case SNMPERR_UNKNOWN_USER_NAME:
    case SNMPERR_USM_UNKNOWNSECURITYNAME:
        error_set(error, ERROR_FAILED, "switch %s does not know the SNMPv3 user %s", snmp->host,
                  snmp->user);
        break;
    case SNMPERR_AUTHENTICATION_FAILURE:
    case SNMPERR_USM_AUTHENTICATIONFAILURE:
        error_set(error, ERROR_FAILED,
                  "switch %s refuses SNMPv3 user %s: check the authentication password, and "
                  "whether it is "
                  "for %s",
                  snmp->host, snmp->user, snmp->authentication ? snmp->authentication : "SHA");
        break;
    case SNMPERR_DECRYPTION_ERR:
    case SNMPERR_USM_DECRYPTIONERROR:
        error_set(error, ERROR_FAILED,
                  "switch %s cannot decrypt what SNMPv3 user %s says: check the privacy password, "
                  "and whether it wants %s",
                  snmp->host, snmp->user, snmp->privacy ? snmp->privacy : "AES");
        break;
    case SNMPERR_UNSUPPORTED_SEC_LEVEL:
    case SNMPERR_USM_UNSUPPORTEDSECURITYLEVEL:
        error_set(error, ERROR_FAILED,
                  "switch %s does not offer SNMPv3 user %s this level of security: check which of "
                  "the two passwords it has, and %s and %s",
                  snmp->host, snmp->user, snmp->authentication ? snmp->authentication : "SHA",
                  snmp->privacy ? snmp->privacy : "AES");
        break;
    case SNMPERR_TIMEOUT:
        error_set(error, ERROR_FAILED,
                  "switch %s does not answer by SNMP at port %u: check host, SNMP version and %s, "
                  "and that the switch lets this machine ask",
                  snmp->host, snmp->udp_port, credentials(snmp));
        break;
    default:
        error_set(error, ERROR_FAILED, "switch %s cannot be asked by SNMP at port %u: %s",
                  snmp->host, snmp->udp_port, text ? text : "unknown reason");
        break;
    }
    free(text);
    return ERROR_FAILED;
}

static int no_such_port(const struct lab_snmp *snmp, struct error *error)
{
    return error_set(error, ERROR_FAILED,
                     "switch %s has no PoE port %u.%u (pethPsePortAdminEnable of RFC 3621): check "
                     "port and group",
                     snmp->host, snmp->group, snmp->port);
}

static int describe_status(const struct lab_snmp *snmp, long status, struct error *error)
{
    switch (status) {
    case SNMP_ERR_NOSUCHNAME:
    case SNMP_ERR_NOCREATION:
        return no_such_port(snmp, error);
    case SNMP_ERR_AUTHORIZATIONERROR:
    case SNMP_ERR_NOACCESS:
    case SNMP_ERR_NOTWRITABLE:
    case SNMP_ERR_READONLY:
        return error_set(error, ERROR_FAILED,
                         "PoE port %u.%u of switch %s may not be written: check that the %s may "
                         "write (%s)",
                         snmp->group, snmp->port, snmp->host,
                         snmp->version == LAB_SNMP_V3 ? "user" : "community",
                         snmp_errstring((int)status));
    default:
        return error_set(error, ERROR_FAILED, "switch %s answered for PoE port %u.%u: %s",
                         snmp->host, snmp->group, snmp->port, snmp_errstring((int)status));
    }
}

static int take_value(const struct lab_snmp *snmp, const struct snmp_pdu *answer, long *ret_value,
                      struct error *error)
{
    const struct variable_list *variable = answer->variables;
    if (answer->errstat != SNMP_ERR_NOERROR)
        return describe_status(snmp, answer->errstat, error);
    if (!variable || variable->type == SNMP_NOSUCHOBJECT || variable->type == SNMP_NOSUCHINSTANCE)
        return no_such_port(snmp, error);
    if (variable->type != ASN_INTEGER || !variable->val.integer)
        return error_set(error, ERROR_FAILED,
                         "switch %s says of PoE port %u.%u something that is no number", snmp->host,
                         snmp->group, snmp->port);
    *ret_value = *variable->val.integer;
    return 0;
}

/* command: SNMP_MSG_GET, or SNMP_MSG_SET with *value. */
static int ask(const struct lab_snmp *snmp, void *handle, int command, long *value,
               struct error *error)
{
    oid name[NAME_LENGTH];
    struct snmp_pdu *question = snmp_pdu_create(command), *answer = NULL;
    if (!question)
        return error_set(error, ERROR_MEMORY, "out of memory");
    memcpy(name, admin_enable, sizeof admin_enable);
    name[COLUMN_LENGTH] = snmp->group;
    name[COLUMN_LENGTH + 1] = snmp->port;
    if (command == SNMP_MSG_SET)
        snmp_pdu_add_variable(question, name, NAME_LENGTH, ASN_INTEGER, value, sizeof *value);
    else
        snmp_add_null_var(question, name, NAME_LENGTH);
    int status = snmp_sess_synch_response(handle, question, &answer);
    int result = status == STAT_SUCCESS && answer ? take_value(snmp, answer, value, error)
                                                  : describe_failure(snmp, handle, error);
    if (answer)
        snmp_free_pdu(answer);
    return result;
}

/* Asked first, so that a port that does not exist is not taken for one that is protected. */
static int set_and_prove(const struct lab_snmp *snmp, void *handle, bool on, struct error *error)
{
    long wanted = on ? ENABLED : DISABLED, value = 0;
    TRY(ask(snmp, handle, SNMP_MSG_GET, &value, error));
    value = wanted;
    int result = ask(snmp, handle, SNMP_MSG_SET, &value, error);
    if (result == 0)
        result = ask(snmp, handle, SNMP_MSG_GET, &value, error);
    if (result == 0 && value != wanted)
        return error_set(error, ERROR_FAILED,
                         "switch %s took the command for PoE port %u.%u, but says that the port is "
                         "still %s",
                         snmp->host, snmp->group, snmp->port, on ? "off" : "on");
    return result;
}

/* *on: what it is to be; ask_only: what it is. */
static int talk(const struct lab_snmp *snmp, bool ask_only, bool *on, uint64_t timeout_us,
                struct error *error)
{
    long value = 0;
    struct snmp_session session;
    char peer[PEER_TEXT_MAX];
    void *handle = NULL;
    library_init();
    int result = set_session(&session, snmp, timeout_us, peer, error);
    if (result == 0) {
        handle = snmp_sess_open(&session);
        if (!handle)
            result =
                error_set(error, ERROR_FAILED,
                          "cannot talk SNMP with switch %s: is its name or address right? (%s)",
                          snmp->host, snmp_api_errstring(snmp_errno));
    }
    if (handle) {
        result = ask_only ? ask(snmp, handle, SNMP_MSG_GET, &value, error)
                          : set_and_prove(snmp, handle, *on, error);
        snmp_sess_close(handle);
    }
    free(session.securityAuthProto);
    free(session.securityPrivProto);
    explicit_bzero(session.securityAuthKey, sizeof session.securityAuthKey);
    explicit_bzero(session.securityPrivKey, sizeof session.securityPrivKey);
    snmp_shutdown("rclab");
    if (result == 0 && ask_only)
        *on = value == ENABLED;
    return result;
}

int snmp_port_set(const struct lab_snmp *snmp, bool on, uint64_t timeout_us, struct error *error)
{
    return talk(snmp, false, &on, timeout_us, error);
}

/* --- in a process of its own ---------------------------------------------------------------- */

/* What a probe's process says if there is no error. */
static const char says_on[] = "on", says_off[] = "off";

/* The exit code is the negated code of the error, whose text is the output; of a probe that went
 * well it is what was found. */
static int run_snmp(const void *run_context)
{
    const struct driver_action *action = run_context;
    struct error error = {.text = ""};
    bool on = action->action == DEVICE_POWER_ON;
    bool probes = action->action == DEVICE_PROBE_POWER;
    int code = talk(&action->config->phone->snmp, probes, &on,
                    action->config->snmp_max_us / TIMEOUTS_IN_ALL, &error);
    const char *text = code < 0 ? error.text : !probes ? "" : on ? says_on : says_off;
    ssize_t ignored = write(STDOUT_FILENO, text, strlen(text));
    (void)ignored;
    return -code;
}

static void snmp_ended(void *context, const struct child_end *end)
{
    struct driver_action *action = context;
    const struct lab_snmp *snmp = &action->config->phone->snmp;
    struct device_result result = {0};
    struct error error;
    if (end->ending == CHILD_TOO_SLOW)
        result.code = error_set(&error, ERROR_FAILED,
                                "switch %s did not do it by SNMP at port %u within %llu s: is "
                                "its name or address right, and can it be reached?",
                                snmp->host, snmp->udp_port,
                                (unsigned long long)(action->config->snmp_max_us / 1000000u));
    else if (end->ending == CHILD_KILLED)
        result.code = error_set(&error, ERROR_FAILED,
                                "the process that talks SNMP with switch %s was killed by signal "
                                "%d",
                                snmp->host, end->number);
    else if (end->number != 0)
        result.code =
            error_set(&error, end->number == -ERROR_INVALID ? ERROR_INVALID : ERROR_FAILED, "%.*s",
                      (int)end->output_length, end->output);
    else
        result.power_is_on = end->output_length == strlen(says_on) &&
                             memcmp(end->output, says_on, strlen(says_on)) == 0;
    if (result.code < 0)
        result.error = &error;
    action->ended(action, &result);
}

int snmp_driver_start(struct driver_action *action, struct error *error)
{
    const struct device_config *config = action->config;
    const struct child_config child = {.loop = config->loop,
                                       .netns_fd = config->outside_netns_fd,
                                       .run = run_snmp,
                                       .run_context = action,
                                       .max_us = config->snmp_max_us,
                                       .output_bytes_max = ERROR_TEXT_MAX};
    return child_start(&child, snmp_ended, action, &action->child, error);
}
