/* Watching a camera: its frames go on while one of them is searched, and what is found late finds its face. */
#include "film_made_up.h"
#include "loopback.h"
#include "pictures.h"

#include <stdatomic.h>
#include <unistd.h>

#define FRAMES_ON 4 /* that are told while a search waits for them */
#define PATIENCE_MS 20000
#define FACE 40
#define HEAD                                                                                       \
    "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; "                                 \
    "boundary=frame\r\n\r\n--frame\r\n"

/* ------------------------------------------------------------------ aside */

struct aside_test {
    struct eyes eyes;
    struct watch_eyes table;
    struct watch watch;
    struct watch_line line;
    struct watch_shot shot;
    struct watch_aside *aside;
};

static void open_aside(struct aside_test *test, watch_work *work)
{
    static uint8_t pixels[3 * WIDTH * HEIGHT];
    const vultus_pixels all = {pixels, WIDTH, HEIGHT, 0, VULTUS_PIXELS_RGB};
    const struct part ada = {ADA, 0, 1, 100, 40, 0};
    vultus_error error = {0};
    paint(pixels, &ada, 0);
    *test = (struct aside_test){0};
    test->table = (struct watch_eyes){.find = find, .context = &test->eyes};
    test->watch.eyes = &test->table;
    test->line.watch = &test->watch;
    assert_ok(vultus_image_wrap(&all, &test->shot.frame.image, &error), &error);
    assert_ok(watch_aside_open(&test->line, work, &test->aside, &error), &error);
    assert_null(watch_aside_take(test->aside));
}

static struct watch_shot *begin_and_wait(struct aside_test *test, bool forget)
{
    struct watch_shot *found = NULL;
    vultus_error error = {0};
    assert_true(watch_aside_idle(test->aside));
    assert_ok(watch_aside_begin(test->aside, &test->shot, &error), &error);
    if (forget)
        watch_aside_forget(test->aside);
    while (!watch_aside_idle(test->aside) && !found)
        found = watch_aside_take(test->aside);
    return found;
}

static void end_aside(struct aside_test *test)
{
    watch_aside_close(test->aside); /* also while it works */
    vultus_image_free(test->shot.frame.image);
}

static void what_is_searched_aside_is_handed_over_while_it_is_wanted(void **state)
{
    (void)state;
    struct aside_test test;
    vultus_error error = {0};
    long before = mem_live();
    open_aside(&test, watch_search);
    test.shot.search = test.shot.motion.cut = true;
    test.shot.searched = (vultus_box){0, 0, WIDTH, HEIGHT};
    for (int round = 0; round < 3; round++) {
        struct watch_shot *found = begin_and_wait(&test, round == 1);
        assert_true(!found == (round == 1));
        if (!found)
            continue;
        assert_int_equal(found->faces.count, 1);
        assert_float_equal(found->faces.items[0].box.x, 100, 0.01);
        assert_false(found->motion.cut);
        assert_false(watch_aside_idle(test.aside)); /* it is lent */
        watch_aside_done(test.aside);
    }
    assert_int_equal(atomic_load(&test.line.searches), 3);
    assert_ok(watch_aside_begin(test.aside, &test.shot, &error), &error);
    end_aside(&test);
    assert_int_equal(mem_live(), before);
}

static void the_surroundings_of_faces_are_searched_aside(void **state)
{
    (void)state;
    struct aside_test test;
    long before = mem_live();
    open_aside(&test, watch_check);
    test.shot.check = true;
    test.shot.around[0].box = (vultus_box){80, 20, 80, 80};
    test.shot.around[1].box = (vultus_box){90, 30, 80, 80}; /* finds her again */
    test.shot.around[2].box = (vultus_box){0, 100, 60, 60};
    test.shot.around_count = 3;
    struct watch_shot *found = begin_and_wait(&test, false);
    assert_non_null(found);
    assert_int_equal(found->faces.count, 1);
    assert_float_equal(found->faces.items[0].box.x, 100, 0.01);
    assert_float_equal(found->faces.items[0].box.y, 40, 0.01);
    assert_int_equal(test.eyes.searches, 3);
    watch_aside_done(test.aside);
    test.eyes.fail_at = 5;
    found = begin_and_wait(&test, false);
    assert_int_equal(found->status, VULTUS_ERR_MODEL);
    end_aside(&test);
    assert_int_equal(mem_live(), before);
}

