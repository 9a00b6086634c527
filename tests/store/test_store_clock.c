/* Retention when the clock of the machine is set: the program has a clock of its own. */
#include "store_support.h"

#include <time.h>

#define MODEL "synthetic@00000001"

static time_t now_is; /* 0: the machine's */

time_t time(time_t *out)
{
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    time_t now = now_is ? now_is : real.tv_sec;
    if (out)
        *out = now;
    return now;
}

#define DAY 86400
#define NOON 1780315200 /* 2026-06-01T12:00:00Z */

static void a_clock_that_is_set_back_erases_nobody(void **state)
{
    (void)state;
    vultus_error error = {0};
    const char *path = fresh_path();
    now_is = NOON;
    vultus_gallery *gallery = open_gallery(path);
    enroll(gallery, "Ada", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    assert_ok(vultus_gallery_set_fact(gallery, "Ada", VULTUS_FACT_RETAIN, NULL,
                                      "2026-06-02T00:00:00Z", &error),
              &error);
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "Ada");
    now_is = NOON + DAY; /* it passes, for those who have the gallery open as well */
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "unknown");
    now_is = NOON; /* set back: she stays unknown here, and nothing is lost */
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "unknown");
    assert_ok(vultus_gallery_compact(gallery, NULL, &error), &error);
    assert_int_equal(faces_of(gallery, "Ada"), 1);
    vultus_gallery_close(gallery);
    gallery = open_gallery(path); /* who opens it now goes by the clock */
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "Ada");
    now_is = NOON + 2 * DAY;
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "unknown");
    assert_string_equal(fake_nearest(gallery, MODEL, 2), "Grace");
    assert_ok(vultus_gallery_compact(gallery, NULL, &error), &error);
    assert_int_equal(faces_of(gallery, "Ada"), 0);
    assert_int_equal(faces_of(gallery, "Grace"), 1);
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_clock_that_is_set_back_erases_nobody)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
