/* SPDX-License-Identifier: MIT */
/* From the seven DHCP options to the URLs that a phone tries, in its order: 66, 160, 159, 150, 60,
 * 43, 125; within one, server by server (`A;B`); for a URL as given, then + /$PSN.xml, then
 * + /Cisco/$PN/$MA.cfg; for a bare address or name both files over tftp, http, https in turn. */
#ifndef RCLAB_FAKES_PHONE_OPTION_URLS_H
#define RCLAB_FAKES_PHONE_OPTION_URLS_H

#include "fakes/phone/dhcp_client.h"
#include "fakes/phone/macros.h"
#include "fakes/phone/policy.h"
#include <stdbool.h>
#include <stddef.h>

enum { OPTION_URLS_MAX = 128 };
struct option_urls {             /* zeroed = empty */
    char *urls[OPTION_URLS_MAX]; /* owned; macros expanded, no duplicates */
    size_t count;
};

void option_urls_done(struct option_urls *urls);
/* Replaces what was there. Values that are no configuration (a plain vendor class, bytes that are
 * no text) give nothing; what is beyond OPTION_URLS_MAX is left out. */
void option_urls_collect(const struct dhcp_lease *lease, const struct option_policy *policy,
                         const struct macro_values *values, struct option_urls *urls);
/* Replaces what was there by the usual files of one server: "https://host:port". */
void option_urls_of_server(const char *server, const struct option_policy *policy,
                           const struct macro_values *values, struct option_urls *urls);
bool option_urls_equal(const struct option_urls *a, const struct option_urls *b);
/* The server of option 66 that a Profile_Rule without one means: its host, without any port (that
 * of a URL belongs to the URL's scheme). False if the option is absent or names none. */
bool option_urls_default_server(const struct dhcp_lease *lease, char *ret_server, size_t size);

#endif
