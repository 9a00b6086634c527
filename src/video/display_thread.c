/*
 * The display's thread: takes keys, draws when there is something new, and shows it. It alone uses the screen, because
 * what draws on graphics cards is bound to a thread. The lock is never held while something is drawn.
 */
#include "video/display_state.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define REFRESH 250 /* milliseconds after which the line is drawn again */
#define SMOOTH 0.1  /* what one frame counts in the latency */

/* ------------------------------------------------------------------ drawing, on the thread */

/* "door: 24.8 frames/s, 41 ms, 2 people" */
static void write_status(const struct vultus_display *display, char *out, size_t size)
{
    const struct display_slot *slots = display->slots;
    size_t people = 0, count = display->options.count;
    double rate = 0;
    bool live = false;
    char what[DISPLAY_CAPTION], latency[32] = "";
    for (size_t i = 0; i < count; i++) {
        people += slots[i].shown.people;
        rate += slots[i].rate;
        live |= slots[i].shown.live;
    }
    if (count > 1)
        (void)snprintf(what, sizeof what, "%zu sources", count);
    else
        (void)snprintf(what, sizeof what, "%s", display->captions[0]);
    if (live)
        (void)snprintf(latency, sizeof latency, "  %.0f ms", display->latency * 1e3);
    (void)snprintf(out, size, "%.0f fps%s  %zu %s  %.150s", rate, latency, people,
                   people == 1 ? "person" : "people", what);
}

static vultus_status fit_canvas(struct vultus_display *display, vultus_error *error)
{
    uint32_t width = 0, height = 0;
    display->screen->size(display->self, &width, &height);
    vultus_image *canvas = display->canvas;
    if (canvas && canvas->width == width && canvas->height == height)
        return VULTUS_OK;
    vultus_image_free(canvas);
    display->canvas = NULL;
    return image_new(width, height, &display->canvas, error);
}

static void set_tiles(struct vultus_display *display)
{
    for (size_t i = 0; i < display->options.count; i++) {
        const struct display_view *view = &display->slots[i].shown;
        display->tiles[i] = (struct display_tile){.picture = view->picture,
                                                  .marks = view->marks,
                                                  .count = view->picture ? view->count : 0,
                                                  .caption = display->captions[i]};
    }
}

static vultus_status draw(struct vultus_display *display, vultus_error *error)
{
    char line[DISPLAY_LINE], message[DISPLAY_LINE];
    set_tiles(display);
    pthread_mutex_lock(&display->lock);
    write_status(display, line, sizeof line);
    memcpy(message, display->message, sizeof message);
    bool said = display->message_end > clock_ns();
    pthread_mutex_unlock(&display->lock);
    const struct display_scene scene = {.tiles = display->tiles,
                                        .count = display->options.count,
                                        .status = line,
                                        .message = said ? message : NULL,
                                        .desk = &display->desk,
                                        .face = display->named.picture};
    vultus_status status = fit_canvas(display, error);
    if (!status)
        status = display_draw_scene(&scene, display->font, display->canvas, error);
    return status ? status : display->screen->present(display->self, display->canvas, error);
}

/* What is new becomes what is shown. */
static bool take_frames(struct vultus_display *display)
{
    bool any = false;
    pthread_mutex_lock(&display->lock);
    for (size_t i = 0; i < display->options.count; i++)
        any |= display_slot_take(&display->slots[i]);
    pthread_mutex_unlock(&display->lock);
    return any;
}

static void measure(struct vultus_display *display)
{
    uint64_t now = clock_ns();
    for (size_t i = 0; i < display->options.count; i++) {
        const struct display_slot *slot = &display->slots[i];
        if (!slot->shown.live)
            continue;
        double latency = (double)(now - slot->shown.arrived) / 1e9;
        display->latency += (display->latency > 0 ? SMOOTH : 1) * (latency - display->latency);
    }
}

/* ------------------------------------------------------------------ keys, on the thread */

/* One at a time: who is asked for the next one before the last was taken is told so. */
static void wish(struct vultus_display *display, const vultus_wish *wanted)
{
    pthread_mutex_lock(&display->lock);
    bool busy = display->wishes;
    if (!busy) {
        display->wish = *wanted;
        display->wishes = true;
    }
    pthread_cond_broadcast(&display->changed);
    pthread_mutex_unlock(&display->lock);
    if (busy) {
        vultus_image_free(wanted->image);
        vultus_display_say(display, "one moment, please");
    }
}

