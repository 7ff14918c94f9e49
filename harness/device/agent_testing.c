/* SPDX-License-Identifier: MIT */
#include "harness/device/agent_testing.h"
#include "harness/loop/namespace.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { AGENT_START_MAX_MS = 20000 };

static const char agent_switch_script[] =
    "cd \"${0%/*}\" || exit 1\n"
    "port=${2#.1.3.6.1.2.1.105.1.1.1.3.}\n"
    "case $1,$port in\n"
    "  -g,1.[789]) echo \"$2\"; echo integer; cat \"$port\" ;;\n"
    "  -g,1.10) echo \"$2\"; echo string; echo nonsense ;;\n"
    "  -s,1.7) echo \"$4\" >1.7 ;;\n"
    "  -s,1.8) echo not-writable ;;\n"
    "esac\n";
static const char agent_config[] = "agentaddress udp:127.0.0.1:1161\n"
                                   "rocommunity reader 127.0.0.1\n"
                                   "rwcommunity writer 127.0.0.1\n"
                                   "createUser both SHA authentication-1 AES privacy-1\n"
                                   "rwuser both priv\n"
                                   "createUser long SHA-512 authentication-1 AES privacy-1\n"
                                   "rwuser long priv\n"
                                   "createUser half SHA-256 authentication-1\n"
                                   "rwuser half auth\n"
                                   "createUser old MD5 authentication-1 DES privacy-1\n"
                                   "rwuser old priv\n"
                                   "createUser open\n"
                                   "rwuser open noauth\n"
                                   "createUser looker SHA authentication-1 AES privacy-1\n"
                                   "rouser looker priv\n";

void agent_write_file(const struct agent *agent, const char *name, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", agent->folder, name);
    FILE *file = fopen(path, "we");
    MUST(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

char agent_port_state(const struct agent *agent, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", agent->folder, name);
    FILE *file = fopen(path, "re");
    MUST(file);
    int state = fgetc(file);
    fclose(file);
    return (char)state;
}

static _Noreturn void agent_be(const struct agent *agent, int output_fd)
{
    struct namespace_visit visit;
    char path[PATH_MAX];
    const char *const places[] = {"/usr/sbin/snmpd", "/usr/local/sbin/snmpd", "/usr/bin/snmpd"};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (namespace_enter(&visit, agent->netns_fd, NULL) < 0 || dup2(output_fd, 1) < 0 ||
        dup2(output_fd, 2) < 0 || setenv("SNMP_PERSISTENT_DIR", agent->folder, 1) < 0 ||
        setenv("MIBS", "", 1) < 0)
        _exit(1);
    snprintf(path, sizeof path, "%s/agent.conf", agent->folder);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        execl(places[i], "snmpd", "-f", "-Le", "-C", "-c", path, (char *)NULL);
    dprintf(2, "snmpd is not installed (Debian: apt-get install snmpd)\n");
    _exit(1);
}

/* It says so when it serves. */
static void agent_await(int output_fd)
{
    char said[8192];
    size_t length = 0;
    struct pollfd readable = {.fd = output_fd, .events = POLLIN};
    for (said[0] = '\0'; !strstr(said, "NET-SNMP version");) {
        ssize_t more = poll(&readable, 1, AGENT_START_MAX_MS) == 1
                           ? read(output_fd, said + length, sizeof said - 1 - length)
                           : 0;
        if (more <= 0) {
            fprintf(stderr, "\nsnmpd did not start; it said:\n%s\n", said);
            _exit(TRIAL_BROKEN);
        }
        length += (size_t)more;
        said[length] = '\0';
    }
}

void agent_start(struct agent *agent)
{
    char config[PATH_MAX + sizeof agent_config + 64];
    int output_fds[2];
    snprintf(config, sizeof config, "%spass .1.3.6.1.2.1.105.1.1.1.3 /bin/sh %s/switch.sh\n",
             agent_config, agent->folder);
    agent_write_file(agent, "agent.conf", config);
    agent_write_file(agent, "switch.sh", agent_switch_script);
    agent_write_file(agent, "1.7", "1\n");
    agent_write_file(agent, "1.8", "1\n");
    agent_write_file(agent, "1.9", "1\n");
    MUST(pipe2(output_fds, O_CLOEXEC) == 0);
    agent->pid = fork();
    MUST(agent->pid >= 0);
    if (agent->pid == 0)
        agent_be(agent, output_fds[1]);
    close(output_fds[1]);
    agent_await(output_fds[0]);
    fcntl(output_fds[0], F_SETFL, O_NONBLOCK); /* kept open: a closed one would end the agent */
}

void agent_stop(struct agent *agent)
{
    int status;
    MUST(waitpid(agent->pid, &status, WNOHANG) == 0);
    kill(agent->pid, SIGKILL);
    MUST(waitpid(agent->pid, &status, 0) == agent->pid);
}
