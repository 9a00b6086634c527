/*
 * vultus, chapter video: faces that move are found, followed, and named. Included by vultus.h, whose contract holds
 * here too.
 *
 * Recordings and folders of pictures are looked at frame by frame and always give the same answers; live sources give
 * their newest frame, and what could not be looked at in time is left out. Whole frames are searched now and then
 * and where something has moved, the surroundings of faces that are known more often, and between searches faces
 * are followed. A face is embedded once, and again when a clearly better picture of it comes or when it may have
 * been exchanged with another; its name is a vote of all that was seen of it, so that names do not flicker.
 */
#ifndef VULTUS_VIDEO_H
#define VULTUS_VIDEO_H

#include <vultus/galleries.h>
#include <vultus/redact.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VULTUS_WATCH_SOURCES_MAX 64

typedef enum vultus_recognition {
    VULTUS_RECOGNITION_OPEN, /* not enough was seen */
    VULTUS_RECOGNITION_NAMED,
    VULTUS_RECOGNITION_UNKNOWN, /* surely nobody of the gallery */
    VULTUS_RECOGNITION_DOUBT,   /* one of two people */
    VULTUS_RECOGNITION_NOT_LIVE /* decision.min_live: a picture of a face; it gets no name */
} vultus_recognition;

/* "open", "named", "unknown", "doubt", "not live". Static storage. */
VULTUS_API const char *vultus_recognition_text(vultus_recognition recognition);

typedef struct vultus_visitor { /* a face that is followed; texts live as long as the callback */
    uint64_t track;             /* 1, 2, ... in its source */
    vultus_box box;             /* pixels of the frame; of one who left: where it was last */
    vultus_recognition recognition;
    const char *name;   /* "": nobody; of a doubt: the likelier one */
    const char *second; /* who else it may be; "": nobody */
    float similarity,
        far; /* of the best look at whom `name` says, as in vultus_match; NaN: nobody */
    float score, quality; /* the detector's and vultus_quality's, of the best picture */
    double since, seen;   /* seconds of the source: first and last found */
    unsigned looks;       /* how often it was embedded */
    bool visible;         /* found when it was last looked for */
    float live;           /* how live it looks, 0..1, the mean of some looks; NaN: not known */
    float live_threshold; /* from which mean on it counts as live */
    bool redacted;        /* covered in the frame, because of vultus_watch_options.redact */
} vultus_visitor;

#define VULTUS_VISITOR_TEXT (2 * VULTUS_NAME_MAX + 16) /* bytes */

/*
 * What is drawn of a visitor: *out has the box, in pixels of the frame, and `text`, which is the caller's: the name, both
 * names of a doubt with "?", "unknown", "not live"; without a text (NULL) while it is open.
 */
VULTUS_API void vultus_visitor_label(const vultus_visitor *visitor, char text[VULTUS_VISITOR_TEXT],
                                     vultus_label *out);

typedef enum vultus_event_kind {
    VULTUS_EVENT_APPEARED,   /* a face that is surely there */
    VULTUS_EVENT_IDENTIFIED, /* it has a name */
    VULTUS_EVENT_UNKNOWN,    /* it is surely nobody of the gallery */
    VULTUS_EVENT_CHANGED,    /* the name was wrong: `before` says which */
    VULTUS_EVENT_LEFT        /* it was not found for `absence` seconds, or the source ended */
} vultus_event_kind;

/* "appeared", "identified", "unknown", "changed", "left". Static storage. */
VULTUS_API const char *vultus_event_text(vultus_event_kind kind);

typedef struct vultus_event { /* lives as long as the callback */
    vultus_event_kind kind;
    size_t source;          /* which of the sources */
    const char *address;    /* without passwords */
    double time;            /* seconds of the source; of left: when it was last found */
    uint64_t frame;         /* number in the source */
    unsigned width, height; /* of the frame, pixels */
    vultus_visitor visitor;
    const char *before;       /* the name before the change; "" for nobody */
    const uint8_t *thumbnail; /* JPEG of its best picture; NULL: none */
    size_t thumbnail_size;
} vultus_event;

typedef struct vultus_watched_frame { /* lives as long as the callback */
    size_t source;
    const char *address;
    uint64_t number;                /* in its source */
    double time;                    /* seconds of the source */
    double rate;                    /* frames a second as the source says; 0: it does not */
    uint64_t total;                 /* frames of a recording, about; 0: not known */
    uint64_t arrived;               /* CLOCK_MONOTONIC in nanoseconds, when it was decoded */
    vultus_image *image;            /* may be drawn upon */
    const vultus_visitor *visitors; /* whoever is there, in the order of their tracks */
    size_t count;
} vultus_watched_frame;

