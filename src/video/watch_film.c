/* Labels: the name, "?" after a name in doubt, "unknown", "not live", or nothing while it is open. */
#include "video/watch_film.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>

#define LABEL_SIZE (2 * VULTUS_NAME_MAX + 16)

static void set_label(vultus_label *label, char text[LABEL_SIZE], const vultus_visitor *visitor)
{
    text[0] = '\0';
    if (visitor->recognition == VULTUS_RECOGNITION_DOUBT)
        (void)snprintf(text, LABEL_SIZE, "%s or %s?", visitor->name, visitor->second);
    else if (visitor->recognition == VULTUS_RECOGNITION_UNKNOWN)
        (void)snprintf(text, LABEL_SIZE, "unknown");
    else if (visitor->recognition == VULTUS_RECOGNITION_NOT_LIVE)
        (void)snprintf(text, LABEL_SIZE, "not live");
    else if (visitor->recognition == VULTUS_RECOGNITION_NAMED)
        (void)snprintf(text, LABEL_SIZE, "%s", visitor->name);
    *label = (vultus_label){.face = {.box = visitor->box},
                            .text = text[0] ? text : NULL,
                            .match = visitor->recognition == VULTUS_RECOGNITION_NAMED};
}

static vultus_status draw(const vultus_watched_frame *frame, vultus_error *error)
{
    size_t count = 0;
    vultus_label *labels = mem_zalloc(frame->count, sizeof *labels);
    char(*texts)[LABEL_SIZE] = mem_zalloc(frame->count, sizeof *texts);
    vultus_status status = labels && texts ? VULTUS_OK : status_memory(error, "names on a frame");
    for (size_t i = 0; !status && i < frame->count; i++)
        if (frame->visitors[i].visible) {
            set_label(&labels[count], texts[count], &frame->visitors[i]);
            count++;
        }
    if (!status && count)
        status = vultus_image_annotate(frame->image, labels, count, error);
    mem_free(labels);
    mem_free(texts);
    return status;
}

vultus_status watch_film_write(struct watch_film *film, const char *path,
                               const vultus_watched_frame *frame, vultus_error *error)
{
    const struct sink_options options = {.width = vultus_image_width(frame->image),
                                         .height = vultus_image_height(frame->image),
                                         .rate = frame->rate};
    vultus_status status = VULTUS_OK;
    if (!film->sink)
        status = sink_open(path, &options, &film->sink, error);
    if (!status)
        status = draw(frame, error);
    return status
               ? status
               : sink_write(film->sink, frame->image, (int64_t)llround(frame->time * 1e6), error);
}

vultus_status watch_film_commit(struct watch_film *film, vultus_error *error)
{
    struct sink *sink = film->sink;
    film->sink = NULL;
    return sink ? sink_commit(sink, error) : VULTUS_OK;
}
