/* See recorder.h. The queue is bounded: a disk that does not keep up holds the cameras up, and no event is lost. */
#include "events/recorder.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/utf8.h"
#include "base/wait.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define QUEUE_MAX 512      /* events on their way; with pictures some 15 MB */
#define BATCH_MAX 128      /* in one transaction */
#define PRUNE_EVERY_S 3600 /* what has expired is erased so often */
#define BUSY_TRIES 12      /* of five seconds each, while another process holds the gallery */

struct item {
    vultus_event event; /* texts and picture are copies */
    vultus_event_record record;
    char *address, *name, *second, *before;
};

struct recorder {
    struct recorder_options options;
    vultus_gallery *gallery;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct item *queue[QUEUE_MAX]; /* a ring */
    size_t first, count;
    bool ending;
    vultus_status status; /* of what could not be stored */
    vultus_error error;
};

uint64_t recorder_run(void)
{
    uint64_t run = 0;
    if (getentropy(&run, sizeof run))
        run = random_mix(clock_ns() ^ (uint64_t)getpid() << 40);
    return run;
}

static uint64_t visit_of(const vultus_event *event, uint64_t run)
{
    return random_mix(random_mix(run + event->source) ^ event->visitor.track) >> 1;
}

/* ------------------------------------------------------------------ items */

static void item_free(struct item *item)
{
    if (!item)
        return;
    mem_free(item->address);
    mem_free(item->name);
    mem_free(item->second);
    mem_free(item->before);
    vultus_event_record_clear(&item->record);
    mem_free(item);
}

static char *repaired(const char *text, bool *good)
{
    char *copy = utf8_repaired(text ? text : "");
    *good &= copy != NULL;
    return copy;
}

static char *name_or_null(const char *name, bool *good)
{
    char *copy = name && name[0] ? mem_string(name) : NULL;
    *good &= copy || !name || !name[0];
    return copy;
}

static bool fill(struct item *item, const vultus_event *event, const struct recorder_camera *camera)
{
    const vultus_visitor *visitor = &event->visitor;
    bool good = true, pictured = event->thumbnail && event->thumbnail_size &&
                                 event->thumbnail_size <= VULTUS_EVENT_PICTURE_MAX;
    bool named = visitor->recognition == VULTUS_RECOGNITION_NAMED;
    item->event = *event;
    item->event.address = item->address = repaired(event->address, &good);
    item->event.visitor.name = item->name = repaired(visitor->name, &good);
    item->event.visitor.second = item->second = repaired(visitor->second, &good);
    item->event.before = item->before = repaired(event->before, &good);
    item->record = (vultus_event_record){
        .visit = visit_of(event, camera->run),
        .kind = event->kind,
        .camera = repaired(camera->name ? camera->name : event->address, &good),
        .track = visitor->track,
        .name = name_or_null(named ? visitor->name : NULL, &good),
        .before = name_or_null(event->kind == VULTUS_EVENT_CHANGED ? event->before : NULL, &good),
        .similarity = visitor->similarity,
        .far = visitor->far,
        .quality = visitor->quality,
        .time = event->time,
        .frame = event->frame,
        .box = visitor->box,
        .width = event->width,
        .height = event->height,
        .picture = pictured ? mem_copy(event->thumbnail, event->thumbnail_size) : NULL,
        .picture_size = pictured ? event->thumbnail_size : 0};
    date_stamp(0, item->record.at);
    item->event.thumbnail = item->record.picture;
    item->event.thumbnail_size = item->record.picture_size;
    return good && (!pictured || item->record.picture);
}

/* ------------------------------------------------------------------ the thread */

/* Takes what has come, up to a batch; waits until there is something, it is time to prune, or the end. */
static size_t take(struct recorder *recorder, struct item **batch, bool *ended)
{
    const uint64_t until = clock_ns() + PRUNE_EVERY_S * UINT64_C(1000000000);
    size_t count = 0;
    pthread_mutex_lock(&recorder->lock);
    while (!recorder->count && !recorder->ending &&
           wait_until(&recorder->changed, &recorder->lock, until))
        continue;
    while (count < BATCH_MAX && recorder->count) {
        batch[count++] = recorder->queue[recorder->first];
        recorder->first = (recorder->first + 1) % QUEUE_MAX;
        recorder->count--;
    }
    *ended = recorder->ending && !recorder->count;
    pthread_cond_broadcast(&recorder->changed);
    pthread_mutex_unlock(&recorder->lock);
    return count;
}

