/* See display_slot.h. */
#include "video/display_slot.h"
#include "base/clock.h"
#include "base/memory.h"

#include <math.h>

#define SECOND UINT64_C(1000000000)
#define ROOM 0.75f /* around a face that is to be named, in its size */

vultus_status display_slot_open(struct display_slot *slot, vultus_error *error)
{
    slot->newest.marks = mem_zalloc(DISPLAY_MARKS_MAX, sizeof *slot->newest.marks);
    slot->shown.marks = mem_zalloc(DISPLAY_MARKS_MAX, sizeof *slot->shown.marks);
    return slot->newest.marks && slot->shown.marks ? VULTUS_OK : status_memory(error, "a window");
}

void display_best_clear(struct display_best *best)
{
    vultus_image_free(best->picture);
    *best = (struct display_best){0};
}

static void clear_view(struct display_view *view)
{
    vultus_image_free(view->picture);
    mem_free_wiped(view->marks, DISPLAY_MARKS_MAX * sizeof *view->marks);
    *view = (struct display_view){0};
}

void display_slot_close(struct display_slot *slot)
{
    clear_view(&slot->newest);
    clear_view(&slot->shown);
    display_best_clear(&slot->best);
}

static void put_marks(struct display_view *view, const vultus_watched_frame *frame)
{
    view->count = view->people = 0;
    for (size_t i = 0; i < frame->count; i++) {
        const vultus_visitor *visitor = &frame->visitors[i];
        if (!visitor->visible)
            continue;
        view->people++;
        if (visitor->redacted || view->count == DISPLAY_MARKS_MAX)
            continue;
        struct display_mark *mark = &view->marks[view->count++];
        vultus_visitor_label(visitor, mark->text, &mark->label);
    }
}

/* The largest face that is unknown, else the only one; NULL: none can be meant. */
static const vultus_visitor *who_is_meant(const vultus_watched_frame *frame)
{
    const vultus_visitor *unknown = NULL, *only = NULL;
    size_t visible = 0;
    for (size_t i = 0; i < frame->count; i++) {
        const vultus_visitor *visitor = &frame->visitors[i];
        if (!visitor->visible || visitor->redacted)
            continue;
        only = visitor;
        visible++;
        if (visitor->recognition != VULTUS_RECOGNITION_NAMED &&
            (!unknown || visitor->box.width > unknown->box.width))
            unknown = visitor;
    }
    return unknown ? unknown : visible == 1 ? only : NULL;
}

/* Cut from this frame where it is a better picture of whoever is meant: a visitor's quality is that of its best one, and
 * rises with the frame that it is of. */
static void look_for_best(struct display_slot *slot, const vultus_watched_frame *frame)
{
    const vultus_visitor *meant = who_is_meant(frame);
    struct display_best *best = &slot->best;
    if (!meant) {
        display_best_clear(best);
        return;
    }
    float quality = isnan(meant->quality) ? 0 : meant->quality;
    if (best->picture && best->track == meant->track && quality <= best->quality)
        return;
    display_best_clear(best);
    float x = ROOM * meant->box.width, y = ROOM * meant->box.height;
    float left = fmaxf(0, floorf(meant->box.x - x)), top = fmaxf(0, floorf(meant->box.y - y));
    vultus_box part = {left, top, meant->box.x + meant->box.width + x - left,
                       meant->box.y + meant->box.height + y - top};
    if (image_crop(frame->image, part, VULTUS_SIDE_MAX, &best->picture, NULL))
        return;
    best->track = meant->track;
    best->quality = quality;
    best->box =
        (vultus_box){meant->box.x - left, meant->box.y - top, meant->box.width, meant->box.height};
}

static void count_frame(struct display_slot *slot)
{
    uint64_t now = clock_ns();
    slot->begin = slot->begin ? slot->begin : now;
    slot->frames++;
    if (now - slot->begin < SECOND)
        return;
    slot->rate = slot->frames * 1e9 / (double)(now - slot->begin);
    slot->begin = now;
    slot->frames = 0;
}

void display_slot_put(struct display_slot *slot, const vultus_watched_frame *frame, bool enrolls)
{
    count_frame(slot);
    if (enrolls)
        look_for_best(slot, frame);
    if (image_refill(frame->image, &slot->newest.picture, NULL))
        return;
    put_marks(&slot->newest, frame);
    slot->newest.arrived = frame->arrived;
    slot->newest.live = !frame->total;
    slot->fresh = true;
}

bool display_slot_take(struct display_slot *slot)
{
    if (!slot->fresh)
        return false;
    struct display_view shown = slot->shown;
    slot->shown = slot->newest;
    slot->newest = shown; /* its memory is used again */
    slot->fresh = false;
    return true;
}
