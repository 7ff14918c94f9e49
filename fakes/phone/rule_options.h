/* SPDX-License-Identifier: MIT */
/* What stands in brackets before the URL of a profile rule: [--key K --uid U --pwd P] URL. */
#ifndef RCLAB_FAKES_PHONE_RULE_OPTIONS_H
#define RCLAB_FAKES_PHONE_RULE_OPTIONS_H

enum { RULE_VALUE_MAX = 129 };
struct rule_options { /* "" = not said */
    char key[RULE_VALUE_MAX], user[RULE_VALUE_MAX], password[RULE_VALUE_MAX];
};

/* The URL behind them, within `rule`. Values may be quoted; options that are not known, and values
 * that are too long, are left out. */
const char *rule_options_read(const char *rule, struct rule_options *ret_options);

#endif
