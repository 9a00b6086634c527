/* The rows of an import on their way into a gallery. */
#ifndef CLI_IMPORT_BATCH_H
#define CLI_IMPORT_BATCH_H

#include <vultus/vultus.h>

#define IMPORT_BATCH 1000

struct import {
    vultus_gallery *gallery;
    const char *path;
    char *names[IMPORT_BATCH];
    vultus_face_record records[IMPORT_BATCH];
    size_t count, bad;                         /* rows of this batch; of all, that cannot be used */
    vultus_person_record people[IMPORT_BATCH]; /* stored behind the faces of the batch */
    size_t people_count;
    vultus_event_record events[IMPORT_BATCH]; /* behind these */
    size_t event_count, new_events;
    vultus_imported sum;
    vultus_imported_people known;
};

/* The row at `count` has been filled: one more. */
int import_next(struct import *import);
/* A line of a person: one more, or it is named. */
int import_person(struct import *import, const char *line, size_t size, size_t number);
/* The same of an event. */
int import_event(struct import *import, const char *line, size_t size, size_t number);
/* Stores what there is. */
int import_store(struct import *import);
void import_clear(struct import *import);
/* A row that is left out; `what` it is: "line", "row". */
void import_complain(struct import *import, const char *what, size_t number, const char *why);
/* Stores the rest, unless something went wrong before, and returns the exit code of all. */
int import_end(struct import *import, const char *what, int code);

#endif
