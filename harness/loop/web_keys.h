/* SPDX-License-Identifier: MIT */
/* The keys of TLS connections to this process's own servers, in the form that captures take (NSS
 * key log: a line of label, client random, secret). Of the servers alone: the same library would
 * write down those of our connections to a device's page, too, and with them the password that goes
 * there. */
#ifndef RCLAB_LOOP_WEB_KEYS_H
#define RCLAB_LOOP_WEB_KEYS_H

#include <gnutls/gnutls.h>

/* For the whole process, from now on: appended to the file, which is made with the first of them,
 * for its owner alone. */
void web_keys_record(const char *path);
/* For the server: before the handshake. */
void web_keys_of_session(gnutls_session_t session);

#endif
