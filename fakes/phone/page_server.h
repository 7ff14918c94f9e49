/* SPDX-License-Identifier: MIT */
/* The phone's web page on port 80 of its address. Exists only while the phone is up: otherwise the
 * kernel refuses connections, as a phone without its web server does. */
#ifndef RCLAB_FAKES_PHONE_PAGE_SERVER_H
#define RCLAB_FAKES_PHONE_PAGE_SERVER_H

#include "fakes/phone/page.h"
#include "harness/loop/loop.h"

enum {
    PAGE_PORT = 80,
    PAGE_CONNECTIONS_MAX = 16, /* one more is refused */
    PAGE_IDLE_SECONDS = 60,    /* real ones: on the real clock, a silent connection is closed */
};

struct page_server_config { /* strings borrowed for the server's life */
    struct loop *loop;
    int netns_fd;
    uint32_t address;
    uint16_t port; /* 0 = any free one, for tests */
    const char *password;
    uint64_t nonce_seed; /* another one for each boot */
    /* What the page shows at this moment. */
    void (*view)(void *context, struct page_view *ret_view);
    /* answer->command is not PAGE_NOTHING. A negative code: not done, and the error says why. Must
     * not free the server. */
    int (*command)(void *context, const struct page_answer *answer, struct error *error);
    void *context;
};

struct page_server;
int page_server_new(const struct page_server_config *config, struct page_server **ret_server,
                    struct error *error);
void page_server_free(struct page_server *server); /* not from inside its callbacks */
uint16_t page_server_port(const struct page_server *server);

#endif
