/* SPDX-License-Identifier: MIT */
/* What the program's exit status tells whoever called it. */
#ifndef RCLAB_BASE_EXIT_CODE_H
#define RCLAB_BASE_EXIT_CODE_H

enum exit_code {
    GO_ON = -1, /* none yet: a step of a command has succeeded, the next one follows */
    EXIT_CODE_PASS = 0,
    EXIT_CODE_FAIL = 1,  /* a phone failed */
    EXIT_CODE_USAGE = 2, /* usage, or a scenario file is wrong */
    EXIT_CODE_LAB = 3,   /* the lab failed, or this machine lacks something */
    EXIT_CODE_INTERRUPTED = 130,
};

#endif
