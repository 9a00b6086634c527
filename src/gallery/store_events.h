/* What events are in every store: what a row of one must be, and the list that they are put into. */
#ifndef GALLERY_STORE_EVENTS_H
#define GALLERY_STORE_EVENTS_H

#include "gallery/store_rows.h"

enum store_event_number { /* reals of an event, in this order */
                          STORE_EVENT_SIMILARITY,
                          STORE_EVENT_FAR,
                          STORE_EVENT_QUALITY,
                          STORE_EVENT_TIME,
                          STORE_EVENT_X,
                          STORE_EVENT_Y,
                          STORE_EVENT_WIDTH,
                          STORE_EVENT_HEIGHT,
                          STORE_EVENT_NUMBERS
};

struct store_event_row {
    int64_t id, visit, kind, track, person, frame, frame_width, frame_height;
    const char *expires;                 /* NULL: never */
    const char *at, *camera;             /* NULL: missing, or nothing that can be such a text */
    const char *name, *before;           /* NULL: nobody */
    double numbers[STORE_EVENT_NUMBERS]; /* NaN: none */
    struct store_bytes picture;          /* data NULL: not asked for */
};

void store_event_numbers(const vultus_event_record *record, double out[STORE_EVENT_NUMBERS]);
/* Returns what is wrong with a row, as the end of a sentence, or NULL; *memory when memory ran out. What `out`
 * has is the caller's in every case. */
const char *store_event_read(const struct store_event_row *row, vultus_event_record *out,
                             bool *memory);
/* Room for an event more, which is cleared. NULL: memory. */
vultus_event_record *store_event_room(vultus_event_records *records, size_t *capacity);
/* NOT_FOUND, with the line for an event that is not there; for a reader. */
vultus_status store_no_event(int64_t id, vultus_error *error);
vultus_status store_no_reader(const char *reader, vultus_error *error);

#endif
