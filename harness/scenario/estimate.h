/* TEMP */
#ifndef TEMP_EST
#define TEMP_EST
#include "harness/scenario/scenario.h"
struct estimate_costs { uint64_t boot_us, expect_us; };
static inline uint64_t scenario_estimate_us(const struct scenario *s, const struct estimate_costs *c){(void)s;(void)c;return 60000000;}
#endif
