/* SPDX-License-Identifier: MIT */
/* The phone's web page as a function: a request in, an answer and perhaps a command out.
 *
 *   GET  / and /admin/advanced   the page for people: Info > Status (RC-VIEW-2)
 *   GET  /admin/status.xml       the same for programs
 *   GET  /admin/cfg.xml          the parameters
 *   GET  /admin/resync[?URL]     fetches a profile; without URL by Profile_Rule
 *   GET  /admin/reboot           (also by POST)
 *   GET  /admin/factory-reset    (also by POST)
 *   POST /admin/bcisco.csc       form fields PARAMETER=VALUE
 *
 * Values of parameters with "Password" in their name are never shown.
 * All need a log-in: HTTP Digest or Basic, or the suffix xuser=…&xpassword=… of the query. */
#ifndef RCLAB_FAKES_PHONE_PAGE_H
#define RCLAB_FAKES_PHONE_PAGE_H

#include "fakes/phone/page_auth.h"
#include "fakes/phone/page_form.h"
#include "fakes/phone/phone_core.h"
#include "harness/base/buffer.h"

enum {
    PAGE_ESCAPED_BYTES = 6, /* of one byte, at most: &quot; */
    /* All parameters at their longest, their names twice, and what stands around them. */
    PAGE_BYTES_MAX = (PARAMETERS_MAX + 16) *
                     (PAGE_ESCAPED_BYTES * (PARAMETER_VALUE_MAX + 2 * PARAMETER_NAME_MAX) + 64),
};

struct page_view { /* what there is to show; borrowed */
    struct phone_status status;
    const struct parameters *parameters;
};
struct page_request { /* borrowed */
    const char *method, *target;
    const char *authorization; /* that header, NULL = none */
    const uint8_t *body;
    size_t body_length;
};
enum page_command { PAGE_NOTHING, PAGE_CONFIGURE, PAGE_RESYNC, PAGE_REBOOT, PAGE_FACTORY_RESET };
struct page_answer {
    unsigned status;
    const char *content_type;      /* static */
    const char *allow;             /* header Allow of a 405, else NULL; static */
    enum http_login_result log_in; /* of a 401: see page_auth_challenge */
    struct buffer body;
    enum page_command command;
    char url[PHONE_URL_MAX];  /* PAGE_RESYNC; "" = none given */
    struct parameters fields; /* PAGE_CONFIGURE */
};

/* Always gives an answer, whatever came. */
void page_answer_init(struct page_answer *answer, const struct page_auth *auth,
                      const struct page_view *view, const struct page_request *request);
/* The command could not be carried out: an error page instead. */
void page_answer_fail(struct page_answer *answer, const struct page_view *view, const char *text);
void page_answer_done(struct page_answer *answer);

/* --- its pieces --- */
/* <status>: one element a value, attribute `group` as on the real pages; `markup` says how it is
 * laid out. */
void page_render_status(const struct page_view *view, struct buffer *buffer);
/* Text as it may stand in XML and HTML, attribute values included; what is neither UTF-8 nor
 * allowed in XML becomes '?'. */
void page_escape(struct buffer *buffer, const char *text);

#endif
