/* SPDX-License-Identifier: MIT */
/* The downloads that phone_core asks for, carried out by a fetcher of the phone's own. */
#ifndef RCLAB_FAKES_PHONE_PHONE_TRANSFERS_H
#define RCLAB_FAKES_PHONE_PHONE_TRANSFERS_H

#include "fakes/phone/phone_core.h"
#include "harness/base/buffer.h"
#include "harness/loop/loop.h"

/* Called from the loop, never from inside phone_transfers_start or phone_transfers_cancel. */
typedef void transfer_ended_fn(void *context, unsigned id, const struct fetch_result *result);

/* Something of an answer came. No transfer may be started or cancelled in it. */
typedef void transfer_progress_fn(void *context, unsigned id);

struct phone_transfers;
/* ca_file: PEM, borrowed; NULL = no authority is trusted. certificate_fd: borrowed; a file with the
 * phone's own certificate and its key (PEM); -1 = it has none. */
int phone_transfers_new(struct loop *loop, int netns_fd, const char *ca_file, int certificate_fd,
                        transfer_progress_fn *progress, transfer_ended_fn *ended, void *context,
                        struct phone_transfers **ret_transfers, struct error *error);
void phone_transfers_free(struct phone_transfers *transfers);
/* What cannot even be started ends as FETCH_OTHER, on the loop's next turn. */
void phone_transfers_start(struct phone_transfers *transfers, unsigned id,
                           const struct phone_transfer *transfer, uint32_t own_address);
/* Unknown ids are ignored. cut: nothing more goes out, see fetch_cut. */
void phone_transfers_cancel(struct phone_transfers *transfers, unsigned id, bool cut);

/* Closes the connections that are kept; cut: as fetch_cut does it. */
void phone_transfers_disconnect(struct phone_transfers *transfers, bool cut);

/* As libcurl takes it; bytes that may not stand in a URL are escaped. */
void transfer_url(const struct phone_url *url, struct buffer *text);

#endif
