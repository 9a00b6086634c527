/* The events of a job on their way to somebody who listens: text as browsers' EventSource reads it. */
#ifndef SERVER_JOB_EVENTS_H
#define SERVER_JOB_EVENTS_H

#include "jobs.h"
#include "stream.h"

#define STREAMS_MAX 64 /* at once: each has a connection */
#define STREAM_TEXT_MAX ((size_t)1 << 20)

struct job_stream {
    struct stream stream;
    struct job_stream *next;
    struct jobs *jobs;
    struct job *job; /* NULL: it has told its end */
    uint64_t seen;   /* the id of the last event that was told */
    uint64_t beat;   /* clock_ns: when a comment is due */
    struct buffer text;
    size_t sent; /* bytes of it */
    bool waiting;
};

/* From the events behind `seen` on. NOT_FOUND: no such job waits or runs. BUSY: STREAMS_MAX are open. */
vultus_status job_stream_open(struct jobs *jobs, const char *id, int64_t number, uint64_t seen,
                              struct stream **out, vultus_error *error) VULTUS_MUST_USE;

/* Wakes those who wait for this job (NULL: for a comment that is due). Under the lock. */
void job_streams_wake(struct jobs *jobs, const struct job *job);
/* Now and then. */
void job_streams_beat(struct jobs *jobs);

/* Appends one event as text. `data` has one line. */
vultus_status job_event_print(struct buffer *out, uint64_t id, const char *name, const char *data,
                              vultus_error *error) VULTUS_MUST_USE;

#endif
