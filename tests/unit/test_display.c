/*
 * The display on a screen that keeps what is presented, with keys from a list: what keys lead to, that only the newest
 * frame is drawn, naming a face, pausing, closing. Its pictures are left in the build folder, to be looked at.
 */
#include "pictures.h"
#include "screen_made_up.h"
#include "base/clock.h"
#include "base/memory.h"
#include "video/display_desk.h"

#include <math.h>

/* Into the build folder where there is one, else a temporary one. */
static void keep_picture(const char *name)
{
    const char *build = getenv("VULTUS_BUILD");
    const char *path = support_join(build ? build : support_folder(), name);
    vultus_error error = {0};
    settle();
    pthread_mutex_lock(&made_up.lock);
    assert_ok(vultus_image_write(made_up.last, path, &error), &error);
    pthread_mutex_unlock(&made_up.lock);
}

/* ------------------------------------------------------------------ frames */

static const char *const doors[] = {"camera:0", "rtsp://ada:secret@camera.local/door", "c", "d"};

static vultus_display *open_display(uint32_t width, uint32_t height, size_t count)
{
    const vultus_display_options options = {
        .sources = doors, .count = count, .width = width, .height = height, .enrolls = true};
    vultus_display *display = NULL;
    vultus_error error = {0};
    vultus_status status = display_open_on(&screen, &options, &display, &error);
    if (status == VULTUS_ERR_NOT_FOUND)
        support_skip("no font");
    assert_ok(status, &error);
    return display;
}

static vultus_visitor visitor(uint64_t track, const char *name, float x)
{
    return (vultus_visitor){.track = track,
                            .box = {x, 120, 110, 130},
                            .recognition =
                                name[0] ? VULTUS_RECOGNITION_NAMED : VULTUS_RECOGNITION_UNKNOWN,
                            .name = name,
                            .second = "",
                            .quality = 0.6f,
                            .looks = 2,
                            .visible = true};
}

/* A frame of 640 x 360 with these people. */
static void show(vultus_display *display, size_t source, const vultus_visitor *visitors,
                 size_t count, uint64_t total)
{
    static vultus_image *image; /* the same for all */
    if (!image)
        image = picture_pattern(640, 360);
    const vultus_watched_frame frame = {.source = source,
                                        .address = doors[source],
                                        .rate = 25,
                                        .total = total,
                                        .arrived = clock_ns(),
                                        .image = image,
                                        .visitors = visitors,
                                        .count = count};
    vultus_display_show(display, &frame);
}

