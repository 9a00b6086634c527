/* Redaction of boxes: how little is left, where, and that films wait for faces that come back. */
#include "pictures.h"
#include "support.h"
#include "video/film_shadow.h"
#include "base/memory.h"

#include <math.h>

#include <vultus/redact.h>

#define SIDE 200

/* Noise: every pixel another colour. */
static vultus_image *noise(void)
{
    vultus_image *image = picture_pattern(SIDE, SIDE);
    uint32_t state = 1;
    for (size_t i = 0; i < image->stride * SIDE; i++) {
        state = state * 1664525u + 1013904223u;
        image->pixels[i] = (uint8_t)(state >> 24);
    }
    return image;
}

static const uint8_t *pixel(const vultus_image *image, uint32_t x, uint32_t y)
{
    return image->pixels + y * image->stride + (size_t)3 * x;
}

/* How many colours are in the enlarged box of (80, 80, 40, 40): 60 to 130 in both directions. */
static size_t colours_inside(const vultus_image *image)
{
    static bool seen[1 << 24];
    size_t count = 0;
    memset(seen, 0, sizeof seen);
    for (uint32_t y = 60; y < 130; y++)
        for (uint32_t x = 70; x < 130; x++) {
            const uint8_t *at = pixel(image, x, y);
            uint32_t colour = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
            count += !seen[colour];
            seen[colour] = true;
        }
    return count;
}

static const vultus_box face = {80, 80, 40, 40};

static void little_is_left(void **state)
{
    static const size_t most[] = {60 * 70, VULTUS_REDACT_CELLS * (VULTUS_REDACT_CELLS + 1), 1};
    (void)state;
    for (int method = VULTUS_REDACT_BLUR; method <= VULTUS_REDACT_FILL; method++) {
        vultus_image *image = noise(), *before = noise();
        vultus_error error = {0};
        assert_ok(vultus_image_redact(image, &face, 1, (vultus_redaction)method, &error), &error);
        assert_true(colours_inside(image) <= most[method]);
        for (uint32_t y = 0; y < SIDE; y++)
            for (uint32_t x = 0; x < SIDE; x++) {
                bool inside = x >= 70 && x < 130 && y >= 60 && y < 130;
                if (!inside)
                    assert_memory_equal(pixel(image, x, y), pixel(before, x, y), 3);
            }
        vultus_image_free(image);
        vultus_image_free(before);
    }
}

/* What a blurred picture shows depends on the means alone: swapping pixels within a cell changes nothing. */
static void only_means_matter(void **state)
{
    (void)state;
    for (int method = VULTUS_REDACT_BLUR; method <= VULTUS_REDACT_FILL; method++) {
        vultus_image *a = noise(), *b = noise();
        vultus_error error = {0};
        uint8_t *one = b->pixels + 72 * b->stride + 3 * 72, *other = one + 3 * 5;
        for (int c = 0; c < 3; c++) {
            uint8_t kept = one[c];
            one[c] = other[c];
            other[c] = kept;
        }
        assert_ok(vultus_image_redact(a, &face, 1, (vultus_redaction)method, &error), &error);
        assert_ok(vultus_image_redact(b, &face, 1, (vultus_redaction)method, &error), &error);
        assert_memory_equal(a->pixels, b->pixels, a->stride * SIDE);
        vultus_image_free(a);
        vultus_image_free(b);
    }
}

static void boxes_anywhere_are_cut(void **state)
{
    static const vultus_box boxes[] = {{-50, -50, 60, 60},     {190, 190, 500, 500},
                                       {500, 500, 9, 9},       {-1e30f, 3, 1e30f, 9},
                                       {50, 50, 0, 0},         {50, 50, -9, 4},
                                       {100, 100, 0.1f, 0.1f}, {-1e9f, -1e9f, 2e9f, 2e9f}};
    (void)state;
    for (int method = VULTUS_REDACT_BLUR; method <= VULTUS_REDACT_FILL; method++) {
        vultus_image *image = noise();
        vultus_error error = {0};
        assert_ok(vultus_image_redact(image, boxes, sizeof boxes / sizeof *boxes,
                                      (vultus_redaction)method, &error),
                  &error);
        vultus_image_free(image);
    }
}

static void wrong_calls_are_refused(void **state)
{
    const vultus_box odd = {0, 0, NAN, 1};
    vultus_image *image = noise();
    vultus_error error = {0};
    (void)state;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_image_redact(image, &odd, 1, VULTUS_REDACT_FILL, &error), &error, "box 0");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_image_redact(image, &face, 1, (vultus_redaction)7, &error), &error,
                 "method");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_image_redact(NULL, &face, 1, VULTUS_REDACT_FILL, &error), &error,
                 "no picture");
    vultus_image_free(image);
}

/* Pixels of the caller stay as they are. */
static void borrowed_pixels_are_copied(void **state)
{
    vultus_image *owner = noise(), *wrapped = NULL, *before = noise();
    vultus_pixels pixels = vultus_image_pixels(owner);
    vultus_error error = {0};
    (void)state;
    assert_ok(vultus_image_wrap(&pixels, &wrapped, &error), &error);
    assert_ok(vultus_image_redact(wrapped, &face, 1, VULTUS_REDACT_FILL, &error), &error);
    assert_memory_equal(owner->pixels, before->pixels, owner->stride * SIDE);
    vultus_image_free(wrapped);
    vultus_image_free(owner);
    vultus_image_free(before);
}