/* ------------------------------------------------------------------ a camera */

static void answer_camera(void *context, int connection, unsigned number, const char *request)
{
    vultus_image *image = picture_pattern(WIDTH, HEIGHT);
    struct buffer bytes;
    char head[128];
    bool more = loopback_send(connection, HEAD, strlen(HEAD));
    (void)context, (void)number, (void)request;
    for (unsigned i = 0; more; i++) { /* 50 a second; something always moves */
        memset(image->pixels, (int)(i % 2) * 40, image->stride * HEIGHT / 8);
        picture_jpeg(image, (struct picture_jpeg){.quality = 90}, &bytes);
        int length =
            snprintf(head, sizeof head, "Content-Type: image/jpeg\r\nContent-Length: %zu\r\n\r\n",
                     bytes.size);
        more = loopback_send(connection, head, (size_t)length) &&
               loopback_send(connection, bytes.data, bytes.size) &&
               loopback_send(connection, "\r\n--frame\r\n", 11) && loopback_pause(20);
        buffer_clear(&bytes);
    }
    vultus_image_free(image);
}

struct gate { /* eyes that look until frames have been told meanwhile */
    atomic_size_t frames, searches, waited_in_vain;
    atomic_size_t met; /* frames with the face */
    atomic_bool over;
};

static vultus_status find_slowly(void *context, const vultus_image *part, float min_face,
                                 vultus_faces *out, vultus_error *error)
{
    struct gate *gate = context;
    size_t until = gate->frames + FRAMES_ON;
    int waited = 0;
    (void)min_face;
    for (; !gate->over && gate->frames < until && waited < PATIENCE_MS; waited += 5)
        usleep(5000);
    gate->waited_in_vain += waited >= PATIENCE_MS;
    /* In the middle of all of the frame, and of the surroundings of the face itself. */
    float left = (float)(vultus_image_width(part) - FACE) / 2;
    float top = (float)(vultus_image_height(part) - FACE) / 2;
    out->items = mem_zalloc(1, sizeof *out->items);
    if (!out->items)
        return status_memory(error, "faces");
    out->count = vultus_image_height(part) > HEIGHT / 2; /* not in the strip that moves */
    out->items[0] =
        (vultus_face){.box = {left, top, FACE, FACE}, .score = 0.99f, .quality = {.score = 0.8f}};
    gate->searches++;
    return VULTUS_OK;
}

static void on_frame(void *context, const vultus_watched_frame *frame)
{
    struct gate *gate = context;
    gate->met += frame->count && frame->visitors[0].visible;
    gate->frames++;
}

static bool on_stop(void *context)
{
    struct gate *gate = context;
    if (gate->waited_in_vain || (gate->searches >= 4 && gate->met >= 3))
        gate->over = true;
    return gate->over;
}

static void frames_do_not_wait_for_searches(void **state)
{
    (void)state;
    struct gate gate = {0};
    char address[64];
    vultus_error error = {0};
    pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    struct loopback *server = loopback_open(0, answer_camera, NULL);
    snprintf(address, sizeof address, "http://127.0.0.1:%d/", loopback_port(server));
    const struct watch_eyes eyes = {
        .find = find_slowly, .picture = vultus_image_thumbnail, .context = &gate};
    const vultus_watch_options options = {.frame = on_frame, .context = &gate};
    struct watch watch = {.eyes = &eyes,
                          .options = &options,
                          .address = address,
                          .share = 1,
                          .turn = &turn,
                          .stop = on_stop,
                          .stop_context = &gate};
    vultus_status status = watch_run(&watch, &error);
    loopback_close(server);
    if (status == VULTUS_ERR_NOT_FOUND)
        support_skip(error.message);
    assert_ok(status, &error);
    assert_int_equal(gate.waited_in_vain, 0);
    assert_in_range(watch.report.checks, 1, gate.searches); /* of the face's surroundings */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_searched_aside_is_handed_over_while_it_is_wanted),
        cmocka_unit_test(the_surroundings_of_faces_are_searched_aside),
        cmocka_unit_test(frames_do_not_wait_for_searches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
