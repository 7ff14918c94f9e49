/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page.h"
#include <stdio.h>
#include <string.h>

enum { PARTS_MAX = 3, ITEMS_MAX = 16, ITEM_TEXT_MAX = 64 };
static const char hidden[] = "********";

/* --- escaping --------------------------------------------------------------------------------- */

/* Length of the UTF-8 sequence that begins here (RFC 3629); 0 = none. */
static size_t utf8_length(const unsigned char *text)
{
    size_t length = text[0] >= 0xf0 && text[0] <= 0xf4   ? 4
                    : text[0] >= 0xe0 && text[0] <= 0xef ? 3
                    : text[0] >= 0xc2 && text[0] <= 0xdf ? 2
                                                         : 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    bool surrogate = text[0] == 0xed && text[1] > 0x9f;
    bool too_high = text[0] == 0xf4 && text[1] > 0x8f;
    bool no_character = text[0] == 0xef && text[1] == 0xbf && (text[2] & 0xfe) == 0xbe;
    return length > 0 && (overlong || surrogate || too_high || no_character) ? 0 : length;
}

static const char *entity_of(unsigned char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void page_escape(struct buffer *buffer, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        const char *entity = entity_of(*at);
        size_t length = *at < 0x80 ? 1 : utf8_length(at);
        bool control = *at < 0x20 && *at != '\t' && *at != '\n' && *at != '\r';
        if (entity)
            buffer_text(buffer, entity);
        else if (length == 0 || control || *at == 0x7f)
            buffer_text(buffer, "?");
        else
            buffer_append(buffer, at, length);
        at += length > 0 ? length : 1;
    }
}

/* --- what is shown ---------------------------------------------------------------------------- */

struct item {
    const char *name; /* of the XML element */
    char text[ITEM_TEXT_MAX];
    const char *borrowed; /* instead of `text`, if not NULL */
};
struct part {
    const char *title, *group; /* "Product Information", "Info/Product_Information" */
    struct item items[ITEMS_MAX];
    size_t count;
};

static struct item *add(struct part *part, const char *name, const char *borrowed)
{
    struct item *item = &part->items[part->count++];
    *item = (struct item){.name = name, .borrowed = borrowed};
    return item;
}

static void add_address(struct part *part, const char *name, uint32_t address)
{
    struct item *item = add(part, name, NULL);
    if (address != 0)
        ipv4_format(address, item->text);
}

static void collect(const struct page_view *view, struct part parts[PARTS_MAX])
{
    const struct phone_status *status = &view->status;
    struct part *system = &parts[0], *ipv4 = &parts[1], *product = &parts[2];
    *system = (struct part){.title = "System Information", .group = "Info/System_Information"};
    add(system, "Host_Name", status->host_name);
    add(system, "Domain", status->domain);
    add_address(system, "Primary_DNS", status->dns);
    *ipv4 = (struct part){.title = "IPv4 Information", .group = "Info/IPv4_Information"};
    add(ipv4, "Connection_Type", "DHCP");
    add_address(ipv4, "Current_IP", status->address);
    add_address(ipv4, "Current_Netmask", status->mask);
    add_address(ipv4, "Current_Gateway", status->router);
    *product = (struct part){.title = "Product Information", .group = "Info/Product_Information"};
    add(product, "Product_Name", status->model->product_name);
    add(product, "Serial_Number", status->serial);
    add(product, "Software_Version", status->model->software_version);
    add(product, "Hardware_Version", status->model->hardware_version);
    mac_digits(&status->mac, true, add(product, "MAC_Address", NULL)->text);
    add(product, "Client_Certificate", "Installed");
    add(product, "Customization", status->customization);
}

static const char *item_text(const struct item *item)
{
    return item->borrowed ? item->borrowed : item->text;
}

/* Passwords are not shown. */
static const char *shown(const struct parameter_entry *entry)
{
    return strstr(entry->name, "Password") && entry->value[0] != '\0' ? hidden : entry->value;
}

