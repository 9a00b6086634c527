/* What a review of a gallery finds: faces under a wrong name, people who are there twice, bad pictures. */
#include "store_support.h"

#include <math.h>

#define MODEL "synthetic@00000001"
#define DIMENSION 32

/* A face near the direction of somebody: number `picture` of them, so far off. */
static void enroll_near(vultus_gallery *gallery, const char *name, unsigned somebody,
                        unsigned picture, float off)
{
    vultus_error error = {0};
    float towards[DIMENSION], vector[DIMENSION];
    double squared = 0;
    struct vultus_sample sample = *fake_sample(1000 * somebody + picture, MODEL, DIMENSION);
    fake_embedding(somebody, DIMENSION, towards);
    fake_embedding(500 + 50 * somebody + picture, DIMENSION, vector);
    for (size_t i = 0; i < DIMENSION; i++) {
        vector[i] = towards[i] + off * vector[i];
        squared += (double)vector[i] * (double)vector[i];
    }
    for (size_t i = 0; i < DIMENSION; i++)
        vector[i] = (float)((double)vector[i] / sqrt(squared));
    sample.embedding = vector;
    sample.face.quality.size = off > 2 ? 20 : 120;
    sample.face.quality.sharpness = off > 2 ? 0.05f : 0.7f;
    sample.face.quality.brightness = 0.5f;
    sample.face.quality.roll = sample.face.quality.yaw = 0;
    sample.face.score = 1;
    memcpy(sample.face.landmarks,
           (const vultus_point[]){{0, 0}, {10, 0}, {5, 5.4f}, {0, 10}, {10, 10}},
           sizeof sample.face.landmarks);
    assert_ok(vultus_gallery_enroll(gallery, name, "a/picture.jpg", &sample, NULL, &error), &error);
}

static vultus_gallery *make(void)
{
    vultus_gallery *gallery = open_gallery(fresh_path());
    for (unsigned p = 0; p < 4; p++) {
        enroll_near(gallery, "Ada", 1, p, 0.3f);
        enroll_near(gallery, "Eve", 2, p, 0.3f);
        enroll_near(gallery, "Bob", 3, p, 0.3f);
    }
    enroll_near(gallery, "Bob", 1, 9, 0.3f);      /* Ada, under the name of Bob */
    enroll_near(gallery, "Eve", 2, 9, 5);         /* hardly Eve, and a bad picture */
    enroll_near(gallery, "Eve Two", 2, 10, 0.3f); /* Eve again */
    return gallery;
}

static const vultus_review_item *find(const vultus_review *review, vultus_concern concern,
                                      size_t number)
{
    for (size_t i = 0; i < review->count; i++)
        if (review->items[i].concern == concern && !number--)
            return &review->items[i];
    return NULL;
}

static void it_finds_what_is_wrong(void **state)
{
    struct fake_engine fake;
    vultus_review review = {0};
    vultus_error error = {0};
    vultus_gallery *gallery = make();
    (void)state;
    fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    assert_ok(vultus_gallery_review(gallery, &fake.engine, NULL, &review, &error), &error);
    assert_int_equal(review.people, 4);
    assert_int_equal(review.faces, 15);
    const vultus_review_item *conflict = find(&review, VULTUS_CONCERN_CONFLICT, 0);
    assert_non_null(conflict);
    assert_string_equal(conflict->name, "Bob");
    assert_string_equal(conflict->other, "Ada");
    assert_string_equal(conflict->source, "a/picture.jpg");
    assert_true(conflict->face && conflict->to_other > 0.8f && conflict->own < 0.5f);
    assert_null(find(&review, VULTUS_CONCERN_CONFLICT, 1));
    const vultus_review_item *outlier = find(&review, VULTUS_CONCERN_OUTLIER, 0);
    assert_non_null(outlier);
    assert_string_equal(outlier->name, "Eve");
    assert_true(outlier->own < 0.5f && strstr(outlier->reason, "0.500"));
    assert_null(find(&review, VULTUS_CONCERN_OUTLIER, 1));
    const vultus_review_item *twice = find(&review, VULTUS_CONCERN_DUPLICATE, 0);
    assert_non_null(twice);
    assert_string_equal(twice->name, "Eve");
    assert_string_equal(twice->other, "Eve Two");
    assert_true(!twice->face && isnan(twice->quality));
    const vultus_review_item *bad = find(&review, VULTUS_CONCERN_LOW_QUALITY, 0);
    assert_non_null(bad);
    assert_int_equal(bad->face, outlier->face);
    assert_non_null(strstr(bad->reason, "blurred"));
    const vultus_review_item *single = find(&review, VULTUS_CONCERN_SINGLE, 0);
    assert_non_null(single);
    assert_string_equal(single->name, "Eve Two");
    for (size_t i = 0; i < review.count; i++) {
        assert_true(!i || review.items[i - 1].concern <= review.items[i].concern);
        assert_true(review.items[i].advice[0] && review.items[i].reason[0]);
    }
    vultus_review_clear(&review);
    vultus_review_clear(&review);
    vultus_gallery_close(gallery);
}

static void only_what_is_wanted(void **state)
{
    struct fake_engine fake;
    const vultus_review_options singles = {.concerns = 1u << VULTUS_CONCERN_SINGLE};
    vultus_review review = {0};
    vultus_error error = {0};
    vultus_gallery *gallery = make();
    (void)state;
    fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    assert_ok(vultus_gallery_review(gallery, &fake.engine, &singles, &review, &error), &error);
    assert_int_equal(review.count, 1);
    vultus_review_clear(&review);
    fake_engine(&fake, "other@00000001", DIMENSION, 0.5f);
    assert_error(VULTUS_ERR_MISMATCH,
                 vultus_gallery_review(gallery, &fake.engine, NULL, &review, &error), &error,
                 "other@00000001");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_review(gallery, NULL, NULL, &review, &error),
                 &error, "engine");
    assert_null(review.items);
    vultus_gallery_close(gallery);
    gallery = open_gallery(fresh_path());
    assert_ok(vultus_gallery_review(gallery, &fake.engine, NULL, &review, &error), &error);
    assert_int_equal(review.count, 0);
    vultus_review_clear(&review);
    vultus_gallery_close(gallery);
}

static void memory_running_out(void **state)
{
    struct fake_engine fake;
    vultus_gallery *gallery = make();
    bool failed = true;
    (void)state;
    fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    long live = mem_live();
    for (long n = 1; failed && n < 2000; n++) {
        vultus_review review = {0};
        vultus_error error = {0};
        mem_fail_after(n, false);
        vultus_status status = vultus_gallery_review(gallery, &fake.engine, NULL, &review, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        assert_true(status == VULTUS_OK || status == VULTUS_ERR_MEMORY);
        assert_true(!status == (review.items != NULL));
        vultus_review_clear(&review);
    }
    assert_false(failed);
    assert_int_equal(mem_live(), live);
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_is_wrong),
        cmocka_unit_test(only_what_is_wanted),
        cmocka_unit_test(memory_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
