/* vultus_film_redact: frames from a source through the detector and the shadow (film_shadow.h) into a film. */
#include "engine/engine.h"
#include "video/film_shadow.h"
#include "video/sink.h"
#include "video/source.h"
#include "video/source_address.h"
#include "base/memory.h"

#include <vultus/redact.h>

#include <stdatomic.h>

#define SOURCE_NAME_LEAST 8 /* bytes that a name is worth showing in */

struct film {
    vultus_engine *engine;
    const char *path;
    const vultus_film_redaction *redaction;
    struct source *source;
    struct source_facts facts;
    struct sink *sink; /* opened with the first frame */
    struct shadow *shadow;
    uint64_t frames;
    atomic_bool stopped;
};

/* From several threads. */
static bool must_stop(void *context)
{
    struct film *film = context;
    const vultus_film_redaction *redaction = film->redaction;
    if (redaction->stop && redaction->stop(redaction->context))
        atomic_store(&film->stopped, true);
    return atomic_load(&film->stopped);
}

/* Asks of those faces that are to be looked at. */
static vultus_status ask(struct film *film, const vultus_image *image, const vultus_faces *found,
                         vultus_error *error)
{
    const vultus_film_redaction *redaction = film->redaction;
    size_t count = 0, asked = 0, dimension = vultus_engine_dimension(film->engine);
    const struct shadow_face *faces = shadow_newest(film->shadow, &count);
    vultus_face *chosen = mem_array(count, sizeof *chosen);
    uint64_t *serials = mem_array(count, sizeof *serials);
    float *embeddings = NULL;
    vultus_status status = chosen && serials ? VULTUS_OK : status_memory(error, "a film");
    for (size_t i = 0; !status && i < count; i++)
        if (faces[i].look && faces[i].serial) {
            serials[asked] = faces[i].serial;
            chosen[asked++] = found->items[faces[i].index];
        }
    if (!status && asked)
        status =
            vultus_embed(film->engine, image, chosen, asked, &redaction->embed, &embeddings, error);
    for (size_t i = 0; !status && i < asked; i++)
        shadow_keep(film->shadow, serials[i],
                    redaction->keep(redaction->context, &chosen[i], embeddings + i * dimension));
    vultus_embeddings_free(embeddings, asked * dimension);
    mem_free(serials);
    mem_free(chosen);
    return status;
}

static vultus_status open_sink(struct film *film, const vultus_image *image, vultus_error *error)
{
    const struct sink_options options = {
        .width = image->width, .height = image->height, .rate = film->facts.rate};
    return film->sink ? VULTUS_OK : sink_open(film->path, &options, &film->sink, error);
}

/* Writes what has waited long enough, or, at the end, all. */
static vultus_status write_waiting(struct film *film, bool all, vultus_error *error)
{
    for (;;) {
        struct shadow_frame frame;
        vultus_status status = shadow_take(film->shadow, all, &frame, error);
        if (status || !frame.image)
            return status;
        status = open_sink(film, frame.image, error);
        if (!status)
            status = vultus_image_redact(frame.image, frame.boxes, frame.count,
                                         film->redaction->method, error);
        if (!status)
            status = sink_write(film->sink, frame.image, frame.time, error);
        vultus_image_free(frame.image);
        if (status)
            return status;
    }
}

static vultus_status take_frame(struct film *film, struct video_frame *frame, vultus_error *error)
{
    vultus_faces found = {0};
    vultus_status status =
        vultus_detect(film->engine, frame->image, &film->redaction->detect, &found, error);
    if (status) {
        vultus_image_free(frame->image);
        return status;
    }
    status = shadow_add(film->shadow, frame->image, frame->time, &found, error);
    if (!status && film->redaction->keep)
        status = ask(film, frame->image, &found, error);
    vultus_faces_clear(&found);
    film->frames++;
    if (film->redaction->progress)
        film->redaction->progress(film->redaction->context, film->frames, film->facts.frames);
    return status ? status : write_waiting(film, false, error);
}

static vultus_status run(struct film *film, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    while (!status) {
        struct video_frame frame = {0};
        status = source_next(film->source, &frame, error);
        if (status == VULTUS_ERR_CANCELLED && film->frames)
            status = VULTUS_OK; /* what is there becomes a film */
        if (!status && !frame.image)
            break;
        if (!status)
            status = take_frame(film, &frame, error);
    }
    if (!status)
        status = write_waiting(film, true, error);
    if (!status && !film->sink)
        status = status_set(error, VULTUS_ERR_FORMAT, "%s: has no frames", film->facts.name);
    return status;
}

static vultus_status open_film(struct film *film, const char *source, vultus_error *error)
{
    const struct source_options options = {
        .timeout = film->redaction->timeout, .stop = must_stop, .context = film};
    vultus_status status = source_open(source, &options, &film->source, error);
    if (!status)
        status = shadow_open(&film->shadow, error);
    if (!status)
        source_describe(film->source, &film->facts);
    return status;
}

vultus_status vultus_film_redact(vultus_engine *engine, const char *source, const char *path,
                                 const vultus_film_redaction *redaction, vultus_film_counts *counts,
                                 vultus_error *error)
{
    static const vultus_film_redaction plain;
    if (!engine || !source || !path)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "vultus_film_redact: an engine, a source and a place are needed");
    if (!sink_format(path))
        return status_set(error, VULTUS_ERR_ARGUMENT, "%s: films end in .mp4, .mov or .mkv", path);
    struct film film = {
        .engine = engine, .path = path, .redaction = redaction ? redaction : &plain};
    vultus_film_counts made = {0};
    vultus_status status = open_film(&film, source, error);
    if (!status)
        status = run(&film, error);
    if (!status) {
        made.frames = film.frames;
        shadow_counts(film.shadow, &made.faces, &made.redacted);
        status = sink_commit(film.sink, error);
    } else {
        sink_abort(film.sink);
    }
    source_close(film.source);
    shadow_close(film.shadow);
    if (status)
        return status;
    if (counts)
        *counts = made;
    return atomic_load(&film.stopped)
               ? status_set(error, VULTUS_ERR_CANCELLED, "%s: ended early, after %llu frames", path,
                            (unsigned long long)made.frames)
               : VULTUS_OK;
}

bool vultus_film_name(const char *path)
{
    return path && sink_format(path);
}

void vultus_source_show(const char *address, char *out, size_t size)
{
    if (size >= SOURCE_NAME_LEAST)
        address_show(address, out, size);
    else if (size)
        *out = '\0';
}