/* --- XML -------------------------------------------------------------------------------------- */

static void element(struct buffer *buffer, const char *name, const char *attribute,
                    const char *attribute_value, const char *text)
{
    buffer_format(buffer, "<%s %s=\"%s\">", name, attribute, attribute_value);
    page_escape(buffer, text);
    buffer_format(buffer, "</%s>\n", name);
}

/* Every `from` of the page becomes `to`. */
static void replace(struct buffer *page, const char *from, const char *to)
{
    struct buffer changed;
    size_t length = strlen(from);
    const char *at = buffer_string(page);
    buffer_init(&changed, page->max_bytes);
    for (const char *next = strstr(at, from); next; next = strstr(at, from)) {
        buffer_append(&changed, at, (size_t)(next - at));
        buffer_text(&changed, to);
        at = next + length;
    }
    buffer_text(&changed, at);
    if (!changed.failed) { /* else it stays as it was */
        buffer_clear(page);
        buffer_append(page, changed.data, changed.length);
    }
    buffer_done(&changed);
}

/* The same page in other words: what a reader of XML must not care about. */
static void vary_markup(enum variation_markup markup, struct buffer *page)
{
    switch (markup) {
    case MARKUP_ATTRIBUTES:
        replace(page, " group=", " ua=\"na\" group =\n  ");
        break;
    case MARKUP_WHITESPACE:
        replace(page, "\n<", "\r\n\t<");
        replace(page, "\">", "\" >\n ");
        replace(page, "</", " \n</");
        break;
    case MARKUP_MORE:
        replace(page, "<Customization ",
                "<!-- <Customization>None</Customization> -->"
                "<Customization_Server group=\"Info/Product_Information\">None"
                "</Customization_Server>\n<Customization ");
        break;
    default:
        break;
    }
}

