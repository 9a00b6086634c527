/*
 * The check of a pack: every file is read, hashed, loaded and run, first each network alone on black,
 * white and noise, then each model as a whole on pictures made up here. It finds files that do not
 * fit their contracts (sizes, outputs, NaN, one embedding for all pictures), not poor ones.
 */
#include "engine/engine.h"
#include "base/memory.h"
#include "face/embed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FREE_SIDE 64 /* of inputs whose size is free */
#define INPUT_FLOATS_MAX ((size_t)1 << 26)
#define WIDTH 320
#define HEIGHT 240
#define SAME_EMBEDDING 1e-4 /* distance between unit embeddings; real networks give 0.1 and more */

/* ------------------------------------------------------------------ one network */

/* 0..255, always the same. */
static uint8_t noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint8_t)(*state >> 24);
}

enum filling { BLACK, WHITE, NOISE, FILLINGS };

static void fill(float *input, size_t floats, enum filling filling,
                 const struct contract_model *contract)
{
    uint32_t state = 1;
    float mean = contract->standardise ? 127.5f : contract->mean[0];
    float scale = contract->standardise ? 1 / 64.0f : contract->scale[0];
    for (size_t i = 0; i < floats; i++) {
        float value = filling == BLACK ? 0 : filling == WHITE ? 255 : (float)noise(&state);
        input[i] = (value - mean) * scale;
    }
}

static vultus_status check_finite(const struct session_result *result, const char *name,
                                  vultus_error *error)
{
    for (size_t i = 0; i < result->count; i++) {
        size_t count = 1;
        for (size_t k = 0; k < result->shapes[i].rank; k++)
            count *= (size_t)result->shapes[i].sizes[k];
        for (size_t k = 0; k < count; k++)
            if (!isfinite(result->data[i][k]))
                return status_set(error, VULTUS_ERR_MODEL,
                                  "%s: gives NaN or infinity on a test picture", name);
    }
    return VULTUS_OK;
}

static vultus_status try_network(const struct contract_model *contract, struct session *session,
                                 const char *name, vultus_error *error)
{
    struct session_shape shape = session_input_shape(session);
    size_t floats = 1;
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; i < shape.rank; i++) {
        size_t rows = contract->nhwc ? 1 : 2;
        if (shape.sizes[i] < 0)
            shape.sizes[i] = i == 0                             ? 1
                             : i == rows && contract->height    ? contract->height
                             : i == rows + 1 && contract->width ? contract->width
                             : i == (contract->nhwc ? 3 : 1)    ? 3
                                                                : FREE_SIDE;
        if (__builtin_mul_overflow(floats, (size_t)shape.sizes[i], &floats) ||
            floats > INPUT_FLOATS_MAX)
            return status_set(error, VULTUS_ERR_MODEL, "%s: its input is too large", name);
    }
    float *input = mem_array(floats, sizeof *input);
    if (!input)
        return status_memory(error, "trying a network");
    for (enum filling filling = BLACK; !status && filling < FILLINGS; filling++) {
        struct session_result result = {0};
        fill(input, floats, filling, contract);
        status = session_run(session, input, &shape, &result, error);
        if (!status)
            status = check_finite(&result, name, error);
        session_result_clear(&result);
    }
    mem_free(input);
    return status;
}

/* ------------------------------------------------------------------ one model */

static const vultus_box face_box = {WIDTH / 4, HEIGHT / 4, HEIGHT / 2, HEIGHT / 2};

/* A smooth picture, or one of noise. */
static vultus_status make_picture(bool smooth, vultus_image **out, vultus_error *error)
{
    uint32_t state = 7;
    vultus_status status = image_new(WIDTH, HEIGHT, out, error);
    for (uint32_t y = 0; !status && y < HEIGHT; y++)
        for (uint32_t x = 0; x < 3 * WIDTH; x++)
            (*out)->pixels[y * (*out)->stride + x] = smooth ? (uint8_t)(x % 3 == 0   ? x / 4
                                                                        : x % 3 == 1 ? y
                                                                                     : 255 - y)
                                                            : noise(&state);
    return status;
}

static vultus_status try_embedder(const struct engine_embedder *embedder,
                                  const struct mips *const mips[2], vultus_error *error)
{
    const struct contract_model *contract = embedder->contract;
    size_t n = contract->dimension;
    vultus_face face = {.box = {0, 0, WIDTH, HEIGHT}};
    double squares = 0, lengths = 0;
    float *found = mem_array(2 * n, sizeof *found);
    vultus_status status = found ? VULTUS_OK : status_memory(error, "trying an embedder");
    embed_whole(contract, WIDTH, HEIGHT, &face);
    for (size_t i = 0; !status && i < 2; i++) {
        struct embed_call call = {
            .mips = mips[i], .faces = &face, .count = 1, .out = found + i * n};
        status = engine_run_embedder(embedder, &call, error);
    }
    for (size_t i = 0; !status && i < n; i++) {
        double difference = (double)found[i] - (double)found[n + i];
        squares += difference * difference;
        lengths += (double)found[i] * (double)found[i];
    }
    if (!status && !(squares > SAME_EMBEDDING * SAME_EMBEDDING * lengths))
        status = status_set(error, VULTUS_ERR_MODEL,
                            "embedder %s: gives the same embedding for different pictures",
                            contract->id);
    mem_free(found);
    return status;
}

