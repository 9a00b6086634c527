/*
 * vultus, chapter events: what cameras saw, kept in the gallery beside the people whom it is about. Included by
 * vultus.h, whose contract holds here too.
 *
 * An event has an id, which grows and is never given again, so that whoever reads events needs to remember one number.
 * The events of one stay of a face have one `visit`. People are kept by their ids: an event has the name that its
 * person has now. Who is deleted takes along all events of the visits in which they were named, pictures included.
 */
#ifndef VULTUS_EVENTS_H
#define VULTUS_EVENTS_H

#include <vultus/video.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VULTUS_EVENT_PICTURE_MAX ((size_t)256 << 10) /* bytes of a JPEG; real ones are a tenth */
#define VULTUS_EVENT_BATCH_MAX 1000                  /* events of one call */
#define VULTUS_EVENTS_MOST 1000000 /* that a gallery keeps where nothing else is said */
#define VULTUS_READER_MAX 255      /* bytes of a reader's name */

typedef struct vultus_event_record {
    int64_t id;
    char at[32];      /* when it was told: UTC, "2026-01-31T23:59:59.123Z" */
    char expires[32]; /* the same, when it is gone; "": never */
    uint64_t visit;   /* of all events of one stay of a face; under 2^63 */
    vultus_event_kind kind;
    char *camera; /* its name or address, up to VULTUS_SOURCE_MAX bytes */
    uint64_t track;
    int64_t person; /* 0: nobody */
    char *name;     /* of the person now; NULL: nobody */
    char *before;   /* of VULTUS_EVENT_CHANGED: who it was thought to be; NULL: nobody, or gone */
    float similarity, far, quality; /* as in vultus_visitor; NaN: not known */
    double time;                    /* seconds of the source */
    uint64_t frame;
    vultus_box box;         /* pixels of the frame */
    unsigned width, height; /* of the frame, pixels; 0: not known */
    uint8_t *picture;       /* JPEG of the face; NULL: none, or not asked for */
    size_t picture_size;    /* also where `picture` was not asked for; 0: there is none */
} vultus_event_record;

typedef struct vultus_event_records {
    vultus_event_record *items;
    size_t count;
} vultus_event_records;

typedef struct vultus_event_keeping {
    unsigned
        days; /* after so many an event is gone: nobody gets it any more, and it is erased by the next
                      vultus_gallery_prune_events or vultus_gallery_compact; 0: never */
    uint64_t most; /* the oldest beyond it are erased at once; 0: VULTUS_EVENTS_MOST */
} vultus_event_keeping;

/*
 * Stores events in their order, all or none; when this returns they are on the disk, and each has its `id`. Whose they
 * are is said by `name` (and `before`): a name that nobody has any more makes an event that is of nobody, or of whom an
 * earlier event of the visit is. `at` "" means now, `expires` "" what `keeping` says, which may be NULL.
 * ARGUMENT: over VULTUS_EVENT_BATCH_MAX, or something that cannot be stored.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_gallery_add_events(vultus_gallery *gallery, vultus_event_record *records, size_t count,
                          const vultus_event_keeping *keeping, vultus_error *error);

/*
 * Adds events of another gallery, with their own times and dates. Those that are there (the same visit, time and kind)
 * are left alone, and their `id` is 0. A reader that had come to the end does not get them. *added (may be NULL)
 * says how many are new.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_import_events(vultus_gallery *gallery,
                                                                      vultus_event_record *records,
                                                                      size_t count, size_t *added,
                                                                      vultus_error *error);
/* Reads an event as `vultus gallery export` writes it, one JSON object with "event" for the kind. FORMAT names what is
 * wrong. Clear with vultus_event_record_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_event_read(const char *json, size_t size,
                                                           vultus_event_record *out,
                                                           vultus_error *error);

typedef struct vultus_event_query { /* all of what is said */
    int64_t after, before;          /* ids: larger than, smaller than; 0: any */
    const char *since,
        *until; /* since <= at < until, "2026-01-31T00:00:00Z" with or without milliseconds; NULL: any */
    const char *person; /* a name; NULL: anybody and nobody */
    const char *camera; /* NULL: any */
    unsigned kinds;     /* 1 << kind of each that is wanted; 0: all */
    bool latest;        /* the latest first; else in their order */
    bool pictures;      /* with the bytes */
    size_t most;        /* 0: 100; up to VULTUS_EVENT_BATCH_MAX */
} vultus_event_query;

/* NOT_FOUND: nobody has the name. Clear with vultus_event_records_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_events(vultus_gallery *gallery,
                                                               const vultus_event_query *query,
                                                               vultus_event_records *out,
                                                               vultus_error *error);
/* One, with its picture. NOT_FOUND. Clear with vultus_event_record_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_event(vultus_gallery *gallery, int64_t id,
                                                              vultus_event_record *out,
                                                              vultus_error *error);
VULTUS_API void vultus_event_record_clear(vultus_event_record *record);
VULTUS_API void vultus_event_records_clear(vultus_event_records *records);

/* Erases one for good. NOT_FOUND. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_delete_event(vultus_gallery *gallery,
                                                                     int64_t id,
                                                                     vultus_error *error);
/*
 * Erases for good what has expired, and what was told before a time (as in vultus_event_query; NULL: nothing more).
 * *erased (may be NULL) says how many.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_prune_events(vultus_gallery *gallery,
                                                                     const char *before,
                                                                     size_t *erased,
                                                                     vultus_error *error);

/*
 * How far somebody who reads events has come, kept in the gallery so that nobody misses one when a program ends: the id
 * of the last event that is done with. A reader that is new stands behind the last event that there is. Names are not
 * encrypted.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_reader(vultus_gallery *gallery,
                                                               const char *reader, int64_t *event,
                                                               vultus_error *error);
/* The reader is done with this event and all before it. NOT_FOUND: no such reader. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_reader_done(vultus_gallery *gallery,
                                                                    const char *reader,
                                                                    int64_t event,
                                                                    vultus_error *error);

/* "appeared" ... "left" back into a kind. ARGUMENT names those that there are. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_event_kind_of(const char *text,
                                                              vultus_event_kind *out,
                                                              vultus_error *error);

#ifdef __cplusplus
}
#endif
#endif
