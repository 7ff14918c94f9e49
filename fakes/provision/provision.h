/* SPDX-License-Identifier: MIT */
/* The provider's provisioning server as far as a phone sees it: the default configuration that a
 * behaviour `config` stands for, as XML. */
#ifndef RCLAB_FAKES_PROVISION_PROVISION_H
#define RCLAB_FAKES_PROVISION_PROVISION_H

#include "harness/base/buffer.h"
#include "harness/scenario/behaviour.h"

/* <flat-profile> with Proxy_1_, User_ID_1_, Display_Name_1_, …, overridden and extended. */
void provision_config_write(const struct parameter *parameters, size_t count,
                            const char *const *substitutions, struct buffer *buffer);
/* A config XML with exactly these parameters (pushed configurations). */
void provision_push_write(const struct parameter *parameters, size_t count,
                          const char *const *substitutions, struct buffer *buffer);

#endif
