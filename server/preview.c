/*
 * See preview.h. A picture is counted by those who send it, so that a new one can take its place meanwhile. A part of the
 * stream ends with the boundary of the next one: browsers show a picture when they have seen it.
 */
#include "preview.h"

#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)
#define STREAMED (SECOND / 10)
#define ASKED (SECOND / 5)
#define AGAIN (2 * SECOND) /* who asks again within this time looks */
#define HEAD_SIZE 128

static const char boundary[] = "--" PREVIEW_BOUNDARY "\r\n";
static const char next_boundary[] = "\r\n--" PREVIEW_BOUNDARY "\r\n";

struct picture {
    unsigned users; /* under the lock of the preview */
    size_t size;
    uint8_t jpeg[];
};

struct preview_stream {
    struct stream stream;
    struct preview *preview;
    struct preview_stream *next;
    struct picture *picture; /* that is being sent; NULL: none */
    uint64_t seen;           /* the serial of the last that was begun */
    char head[HEAD_SIZE];
    size_t head_size, sent; /* of head, picture and boundary */
    bool begun, waiting;
};

struct preview {
    pthread_mutex_t lock;
    atomic_uint *open;
    unsigned users; /* the camera, and each stream */
    struct picture *newest;
    uint64_t serial, made; /* of the newest, and when (clock_ns) */
    uint64_t asked;        /* when somebody asked for one picture */
    struct preview_stream *streams;
    bool left, ended; /* the camera is gone; it was stopped */
};

/* ------------------------------------------------------------------ lives, under the lock */

static void drop(struct picture *picture)
{
    if (picture && !--picture->users)
        mem_free_wiped(picture, sizeof *picture + picture->size);
}

/* Gives the lock back. */
static void leave(struct preview *preview)
{
    bool last = !--preview->users;
    if (last)
        drop(preview->newest);
    pthread_mutex_unlock(&preview->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&preview->lock);
    mem_free(preview);
}

static void wake_all(struct preview *preview)
{
    for (struct preview_stream *each = preview->streams; each; each = each->next)
        if (each->waiting) {
            each->waiting = false;
            each->stream.wake(each->stream.connection);
        }
}

/* ------------------------------------------------------------------ a stream, on the thread of connections */

static struct preview_stream *own(struct stream *stream)
{
    return (struct preview_stream *)(void *)stream; /* its first member */
}

static void take_newest(struct preview_stream *stream)
{
    struct preview *preview = stream->preview;
    stream->picture = preview->newest;
    stream->picture->users++;
    stream->seen = preview->serial;
    stream->sent = 0;
    stream->head_size =
        (size_t)snprintf(stream->head, sizeof stream->head,
                         "%sContent-Type: image/jpeg\r\nContent-Length: %zu\r\n\r\n",
                         stream->begun ? "" : boundary, stream->picture->size);
    stream->begun = true;
}

/* Of the three pieces in a row what is at `sent`. */
static size_t copy_piece(const struct preview_stream *stream, char *out, size_t size)
{
    const struct picture *picture = stream->picture;
    const struct {
        const void *data;
        size_t size;
    } pieces[] = {{stream->head, stream->head_size},
                  {picture->jpeg, picture->size},
                  {next_boundary, sizeof next_boundary - 1}};
    size_t at = stream->sent;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        if (at < pieces[i].size) {
            size_t left = pieces[i].size - at, count = left < size ? left : size;
            memcpy(out, (const char *)pieces[i].data + at, count);
            return count;
        }
        at -= pieces[i].size;
    }
    return 0;
}

static long read_stream(struct stream *base, char *out, size_t size)
{
    struct preview_stream *stream = own(base);
    struct preview *preview = stream->preview;
    size_t count = 0;
    pthread_mutex_lock(&preview->lock);
    stream->waiting = false;
    if (stream->picture && !(count = copy_piece(stream, out, size))) {
        drop(stream->picture);
        stream->picture = NULL;
    }
    bool over = preview->left || preview->ended;
    if (!count && !over && preview->newest && preview->serial != stream->seen) {
        take_newest(stream);
        count = copy_piece(stream, out, size);
    }
    stream->sent += count;
    if (!count && !over) {
        stream->waiting = true;
        base->sleep(base->connection);
    }
    pthread_mutex_unlock(&preview->lock);
    return count ? (long)count : over ? -1 : 0;
}

