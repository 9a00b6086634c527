/*
 * A workspace as `vultus gallery export` writes a gallery: one JSON object for each face, so that it can be imported. A
 * thread reads a page of faces while the one before is on its way, so that an export needs the memory of two pages, and
 * no worker waits for a slow client.
 */
#include "handlers.h"
#include "reply.h"
#include "service.h"
#include "stream.h"
#include "workspace_request.h"

#include "answers/json_people.h"
#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

#define PAGE 16 /* faces that are read at once */
#define PAGE_MAX (PAGE * VULTUS_ROW_MAX)
#define EXPORTS_MAX 8      /* at once: each has a thread */
#define EXPORT_SECONDS 600 /* nobody who reads slowly holds a workspace for ever */

struct export
{
    struct stream stream;
    struct server *server;
    struct workspace workspace;
    vultus_gallery *gallery;
    char label[VULTUS_NAME_MAX + 1]; /* "": all */
    /* Of the thread: */
    int64_t next; /* face */
    char name[VULTUS_NAME_MAX + 1];
    vultus_facts facts; /* of that name */
    pthread_t thread;
    bool running;
    /* Under the lock: */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct buffer lines;
    size_t sent;                        /* bytes of them */
    enum { GOING, DONE, FAILED } state; /* behind these lines */
    bool waiting, stop;
    uint64_t until; /* clock_ns */
};

static struct export *own(struct stream *stream)
{
    return (struct export *)(void *)stream; /* its first member */
}

/* ------------------------------------------------------------------ pages */

static int add(const char *text, size_t size, void *context)
{
    return buffer_append(context, text, size, NULL) ? -1 : 0;
}

/* Takes the value. */
static vultus_status add_line(struct buffer *out, json_t *value, vultus_error *error)
{
    bool good = value &&
                !json_dump_callback(value, add, out,
                                    JSON_COMPACT | JSON_REAL_PRECISION(JSON_FLOAT_DIGITS)) &&
                !buffer_append(out, "\n", 1, NULL);
    json_decref(value);
    return good ? VULTUS_OK : status_memory(error, "an export");
}

/* Those of the face before, where it is of the same label. */
static vultus_status facts_of(struct export *export, const char *name, vultus_error *error)
{
    if (!strcmp(export->name, name))
        return VULTUS_OK;
    vultus_facts_clear(&export->facts);
    export->name[0] = '\0';
    vultus_status status = vultus_gallery_facts(export->gallery, name, &export->facts, error);
    if (!status)
        memcpy(export->name, name, strlen(name) + 1);
    return status;
}

static vultus_status add_face(struct export *export, const vultus_named_faces *faces, size_t i,
                              struct buffer *out, vultus_error *error)
{
    const char *name = faces->names[i];
    if (export->label[0] && strcmp(export->label, name) != 0)
        return VULTUS_OK;
    vultus_status status = facts_of(export, name, error);
    if (status == VULTUS_ERR_NOT_FOUND) /* the label was erased in this moment */
        return VULTUS_OK;
    return status ? status
                  : add_line(out, json_exported(name, &export->facts, &faces->items[i]), error);
}

/* The next faces, until there is a line; *more is false behind the last. */
static vultus_status read_page(struct export *export, struct buffer *out, bool *more,
                               vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    buffer_init(out, PAGE_MAX);
    *more = true;
    while (!status && *more && !out->size) {
        vultus_named_faces faces = {0};
        status = vultus_gallery_faces_from(export->gallery, export->next, PAGE, &faces, error);
        for (size_t i = 0; !status && i < faces.count; i++)
            status = add_face(export, &faces, i, out, error);
        if (!status && faces.count)
            export->next = faces.items[faces.count - 1].id + 1;
        *more = faces.count == PAGE;
        vultus_named_faces_clear(&faces);
    }
    return status;
}

/* ------------------------------------------------------------------ on their way */

/* True: there is more to be read. */
static bool hand_over(struct export *export, struct buffer *page, vultus_status status, bool more)
{
    pthread_mutex_lock(&export->lock);
    while (export->sent < export->lines.size && !export->stop)
        pthread_cond_wait(&export->changed, &export->lock);
    buffer_clear(&export->lines);
    export->lines = *page;
    export->sent = 0;
    export->state = status ? FAILED : more ? GOING : DONE;
    bool go_on = export->state == GOING && !export->stop;
    if (export->waiting)
        export->stream.wake(export->stream.connection);
    export->waiting = false;
    pthread_cond_broadcast(&export->changed);
    pthread_mutex_unlock(&export->lock);
    return go_on;
}

