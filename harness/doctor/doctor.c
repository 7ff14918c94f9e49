/* SPDX-License-Identifier: MIT */
#include "harness/doctor/doctor.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

static void __attribute__((format(printf, 4, 0))) set(struct doctor_finding *finding,
                                                      enum doctor_verdict verdict,
                                                      const char *advice, const char *format,
                                                      va_list arguments)
{
    finding->verdict = verdict;
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    snprintf(finding->advice, sizeof finding->advice, "%s", advice ? advice : "");
}

void doctor_set(struct doctor_finding *finding, enum doctor_verdict verdict, const char *advice,
                const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set(finding, verdict, advice, format, arguments);
    va_end(arguments);
}

static void print_plainly(FILE *stream, const char *text)
{
    for (; *text; text++)
        putc(iscntrl((unsigned char)*text) ? '?' : *text, stream);
    putc('\n', stream);
}

void doctor_tell(struct doctor_report *report, const char *what,
                 const struct doctor_finding *finding)
{
    static const char *const names[] = {
        [DOCTOR_OK] = "ok", [DOCTOR_HINT] = "hint", [DOCTOR_BAD] = "BAD"};
    fprintf(report->stream, "%-4s %-22s ", names[finding->verdict], what);
    print_plainly(report->stream, finding->text);
    if (finding->advice[0]) {
        fputs("     ", report->stream);
        print_plainly(report->stream, finding->advice);
    }
    report->bad += finding->verdict == DOCTOR_BAD;
}

void doctor_say(struct doctor_report *report, enum doctor_verdict verdict, const char *what,
                const char *advice, const char *format, ...)
{
    struct doctor_finding finding;
    va_list arguments;
    va_start(arguments, format);
    set(&finding, verdict, advice, format, arguments);
    va_end(arguments);
    doctor_tell(report, what, &finding);
}