/* One source in its own size, several as they are shown. */
static void wish_snapshot(struct vultus_display *display)
{
    const vultus_image *only = display->slots[0].shown.picture;
    vultus_wish wanted = {.kind = VULTUS_WISH_SNAPSHOT};
    const struct display_scene scene = {.tiles = display->tiles, .count = display->options.count};
    bool one = display->options.count == 1;
    if (one && !only) {
        vultus_display_say(display, "there is no picture yet");
        return;
    }
    set_tiles(display);
    if (fit_canvas(display, NULL) ||
        image_new(one ? only->width : display->canvas->width,
                  one ? only->height : display->canvas->height, &wanted.image, NULL))
        return;
    if (display_draw_tiles(&scene, display->font, wanted.image, NULL))
        vultus_image_free(wanted.image);
    else
        wish(display, &wanted);
}

/* The better picture of those that the sources have. */
static void freeze(struct vultus_display *display)
{
    struct display_slot *from = NULL;
    display_best_clear(&display->named);
    pthread_mutex_lock(&display->lock);
    for (size_t i = 0; i < display->options.count; i++) {
        struct display_slot *slot = &display->slots[i];
        if (slot->best.picture && (!from || slot->best.quality > from->best.quality))
            from = slot;
    }
    if (from) {
        display->named = from->best;
        from->best = (struct display_best){0};
        display->desk.mode = DISPLAY_NAMING;
    }
    pthread_mutex_unlock(&display->lock);
    if (!from)
        vultus_display_say(display, "enrolling takes an unknown face, or the only one");
}

static void wish_enrolment(struct vultus_display *display)
{
    vultus_wish wanted = {
        .kind = VULTUS_WISH_ENROLL, .image = display->named.picture, .box = display->named.box};
    memcpy(wanted.name, display->desk.name, sizeof wanted.name);
    display->named.picture = NULL;
    wish(display, &wanted);
}

static void handle(struct vultus_display *display, const struct display_key *key)
{
    pthread_mutex_lock(&display->lock);
    enum display_act act = display_desk_key(&display->desk, key);
    display->end |= act == DISPLAY_ACT_QUIT;
    pthread_cond_broadcast(&display->changed);
    pthread_mutex_unlock(&display->lock);
    switch (act) {
    case DISPLAY_ACT_FULLSCREEN:
        display->screen->fullscreen(display->self, display->desk.fullscreen);
        break;
    case DISPLAY_ACT_SNAPSHOT: wish_snapshot(display); break;
    case DISPLAY_ACT_FREEZE: freeze(display); break;
    case DISPLAY_ACT_ENROLL: wish_enrolment(display); break;
    case DISPLAY_ACT_NONE:
    case DISPLAY_ACT_QUIT: break;
    }
}

/* ------------------------------------------------------------------ the thread */

static bool must_end(struct vultus_display *display)
{
    pthread_mutex_lock(&display->lock);
    bool end = display->end;
    pthread_mutex_unlock(&display->lock);
    return end;
}

/* Whether something came that has to be seen. */
static bool take_keys(struct vultus_display *display)
{
    struct display_key key = {DISPLAY_KEY_NONE, ""};
    bool more = display->screen->next(display->self, REFRESH, &key), seen = !more;
    while (more) {
        seen |= key.kind != DISPLAY_KEY_NONE;
        handle(display, &key);
        more = display->screen->next(display->self, 0, &key);
    }
    return seen;
}

static vultus_status run(struct vultus_display *display, vultus_error *error)
{
    vultus_status status = draw(display, error);
    while (!status && !must_end(display)) {
        bool seen = take_keys(display), fresh = take_frames(display);
        if (seen || fresh)
            status = draw(display, error);
        if (fresh)
            measure(display);
    }
    return status;
}

static void set_state(struct vultus_display *display, bool *state, const vultus_error *error)
{
    pthread_mutex_lock(&display->lock);
    *state = true;
    display->error = *error;
    pthread_cond_broadcast(&display->changed);
    pthread_mutex_unlock(&display->lock);
}

void *display_thread(void *context)
{
    struct vultus_display *display = context;
    vultus_error error = {0};
    vultus_status status = display->screen->open(&display->options, &display->self, &error);
    if (status) {
        set_state(display, &display->ended, &error);
        set_state(display, &display->opened, &error);
        return NULL;
    }
    set_state(display, &display->opened, &error);
    (void)run(display, &error);
    set_state(display, &display->ended, &error); /* from here on nobody wakes it */
    display->screen->close(display->self);
    return NULL;
}
