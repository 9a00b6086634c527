/*
 * See watch_cover.h. A face stays where it was found in this very frame and looked at in it; what its track was before
 * proves nothing. Tracks that were not found are covered where they are thought to be.
 */
#include "video/watch_line.h"
#include "base/memory.h"

#include <string.h>

static bool is_excepted(const vultus_watch_options *options, const struct look *look)
{
    bool sure = look->match && look->name && !(look->second && look->second[0]);
    for (size_t i = 0; sure && i < options->except_count; i++)
        if (!strcmp(options->except[i], look->name))
            return true;
    return false;
}

static vultus_status ask(struct watch_line *line, const struct watch_shot *shot,
                         const vultus_face *face, bool *kept, vultus_error *error)
{
    const struct watch_eyes *eyes = line->watch->eyes;
    struct look look = {0};
    vultus_status status =
        eyes->embed(eyes->context, shot->frame.image, face, line->embedding, error);
    if (!status)
        status = eyes->name(eyes->context, line->embedding, subject_quality(face), &look, error);
    *kept = !status && is_excepted(line->watch->options, &look);
    return status;
}

vultus_status watch_keep(struct watch_line *line, struct watch_shot *shot, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    shot->kept = mem_zalloc(shot->faces.count, sizeof *shot->kept);
    if (!shot->kept)
        return status_memory(error, "covering faces");
    if (!line->watch->options->except_count || !line->watch->eyes->dimension)
        return VULTUS_OK;
    pthread_mutex_lock(line->watch->turn);
    for (size_t i = 0; !status && i < shot->faces.count; i++)
        status = ask(line, shot, &shot->faces.items[i], &shot->kept[i], error);
    pthread_mutex_unlock(line->watch->turn);
    return status;
}

bool watch_covers(const struct watch_line *line, const struct watch_shot *shot,
                  const struct track *track)
{
    return line->watch->options->redact &&
           (track->index >= shot->faces.count || !shot->kept[track->index]);
}

static size_t places(const struct watch_line *line, const struct watch_shot *shot, vultus_box *out)
{
    size_t count = 0;
    for (size_t i = 0; i < shot->faces.count; i++)
        if (!shot->kept[i])
            out[count++] = shot->faces.items[i].box;
    for (size_t i = 0; i < tracker_count(line->tracker); i++) {
        const struct track *track = tracker_track(line->tracker, i);
        if (track->index >= shot->faces.count && track->state != TRACK_ENDED)
            out[count++] = track->box;
    }
    return count;
}

vultus_status watch_shown(struct watch_line *line, struct watch_shot *shot, vultus_image **out,
                          vultus_error *error)
{
    const vultus_watch_options *options = line->watch->options;
    vultus_status status = VULTUS_OK;
    if (!options->redact || shot->shown) {
        *out = options->redact ? shot->shown : shot->frame.image;
        return VULTUS_OK;
    }
    vultus_image *copy = NULL;
    size_t most = shot->faces.count + tracker_count(line->tracker);
    vultus_box *boxes = mem_array(most, sizeof *boxes);
    status = boxes ? image_refill(shot->frame.image, &copy, error)
                   : status_memory(error, "covering faces");
    if (!status)
        status =
            vultus_image_redact(copy, boxes, places(line, shot, boxes), options->redaction, error);
    mem_free(boxes);
    if (status)
        vultus_image_free(copy);
    else
        *out = shot->shown = copy;
    return status;
}
