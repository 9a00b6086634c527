/*
 * Looking at a picture as enrolment does. A doubtful picture is reported and never guessed at: one
 * wrong face in a gallery is worse than one missing.
 */
#include "engine/sample.h"
#include "engine/engine.h"
#include "face/quality.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* LFW pairs with one picture spoilt, threshold 0.375: 98 % of the same people are still recognised at
 * 30 pixels, 93 % at 22; blurred by sigma 2 (median sharpness 0.14) 98 %, by 3 (0.04) 88 %, by 4
 * (0.01) 53 %. Blocks of JPEG add up to 0.1 to a blurred face; of 1,549 faces of LFW none is under
 * 0.15. */
#define MIN_SIZE 32.0f
#define MIN_SHARPNESS 0.15f
/* Of pictures that were spoilt on purpose (tools/quality), four in ten of those with a score of 0.4 are
 * recognised beside a good one where strangers pass one time in 1,000, and of those with less, fewer; of
 * 1,549 faces of LFW none has less. */
#define MIN_QUALITY 0.4f
#define MIN_SCORE 0.7f /* what the detector is less sure of is neither enrolled nor counted */
#define THUMBNAIL_QUALITY 85

static const vultus_sample_options defaults;

vultus_box sample_margin(vultus_box box)
{
    float x = box.width * 0.25f, y = box.height * 0.25f;
    return (vultus_box){box.x - x, box.y - y, box.width + 2 * x, box.height + 2 * y};
}

static vultus_status cut_thumbnail(const vultus_image *image, vultus_box box, uint32_t side,
                                   struct buffer *out, vultus_error *error)
{
    vultus_image *crop = NULL;
    vultus_status status = image_crop(image, sample_margin(box), side, &crop, error);
    if (!status)
        status = image_encode_jpeg(crop, THUMBNAIL_QUALITY, out, error);
    vultus_image_free(crop);
    return status;
}

vultus_status vultus_image_thumbnail(const vultus_image *image, const vultus_face *face,
                                     uint32_t side, uint8_t **out, size_t *size,
                                     vultus_error *error)
{
    struct buffer jpeg = {0};
    if (!image || !face || !out || !size)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a picture and a face are needed");
    vultus_status status =
        cut_thumbnail(image, face->box, side ? side : SAMPLE_THUMBNAIL_SIDE, &jpeg, error);
    if (status)
        return status;
    *out = jpeg.data;
    *size = jpeg.size;
    return VULTUS_OK;
}

void vultus_thumbnail_free(uint8_t *thumbnail, size_t size)
{
    mem_free_wiped(thumbnail, size);
}

static void judge_quality(vultus_sample *sample, float least)
{
    static const vultus_verdict verdicts[] = {[QUALITY_FAULT_SMALL] = VULTUS_SAMPLE_POOR,
                                              [QUALITY_FAULT_BLURRED] = VULTUS_SAMPLE_BLURRED,
                                              [QUALITY_FAULT_DARK] = VULTUS_SAMPLE_DARK,
                                              [QUALITY_FAULT_POSE] = VULTUS_SAMPLE_POSE,
                                              [QUALITY_FAULT_COVERED] = VULTUS_SAMPLE_COVERED,
                                              [QUALITY_FAULT_DOUBT] = VULTUS_SAMPLE_POOR};
    const vultus_quality *quality = &sample->face.quality;
    const char *words = NULL;
    sample->verdict = verdicts[quality_fault(quality, sample->face.score, &words)];
    (void)snprintf(sample->reason, sizeof sample->reason,
                   "the face is %s: quality %.2f, at least %.2f is needed", words,
                   (double)quality->score, (double)least);
}

/* Sets verdict and reason from what was found. */
static void judge(vultus_sample *sample, const vultus_sample_options *options)
{
    float min_size = options->min_size ? options->min_size : MIN_SIZE;
    float min_sharpness = options->min_sharpness ? options->min_sharpness : MIN_SHARPNESS;
    float min_quality = options->min_quality ? options->min_quality : MIN_QUALITY;
    const vultus_quality *quality = &sample->face.quality;
    if (!sample->has_face) {
        sample->verdict = VULTUS_SAMPLE_NO_FACE;
        (void)snprintf(sample->reason, sizeof sample->reason, "no face found");
    } else if (sample->face_count > 1 && !options->largest) {
        sample->verdict = VULTUS_SAMPLE_SEVERAL_FACES;
        (void)snprintf(sample->reason, sizeof sample->reason, "%zu faces found, one expected",
                       sample->face_count);
    } else if (quality->size < min_size) {
        sample->verdict = VULTUS_SAMPLE_TINY;
        (void)snprintf(sample->reason, sizeof sample->reason,
                       "the face is tiny: %.0f pixels, at least %.0f are needed",
                       (double)quality->size, (double)min_size);
    } else if (quality->sharpness < min_sharpness) {
        sample->verdict = VULTUS_SAMPLE_BLURRED;
        (void)snprintf(sample->reason, sizeof sample->reason,
                       "the face is blurred: sharpness %.3f, at least %.3f is needed",
                       (double)quality->sharpness, (double)min_sharpness);
    } else if (quality->score < min_quality) {
        judge_quality(sample, min_quality);
    } else {
        sample->verdict = VULTUS_SAMPLE_OK;
        (void)snprintf(sample->reason, sizeof sample->reason, "ok");
    }
}

