/* SPDX-License-Identifier: MIT */
/* From a capture's comments back to events: which frame shows event N. */
#ifndef RCLAB_REPLAY_FRAME_INDEX_H
#define RCLAB_REPLAY_FRAME_INDEX_H

#include "harness/observe/timeline.h"

/* Sets `frame` of the timeline's events from comments of the form "event N: …; event M: …". */
void frame_index_apply(const uint8_t *capture, size_t length, struct timeline *timeline);

#endif
