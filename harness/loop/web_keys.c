/* SPDX-License-Identifier: MIT */
#include "harness/loop/web_keys.h"
#include "harness/base/buffer.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 4096, PATH_BYTES_MAX = 4096 };

/* GnuTLS gives the callback nothing but the session, and that is the HTTP library's. */
static char keys_path[PATH_BYTES_MAX];
static int keys_fd = -1;

static void append_hex(struct buffer *line, const gnutls_datum_t *bytes)
{
    for (unsigned i = 0; i < bytes->size; i++)
        buffer_format(line, "%02x", bytes->data[i]);
}

static int write_line(gnutls_session_t session, const char *label, const gnutls_datum_t *secret)
{
    struct buffer line;
    gnutls_datum_t client_random = {0}, server_random = {0};
    gnutls_session_get_random(session, &client_random, &server_random);
    buffer_init(&line, LINE_BYTES_MAX);
    buffer_format(&line, "%s ", label);
    append_hex(&line, &client_random);
    buffer_text(&line, " ");
    append_hex(&line, secret);
    buffer_text(&line, "\n");
    if (keys_fd < 0 && keys_path[0])
        keys_fd = open(keys_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (keys_fd >= 0 && !line.failed) {
        /* Without its keys a connection is still in the capture, only not readable. */
        ssize_t ignored = write(keys_fd, line.data, line.length);
        (void)ignored;
    }
    buffer_done(&line);
    return 0;
}

void web_keys_record(const char *path)
{
    snprintf(keys_path, sizeof keys_path, "%s", path);
    if (keys_fd >= 0)
        close(keys_fd);
    keys_fd = -1;
}

void web_keys_of_session(gnutls_session_t session)
{
    gnutls_session_set_keylog_function(session, write_line);
}