void page_render_status(const struct page_view *view, struct buffer *buffer)
{
    struct part parts[PARTS_MAX];
    collect(view, parts);
    buffer_text(buffer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<status>\n");
    for (size_t i = 0; i < PARTS_MAX; i++) {
        for (size_t k = 0; k < parts[i].count; k++)
            element(buffer, parts[i].items[k].name, "group", parts[i].group,
                    item_text(&parts[i].items[k]));
    }
    buffer_text(buffer, "</status>\n");
    vary_markup(view->status.markup, buffer);
}

/* The parameters that were set. */
static void render_config(const struct page_view *view, struct buffer *buffer)
{
    buffer_text(buffer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<device>\n<flat-profile>\n");
    for (size_t i = 0; i < view->parameters->count; i++)
        element(buffer, view->parameters->entries[i].name, "ua", "na",
                shown(&view->parameters->entries[i]));
    buffer_text(buffer, "</flat-profile>\n</device>\n");
}

/* --- HTML ------------------------------------------------------------------------------------- */

/* The tabs need no script: the tab that the address names (#voice) is shown, else Info. It comes
 * first in the text, because CSS can only look back; `order` puts things where they belong. */
static const char style[] =
    "<style>\n"
    "body{margin:0;min-height:100vh;display:flex;flex-direction:column;"
    "font:15px/1.5 system-ui,sans-serif;color:#1d2a33;background:#f2f5f7}\n"
    "header{order:1;display:flex;flex-wrap:wrap;align-items:baseline;gap:0 "
    "14px;background:#04678c;color:#fff;"
    "padding:14px 28px}\n"
    "header b{font-size:20px;white-space:nowrap}header i{margin-left:auto;font-style:normal}header "
    "span,"
    "header i{opacity:.9}\n"
    "nav{order:2;background:#fff;border-bottom:1px solid #d5dde2;padding:0 28px}\n"
    "nav a{display:inline-block;padding:10px 14px;color:#3a5566;text-decoration:none}\n"
    "nav a.xml{float:right}\n"
    "nav .info,#voice:target~nav .voice{border-bottom:3px solid #049fd9;color:#04678c;"
    "font-weight:600}\n"
    "#voice:target~nav .info{border:0;color:#3a5566;font-weight:400}\n"
    "main{order:3;display:flex;flex-wrap:wrap;gap:20px;padding:16px 28px 28px;max-width:1200px}\n"
    "#voice{display:none}#voice:target{display:flex}#voice:target~#info{display:none}\n"
    "h1{flex:1 0 100%;font-size:18px;font-weight:500;margin:0}\n"
    "section{background:#fff;border:1px solid #d5dde2;border-radius:6px;padding:14px 20px;"
    "flex:1 1 340px}\n"
    "#voice section{flex-basis:100%}\n"
    "h2{font-size:16px;margin:0 0 10px;color:#04678c}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:left;vertical-align:top;padding:4px 8px 4px 0;border-top:1px solid #edf1f3}\n"
    "th{font-weight:500;color:#5b6f7b;width:45%}td{overflow-wrap:anywhere}\n"
    "td:empty::before{content:\"–\";color:#9fb0ba}\n"
    "#Customization{font-weight:700}\n"
    "#Customization::before{content:\"\";display:inline-block;width:.65em;height:.65em;"
    "border-radius:50%;margin-right:.5em;background:#e0a100}\n"
    "#Customization.Acquired::before{background:#2e9e4f}\n"
    "#Customization.Aborted::before,#Customization.Unavailable::before{background:#c4342d}\n"
    "form{display:flex;flex-wrap:wrap;gap:4px 8px;margin:8px 0;align-items:center}\n"
    "label{flex:0 0 200px;color:#5b6f7b}\n"
    "input{flex:1 1 240px;min-width:0;padding:5px 7px;font:inherit;border:1px solid #b9c6ce;"
    "border-radius:4px}\n"
    "button,a.button{padding:5px 14px;border:0;border-radius:4px;background:#04678c;color:#fff;"
    "font:inherit;text-decoration:none}\n"
    "a.danger{background:#c4342d}\n"
    "</style>\n";

static void begin_html(const struct page_view *view, struct buffer *buffer)
{
    buffer_text(buffer,
                "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta "
                "name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
    page_escape(buffer, view->status.model->product_name);
    buffer_format(buffer, "</title>\n%s</head><body>\n<header><b>", style);
    page_escape(buffer, view->status.model->product_name);
    buffer_text(buffer, "</b><span>");
    page_escape(buffer, view->status.host_name);
    buffer_text(buffer, "</span><i>Admin · advanced</i></header>\n");
}

static void end_html(struct buffer *buffer)
{
    buffer_text(buffer, "</body></html>\n");
}

/* "Product_Name" is shown as "Product Name", "Proxy_1_" as "Proxy 1". */
static void label(struct buffer *buffer, const char *name)
{
    for (; *name != '\0' && strcmp(name, "_") != 0; name++)
        buffer_u8(buffer, *name == '_' ? ' ' : (uint8_t)*name);
}

static void part_html(struct buffer *buffer, const struct part *part, const char *customization)
{
    buffer_format(buffer, "<section><h2>%s</h2><table>\n", part->title);
    for (size_t i = 0; i < part->count; i++) {
        buffer_text(buffer, "<tr><th>");
        label(buffer, part->items[i].name);
        const char *text = item_text(&part->items[i]);
        buffer_format(buffer, "</th><td id=\"%s\"", part->items[i].name);
        if (text == customization) /* its colour */
            buffer_format(buffer, " class=\"%s\"", customization);
        buffer_u8(buffer, '>');
        page_escape(buffer, text);
        buffer_text(buffer, "</td></tr>\n");
    }
    buffer_text(buffer, "</table></section>\n");
}

/* One form a parameter: saving one must not "configure" its neighbours, too. */
static void settings_html(const struct page_view *view, struct buffer *buffer)
{
    static const char *const names[] = {"Profile_Rule", "Resync_Error_Retry_Delay", "Proxy_1_"};
    buffer_text(buffer, "<section><h2>Configuration Profile</h2>\n");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = parameters_get(view->parameters, names[i]);
        if (!value)
            value = parameter_default(names[i]);
        buffer_format(buffer,
                      "<form method=\"post\" action=\"/admin/bcisco.csc\"><label for=\"f%zu\">", i);
        label(buffer, names[i]);
        buffer_format(buffer, "</label><input id=\"f%zu\" name=\"%s\" value=\"", i, names[i]);
        page_escape(buffer, value ? value : "");
        buffer_text(buffer, "\"><button>Save</button></form>\n");
    }
    buffer_text(buffer, "</section>\n");
}

static void actions_html(struct buffer *buffer)
{
    buffer_text(buffer,
                "<section><h2>Debug Info</h2>\n<p>"
                "<a class=\"button\" href=\"/admin/resync\">Resync</a> "
                "<a class=\"button\" href=\"/admin/reboot\">Reboot</a> "
                "<a class=\"button danger\" href=\"/admin/factory-reset\">Factory reset</a></p>\n"
                "<p>A factory reset forgets every setting and begins anew.</p></section>\n");
}

static void parameters_html(const struct page_view *view, struct buffer *buffer)
{
    buffer_text(buffer, "<section><h2>Parameters set</h2><table>\n");
    for (size_t i = 0; i < view->parameters->count; i++) {
        buffer_text(buffer, "<tr><th>");
        page_escape(buffer, view->parameters->entries[i].name);
        buffer_text(buffer, "</th><td>");
        page_escape(buffer, shown(&view->parameters->entries[i]));
        buffer_text(buffer, "</td></tr>\n");
    }
    if (view->parameters->count == 0)
        buffer_text(buffer, "<tr><td>none</td></tr>\n");
    buffer_text(buffer, "</table></section>\n");
}

static void render_html(const struct page_view *view, struct buffer *buffer)
{
    struct part parts[PARTS_MAX];
    collect(view, parts);
    begin_html(view, buffer);
    buffer_text(buffer, "<main id=\"voice\"><h1>Voice &gt; Provisioning</h1>\n");
    settings_html(view, buffer);
    parameters_html(view, buffer);
    buffer_text(buffer, "</main>\n<nav><a class=\"info\" href=\"#info\">Info</a>"
                        "<a class=\"voice\" href=\"#voice\">Voice</a>"
                        "<a class=\"xml\" href=\"/admin/cfg.xml\">cfg.xml</a>"
                        "<a class=\"xml\" href=\"/admin/status.xml\">status.xml</a></nav>\n"
                        "<main id=\"info\"><h1>Info &gt; Status</h1>\n");
    for (size_t i = 0; i < PARTS_MAX; i++)
        part_html(buffer, &parts[i], view->status.customization);
    actions_html(buffer);
    buffer_text(buffer, "</main>\n");
    end_html(buffer);
}

/* A short page with one sentence. */
static void render_message(const struct page_view *view, const char *title, const char *text,
                           struct buffer *buffer)
{
    begin_html(view, buffer);
    buffer_text(buffer, "<main><section><h2>");
    page_escape(buffer, title);
    buffer_text(buffer, "</h2><p>");
    page_escape(buffer, text);
    buffer_text(buffer, "</p><p><a href=\"/admin/advanced\">Back</a></p></section></main>\n");
    end_html(buffer);
}

/* --- a request -------------------------------------------------------------------------------- */

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
    render_message(view, title, text, &answer->body);
}

/* --- what stands behind each path ------------------------------------------------------------- */

static void show_page(const struct call *call)
{
    render_html(call->view, &call->answer->body);
}

static void show_status(const struct call *call)
{
    call->answer->content_type = xml;
    page_render_status(call->view, &call->answer->body);
}

static void show_config(const struct call *call)
{
    call->answer->content_type = xml;
    render_config(call->view, &call->answer->body);
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
    if (answer->log_in != HTTP_LOGIN_GOOD) {
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
