/*
 * Where moving pictures come from: files, streams, cameras and folders behind one interface. Frames are
 * upright RGB with a time. Recordings give every frame (or those that are asked for); live sources give the
 * newest one: a frame that nobody took in time is dropped and counted, never queued.
 *
 *     ADDRESS                            what it is
 *     party.mp4                          a recording, in any container that FFmpeg's allow-list has
 *     frames/                            a folder of pictures, by name, 25 a second; needs no FFmpeg
 *     -                                  an encoded stream on standard input
 *     rgb24:640x480@25[:PATH]            bare pixels on standard input, or in a file or pipe; needs no FFmpeg
 *     camera:0, /dev/video0              a camera of this machine (V4L2); needs no FFmpeg
 *     rtsp://, http://, https://         a camera in the network, a stream, a playlist (HLS)
 *
 * A source is used from one thread at a time. stop() and nothing else is called from other threads too.
 */
#ifndef VIDEO_SOURCE_H
#define VIDEO_SOURCE_H

#include "image/image.h"

#define SOURCE_FOLDER_RATE 25 /* pictures a second of a folder */
#define SOURCE_NAME_SIZE 256

struct source;

enum source_state { SOURCE_CONNECTED, SOURCE_LOST, SOURCE_BACK };

struct source_options {
    unsigned every;   /* recordings: every n-th frame; 0: each */
    double rate;      /* at most so many frames a second; 0: all */
    unsigned threads; /* of the decoder; 0: two for recordings, one for live sources */
    double timeout;   /* seconds without a frame after which a source is lost; 0: 10 */
    bool patient;     /* live sources: opening does not fail where nothing is there yet */
    double give_up;   /* live sources: seconds away after which that is the end; 0: never */
    /* Asked often while a source waits: true ends the wait with CANCELLED. May be NULL. */
    bool (*stop)(void *context);
    /* What a live source goes through, from within source_open and source_next; the message is one line.
     * May be NULL. */
    void (*notice)(void *context, enum source_state state, const char *message);
    void *context;
};

struct source_facts {
    const char *kind;            /* "file", "folder", "raw", "camera", "stream" */
    char name[SOURCE_NAME_SIZE]; /* the address without its credentials, for messages */
    bool live;
    uint32_t width, height; /* upright, of the first frame; 0: not known before it was read */
    double rate;            /* frames a second as the source says; 0: it does not */
    int64_t duration;       /* microseconds; 0: not known */
    uint64_t frames;        /* how many there will be, about; 0: not known */
    uint64_t dropped; /* of a live source: frames that were too old when somebody came for one */
    uint64_t connections; /* of a live source: how often it was connected */
};

struct video_frame {
    vultus_image *image; /* the caller's; NULL: the source has ended */
    int64_t time;     /* microseconds from the first frame, or, live, from the first connection */
    uint64_t arrived; /* clock_ns() when it was decoded: latency is measured from here */
    uint64_t number;  /* in its source, from 0, with those that were left out */
    bool key;         /* a key frame of the encoding */
    bool fresh;       /* the first frame, or the first after the source was away */
};

/* IO: cannot be opened or read, or sent nothing in time. FORMAT: no video in it, or none that is allowed.
 * LIMIT: too large. NOT_FOUND: FFmpeg is needed and not here; the message says what to install. */
vultus_status source_open(const char *address, const struct source_options *options,
                          struct source **out, vultus_error *error) VULTUS_MUST_USE;
/* Waits for the next frame that is wanted. CANCELLED: stop() said so. After any failure the source is at
 * its end. */
vultus_status source_next(struct source *source, struct video_frame *out,
                          vultus_error *error) VULTUS_MUST_USE;
void source_describe(const struct source *source, struct source_facts *out);
/* Ends within the time that the system takes to close what is open; NULL is allowed. */
void source_close(struct source *source);

#endif
