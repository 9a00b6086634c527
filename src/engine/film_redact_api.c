/* vultus_film_redact: frames from a source through the detector into a film with a veil (film_veil.h). */
#include "engine/engine.h"
#include "video/film_veil.h"
#include "video/sink.h"
#include "video/source.h"
#include "video/source_address.h"
#include "base/memory.h"

#include <vultus/redact.h>

#include <stdatomic.h>

#define SOURCE_NAME_LEAST 8 /* bytes that a name is worth showing in */

struct film {
    vultus_engine *engine;
    const vultus_film_redaction *redaction;
    struct source *source;
    struct source_facts facts;
    struct veil *veil;
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

/* Asks of every face that was found whether it stays, in each frame anew: what a track was before proves nothing. */
static vultus_status ask(struct film *film, const vultus_image *image, const vultus_faces *found,
                         vultus_error *error)
{
    const vultus_film_redaction *redaction = film->redaction;
    size_t dimension = vultus_engine_dimension(film->engine);
    float *embeddings = NULL;
    bool *kept = mem_zalloc(found->count, sizeof *kept);
    vultus_status status = kept ? VULTUS_OK : status_memory(error, "a film");
    if (!status && found->count)
        status = vultus_embed(film->engine, image, found->items, found->count, &redaction->embed,
                              &embeddings, error);
    for (size_t i = 0; !status && i < found->count; i++)
        kept[i] = redaction->keep(redaction->context, &found->items[i], embeddings + i * dimension);
    if (!status)
        veil_keep(film->veil, kept);
    vultus_embeddings_free(embeddings, found->count * dimension);
    mem_free(kept);
    return status;
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
    status = veil_add(film->veil, frame->image, frame->time, &found, error);
    if (!status && film->redaction->keep)
        status = ask(film, frame->image, &found, error);
    vultus_faces_clear(&found);
    film->frames++;
    if (film->redaction->progress)
        film->redaction->progress(film->redaction->context, film->frames, film->facts.frames);
    return status ? status : veil_write(film->veil, false, error);
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
    if (!status && !film->frames)
        status = status_set(error, VULTUS_ERR_FORMAT, "%s: has no frames", film->facts.name);
    return status;
}

static vultus_status open_film(struct film *film, const char *source, const char *path,
                               vultus_error *error)
{
    const struct source_options options = {
        .timeout = film->redaction->timeout, .stop = must_stop, .context = film};
    vultus_status status = source_open(source, &options, &film->source, error);
    if (status)
        return status;
    source_describe(film->source, &film->facts);
    return veil_open(path, film->redaction->method, film->facts.rate, &film->veil, error);
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
    struct film film = {.engine = engine, .redaction = redaction ? redaction : &plain};
    vultus_film_counts made = {0};
    vultus_status status = open_film(&film, source, path, error);
    if (!status)
        status = run(&film, error);
    if (!status)
        status = veil_commit(film.veil, error);
    if (!status) {
        made.frames = film.frames;
        veil_counts(film.veil, &made.faces, &made.redacted);
    }
    source_close(film.source);
    veil_close(film.veil);
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
