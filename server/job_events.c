/*
 * See job_events.h. A stream reads on the thread of connections and never waits: where there is nothing to tell, its
 * connection sleeps until a job, the clock or the end of the job wakes it. The lock of the jobs holds for all of it.
 */
#include "job_events.h"
#include "service.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

vultus_status job_event_print(struct buffer *out, uint64_t id, const char *name, const char *data,
                              vultus_error *error)
{
    return buffer_print(out, error, "id: %llu\nevent: %s\ndata: %s\n\n", (unsigned long long)id,
                        name, data);
}

static uint64_t next_beat(const struct jobs *jobs)
{
    return clock_ns() + jobs->server->options.heartbeat * (uint64_t)1000000000u;
}

/* The job is kept for those who have not heard its end. */
static void leave_job(struct job_stream *stream)
{
    if (stream->job && !--stream->job->readers)
        pthread_cond_broadcast(&stream->jobs->changed);
    stream->job = NULL;
    jobs_sweep(stream->jobs);
}

static struct job_stream *own(struct stream *stream)
{
    return (struct job_stream *)(void *)stream; /* its first member */
}

static void close_stream(struct stream *base)
{
    struct job_stream *stream = own(base);
    struct jobs *jobs = stream->jobs;
    pthread_mutex_lock(&jobs->lock);
    struct job_stream **at = &jobs->streams;
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    jobs->stream_count--;
    leave_job(stream);
    pthread_mutex_unlock(&jobs->lock);
    buffer_clear(&stream->text);
    mem_free(stream);
}

/* The events that the stream has not told yet, those that are still kept. */
static vultus_status collect(struct job_stream *stream)
{
    const struct job *job = stream->job;
    uint64_t first = job->last_event >= JOB_EVENTS_MAX ? job->last_event - JOB_EVENTS_MAX + 1 : 1;
    vultus_status status = VULTUS_OK;
    for (uint64_t i = first; !status && i <= job->last_event; i++) {
        const struct job_event *event = &job->events[i % JOB_EVENTS_MAX];
        if (event->id <= stream->seen || !event->data)
            continue;
        status = job_event_print(&stream->text, event->id, event->name, event->data, NULL);
        stream->seen = event->id;
    }
    return status;
}

static void fill(struct job_stream *stream)
{
    bool due = clock_ns() >= stream->beat;
    buffer_clear(&stream->text);
    stream->sent = 0;
    vultus_status status = collect(stream);
    if (!status && !stream->text.size && due)
        status = buffer_append(&stream->text, ":\n\n", 3, NULL);
    if (stream->text.size)
        stream->beat = next_beat(stream->jobs);
    if (status || (run_ended(stream->job->state) && stream->seen >= JOB_EVENT_END) ||
        (run_ended(stream->job->state) && !stream->text.size))
        leave_job(stream);
}

static long read_stream(struct stream *base, char *out, size_t size)
{
    struct job_stream *stream = own(base);
    pthread_mutex_lock(&stream->jobs->lock);
    stream->waiting = false;
    if (stream->sent == stream->text.size && stream->job)
        fill(stream);
    size_t left = stream->text.size - stream->sent;
    size_t taken = left < size ? left : size;
    long result = (long)taken;
    if (taken) {
        memcpy(out, stream->text.data + stream->sent, taken);
        stream->sent += taken;
    } else if (stream->job) {
        stream->waiting = true;
        base->sleep(base->connection);
    } else {
        result = STREAM_END;
    }
    pthread_mutex_unlock(&stream->jobs->lock);
    return result;
}

vultus_status job_stream_open(struct jobs *jobs, const char *id, int64_t number, uint64_t seen,
                              struct stream **out, vultus_error *error)
{
    struct job_stream *stream = mem_zalloc(1, sizeof *stream);
    vultus_status status = stream ? VULTUS_OK : status_memory(error, "a stream of events");
    pthread_mutex_lock(&jobs->lock);
    struct job *job = jobs_find(jobs, id, number);
    if (!status && !job)
        status =
            status_set(error, VULTUS_ERR_NOT_FOUND, "job %lld does not run", (long long)number);
    if (!status && jobs->stream_count >= STREAMS_MAX)
        status = status_set(error, VULTUS_ERR_BUSY, "%d streams are open already", STREAMS_MAX);
    if (!status) {
        stream->stream = (struct stream){.read = read_stream, .close = close_stream};
        stream->jobs = jobs;
        stream->job = job;
        stream->seen = seen;
        stream->beat = next_beat(stream->jobs);
        buffer_init(&stream->text, STREAM_TEXT_MAX);
        stream->next = jobs->streams;
        jobs->streams = stream;
        jobs->stream_count++;
        job->readers++;
        *out = &stream->stream;
    }
    pthread_mutex_unlock(&jobs->lock);
    if (status)
        mem_free(stream);
    return status;
}

static void wake(struct job_stream *stream)
{
    stream->waiting = false;
    stream->stream.wake(stream->stream.connection);
}

void job_streams_wake(struct jobs *jobs, const struct job *job)
{
    for (struct job_stream *stream = jobs->streams; stream; stream = stream->next)
        if (stream->waiting && stream->job == job)
            wake(stream);
}

void job_streams_beat(struct jobs *jobs)
{
    uint64_t now = clock_ns();
    pthread_mutex_lock(&jobs->lock);
    for (struct job_stream *stream = jobs->streams; stream; stream = stream->next)
        if (stream->waiting && now >= stream->beat)
            wake(stream);
    pthread_mutex_unlock(&jobs->lock);
}
