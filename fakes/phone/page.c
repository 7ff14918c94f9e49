/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page.h"
#include <string.h>

static const char html[] = "text/html; charset=utf-8";
static const char xml[] = "text/xml; charset=utf-8";
static const char read_methods[] = "GET, HEAD", form_methods[] = "POST",
                  command_methods[] = "GET, HEAD, POST";

struct call { /* one request on its way through */
    const struct page_view *view;
    const struct page_request *request;
    const struct page_target *target;
    struct page_answer *answer;
};

static void say(struct page_answer *answer, const struct page_view *view, unsigned status,
                const char *title, const char *text)
{
    buffer_clear(&answer->body);
    answer->status = status;
    answer->content_type = html;
    page_render_message(view, title, text, &answer->body);
}

/* --- what stands behind each path ------------------------------------------------------------- */

static void show_page(const struct call *call)
{
    page_render_html(call->view, &call->answer->body);
}

static void show_status(const struct call *call)
{
    call->answer->content_type = xml;
    page_render_status(call->view, &call->answer->body);
}

static void show_config(const struct call *call)
{
    call->answer->content_type = xml;
    page_render_config(call->view, &call->answer->body);
}

static void command(const struct call *call, enum page_command name, const char *title,
                    const char *text)
{
    /* Looking at a head only must not reboot a phone. */
    if (strcmp(call->request->method, "HEAD") != 0)
        call->answer->command = name;
    say(call->answer, call->view, 200, title, text);
}

static void do_resync(const struct call *call)
{
    memcpy(call->answer->url, call->target->query, sizeof call->answer->url);
    command(call, PAGE_RESYNC, "Resync", "The phone fetches its profile.");
}

static void do_reboot(const struct call *call)
{
    command(call, PAGE_REBOOT, "Reboot", "The phone reboots.");
}

static void do_factory_reset(const struct call *call)
{
    command(call, PAGE_FACTORY_RESET, "Factory reset", "The phone forgets everything and reboots.");
}

static void do_configure(const struct call *call)
{
    struct error error;
    int result = page_form_parse(call->request->body, call->request->body_length,
                                 &call->answer->fields, &error);
    if (result < 0)
        say(call->answer, call->view, result == ERROR_LIMIT ? 413 : 400, "Not saved", error.text);
    else
        command(call, PAGE_CONFIGURE, "Saved", "The settings are in force.");
}

static const struct page {
    const char *path;
    const char *methods; /* as in the header Allow */
    void (*serve)(const struct call *call);
} pages[] = {
    {"/", read_methods, show_page},
    {"/admin", read_methods, show_page},
    {"/admin/", read_methods, show_page},
    {"/advanced", read_methods, show_page},
    {"/admin/advanced", read_methods, show_page},
    {"/admin/status.xml", read_methods, show_status},
    {"/admin/cfg.xml", read_methods, show_config},
    {"/admin/resync", command_methods, do_resync},
    {"/admin/reboot", command_methods, do_reboot},
    {"/admin/factory-reset", command_methods, do_factory_reset},
    {"/admin/bcisco.csc", form_methods, do_configure},
};

static const struct page *find_page(const char *path)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (strcmp(pages[i].path, path) == 0)
            return &pages[i];
    }
    return NULL;
}

/* Whether the list "GET, HEAD" has this very method. */
static bool allows(const char *methods, const char *method)
{
    size_t length = strlen(method);
    while (*methods != '\0') {
        size_t item = strcspn(methods, ", ");
        if (item == length && memcmp(methods, method, item) == 0)
            return true;
        methods += item + strspn(methods + item, ", ");
    }
    return false;
}

static void serve(const struct call *call)
{
    const struct page *page = find_page(call->target->path);
    if (!page) {
        say(call->answer, call->view, 404, "Not found", "There is no such page on this phone.");
    } else if (!allows(page->methods, call->request->method)) {
        say(call->answer, call->view, 405, "Not like this", "The page does not take that method.");
        call->answer->allow = page->methods;
    } else {
        page->serve(call);
    }
}

void page_answer_init(struct page_answer *answer, const struct page_auth *auth,
                      const struct page_view *view, const struct page_request *request)
{
    struct page_target target;
    *answer = (struct page_answer){.status = 200, .content_type = html};
    buffer_init(&answer->body, PAGE_BYTES_MAX);
    parameters_init(&answer->fields);
    if (!page_target_parse(request->target, &target)) {
        say(answer, view, 400, "Not understood", "The address is malformed or too long.");
        return;
    }
    if (!page_auth_password(auth, target.user, target.password))
        answer->log_in =
            page_auth_check(auth, request->authorization, request->method, request->target);
    if (answer->log_in != PAGE_AUTH_GRANTED) {
        say(answer, view, 401, "Log in", "This page is for the user admin.");
        return;
    }
    serve(&(const struct call){view, request, &target, answer});
    if (answer->body.failed)
        page_answer_fail(answer, view, "There is more to show than the page can hold.");
}

void page_answer_fail(struct page_answer *answer, const struct page_view *view, const char *text)
{
    answer->command = PAGE_NOTHING;
    say(answer, view, 500, "Not done", text);
}

void page_answer_done(struct page_answer *answer)
{
    buffer_done(&answer->body);
    parameters_done(&answer->fields);
}