static vultus_status store(struct recorder *recorder, struct item **batch, size_t count,
                           vultus_error *error)
{
    vultus_event_record records[BATCH_MAX]; /* texts stay the items' */
    vultus_status status = VULTUS_ERR_BUSY;
    for (size_t i = 0; i < count; i++)
        records[i] = batch[i]->record;
    for (int tries = 0; tries < BUSY_TRIES && status == VULTUS_ERR_BUSY; tries++)
        status = vultus_gallery_add_events(recorder->gallery, records, count,
                                           &recorder->options.keeping, error);
    for (size_t i = 0; !status && i < count; i++) {
        batch[i]->record.id = records[i].id;
        if (recorder->options.stored)
            recorder->options.stored(recorder->options.context, &batch[i]->event,
                                     &batch[i]->record);
    }
    return status;
}

static void give_up(struct recorder *recorder, vultus_status status, const vultus_error *error)
{
    pthread_mutex_lock(&recorder->lock);
    recorder->status = status;
    recorder->error = *error;
    pthread_cond_broadcast(&recorder->changed);
    pthread_mutex_unlock(&recorder->lock);
}

static void *run(void *context)
{
    struct recorder *recorder = context;
    struct item *batch[BATCH_MAX];
    uint64_t pruned = clock_ns();
    for (bool ended = false; !ended;) {
        vultus_error error = {0};
        size_t count = take(recorder, batch, &ended);
        vultus_status status = recorder->status; /* only this thread sets it */
        if (!status && count)
            status = store(recorder, batch, count, &error);
        if (status && !recorder->status)
            give_up(recorder, status, &error);
        for (size_t i = 0; i < count; i++)
            item_free(batch[i]);
        if (!recorder->status && clock_ns() - pruned > PRUNE_EVERY_S * 1000000000ull &&
            !vultus_gallery_prune_events(recorder->gallery, NULL, NULL, NULL))
            pruned = clock_ns();
    }
    return NULL;
}

/* ------------------------------------------------------------------ from outside */

vultus_status recorder_open(const struct recorder_options *options, struct recorder **out,
                            vultus_error *error)
{
    struct recorder *recorder = mem_zalloc(1, sizeof *recorder);
    if (!recorder)
        return status_memory(error, "recording events");
    recorder->options = *options;
    vultus_status status =
        vultus_gallery_open(options->location, &options->gallery, &recorder->gallery, error);
    if (!status) /* what has expired is not kept until the first event */
        status = vultus_gallery_prune_events(recorder->gallery, NULL, NULL, error);
    pthread_mutex_init(&recorder->lock, NULL);
    wait_open(&recorder->changed);
    if (!status && pthread_create(&recorder->thread, NULL, run, recorder))
        status = status_set(error, VULTUS_ERR_INTERNAL, "no thread to record events");
    if (!status) {
        *out = recorder;
        return VULTUS_OK;
    }
    pthread_cond_destroy(&recorder->changed);
    pthread_mutex_destroy(&recorder->lock);
    vultus_gallery_close(recorder->gallery);
    mem_free(recorder);
    return status;
}

vultus_status recorder_add(struct recorder *recorder, const vultus_event *event,
                           const struct recorder_camera *camera, vultus_error *error)
{
    struct item *item = mem_zalloc(1, sizeof *item);
    if (!item || !fill(item, event, camera)) {
        item_free(item);
        return status_memory(error, "an event");
    }
    pthread_mutex_lock(&recorder->lock);
    while (recorder->count == QUEUE_MAX && !recorder->status)
        pthread_cond_wait(&recorder->changed, &recorder->lock);
    vultus_status status = recorder->status;
    if (status && error)
        *error = recorder->error;
    if (!status) {
        recorder->queue[(recorder->first + recorder->count++) % QUEUE_MAX] = item;
        pthread_cond_broadcast(&recorder->changed);
    }
    pthread_mutex_unlock(&recorder->lock);
    if (status)
        item_free(item);
    return status;
}

vultus_status recorder_close(struct recorder *recorder, vultus_error *error)
{
    if (!recorder)
        return VULTUS_OK;
    pthread_mutex_lock(&recorder->lock);
    recorder->ending = true;
    pthread_cond_broadcast(&recorder->changed);
    pthread_mutex_unlock(&recorder->lock);
    pthread_join(recorder->thread, NULL);
    vultus_status status = recorder->status;
    if (status && error)
        *error = recorder->error;
    pthread_cond_destroy(&recorder->changed);
    pthread_mutex_destroy(&recorder->lock);
    vultus_gallery_close(recorder->gallery);
    mem_free(recorder);
    return status;
}
