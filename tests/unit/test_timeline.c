/* A timeline: bars where people were, rows that are shared by one name, limits and wrong visits; arguments of watch. */
#include "base/memory.h"
#include "image/image.h"
#include "support.h"

#include <math.h>

static size_t coloured(const vultus_image *image, uint8_t red, uint8_t green, uint8_t blue)
{
    size_t count = 0;
    for (uint32_t y = 0; y < image->height; y++)
        for (uint32_t x = 0; x < image->width; x++) {
            const uint8_t *pixel = image->pixels + y * image->stride + 3 * (size_t)x;
            count += pixel[0] == red && pixel[1] == green && pixel[2] == blue;
        }
    return count;
}

static vultus_image *timeline(const vultus_visit *visits, size_t count)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_ok(vultus_timeline(visits, count, &image, &error), &error);
    return image;
}

static void bars_are_as_long_as_visits(void **state)
{
    (void)state;
    if (!draw_font_path())
        support_skip("no font");
    const vultus_visit visits[] = {{"Ada", 0, 4}, {NULL, 2, 10}, {"Ada", 6, 10}, {"Eve", 9, 9}};
    vultus_image *image = timeline(visits, 4);
    size_t named = coloured(image, 0x1D, 0x82, 0x39), unknown = coloured(image, 0xC2, 0x41, 0x0C);
    /* Ada was there for eight seconds of ten, and so was the stranger; Eve for a moment */
    assert_true(named > unknown && (double)named < 1.05 * (double)unknown);
    vultus_image *one = timeline(visits, 1), *none = timeline(NULL, 0);
    assert_true(one->height < image->height && none->height == one->height);
    assert_int_equal(coloured(none, 0x1D, 0x82, 0x39), 0);
    vultus_image_free(image);
    vultus_image_free(one);
    vultus_image_free(none);
}

static void wrong_visits_and_memory_are_statuses(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_image *image = NULL;
    const vultus_visit backwards = {"Ada", 4, 2}, never = {"Ada", NAN, 2}, good = {"Ada", 1, 2};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_timeline(&backwards, 1, &image, &error), &error,
                 "visit 0");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_timeline(&never, 1, &image, &error), &error,
                 "visit 0");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_timeline(NULL, 1, &image, &error), &error, "needed");
    if (!draw_font_path())
        support_skip("no font");
    bool failed = true;
    for (long n = 1; failed; n++) {
        mem_fail_after(n, false);
        vultus_status status = vultus_timeline(&good, 1, &image, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        /* a letter for which there is no memory is left out */
        assert_true(status ? status == VULTUS_ERR_MEMORY && failed && !image : image != NULL);
        vultus_image_free(image);
        image = NULL;
    }
}

static void watch_says_what_is_wrong_with_a_call(void **state)
{
    (void)state;
    vultus_error error = {0};
    const char *source = "film";
    assert_error(VULTUS_ERR_ARGUMENT, vultus_watch(NULL, NULL, &source, 1, NULL, NULL, &error),
                 &error, "an engine");
    assert_string_equal(vultus_event_text(VULTUS_EVENT_LEFT), "left");
    assert_string_equal(vultus_recognition_text(VULTUS_RECOGNITION_DOUBT), "doubt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_are_as_long_as_visits),
        cmocka_unit_test(wrong_visits_and_memory_are_statuses),
        cmocka_unit_test(watch_says_what_is_wrong_with_a_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