typedef struct vultus_watch_options {
    unsigned threads; /* of all sources together; 0: one for each processor */
    unsigned every;   /* recordings: look at every n-th frame only; 0: at each */
    double rate;      /* at most so many frames a second; 0: all */
    double
        interval; /* seconds between searches of a whole frame; 0: 0.5. Live sources search less often where
                         the machine does not hold it */
    unsigned confirm; /* finds that make a face sure; 0: 2 */
    double absence;   /* seconds without a find after which a face has left; 0: 1.5 */
    double cooldown; /* seconds in which somebody who comes again is not announced again; 0: none */
    double timeout;  /* seconds without a frame after which a live source is lost; 0: 10 */
    bool liveness; /* tell how live faces look. With decision.min_live a face has no name before three looks
                      said on the average that it is live. Both need an engine opened with `liveness` */
    bool patient;    /* live sources: opening does not fail where nothing is there yet */
    const char *
        output; /* a film with boxes and names, .mp4, .mov or .mkv; of one source only; NULL: none */
    /* Faces are covered in the frames that are handed out, in the film, and in the pictures of events. Every frame
     * is searched then. In the film a face is also covered where it is missed for a moment, and before it was first
     * found; in the frames that are handed out at once, where it is found or thought to be. */
    bool redact;
    vultus_redaction redaction;
    const char *const *except; /* whose faces stay, in each frame in which they are surely theirs */
    size_t except_count;
    vultus_detect_options detect;
    vultus_embed_options embed;
    vultus_decision
        decision; /* quality, picture and live are not looked at; with min_live a face has no
                                 name before three looks said on the average that it is live */
    /* Called from one thread at a time, of one source in the order of its frames; each may be NULL. */
    void (*event)(void *context, const vultus_event *event);
    void (*frame)(void *context, const vultus_watched_frame *frame);
    void (*notice)(void *context, size_t source,
                   const char *line); /* a live source went away or came back */
    /* Before each frame of a recording is followed, beside the other sources, by seconds of the source: may wait
     * until it is time to show it. */
    void (*pace)(void *context, size_t source, double time);
    /* How many changes there were of who is enrolled since it began: after each, whoever is unknown is looked at again at
     * once. Asked after each frame, from one thread at a time. */
    uint64_t (*changes)(void *context);
    bool (*stop)(
        void *
            context); /* asked often, from any thread: true ends the work as if all sources had ended */
    void *context;
} vultus_watch_options;

typedef struct vultus_watch_report { /* of all sources */
    uint64_t frames;                 /* that were looked at */
    uint64_t dropped;                /* live: that were too old when their turn came */
    uint64_t searches;               /* of whole frames or of the part that moved */
    uint64_t checks;                 /* of the surroundings of faces */
    uint64_t looks;                  /* embeddings */
    uint64_t tracks;
    double seconds; /* of the longest source */
} vultus_watch_report;

/*
 * Watches sources until all have ended: files, folders, streams, cameras; what an address may be is told by
 * `vultus help watch`. `gallery` may be NULL: faces are followed and stay open. The gallery is used from within, and
 * must not be used elsewhere meanwhile, callbacks excepted. `report` may be NULL.
 * When a source fails, the others end as well, everybody who is there leaves, and its error is returned.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_watch(
    vultus_engine *engine, vultus_gallery *gallery, const char *const *sources, size_t count,
    const vultus_watch_options *options, vultus_watch_report *report, vultus_error *error);

#define VULTUS_PICK_MAX 16 /* pictures that are taken of one person at once */

typedef enum vultus_advice {                      /* what somebody before a camera is told */
                             VULTUS_ADVICE_TAKEN, /* a picture was taken */
                             VULTUS_ADVICE_FACE,  /* no face is there */
                             VULTUS_ADVICE_ALONE, /* several are */
                             VULTUS_ADVICE_OTHER, /* it is not the one of whom pictures were taken */
                             VULTUS_ADVICE_CLOSER,
                             VULTUS_ADVICE_LIGHT,
                             VULTUS_ADVICE_STILL, /* the picture is blurred */
                             VULTUS_ADVICE_UNCOVER,
                             VULTUS_ADVICE_FRONT, /* look into the camera */
                             VULTUS_ADVICE_LEFT, /* turn to one's own left: to the picture's right */
                             VULTUS_ADVICE_RIGHT
} vultus_advice;

/* Such as "come closer". Static storage. */
VULTUS_API const char *vultus_advice_text(vultus_advice advice);

typedef struct vultus_pick_options {
    size_t pictures;              /* 0: 5 */
    double seconds;               /* of the source, after which it ends with what there is; 0: 30 */
    double rate;                  /* looks a second at most; 0: 8 */
    double timeout;               /* seconds without a frame after which a source is lost; 0: 10 */
    vultus_sample_options sample; /* what a picture has to be; not: face, whole_picture */
    /* After each look; `taken` of `wanted` pictures are there. May be NULL. */
    void (*advise)(void *context, vultus_advice advice, size_t taken, size_t wanted);
    bool (*stop)(void *context); /* asked often, from any thread: true gives up. May be NULL */
    void *context;
} vultus_pick_options;

/*
 * Takes the best few pictures of one person from a source: of the front and of both sides where they are shown,
 * spread over time, each as vultus_sample_take demands. Frames with several faces are not used, unless the largest
 * is asked for, and faces that are not surely the first one's neither. Ends a second after all are there, after
 * `seconds`, or with the source. *count samples, at least one; free each with vultus_sample_free.
 * NOT_FOUND: no picture was good enough, and the message says what was wrong most often. CANCELLED: stop() said so.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_pick(vultus_engine *engine, const char *source,
                                                     const vultus_pick_options *options,
                                                     vultus_sample *out[VULTUS_PICK_MAX],
                                                     size_t *count, vultus_error *error);

typedef struct vultus_visit {
    const char *name;    /* NULL or "": unknown */
    double since, until; /* seconds */
} vultus_visit;

/*
 * Draws who was there when: a row for each person, time to the right; of over 300 people those who stayed longest.
 * NOT_FOUND: no font. Free with vultus_image_free.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_timeline(const vultus_visit *visits, size_t count,
                                                         vultus_image **out, vultus_error *error);

#ifdef __cplusplus
}
#endif
#endif
