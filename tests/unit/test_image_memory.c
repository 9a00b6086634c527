/* Every allocation of the image module fails once: a clean error, nothing lost, nothing left. */
#include "pictures.h"
#include "support.h"
#include "base/memory.h"

#include <png.h>

struct job {
    struct buffer bytes;
    vultus_image *image;
    bool may_succeed; /* text leaves out a glyph for which there is no memory */
};

typedef vultus_status job_run(struct job *job, vultus_error *error);

static vultus_status run_decode(struct job *job, vultus_error *error)
{
    vultus_image *image = NULL;
    vultus_status status =
        vultus_image_decode(job->bytes.data, job->bytes.size, "x", NULL, &image, error);
    assert_true(!status == (image != NULL));
    vultus_image_free(image);
    return status;
}

static vultus_status run_encode_jpeg(struct job *job, vultus_error *error)
{
    struct buffer out = {0};
    vultus_status status = image_encode_jpeg(job->image, 80, &out, error);
    assert_true(!status == (out.data != NULL));
    buffer_clear(&out);
    return status;
}

static vultus_status run_encode_png(struct job *job, vultus_error *error)
{
    struct buffer out = {0};
    vultus_status status = image_encode_png(job->image, &out, error);
    assert_true(!status == (out.data != NULL));
    buffer_clear(&out);
    return status;
}

static vultus_status run_crop(struct job *job, vultus_error *error)
{
    vultus_image *out = NULL;
    vultus_status status = image_crop(job->image, (vultus_box){5, 5, 30, 30}, 9, &out, error);
    vultus_image_free(out);
    return status;
}

static vultus_status run_refill(struct job *job, vultus_error *error)
{
    vultus_image *room = NULL;
    vultus_status status = image_refill(job->image, &room, error);
    assert_true(!status == (room != NULL));
    vultus_image_free(room);
    return status;
}

static vultus_status run_hash(struct job *job, vultus_error *error)
{
    uint8_t hash[HASH_SIZE];
    job->image->has_hash = false;
    return image_hash(job->image, hash, error);
}

static vultus_image *wrapped(struct job *job, vultus_error *error, vultus_status *status)
{
    vultus_image *image = NULL;
    vultus_pixels pixels = vultus_image_pixels(job->image);
    *status = vultus_image_wrap(&pixels, &image, error);
    return image;
}

static vultus_status run_orient(struct job *job, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (int orientation = 2; !status && orientation <= 8; orientation++) {
        vultus_image *image = wrapped(job, error, &status);
        if (!status)
            status = image_orient(image, orientation, error);
        vultus_image_free(image);
    }
    return status;
}

static vultus_status run_annotate(struct job *job, vultus_error *error)
{
    vultus_label label = {.face.box = {10, 20, 30, 30}, .text = "A\xC3\xA9g", .landmarks = true};
    vultus_status status;
    vultus_image *image = wrapped(job, error, &status);
    if (!status)
        status = vultus_image_annotate(image, &label, 1, error);
    vultus_image_free(image);
    return status;
}

static void fail_each(struct job *job, job_run *run)
{
    for (int for_good = 0; for_good < 2; for_good++)
        for (long n = 1;; n++) {
            vultus_error error = {0};
            long before = mem_live();
            mem_fail_after(n, for_good);
            vultus_status status = run(job, &error);
            bool failed = mem_failed();
            mem_fail_after(0, false);
            assert_int_equal(mem_live(), before);
            if (status && status != VULTUS_ERR_MEMORY)
                fail_msg("allocation %ld: status %d (%s)", n, status, error.message);
            if (status)
                assert_true(error.message[0] && failed);
            if (!failed)
                break;
            if (!status && !job->may_succeed)
                fail_msg("allocation %ld failed and nobody noticed", n);
            assert_true(n < 100000);
        }
}

static void decoding(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(40, 40);
    for (int variant = 0; variant < 7; variant++) {
        struct job job = {0};
        if (variant < 2)
            picture_jpeg(pattern, (struct picture_jpeg){.cmyk = variant}, &job.bytes);
        else if (variant < 5)
            picture_png(pattern,
                        (struct picture_png){.type = variant == 2 ? PNG_COLOR_TYPE_PALETTE
                                                                  : PNG_COLOR_TYPE_RGBA,
                                             .trns = variant == 2,
                                             .interlaced = variant == 4,
                                             .depth = variant == 4 ? 16 : 8},
                        &job.bytes);
        else
            picture_webp(pattern, -1, variant == 5 ? 255 : 10, &job.bytes);
        picture_add_exif(&job.bytes, 6, false);
        fail_each(&job, run_decode);
        buffer_clear(&job.bytes);
    }
    vultus_image_free(pattern);
}

static void everything_else(void **state)
{
    (void)state;
    struct job job = {.image = picture_pattern(60, 60)};
    fail_each(&job, run_encode_jpeg);
    fail_each(&job, run_encode_png);
    fail_each(&job, run_crop);
    fail_each(&job, run_refill);
    fail_each(&job, run_hash);
    fail_each(&job, run_orient);
    job.may_succeed = true;
    if (draw_font_path())
        fail_each(&job, run_annotate);
    vultus_image_free(job.image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding),
        cmocka_unit_test(everything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
