/* SPDX-License-Identifier: MIT */
/* The keys of a run's TLS connections to its servers, so that whoever opens its capture reads what
 * was said. */
#ifndef RCLAB_RUN_TLS_KEYS_H
#define RCLAB_RUN_TLS_KEYS_H

#include "harness/base/error.h"

/* From now on the keys of each connection to this process's servers go to `folder`/tls-keys.log
 * (see web_keys_record). To be called before the first connection. */
void tls_keys_record(const char *folder);
/* Puts the keys recorded in keys_folder into the finished capture in `folder` (a decryption secrets
 * block behind the header, where readers want it: before the frames). Nothing recorded: nothing
 * done. */
int tls_keys_embed(const char *keys_folder, const char *folder, const char *capture_name,
                   struct error *error);
void tls_keys_clear(const char *keys_folder);  /* what is recorded from now on begins a new log */
void tls_keys_remove(const char *keys_folder); /* the log; what captures hold stays */

#endif
