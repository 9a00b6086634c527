/* Watching with an eye for liveness: who is a picture is never named, and everybody else a moment later. */
#include "film_made_up.h"

#include <math.h>

struct story {
    struct buffer told; /* "event name recognition" a line */
    int eve_named;      /* frames that gave her a name */
    float scores[WHO];
};

static struct story told;

/* Eve is a photo. */
static vultus_status live(void *context, const vultus_image *frame, const vultus_face *face,
                          float *out, vultus_error *error)
{
    vultus_pixels pixels = vultus_image_pixels(frame);
    size_t x = (size_t)(face->box.x + face->box.width / 2);
    size_t y = (size_t)(face->box.y + face->box.height / 2);
    (void)context;
    (void)error;
    *out = is_of(pixels.data + y * pixels.stride + 3 * x, EVE) ? 0.1f : 0.95f;
    return VULTUS_OK;
}

static void on_event(void *context, const vultus_event *event)
{
    vultus_error error;
    (void)context;
    assert_ok(buffer_print(&told.told, &error, "%s %s %s\n", vultus_event_text(event->kind),
                           event->visitor.name,
                           vultus_recognition_text(event->visitor.recognition)),
              &error);
    told.scores[event->visitor.box.y > 70 ? EVE : ADA] = event->visitor.live;
}

static void on_frame(void *context, const vultus_watched_frame *frame)
{
    (void)context;
    for (size_t i = 0; i < frame->count; i++)
        told.eve_named += !strcmp(frame->visitors[i].name, "Eve");
}

static void watch(bool required, bool gallery)
{
    static const struct part parts[] = {{ADA, 0, FRAMES, 10, 30, 2}, {EVE, 0, FRAMES, 30, 100, 1}};
    static const char *folder;
    struct eyes seen = {0};
    const struct watch_eyes eyes = {.find = find,
                                    .embed = embed,
                                    .name = name,
                                    .margin = margin,
                                    .dimension = gallery ? DIMENSION : 0,
                                    .live = live,
                                    .live_threshold = 0.8f,
                                    .require_live = required,
                                    .picture = vultus_image_thumbnail,
                                    .context = &seen};
    const vultus_watch_options options = {.event = on_event, .frame = on_frame};
    pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    vultus_error error = {0};
    if (!folder)
        folder = film(parts, 2, FRAMES);
    struct watch run = {
        .eyes = &eyes, .options = &options, .address = folder, .threads = 1, .turn = &turn};
    told = (struct story){.scores = {NAN, NAN}};
    buffer_init(&told.told, 1 << 16);
    assert_ok(watch_run(&run, &error), &error);
    assert_float_equal(told.scores[ADA], 0.95f, 1e-4);
    assert_float_equal(told.scores[EVE], 0.1f, 1e-4);
}

static void pictures_are_never_named(void **state)
{
    (void)state;
    watch(true, true);
    const char *text = (const char *)told.told.data;
    assert_int_equal(told.eve_named, 0);
    assert_null(strstr(text, "Eve"));
    assert_non_null(strstr(text, "identified Ada named\n"));
    assert_non_null(strstr(text, "unknown  not live\n"));
    assert_non_null(strstr(text, "left  not live\n"));
    buffer_clear(&told.told);
}

static void where_it_is_only_told_they_are(void **state)
{
    (void)state;
    watch(false, true);
    assert_non_null(strstr((const char *)told.told.data, "identified Eve named\n"));
    assert_null(strstr((const char *)told.told.data, "not live"));
    buffer_clear(&told.told);
}

static void it_is_told_without_a_gallery_too(void **state)
{
    (void)state;
    watch(false, false);
    assert_null(strstr((const char *)told.told.data, "identified"));
    buffer_clear(&told.told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_never_named),
        cmocka_unit_test(where_it_is_only_told_they_are),
        cmocka_unit_test(it_is_told_without_a_gallery_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