static vultus_status try_detector(const struct engine_model *model, const struct mips *mips,
                                  vultus_error *error)
{
    static const vultus_detect_options defaults;
    struct engine_detector detector = {0};
    struct detect_call call = {
        .mips = mips, .width = WIDTH, .height = HEIGHT, .options = &defaults};
    vultus_faces faces = {0};
    vultus_status status = engine_open_detector(model, &detector, error);
    if (status)
        return status;
    status = detector.method->find(detector.state, &call, &faces, error);
    vultus_faces_clear(&faces);
    detector.method->close(detector.state);
    return status;
}

static vultus_status try_landmarks(const struct engine_model *model, const struct mips *mips,
                                   vultus_error *error)
{
    struct engine_landmarks landmarks = {0};
    vultus_point shape[VULTUS_SHAPE_MAX] = {{0}};
    struct landmark_call call = {
        .mips = mips, .width = WIDTH, .height = HEIGHT, .box = face_box, .shape = shape};
    vultus_status status = engine_open_landmarks(model, &landmarks, error);
    if (status)
        return status;
    status = landmarks.method->find(landmarks.state, &call, error);
    landmarks.method->close(landmarks.state);
    for (size_t i = 0; !status && i < landmarks.count; i++)
        if (!isfinite(shape[i].x + shape[i].y))
            status = status_set(error, VULTUS_ERR_MODEL, "landmarks %s: gives NaN or infinity",
                                model->contract->id);
    return status;
}

static vultus_status try_attributes(const struct engine_model *model, const struct mips *mips,
                                    vultus_error *error)
{
    struct engine_attributes attributes = {0};
    vultus_face face = {.box = face_box,
                        .landmarks = {{115, 105}, {165, 105}, {140, 130}, {120, 150}, {160, 150}}};
    vultus_attributes found = {0};
    struct attributes_call call = {.mips = mips, .face = &face, .out = &found};
    vultus_status status = engine_open_attributes(model, &attributes, error);
    if (status)
        return status;
    status = attributes.method->find(attributes.state, &call, error);
    attributes.method->close(attributes.state);
    return status;
}

static vultus_status try_liveness(const struct engine_model *model, const struct mips *mips,
                                  vultus_error *error)
{
    struct engine_liveness liveness = {0};
    float score;
    vultus_status status = engine_open_liveness(model, &liveness, error);
    if (status)
        return status;
    status = liveness.method->score(liveness.state, mips, face_box, &score, error);
    liveness.method->close(liveness.state);
    return status;
}

struct checked { /* a model as it is used: an embedder with all that it needs, or any other alone */
    struct engine_embedder embedder;
    struct engine_model other;
    const struct engine_model *model;
};

static vultus_status load_checked(const struct engine_source *source, const char *name,
                                  enum contract_kind kind, struct checked *out, vultus_error *error)
{
    const struct engine_part *part = &out->embedder.parts[0];
    if (kind != CONTRACT_EMBEDDER) {
        out->model = &out->other;
        return engine_load(source->runtime, NULL, source->folder, name, kind, &out->other, error);
    }
    vultus_status status = engine_open_embedder(source, name, &out->embedder, error);
    out->model = part->projection.contract ? &part->projection : &part->network;
    return status;
}

static vultus_status try_model(const struct checked *checked, vultus_error *error)
{
    const struct engine_model *model = checked->model;
    vultus_image *pictures[2] = {NULL, NULL};
    const struct mips *mips[2] = {NULL, NULL};
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < 2; i++) {
        status = make_picture(i == 0, &pictures[i], error);
        if (!status)
            status = mips_of(pictures[i], kernel_best(), &mips[i], error);
    }
    if (!status)
        switch (model->contract->kind) {
        case CONTRACT_DETECTOR: status = try_detector(model, mips[1], error); break;
        case CONTRACT_LANDMARKS: status = try_landmarks(model, mips[1], error); break;
        case CONTRACT_ATTRIBUTES: status = try_attributes(model, mips[1], error); break;
        case CONTRACT_LIVENESS: status = try_liveness(model, mips[1], error); break;
        default: status = try_embedder(&checked->embedder, mips, error); break;
        }
    vultus_image_free(pictures[0]);
    vultus_image_free(pictures[1]);
    return status;
}

static vultus_status check_model(const struct engine_source *source,
                                 const struct contract_pack *pack,
                                 const struct contract_model *contract, vultus_error *error)
{
    char name[2 * CONTRACT_NAME_MAX + 2];
    struct checked checked = {0};
    (void)snprintf(name, sizeof name, "%s/%s", pack->name, contract->id);
    vultus_status status = load_checked(source, name, contract->kind, &checked, error);
    if (!status)
        status = engine_check_model(checked.model, error);
    for (size_t i = 0; !status && i < contract->network_count; i++)
        if (checked.model->parts[i].session)
            status = try_network(contract, checked.model->parts[i].session,
                                 contract->networks[i].file, error);
    if (!status)
        status = try_model(&checked, error);
    engine_unload(&checked.other);
    engine_close_embedder(&checked.embedder);
    return status;
}

vultus_status engine_check_pack(const char *folder, const char *bases, const char *pack_name,
                                vultus_error *error)
{
    struct contract_pack pack = {0};
    struct engine_source source = {.folder = folder, .bases = bases};
    vultus_status status = pack_read(folder, pack_name, &pack, error);
    if (status)
        return status;
    status = session_runtime_open(&source.runtime, error);
    for (size_t i = 0; !status && i < pack.model_count; i++)
        status = check_model(&source, &pack, &pack.models[i], error);
    session_runtime_close(source.runtime);
    contract_clear(&pack);
    return status;
}

vultus_status vultus_models_check(const char *folder, const char *pack_name, vultus_error *error)
{
    return engine_check_pack(folder, folder, pack_name, error);
}
