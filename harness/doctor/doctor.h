/* SPDX-License-Identifier: MIT */
/* What this machine or a lab of real phones lacks, and what to do about it. Findings go to the
 * report's stream as they are made, since some take seconds. */
#ifndef RCLAB_DOCTOR_DOCTOR_H
#define RCLAB_DOCTOR_DOCTOR_H

#include "harness/base/error.h"
#include "harness/lab_file/lab_file.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

enum doctor_verdict {
    DOCTOR_OK,
    DOCTOR_HINT, /* works, but may not be what was meant, or not for long */
    DOCTOR_BAD   /* a run will not work */
};
enum { DOCTOR_WHAT_MAX = 80 };
struct doctor_finding {
    enum doctor_verdict verdict;
    char text[ERROR_TEXT_MAX];   /* what was found */
    char advice[ERROR_TEXT_MAX]; /* what to do about it; "" = text says so */
};
struct doctor_report {
    FILE *stream; /* borrowed */
    unsigned bad;
};

/* Does this machine have what a run needs: kernel, dnsmasq, namespaces, a bridge, capturing? */
void doctor_look_at_machine(struct doctor_report *report);
/* Is this lab fit for `rclab run --lab`? Takes the wire while it asks, and sends nothing on it but
 * questions. */
void doctor_look_at_lab(const struct lab_file *lab, bool owns_network,
                        struct doctor_report *report);

/* --- findings ------------------------------------------------------------------------------- */

/* Advice NULL: none. */
void doctor_set(struct doctor_finding *finding, enum doctor_verdict verdict, const char *advice,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
/* One line, "BAD  WHAT  text", and one for the advice; counts. Bytes that a terminal would obey are
 * shown as '?': part of a text may come from a device. */
void doctor_tell(struct doctor_report *report, const char *what,
                 const struct doctor_finding *finding);
void doctor_say(struct doctor_report *report, enum doctor_verdict verdict, const char *what,
                const char *advice, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* --- certificates that a lab file gives: fit to be shown to phones? Pure. -------------------- */

enum { DOCTOR_CERTIFICATE_FINDINGS_MAX = 4, DOCTOR_CERTIFICATE_SOON_S = 7 * 24 * 3600 };
/* All that is wrong with it, or one finding that says that all is well; how many are returned. The
 * server speaks TLS. now: seconds since 1970. */
size_t doctor_certificate_judge(const struct lab_server *server, time_t now,
                                struct doctor_finding findings[DOCTOR_CERTIFICATE_FINDINGS_MAX]);

/* --- files that it points to ---------------------------------------------------------------- */

/* Is there a program of this name, as a command of the lab file would find it: a path with a '/' in
 * it is relative to the directory, another name is looked for in `search` (form of PATH)? Else the
 * error says what is wrong. */
int doctor_find_program(const char *directory, const char *program, const char *search,
                        struct error *error);
/* A hint for each file with a secret that everybody on this machine may read. */
void doctor_look_at_secrets(const struct lab_file *lab, struct doctor_report *report);
/* The programs by which this phone is reset, restarted and switched, and what needs a person. */
void doctor_look_at_ways(const struct lab_file *lab, const struct lab_phone *phone,
                         struct doctor_report *report);

/* --- what of this machine might speak on the wire by itself ---------------------------------- */

/* systemd-networkd's /run/systemd/netif/links/INDEX says that it configures the interface. */
bool doctor_networkd_manages(const char *text);
/* NetworkManager's /run/NetworkManager/devices/INDEX says so. */
bool doctor_network_manager_manages(const char *text);
/* A process's arguments (/proc/PID/cmdline: each ends with NUL) are those of a DHCP client on this
 * interface. */
bool doctor_is_dhcp_client(const char *arguments, size_t length, const char *interface);
/* A hint for each that was found, or one line that says that nothing was: a lab has no use for the
 * machine's own DHCP requests. */
void doctor_look_for_speakers(const char *interface, struct doctor_report *report);

#endif