static bool wait_for_wish(vultus_display *display, vultus_wish *wish)
{
    for (int i = 0; i < 500; i++) {
        if (vultus_display_wish(display, wish))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return false;
}

/* ------------------------------------------------------------------ tests */

static enum display_act key(struct display_desk *desk, const char *text)
{
    struct display_key pressed = {DISPLAY_KEY_TEXT, ""};
    strncat(pressed.text, text, DISPLAY_TEXT_MAX);
    return display_desk_key(desk, &pressed);
}

static void keys_lead_somewhere(void **state)
{
    const struct display_key escape = {DISPLAY_KEY_ESCAPE, ""}, enter = {DISPLAY_KEY_ENTER, ""};
    const struct display_key back = {DISPLAY_KEY_BACKSPACE, ""}, shut = {DISPLAY_KEY_CLOSE, ""};
    struct display_desk desk = {.enrolls = true};
    (void)state;
    assert_int_equal(key(&desk, "q"), DISPLAY_ACT_QUIT);
    assert_int_equal(key(&desk, "Q"), DISPLAY_ACT_QUIT);
    assert_int_equal(key(&desk, "x"), DISPLAY_ACT_NONE);
    assert_int_equal(key(&desk, " "), DISPLAY_ACT_NONE);
    assert_true(desk.paused);
    assert_int_equal(key(&desk, "f"), DISPLAY_ACT_FULLSCREEN);
    assert_true(desk.fullscreen);
    assert_int_equal(key(&desk, "s"), DISPLAY_ACT_SNAPSHOT);
    (void)key(&desk, "h");
    assert_int_equal(desk.mode, DISPLAY_HELP);
    assert_int_equal(display_desk_key(&desk, &escape), DISPLAY_ACT_NONE);
    assert_int_equal(desk.mode, DISPLAY_WATCHING);
    assert_int_equal(display_desk_key(&desk, &escape), DISPLAY_ACT_QUIT);
    assert_int_equal(key(&desk, "e"), DISPLAY_ACT_FREEZE);
    desk.mode = DISPLAY_NAMING;                                          /* a face was there */
    assert_int_equal(display_desk_key(&desk, &enter), DISPLAY_ACT_NONE); /* without a name */
    assert_int_equal(key(&desk, " "), DISPLAY_ACT_NONE);
    assert_int_equal(key(&desk, "q"), DISPLAY_ACT_NONE); /* a letter now */
    assert_int_equal(key(&desk, "\xC3\xBC"), DISPLAY_ACT_NONE);
    assert_string_equal(desk.name, " q\xC3\xBC");
    (void)display_desk_key(&desk, &back); /* a character, not a byte */
    assert_string_equal(desk.name, " q");
    assert_int_equal(display_desk_key(&desk, &enter), DISPLAY_ACT_ENROLL);
    assert_string_equal(desk.name, "q");
    assert_int_equal(desk.mode, DISPLAY_WATCHING);
    for (int i = 0; i < 400; i++) {
        desk.mode = DISPLAY_NAMING;
        (void)key(&desk, "\xE2\x82\xAC");
    }
    assert_in_range(strlen(desk.name), VULTUS_NAME_MAX - 3, VULTUS_NAME_MAX);
    assert_int_equal(display_desk_key(&desk, &shut), DISPLAY_ACT_QUIT);
    desk = (struct display_desk){0};
    assert_int_equal(key(&desk, "e"), DISPLAY_ACT_NONE);
}

/* A name is on the screen, in sizes that can be read: light pixels where the plate of the name is. */
static void names_are_shown(void **state)
{
    static const uint32_t sizes[][2] = {{480, 320}, {1280, 720}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        vultus_display *display = open_display(sizes[i][0], sizes[i][1], 1);
        const vultus_visitor two[] = {visitor(1, "Ada Lovelace", 120), visitor(2, "", 400)};
        char name[64];
        show(display, 0, two, 2, 0);
        snprintf(name, sizeof name, "display-%ux%u.png", sizes[i][0], sizes[i][1]);
        keep_picture(name);
        pthread_mutex_lock(&made_up.lock);
        float scale = fminf((float)sizes[i][0] / 640, (float)(sizes[i][1] - 26) / 360);
        size_t green = 0;
        for (size_t y = 0; y < sizes[i][1]; y++)
            for (size_t x = 0; x < sizes[i][0]; x++) {
                const uint8_t *at = made_up.last->pixels + y * made_up.last->stride + 3 * x;
                green += at[0] == 0x1D && at[1] == 0x82 && at[2] == 0x39;
            }
        pthread_mutex_unlock(&made_up.lock);
        assert_true((float)green > 16 * 60 * fminf(scale, 1)); /* a plate, and the box */
        type("h");
        snprintf(name, sizeof name, "display-help-%ux%u.png", sizes[i][0], sizes[i][1]);
        keep_picture(name);
        vultus_display_close(display);
    }
}

static void several_sources_are_tiles(void **state)
{
    (void)state;
    vultus_display *display = open_display(1280, 720, 4);
    const vultus_visitor one = visitor(1, "Grace Hopper", 250);
    for (size_t i = 0; i < 3; i++)
        show(display, i, &one, i != 1, 0);
    vultus_display_say(display, "a camera of four has not sent anything yet");
    keep_picture("display-tiles.png");
    type("s");
    vultus_wish wish = {0};
    assert_true(wait_for_wish(display, &wish));
    assert_int_equal(wish.kind, VULTUS_WISH_SNAPSHOT);
    assert_int_equal(vultus_image_width(wish.image), 1280);
    vultus_image_free(wish.image);
    vultus_display_close(display);
}

/* The best picture of whoever is unknown is frozen, named and handed over. */
static void a_face_is_named(void **state)
{
    vultus_wish wish = {0};
    (void)state;
    vultus_display *display = open_display(480, 320, 1);
    vultus_visitor two[] = {visitor(1, "Ada Lovelace", 100), visitor(2, "", 400)};
    type("e"); /* nobody is there: nothing to name */
    settle();
    show(display, 0, two, 2, 0);
    settle();
    two[1].quality = 0.3f; /* no better picture */
    two[1].box.x = 300;
    show(display, 0, two, 2, 0);
    settle();
    type("eGrace");
    press(DISPLAY_KEY_TEXT, " H\xC3\xB6pper");
    keep_picture("display-enrol.png");
    press(DISPLAY_KEY_ENTER, "");
    assert_true(wait_for_wish(display, &wish));
    assert_int_equal(wish.kind, VULTUS_WISH_ENROLL);
    assert_string_equal(wish.name, "Grace H\xC3\xB6pper");
    assert_true(wish.box.width == 110 && wish.box.height == 130);
    /* With its surroundings; red, which grows to the right, says that it is the one at x = 400 and not at 300. */
    assert_true(fabsf(wish.box.x - 0.75f * 110) <= 1);
    assert_in_range(vultus_image_width(wish.image), 275, 277);
    assert_in_range(vultus_image_pixels(wish.image).data[0], 255 * 310 / 640, 255 * 325 / 640);
    vultus_image_free(wish.image);
    assert_false(vultus_display_wish(display, &wish));
    vultus_display_close(display);
}

static void a_snapshot_has_the_size_of_the_frame(void **state)
{
    vultus_wish wish = {0};
    const vultus_visitor one = visitor(1, "Ada", 100);
    (void)state;
    vultus_display *display = open_display(480, 320, 1);
    show(display, 0, &one, 1, 0);
    settle();
    type("s");
    assert_true(wait_for_wish(display, &wish));
    assert_int_equal(vultus_image_width(wish.image), 640);
    assert_int_equal(vultus_image_height(wish.image), 360);
    type("s"); /* left behind: the display frees it */
    settle();
    vultus_image_free(wish.image);
    vultus_display_close(display);
}

/* Frames that come faster than they are drawn are passed over; nobody waits. */
static void only_the_newest_is_drawn(void **state)
{
    (void)state;
    vultus_display *display = open_display(480, 320, 1);
    uint64_t begin = clock_ns();
    for (int i = 0; i < 200; i++)
        show(display, 0, NULL, 0, 0);
    assert_true(clock_ns() - begin < UINT64_C(5000000000));
    settle();
    pthread_mutex_lock(&made_up.lock);
    assert_in_range(made_up.presented, 1, 400);
    pthread_mutex_unlock(&made_up.lock);
    vultus_display_close(display);
}

static void recordings_are_shown_in_their_own_time(void **state)
{
    (void)state;
    vultus_display *display = open_display(480, 320, 1);
    uint64_t begin = clock_ns();
    for (int i = 0; i < 5; i++)
        vultus_display_wait(display, 0, i * 0.05);
    double took = (double)(clock_ns() - begin) / 1e9;
    assert_true(took > 0.19);
    type("q");
    for (int i = 0; i < 500 && !vultus_display_closed(display, NULL); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    vultus_error error = {.code = VULTUS_ERR_IO};
    assert_true(vultus_display_closed(display, &error));
    assert_int_equal(error.code, VULTUS_OK);
    vultus_display_wait(display, 0, 1000); /* returns at once */
    show(display, 0, NULL, 0, 0);          /* and does nothing */
    vultus_display_close(display);
}

static bool stop(void *context)
{
    return *(bool *)context;
}

static void a_pause_ends_with_the_program(void **state)
{
    bool stops = false;
    vultus_display *display = NULL;
    vultus_error error = {0};
    const vultus_display_options options = {
        .sources = doors, .count = 1, .width = 480, .height = 320, .stop = {stop, &stops}};
    (void)state;
    if (display_open_on(&screen, &options, &display, &error) == VULTUS_ERR_NOT_FOUND)
        support_skip("no font");
    vultus_display_wait(display, 0, 0);
    type(" ");
    keep_picture("display-paused.png");
    stops = true;
    vultus_display_wait(display, 0, 1000);
    vultus_display_close(display);
}

static void what_cannot_be_opened_says_why(void **state)
{
    vultus_display *display = NULL;
    vultus_error error = {0};
    const vultus_display_options options = {.sources = doors, .count = 1, .width = 9, .height = 9};
    (void)state;
    made_up.fails = true;
    vultus_status status = display_open_on(&screen, &options, &display, &error);
    made_up.fails = false;
    if (status == VULTUS_ERR_NOT_FOUND)
        support_skip("no font");
    assert_int_equal(status, VULTUS_ERR_IO);
    assert_string_equal(error.message, "there is no screen");
    assert_error(VULTUS_ERR_ARGUMENT, display_open_on(&screen, NULL, &display, &error), &error,
                 "sources");
    assert_null(display);
    /* What is not there is not asked. */
    vultus_display_close(NULL);
    assert_false(vultus_display_closed(NULL, NULL));
    vultus_display_wait(NULL, 0, 0);
}

static void memory_may_run_out_while_opening(void **state)
{
    const vultus_display_options options = {
        .sources = doors, .count = 2, .width = 480, .height = 320};
    (void)state;
    for (long n = 1; n < 12; n++) { /* later the thread is there, whose turn is not known */
        vultus_display *display = NULL;
        vultus_error error = {0};
        long before = mem_live();
        mem_fail_after(n, false);
        vultus_status status = display_open_on(&screen, &options, &display, &error);
        mem_fail_after(0, false);
        if (!status)
            vultus_display_close(display);
        assert_int_equal(mem_live(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_lead_somewhere),
        cmocka_unit_test(names_are_shown),
        cmocka_unit_test(several_sources_are_tiles),
        cmocka_unit_test(a_face_is_named),
        cmocka_unit_test(a_snapshot_has_the_size_of_the_frame),
        cmocka_unit_test(only_the_newest_is_drawn),
        cmocka_unit_test(recordings_are_shown_in_their_own_time),
        cmocka_unit_test(a_pause_ends_with_the_program),
        cmocka_unit_test(what_cannot_be_opened_says_why),
        cmocka_unit_test(memory_may_run_out_while_opening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
