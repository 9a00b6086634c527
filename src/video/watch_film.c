/* See watch_film.h. */
#include "video/watch_line.h"
#include "base/memory.h"

static vultus_status draw(const vultus_watched_frame *frame, vultus_error *error)
{
    size_t count = 0;
    vultus_label *labels = mem_zalloc(frame->count, sizeof *labels);
    char(*texts)[VULTUS_VISITOR_TEXT] = mem_zalloc(frame->count, sizeof *texts);
    vultus_status status = labels && texts ? VULTUS_OK : status_memory(error, "names on a frame");
    for (size_t i = 0; !status && i < frame->count; i++)
        if (frame->visitors[i].visible && !frame->visitors[i].redacted) {
            vultus_visitor_label(&frame->visitors[i], texts[count], &labels[count]);
            count++;
        }
    if (!status && count)
        status = vultus_image_annotate(frame->image, labels, count, error);
    mem_free(labels);
    mem_free(texts);
    return status;
}

/* What is redacted is drawn over the names, and waits until it is known where. */
static vultus_status write_veiled(struct watch_film *film, const vultus_watch_options *options,
                                  struct watch_shot *shot, const vultus_watched_frame *frame,
                                  vultus_error *error)
{
    vultus_watched_frame clear = *frame;
    vultus_status status = VULTUS_OK;
    clear.image = shot->frame.image;
    if (!film->veil)
        status = veil_open(options->output, options->redaction, frame->rate, &film->veil, error);
    if (!status)
        status = draw(&clear, error);
    if (status)
        return status;
    shot->frame.image = NULL;
    status = veil_add(film->veil, clear.image, shot->frame.time, &shot->faces, error);
    if (status)
        return status;
    veil_keep(film->veil, shot->kept);
    return veil_write(film->veil, false, error);
}

vultus_status watch_film_write(struct watch_film *film, const vultus_watch_options *options,
                               struct watch_shot *shot, const vultus_watched_frame *frame,
                               vultus_error *error)
{
    const struct sink_options how = {.width = vultus_image_width(frame->image),
                                     .height = vultus_image_height(frame->image),
                                     .rate = frame->rate};
    vultus_status status = VULTUS_OK;
    if (options->redact)
        return write_veiled(film, options, shot, frame, error);
    if (!film->sink)
        status = sink_open(options->output, &how, &film->sink, error);
    if (!status)
        status = draw(frame, error);
    return status ? status : sink_write(film->sink, frame->image, shot->frame.time, error);
}

vultus_status watch_film_commit(struct watch_film *film, vultus_error *error)
{
    struct sink *sink = film->sink;
    struct veil *veil = film->veil;
    *film = (struct watch_film){0};
    vultus_status status = sink ? sink_commit(sink, error) : VULTUS_OK;
    if (veil)
        status = veil_commit(veil, error);
    veil_close(veil);
    return status;
}