static void *produce(void *context)
{
    struct export *export = context;
    struct buffer page;
    bool more = true, go_on = true;
    while (go_on) {
        vultus_status status = read_page(export, &page, &more, NULL);
        go_on = hand_over(export, &page, status, more);
    }
    return NULL;
}

/* When the server stops no connection may be asleep at the end; a page takes milliseconds. */
static void wait_when_stopping(struct export *export)
{
    while (export->sent == export->lines.size && export->state == GOING &&
           atomic_load(&export->server->stopping))
        pthread_cond_wait(&export->changed, &export->lock);
}

static long read_lines(struct stream *stream, char *out, size_t size)
{
    struct export *export = own(stream);
    pthread_mutex_lock(&export->lock);
    wait_when_stopping(export);
    size_t left = export->lines.size - export->sent;
    size_t taken = left < size ? left : size;
    long result = (long)taken;
    if (clock_ns() > export->until) {
        result = STREAM_BROKEN;
    } else if (taken) {
        memcpy(out, export->lines.data + export->sent, taken);
        export->sent += taken;
        if (taken == left)
            pthread_cond_broadcast(&export->changed);
    } else if (export->state == GOING) {
        export->waiting = true;
        stream->sleep(stream->connection);
    } else {
        result = export->state == DONE ? STREAM_END : STREAM_BROKEN;
    }
    pthread_mutex_unlock(&export->lock);
    return result;
}

static void close_export(struct stream *stream)
{
    struct export *export = own(stream);
    pthread_mutex_lock(&export->lock);
    export->stop = true;
    pthread_cond_broadcast(&export->changed);
    pthread_mutex_unlock(&export->lock);
    if (export->running)
        pthread_join(export->thread, NULL);
    workspace_give_gallery(&export->workspace, export->gallery);
    vultus_facts_clear(&export->facts);
    buffer_clear(&export->lines);
    pthread_cond_destroy(&export->changed);
    pthread_mutex_destroy(&export->lock);
    atomic_fetch_sub(&export->server->exports, 1);
    mem_free(export);
}

/* ------------------------------------------------------------------ beginning */

/* The first lines are there when the answer begins, so that what is wrong is said as with any other request. */
static vultus_status begin(struct export *export, vultus_error *error)
{
    vultus_people label = {0};
    bool more = false;
    vultus_status status = VULTUS_OK;
    if (export->label[0])
        status = vultus_gallery_person(export->gallery, export->label, &label, error);
    vultus_people_clear(&label);
    if (!status)
        status = read_page(export, &export->lines, &more, error);
    export->state = more ? GOING : DONE;
    if (!status && more && pthread_create(&export->thread, NULL, produce, export))
        status = status_set(error, VULTUS_ERR_INTERNAL, "a thread cannot be started");
    export->running = !status && more;
    return status;
}

/* Takes the workspace and its gallery. */
static void answer(struct request *request, struct export *export)
{
    vultus_error error = {0};
    vultus_status status = begin(export, &error);
    if (status) {
        close_export(&export->stream);
        reply_failure(request, &error);
        return;
    }
    request->reply.status = 200;
    request->reply.type = "application/jsonl";
    request->reply.stream = &export->stream;
}

void handle_export_workspace(struct request *request, struct worker *worker)
{
    struct server *server = request->server;
    const char *label = request->parameters.label;
    vultus_error error = {0};
    (void)worker;
    if (label && vultus_name_check(label, &error)) {
        reply_error(request, ERROR_BAD_NAME, "%s", error.message);
        return;
    }
    struct export *export = mem_zalloc(1, sizeof *export);
    bool room = atomic_fetch_add(&server->exports, 1) < EXPORTS_MAX;
    if (!export)
        reply_error(request, ERROR_BUSY, "not enough memory");
    else if (!room)
        reply_error(request, ERROR_BUSY, "%d exports are under way already", EXPORTS_MAX);
    if (!export || !room ||
        !workspace_take_gallery(request, &export->workspace, &export->gallery)) {
        atomic_fetch_sub(&server->exports, 1);
        mem_free(export);
        return;
    }
    export->stream = (struct stream){.read = read_lines, .close = close_export};
    export->server = server;
    export->next = 1;
    export->until = clock_ns() + EXPORT_SECONDS * (uint64_t)1000000000u;
    snprintf(export->label, sizeof export->label, "%s", label ? label : "");
    pthread_mutex_init(&export->lock, NULL);
    pthread_cond_init(&export->changed, NULL);
    answer(request, export);
}