/* ------------------------------------------------------------------ films */

#define FRAMES 40
#define TIME(frame) ((int64_t)(frame)*40000)

/* A face that moves to the right, three pixels a frame. */
static vultus_box place(int frame)
{
    return (vultus_box){20.0f + 3 * (float)frame, 60, 40, 40};
}

#define NOWHERE "0000000000000000000000000000000000000000"

/* Runs a film in which the face is found in the frames that `found` says, '1' for each, and is surely somebody's who is
 * shown in those of `kept`. Returns for each frame whether the middle of the face is covered. */
static void run(const char *found, const char *kept, bool covered[FRAMES])
{
    struct shadow *shadow = NULL;
    vultus_error error = {0};
    int taken = 0;
    assert_ok(shadow_open(&shadow, &error), &error);
    for (int i = 0; i <= FRAMES; i++) {
        struct shadow_frame frame;
        if (i < FRAMES) {
            vultus_face one = {.box = place(i), .score = 0.9f};
            vultus_faces faces = {&one, found[i] == '1'};
            assert_ok(shadow_add(shadow, picture_pattern(32, 32), TIME(i), &faces, &error), &error);
            size_t count;
            const struct shadow_face *now = shadow_newest(shadow, &count);
            for (size_t k = 0; k < count; k++)
                if (now[k].found && kept[i] == '1')
                    shadow_keep(shadow, now[k].serial);
        }
        for (;;) {
            assert_ok(shadow_take(shadow, i == FRAMES, &frame, &error), &error);
            if (!frame.image)
                break;
            assert_int_equal(frame.time, TIME(taken));
            vultus_box wanted = place(taken);
            float x = wanted.x + 20, y = wanted.y + 20;
            covered[taken] = false;
            for (size_t k = 0; k < frame.count; k++)
                covered[taken] |=
                    x > frame.boxes[k].x && x < frame.boxes[k].x + frame.boxes[k].width &&
                    y > frame.boxes[k].y && y < frame.boxes[k].y + frame.boxes[k].height;
            taken++;
            vultus_image_free(frame.image);
        }
    }
    assert_int_equal(taken, FRAMES);
    uint64_t tracks, redacted;
    shadow_counts(shadow, &tracks, &redacted);
    assert_int_equal(tracks - redacted, strchr(kept, '1') != NULL);
    shadow_close(shadow);
}

static void faces_are_covered_also_where_they_are_missed(void **state)
{
    /*                          1111111111222222222233333333334 */
    const char *found = "0000011111100111110000000111111111110000";
    bool covered[FRAMES];
    (void)state;
    long before = mem_live();
    run(found, NOWHERE, covered);
    for (int i = 0; i < FRAMES; i++)
        if (!covered[i])
            fail_msg("frame %d is not covered", i);
    assert_int_equal(mem_live(), before);
}

static void who_is_kept_is_covered_only_where_unsure(void **state)
{
    const char *found = "1111111111111110001111111111111111111111";
    bool covered[FRAMES];
    (void)state;
    run(found, found, covered);
    for (int i = 0; i < FRAMES; i++)
        assert_int_equal(covered[i], found[i] == '0');
}

/* Somebody else has the face's place for a while, as when one steps before the other: not a frame of that is shown. */
static void what_was_kept_before_proves_nothing(void **state)
{
    const char *found = "1111111111111111111111111111111111111111";
    const char *kept = "0001111111100111111111111110111111111111";
    bool covered[FRAMES];
    (void)state;
    run(found, kept, covered);
    for (int i = 0; i < FRAMES; i++)
        assert_int_equal(covered[i], kept[i] == '0');
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    for (long n = 1;; n++) {
        struct shadow *shadow = NULL;
        struct shadow_frame frame = {0};
        vultus_face one = {.box = place(0), .score = 0.9f};
        vultus_faces faces = {&one, 1};
        vultus_error error = {0};
        long before = mem_live();
        vultus_image *image = noise();
        mem_fail_after(n, false);
        vultus_status status = shadow_open(&shadow, &error);
        if (!status)
            status = shadow_add(shadow, image, 0, &faces, &error);
        else
            vultus_image_free(image);
        if (!status)
            status = shadow_take(shadow, true, &frame, &error);
        if (frame.image)
            status = vultus_image_redact(frame.image, frame.boxes, frame.count, VULTUS_REDACT_BLUR,
                                         &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        vultus_image_free(frame.image);
        shadow_close(shadow);
        assert_int_equal(mem_live(), before);
        if (!failed)
            break;
        assert_int_equal(status, VULTUS_ERR_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_is_left),
        cmocka_unit_test(only_means_matter),
        cmocka_unit_test(boxes_anywhere_are_cut),
        cmocka_unit_test(wrong_calls_are_refused),
        cmocka_unit_test(borrowed_pixels_are_copied),
        cmocka_unit_test(faces_are_covered_also_where_they_are_missed),
        cmocka_unit_test(who_is_kept_is_covered_only_where_unsure),
        cmocka_unit_test(what_was_kept_before_proves_nothing),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
