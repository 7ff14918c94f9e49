/* SPDX-License-Identifier: MIT */
/* One emulated phone as a process of its own: it stands in for a device on a wire, on the real
 * clock, and knows nothing of any harness. */
#ifndef RCLAB_PHONE_PROCESS_PHONE_PROCESS_H
#define RCLAB_PHONE_PROCESS_PHONE_PROCESS_H

#include "fakes/phone/emulated_phone.h"

struct phone_process_config { /* all borrowed */
    /* What it is: interface, model, readings, where its EDOS is … Loop, log and MAC address are
     * seen to here; serial NULL = one after the MAC address. */
    struct emulated_phone_config phone;
    double time_scale;     /* its clock runs so many times faster */
    const struct mac *mac; /* that the interface must have; NULL = its own will do */
    const char *control;   /* where orders come from (phone_orders), each answered by a line: a Unix
                              socket to make, "-": standard input; NULL = nowhere */
    const char *log;       /* a file, "-": standard output; NULL = none */
    bool off;              /* without power at first */
};
/* Until an order, a signal, the end of standard input or the loss of the interface ends it. */
int phone_process_run(const struct phone_process_config *config, struct error *error);

/* The other end: sends the order to the socket and waits for the answer. ERROR_FAILED: it was
 * answered with an error, which is the text. */
enum {
    PHONE_TELL_SECONDS_MAX = 10,
    PHONE_ANSWER_MAX = 1200, /* bytes, with the newline */
};
int phone_tell(const char *path, const char *order, char ret_answer[PHONE_ANSWER_MAX],
               struct error *error);

#endif
