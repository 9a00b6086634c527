/* What vultus watch says: a line for each event, and the pictures of --snapshots. */
#ifndef CLI_WATCH_ANSWER_H
#define CLI_WATCH_ANSWER_H

#include "table.h"

#include <vultus/vultus.h>

struct watch_answer {
    const struct options *options;
    struct table table;
    int code; /* the worst so far; what failed was said */
};

void watch_answer_begin(struct watch_answer *answer, const struct options *options);
/* `id` of an event that is in the gallery; 0: it is not. */
void watch_answer_event(struct watch_answer *answer, const vultus_event *event, int64_t id);
void watch_answer_end(struct watch_answer *answer);

#endif