static void close_stream(struct stream *base)
{
    struct preview_stream *stream = own(base);
    struct preview *preview = stream->preview;
    atomic_fetch_sub(preview->open, 1);
    pthread_mutex_lock(&preview->lock);
    struct preview_stream **at = &preview->streams;
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    drop(stream->picture);
    leave(preview);
    mem_free(stream);
}

vultus_status preview_stream(struct preview *preview, struct stream **out, vultus_error *error)
{
    struct preview_stream *stream = mem_zalloc(1, sizeof *stream);
    if (!stream)
        return status_memory(error, "a preview");
    if (atomic_fetch_add(preview->open, 1) >= PREVIEW_STREAMS_MAX) {
        atomic_fetch_sub(preview->open, 1);
        mem_free(stream);
        return status_set(error, VULTUS_ERR_BUSY, "%d previews are open already",
                          PREVIEW_STREAMS_MAX);
    }
    stream->stream = (struct stream){.read = read_stream, .close = close_stream};
    stream->preview = preview;
    pthread_mutex_lock(&preview->lock);
    preview->users++;
    stream->next = preview->streams;
    preview->streams = stream;
    pthread_mutex_unlock(&preview->lock);
    *out = &stream->stream;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ the camera's side */

vultus_status preview_new(atomic_uint *open, struct preview **out, vultus_error *error)
{
    struct preview *preview = mem_zalloc(1, sizeof *preview);
    if (!preview)
        return status_memory(error, "a preview");
    pthread_mutex_init(&preview->lock, NULL);
    preview->users = 1;
    preview->ended = true;
    preview->open = open;
    *out = preview;
    return VULTUS_OK;
}

void preview_leave(struct preview *preview)
{
    if (!preview)
        return;
    pthread_mutex_lock(&preview->lock);
    preview->left = true;
    wake_all(preview);
    leave(preview);
}

bool preview_wants(struct preview *preview, uint64_t now)
{
    pthread_mutex_lock(&preview->lock);
    bool asked = preview->asked && now - preview->asked < AGAIN;
    uint64_t pause = preview->streams ? STREAMED : asked ? ASKED : SECOND;
    bool wants = !preview->newest || now - preview->made >= pause;
    pthread_mutex_unlock(&preview->lock);
    return wants;
}

vultus_status preview_put(struct preview *preview, const uint8_t *jpeg, size_t size,
                          vultus_error *error)
{
    if (size > PREVIEW_JPEG_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "a preview of %zu bytes is too large", size);
    struct picture *picture = mem_alloc(sizeof *picture + size);
    if (!picture)
        return status_memory(error, "a preview");
    picture->users = 1;
    picture->size = size;
    memcpy(picture->jpeg, jpeg, size);
    pthread_mutex_lock(&preview->lock);
    drop(preview->newest);
    preview->newest = picture;
    preview->serial++;
    preview->made = clock_ns();
    wake_all(preview);
    pthread_mutex_unlock(&preview->lock);
    return VULTUS_OK;
}

void preview_begin(struct preview *preview)
{
    pthread_mutex_lock(&preview->lock);
    preview->ended = false;
    pthread_mutex_unlock(&preview->lock);
}

void preview_end(struct preview *preview)
{
    pthread_mutex_lock(&preview->lock);
    drop(preview->newest);
    preview->newest = NULL;
    preview->ended = true;
    wake_all(preview);
    pthread_mutex_unlock(&preview->lock);
}

vultus_status preview_copy(struct preview *preview, struct buffer *out, vultus_error *error)
{
    buffer_init(out, PREVIEW_JPEG_MAX);
    pthread_mutex_lock(&preview->lock);
    const struct picture *picture = preview->newest;
    preview->asked = clock_ns();
    vultus_status status =
        picture ? buffer_append(out, picture->jpeg, picture->size, error)
                : status_set(error, VULTUS_ERR_NOT_FOUND, "the camera has no picture now");
    pthread_mutex_unlock(&preview->lock);
    return status;
}

void preview_beat(struct preview *preview, uint64_t now, unsigned seconds)
{
    pthread_mutex_lock(&preview->lock);
    if (preview->newest && now - preview->made >= seconds * SECOND) {
        preview->serial++;
        preview->made = now;
        wake_all(preview);
    }
    pthread_mutex_unlock(&preview->lock);
}
