/* SPDX-License-Identifier: MIT */
/* Scenarios as text for a person. */
#ifndef RCLAB_SCENARIO_OVERVIEW_H
#define RCLAB_SCENARIO_OVERVIEW_H

#include "harness/scenario/load.h"

/* What `rclab list` shows: of each scenario its id, its title, the rules that it covers and its
 * tags, wrapped to `columns` (0 = never). */
void scenario_overview(const struct suite *suite, bool terminal_colours, unsigned columns,
                       struct buffer *out);
bool scenario_has_tag(const struct scenario *scenario, const char *tag);

#endif
