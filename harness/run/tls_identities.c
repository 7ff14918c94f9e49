/* SPDX-License-Identifier: MIT */
#include "harness/run/tls_identities.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void tls_identities_of_server(const struct certificates *certificates,
                              const struct certificate_pair *pairs,
                              struct web_identity ret_identities[BEHAVIOUR_TLS_IDENTITIES])
{
    static const enum certificate_kind kinds[BEHAVIOUR_TLS_IDENTITIES] = {
        [BEHAVIOUR_TLS_GOOD] = CERTIFICATE_GOOD,
        [BEHAVIOUR_TLS_EXPIRED] = CERTIFICATE_EXPIRED,
        [BEHAVIOUR_TLS_WRONG_HOST] = CERTIFICATE_WRONG_HOST,
        [BEHAVIOUR_TLS_UNTRUSTED] = CERTIFICATE_UNTRUSTED,
        [BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE] = CERTIFICATE_GOOD,
    };
    for (size_t i = 0; i < BEHAVIOUR_TLS_IDENTITIES; i++)
        ret_identities[i] =
            (struct web_identity){.certificate_pem = pairs[kinds[i]].certificate_pem,
                                  .key_pem = pairs[kinds[i]].key_pem,
                                  .client_ca_pem = i == BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE
                                                       ? certificates->phone_ca.certificate_pem
                                                       : NULL};
}

void tls_identities_for_devices(struct web_identity identities[BEHAVIOUR_TLS_IDENTITIES],
                                bool demanded)
{
    for (size_t i = 0; i < BEHAVIOUR_TLS_IDENTITIES; i++) {
        identities[i].client_ca_pem = NULL;
        identities[i].any_client_certificate =
            demanded || i == BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE;
    }
}

static bool write_whole(int fd, const char *text)
{
    size_t length = strlen(text);
    return write(fd, text, length) == (ssize_t)length;
}

int tls_identity_of_phone(const struct certificates *certificates, const char *product,
                          const struct mac *mac, const char *serial, int *ret_fd,
                          struct error *error)
{
    struct certificate_pair pair = {0};
    int result = certificates_make_phone(certificates, product, mac, serial, &pair, error);
    if (result < 0)
        return result;
    int fd = memfd_create("phone", MFD_CLOEXEC);
    if (fd < 0 || !write_whole(fd, pair.certificate_pem) || !write_whole(fd, pair.key_pem)) {
        result = error_set_errno(error, errno, "keeping a phone's certificate in memory");
        if (fd >= 0)
            (void)close(fd);
    } else {
        *ret_fd = fd;
    }
    certificate_pair_done(&pair);
    return result;
}