static vultus_status find(vultus_engine *engine, const vultus_image *image, const struct mips *mips,
                          const vultus_sample_options *options, vultus_sample *sample,
                          vultus_error *error)
{
    vultus_faces faces = {0};
    vultus_status status = VULTUS_OK;
    if (options->whole_picture) {
        sample->face = vultus_face_whole(engine, image);
        sample->face.quality = quality_measure(engine->embedder.contract, mips, &sample->face);
        sample->has_face = true;
        sample->face_count = 1;
        return VULTUS_OK;
    }
    if (options->face) {
        sample->face = *options->face;
        sample->has_face = true;
        sample->face_count = 1;
        return VULTUS_OK;
    }
    status = engine_find(engine, image, mips, &options->detect, &faces, error);
    for (size_t i = 0; !status && i < faces.count; i++) {
        if (faces.items[i].score < MIN_SCORE)
            continue;
        if (!sample->has_face)
            sample->face = faces.items[i]; /* the largest */
        sample->has_face = true;
        sample->face_count++;
    }
    vultus_faces_clear(&faces);
    return status;
}

static vultus_status embed(vultus_engine *engine, const vultus_image *image,
                           const struct mips *mips, const vultus_sample_options *options,
                           vultus_sample *sample, vultus_error *error)
{
    sample->dimension = vultus_engine_dimension(engine);
    sample->raw = vultus_engine_raw(engine);
    sample->embedding = mem_aligned(sample->dimension, sizeof *sample->embedding);
    if (!sample->embedding)
        return status_memory(error, "an embedding");
    (void)snprintf(sample->embedder, sizeof sample->embedder, "%s", engine->embedder.id);
    vultus_status status =
        engine_embed(engine, mips, &sample->face, 1, &options->embed, sample->embedding, error);
    if (!status)
        status = cut_thumbnail(image, sample->face.box, SAMPLE_THUMBNAIL_SIDE, &sample->thumbnail,
                               error);
    return status;
}

vultus_status sample_know(const vultus_image *image, const vultus_box *among_others,
                          uint8_t out[HASH_SIZE], vultus_error *error)
{
    vultus_status status = image_hash(image, out, error);
    if (status || !among_others)
        return status;
    uint8_t both[HASH_SIZE + sizeof(vultus_box)];
    memcpy(both, out, HASH_SIZE);
    memcpy(both + HASH_SIZE, among_others, sizeof(vultus_box));
    return hash_bytes(both, sizeof both, out, error);
}

vultus_status vultus_sample_take(vultus_engine *engine, const vultus_image *image,
                                 const vultus_sample_options *options, vultus_sample **out,
                                 vultus_error *error)
{
    const struct mips *mips = NULL;
    if (!engine || !image || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "an engine and a picture are needed");
    if (!options)
        options = &defaults;
    if (engine_check_embedder(engine, error))
        return VULTUS_ERR_ARGUMENT;
    vultus_sample *sample = mem_zalloc(1, sizeof *sample);
    if (!sample)
        return status_memory(error, "a sample");
    vultus_status status = mips_of(image, engine->kernels, &mips, error);
    if (!status)
        status = find(engine, image, mips, options, sample, error);
    if (!status)
        judge(sample, options);
    if (!status && sample->verdict == VULTUS_SAMPLE_OK)
        status = embed(engine, image, mips, options, sample, error);
    if (!status)
        status =
            sample_know(image, options->face && options->among_others ? &sample->face.box : NULL,
                        sample->picture, error);
    if (status)
        vultus_sample_free(sample);
    else
        *out = sample;
    return status;
}

void vultus_sample_free(vultus_sample *sample)
{
    if (!sample)
        return;
    mem_free_wiped(sample->embedding, sample->dimension * sizeof *sample->embedding);
    buffer_clear(&sample->thumbnail);
    mem_free_wiped(sample, sizeof *sample);
}

vultus_verdict vultus_sample_verdict(const vultus_sample *sample)
{
    return sample ? sample->verdict : VULTUS_SAMPLE_NO_FACE;
}

size_t vultus_sample_face_count(const vultus_sample *sample)
{
    return sample ? sample->face_count : 0;
}

const vultus_face *vultus_sample_face(const vultus_sample *sample)
{
    return sample && sample->has_face ? &sample->face : NULL;
}

const float *vultus_sample_embedding(const vultus_sample *sample)
{
    return sample && sample->verdict == VULTUS_SAMPLE_OK ? sample->embedding : NULL;
}

const char *vultus_sample_reason(const vultus_sample *sample)
{
    return sample ? sample->reason : "no sample";
}
