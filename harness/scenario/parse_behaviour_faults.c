/* SPDX-License-Identifier: MIT */
/* What goes wrong below the answer: at the TLS handshake, in a TFTP transfer. */
#include "harness/scenario/parse_behaviour.h"

enum { STATUS_FORBIDDEN = 403, STATUS_NOT_FOUND = 404, STATUS_SERVER_ERROR = 500 };

void behaviour_read_tls(struct parse *parse, const struct node *value, void *target)
{
    static const char *const faults[] = {[BEHAVIOUR_TLS_EXPIRED - 1] = "expired",
                                         [BEHAVIOUR_TLS_WRONG_HOST - 1] = "wrong-host",
                                         [BEHAVIOUR_TLS_UNTRUSTED - 1] = "untrusted",
                                         [BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE - 1] =
                                             "want-client-certificate",
                                         [BEHAVIOUR_TLS_ABORT - 1] = "abort"};
    struct behaviour_draft *draft = target;
    size_t index;
    draft->tls = value;
    if (value_word(parse, value, "what happens at the TLS handshake", faults,
                   sizeof faults / sizeof faults[0], &index))
        draft->behaviour.tls = (enum behaviour_tls)(index + 1);
}

/* EDOS has no TFTP. */
static bool is_over_tftp(struct parse *parse, const struct node *value,
                         const struct behaviour_draft *draft)
{
    if (draft->server == SERVER_PROVISION)
        return true;
    parse_expected(parse, value->key, NULL,
                   "a key of a behaviour of `edos`, which is not asked over TFTP");
    return false;
}

void behaviour_read_tftp_error(struct parse *parse, const struct node *value, void *target)
{
    enum { ERROR_NOT_FOUND = 1, ERROR_ACCESS = 2 }; /* RFC 1350, appendix */
    struct behaviour_draft *draft = target;
    uint64_t code;
    if (!is_over_tftp(parse, value, draft) || !behaviour_name_once(parse, value, draft) ||
        !value_number(parse, value, "an error code of TFTP", 0, TFTP_ERROR_CODE_MAX, &code))
        return;
    draft->named_kind = BEHAVIOUR_TFTP_ERROR;
    draft->behaviour.tftp_error = (unsigned)code;
    draft->behaviour.status = code == ERROR_NOT_FOUND ? STATUS_NOT_FOUND
                              : code == ERROR_ACCESS  ? STATUS_FORBIDDEN
                                                      : STATUS_SERVER_ERROR;
}

static void read_block(struct parse *parse, const struct node *value, struct behaviour_draft *draft,
                       unsigned *ret_block)
{
    uint64_t block;
    if (is_over_tftp(parse, value, draft) &&
        value_number(parse, value, "the number of a block", 1, TFTP_FAULT_BLOCK_MAX, &block))
        *ret_block = (unsigned)block;
}

void behaviour_read_drop_block(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    draft->drop_block = value;
    read_block(parse, value, draft, &draft->behaviour.drop_block);
}

void behaviour_read_duplicate_block(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    draft->duplicate_block = value;
    read_block(parse, value, draft, &draft->behaviour.duplicate_block);
}

/* Nothing comes of what was to be answered. */
void behaviour_check_abort(struct parse *parse, const struct behaviour_draft *draft)
{
    const struct node *const beside[] = {draft->named,      draft->status,         draft->body,
                                         draft->file,       draft->headers,        draft->redirect,
                                         draft->delay,      draft->rate,           draft->truncate,
                                         draft->drop_block, draft->duplicate_block};
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++)
        behaviour_refuse_beside(parse, beside[i], "tls: abort");
}
