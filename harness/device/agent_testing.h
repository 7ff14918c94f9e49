/* SPDX-License-Identifier: MIT */
/* A switch to be switched in tests: Debian's snmpd in a network namespace. It knows nothing of PoE,
 * so a script behind its `pass` directive plays a switch of four ports: 7 does as it is told, 8 is
 * read-only, 9 takes commands and ignores them, 10 answers nonsense. The state of each is in a
 * file. For a process of its own, which ends at once where the agent cannot be had. */
#ifndef RCLAB_DEVICE_AGENT_TESTING_H
#define RCLAB_DEVICE_AGENT_TESTING_H

#include <stdio.h>
#include <unistd.h>

enum {
    AGENT_PORT = 1161, /* a namespace of its own: nobody else has it */
    TRIAL_BROKEN = 99
};

#define MUST(condition)                                                               \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "\n%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            _exit(TRIAL_BROKEN);                                                      \
        }                                                                             \
    } while (0)

struct agent {
    const char *folder; /* of the files; borrowed */
    int netns_fd;       /* borrowed */
    pid_t pid;
};

void agent_write_file(const struct agent *agent, const char *name, const char *text);
/* What the port really is: '1' on, '2' off. */
char agent_port_state(const struct agent *agent, const char *name);
void agent_start(struct agent *agent);
/* It must have lived until now. */
void agent_stop(struct agent *agent);

#endif
