/* watch --record and --webhook: events into the gallery, and from there to other programs. */
#ifndef CLI_WATCH_RECORD_H
#define CLI_WATCH_RECORD_H

#include "events/hooks.h"
#include "events/recorder.h"
#include "options.h"

struct watch_record {
    struct recorder *recorder; /* NULL: nothing is recorded */
    struct hooks *hooks;       /* NULL: nobody is told */
    uint64_t run;
    /* What was stored, from a thread of its own. */
    void (*stored)(void *context, const vultus_event *event, int64_t id);
    void (*notice)(void *context, const char *line);
    void *context;
};

/* What the options ask for, which may be nothing. An exit code; what failed was said. */
int watch_record_open(struct watch_record *record, const struct options *options);
/* Copies an event. False, and said, where events cannot be stored any more. */
bool watch_record_add(struct watch_record *record, const vultus_event *event);
/* Stores what has come, and gives webhooks some seconds. An exit code. */
int watch_record_close(struct watch_record *record);

#endif
