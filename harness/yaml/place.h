/* SPDX-License-Identifier: MIT */
#ifndef RCLAB_YAML_PLACE_H
#define RCLAB_YAML_PLACE_H

struct place { /* where in the file; 1-based, 0 = nowhere (a default) */
    unsigned line, column;
};

#endif
