/* SPDX-License-Identifier: MIT */
/* Readers of values that other files than scenarios have too; they serve any `struct parse`. */
#ifndef RCLAB_SCENARIO_LANGUAGE_VALUES_H
#define RCLAB_SCENARIO_LANGUAGE_VALUES_H

#include "harness/scenario/scenario.h"
#include "harness/yaml/parse.h"

bool value_tolerance(struct parse *parse, const struct node *node, struct tolerance *ret_tolerance);
/* A model of the vendor's. */
bool value_model(struct parse *parse, const struct node *node, const char **ret_model);
/* Sets those that the map names; the others stay as they are. */
void value_readings(struct parse *parse, const struct node *node, struct readings *readings,
                    bool stated[READING_COUNT]);

#endif
