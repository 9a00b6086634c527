/* See film_veil.h. */
#include "video/film_veil.h"
#include "video/film_shadow.h"
#include "video/sink.h"
#include "base/memory.h"

struct veil {
    const char *path;
    vultus_redaction method;
    double rate;
    struct shadow *shadow;
    struct sink *sink; /* NULL: no frame was written yet */
};

vultus_status veil_open(const char *path, vultus_redaction method, double rate, struct veil **out,
                        vultus_error *error)
{
    struct veil *veil = mem_zalloc(1, sizeof *veil);
    if (!veil)
        return status_memory(error, "a film");
    *veil = (struct veil){.path = path, .method = method, .rate = rate};
    vultus_status status = shadow_open(&veil->shadow, error);
    if (status)
        mem_free(veil);
    else
        *out = veil;
    return status;
}

vultus_status veil_add(struct veil *veil, vultus_image *image, int64_t time,
                       const vultus_faces *found, vultus_error *error)
{
    return shadow_add(veil->shadow, image, time, found, error);
}

void veil_keep(struct veil *veil, const bool *kept)
{
    size_t count = 0;
    const struct shadow_face *faces = shadow_newest(veil->shadow, &count);
    for (size_t i = 0; i < count; i++)
        if (faces[i].serial && faces[i].found && kept[faces[i].index])
            shadow_keep(veil->shadow, faces[i].serial);
}

static vultus_status write_one(struct veil *veil, const struct shadow_frame *frame,
                               vultus_error *error)
{
    const struct sink_options options = {
        .width = frame->image->width, .height = frame->image->height, .rate = veil->rate};
    vultus_status status = VULTUS_OK;
    if (!veil->sink)
        status = sink_open(veil->path, &options, &veil->sink, error);
    if (!status)
        status = vultus_image_redact(frame->image, frame->boxes, frame->count, veil->method, error);
    return status ? status : sink_write(veil->sink, frame->image, frame->time, error);
}

vultus_status veil_write(struct veil *veil, bool all, vultus_error *error)
{
    for (;;) {
        struct shadow_frame frame;
        vultus_status status = shadow_take(veil->shadow, all, &frame, error);
        if (status || !frame.image)
            return status;
        status = write_one(veil, &frame, error);
        vultus_image_free(frame.image);
        if (status)
            return status;
    }
}

void veil_counts(const struct veil *veil, uint64_t *faces, uint64_t *redacted)
{
    shadow_counts(veil->shadow, faces, redacted);
}

vultus_status veil_commit(struct veil *veil, vultus_error *error)
{
    vultus_status status = veil_write(veil, true, error);
    struct sink *sink = veil->sink;
    if (status || !sink)
        return status;
    veil->sink = NULL;
    return sink_commit(sink, error);
}

void veil_close(struct veil *veil)
{
    if (!veil)
        return;
    if (veil->sink)
        sink_abort(veil->sink);
    shadow_close(veil->shadow);
    mem_free(veil);
}
