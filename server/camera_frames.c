/* What a frame of a camera shows: who is there, how many frames a second come and how late, and its preview. */
#include "cameras.h"
#include "journal.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LATEST 0.1 /* the part that the last frame has in the latency */

struct drawing { /* of a preview */
    vultus_label labels[CAMERA_PEOPLE_MAX];
    char texts[CAMERA_PEOPLE_MAX][VULTUS_VISITOR_TEXT];
    size_t count;
};

static void copy_people(struct camera_now *now, const vultus_watched_frame *frame)
{
    now->count = 0;
    for (size_t i = 0; i < frame->count && now->count < CAMERA_PEOPLE_MAX; i++) {
        const vultus_visitor *visitor = &frame->visitors[i];
        struct camera_person *person = &now->people[now->count];
        if (!visitor->visible)
            continue;
        person->visitor = *visitor;
        snprintf(person->name, sizeof person->name, "%s", visitor->name);
        snprintf(person->second, sizeof person->second, "%s", visitor->second);
        now->count++;
    }
}

static void note(struct camera *camera, const vultus_watched_frame *frame, uint64_t time)
{
    struct camera_now *now = &camera->now;
    double latency = frame->arrived ? (double)(time - frame->arrived) / 1e9 : NAN;
    pthread_mutex_lock(&camera->all->lock);
    if (frame->arrived >= camera->noticed) {
        camera->state = CAMERA_RUNNING;
        camera->reason[0] = '\0';
    }
    now->times[now->frames++ % CAMERA_TIMES] = time;
    now->latency = isnan(now->latency) ? latency : now->latency + LATEST * (latency - now->latency);
    now->width = vultus_image_width(frame->image);
    now->height = vultus_image_height(frame->image);
    journal_stamp(now->last);
    copy_people(now, frame);
    camera->frames++;
    pthread_mutex_unlock(&camera->all->lock);
}

/* ------------------------------------------------------------------ the preview */

static void label(struct drawing *drawing, const vultus_visitor *visitor, float scale)
{
    vultus_label *out = &drawing->labels[drawing->count];
    vultus_visitor_label(visitor, drawing->texts[drawing->count++], out);
    vultus_box *box = &out->face.box;
    *box = (vultus_box){box->x * scale, box->y * scale, box->width * scale, box->height * scale};
}

static vultus_status draw(vultus_image *image, const vultus_watched_frame *frame,
                          vultus_error *error)
{
    struct drawing drawing = {.count = 0};
    float scale = (float)vultus_image_width(image) / (float)vultus_image_width(frame->image);
    for (size_t i = 0; i < frame->count && drawing.count < CAMERA_PEOPLE_MAX; i++)
        if (frame->visitors[i].visible)
            label(&drawing, &frame->visitors[i], scale);
    return drawing.count ? vultus_image_annotate(image, drawing.labels, drawing.count, error)
                         : VULTUS_OK;
}

/* What goes wrong here is no reason to stop watching. */
static void show(struct camera *camera, const vultus_watched_frame *frame)
{
    vultus_image *image = NULL;
    uint8_t *jpeg = NULL;
    size_t size = 0;
    vultus_status status =
        vultus_image_scaled(frame->image, (uint32_t)camera->settings.preview, &image, NULL);
    if (!status)
        status = draw(image, frame, NULL);
    if (!status)
        status = vultus_image_jpeg(image, &jpeg, &size, NULL);
    if (!status)
        status = preview_put(camera->preview, jpeg, size, NULL);
    vultus_thumbnail_free(jpeg, size);
    vultus_image_free(image);
    (void)status;
}

void camera_frame(struct camera *camera, const vultus_watched_frame *frame)
{
    uint64_t time = clock_ns();
    note(camera, frame, time);
    if (preview_wants(camera->preview, time))
        show(camera, frame);
}
