/*
 * Projections as files: a pack folder with a contract that names the base, and projection.safetensors
 * with the tensors sizes (I32: in, out, hidden), linear [out, in] and, where hidden is not 0, inner
 * [hidden, in], bias [hidden] and outer [out, hidden], all F32.
 */
#include "engine/projection.h"
#include "model/pack_resolve.h"
#include "model/trained.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "projection.safetensors"
#define KIND "projection"
#define VERSION 1

static vultus_status read_tensor(const struct weights *weights, const char *name, size_t rows,
                                 size_t columns, float *out, vultus_error *error)
{
    struct weights_shape shape = {columns ? 2 : 1, {rows, columns}};
    const float *data = NULL;
    size_t count = rows * (columns ? columns : 1);
    vultus_status status =
        weights_tensor(weights, name, WEIGHTS_F32, &shape, (const void **)&data, error);
    for (size_t i = 0; !status && i < count; i++)
        if (!isfinite(data[i]))
            status = status_set(error, VULTUS_ERR_MODEL,
                                "the projection's tensor %s has NaN or infinity", name);
    if (!status)
        memcpy(out, data, count * sizeof *out);
    return status;
}

vultus_status engine_read_projection(const struct weights *weights, const char *name, size_t in,
                                     size_t out, struct projection *projection, vultus_error *error)
{
    struct weights_shape shape = {1, {3}};
    struct projection read = {0};
    const int32_t *sizes;
    if (!weights)
        return status_set(error, VULTUS_ERR_MODEL, "%s: a projection is weights (.safetensors)",
                          name);
    vultus_status status =
        weights_tensor(weights, "sizes", WEIGHTS_I32, &shape, (const void **)&sizes, error);
    if (status)
        return status;
    if (sizes[0] < 0 || (size_t)sizes[0] != in || sizes[1] < 0 || (size_t)sizes[1] != out ||
        sizes[2] < 0 || sizes[2] > PROJECTION_SIDE_MAX)
        return status_set(error, VULTUS_ERR_MODEL,
                          "%s projects %d numbers to %d with %d between; %zu to %zu, and at most "
                          "%d between, are expected",
                          name, sizes[0], sizes[1], sizes[2], in, out, PROJECTION_SIDE_MAX);
    const size_t hidden = (size_t)sizes[2];
    status = projection_init(&read, in, out, hidden, error);
    if (!status)
        status = read_tensor(weights, "linear", out, in, read.linear, error);
    if (!status && hidden)
        status = read_tensor(weights, "inner", hidden, in, read.inner, error);
    if (!status && hidden)
        status = read_tensor(weights, "bias", hidden, 0, read.bias, error);
    if (!status && hidden)
        status = read_tensor(weights, "outer", out, hidden, read.outer, error);
    if (status)
        projection_clear(&read);
    else
        *projection = read;
    return status;
}

/* ------------------------------------------------------------------ writing */

/* What is to be written, and what is known of the base. */
struct writing {
    const vultus_projection *projection;
    const char *name;
    char base[2 * CONTRACT_NAME_MAX + 2];
    char licence[CONTRACT_TEXT_MAX];
    const char *path; /* the folder */
    char tensors[FILE_PATH_MAX];
    vultus_error *error;
};

/* The pack of the embedder, where it is installed; else only its name is known. */
static vultus_status find_base(struct writing *writing, const char *models)
{
    const char *id = writing->projection->embedder;
    struct engine_model model = {0};
    char name[CONTRACT_NAME_MAX + 1] = "";
    size_t length = strcspn(id, "@");
    if (id[length] && length <= CONTRACT_NAME_MAX)
        memcpy(name, id, length);
    if (!contract_name_valid(name))
        return status_set(writing->error, VULTUS_ERR_ARGUMENT,
                          "\"%.80s\" is not the id of one embedder: what can be projected is what "
                          "a single network gives",
                          id);
    vultus_status status = engine_find_embedder(models, id, writing->base, writing->error);
    (void)snprintf(writing->licence, sizeof writing->licence, "as its base");
    if (status == VULTUS_ERR_NOT_FOUND) {
        memcpy(writing->base, name, sizeof name);
        return VULTUS_OK;
    }
    if (!status)
        status =
            engine_load_contract(models, writing->base, CONTRACT_EMBEDDER, &model, writing->error);
    if (!status && model.contract->base[0])
        status = status_set(writing->error, VULTUS_ERR_ARGUMENT,
                            "the embeddings are by %s, a projection; learn from those of its "
                            "base, %s",
                            writing->base, model.contract->base);
    if (!status && model.contract->licence[0])
        (void)snprintf(writing->licence, sizeof writing->licence, "%s", model.contract->licence);
    engine_unload(&model);
    return status;
}

static vultus_status write_tensors(const struct writing *writing)
{
    const struct projection *p = &writing->projection->map;
    const int32_t sizes[] = {(int32_t)p->in, (int32_t)p->out, (int32_t)p->hidden};
    const struct trained_tensor tensors[] = {
        {"sizes", WEIGHTS_I32, {1, {3}}, sizes},
        {"linear", WEIGHTS_F32, {2, {p->out, p->in}}, p->linear},
        {"inner", WEIGHTS_F32, {2, {p->hidden, p->in}}, p->inner},
        {"bias", WEIGHTS_F32, {1, {p->hidden}}, p->bias},
        {"outer", WEIGHTS_F32, {2, {p->out, p->hidden}}, p->outer},
    };
    json_t *head = json_pack("{s:s}", "base_id", writing->projection->embedder);
    const struct trained_file file = {KIND, VERSION, head, tensors, p->hidden ? 5 : 2};
    vultus_status status = head ? trained_write(writing->tensors, &file, writing->error)
                                : status_memory(writing->error, "a projection");
    json_decref(head);
    return status;
}

/* Where a number came from, for people: models info shows it. */
static void describe(const vultus_projection *projection, char *out, size_t size)
{
    static const char *const losses[] = {"triplet", "contrastive", "arcface"};
    const vultus_metric_report *r = &projection->report;
    int length = snprintf(out, size,
                          "Learnt by vultus from %zu faces of %zu people (%s loss), on embeddings "
                          "of %s. ",
                          r->faces, r->people, losses[projection->loss], projection->embedder);
    if (length < 0 || (size_t)length >= size)
        return;
    (void)snprintf(out + length, size - (size_t)length,
                   r->held_people
                       ? "Thresholds: equal error rates, and a false accept rate of 1e-3, on %zu "
                         "people who were held out."
                       : "Thresholds: equal error rates, and a false accept rate of 1e-3, on the "
                         "people it was learnt from, which is too good; %zu were held out.",
                   r->held_people);
}

static json_t *make_manifest(const struct writing *writing, const char *hex, size_t bytes)
{
    const vultus_projection *projection = writing->projection;
    char provenance[512] = "";
    describe(projection, provenance, sizeof provenance);
    return json_pack(
        "{s:i, s:s, s:s, s:[{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:I}], s:{s:I}, "
        "s:s, s:f, s:f}]}",
        "format", 1, "name", writing->name, "summary", "a projection learnt from one's own people",
        "models", "id", writing->name, "kind", "embedder", "method", "projection", "base",
        writing->base, "base_id", projection->embedder, "licence", writing->licence, "provenance",
        provenance, "networks", "role", "projection", "file", FILE_NAME, "sha256", hex, "bytes",
        (json_int_t)bytes, "output", "dimension", (json_int_t)projection->map.out, "metric",
        "cosine", "threshold", (double)projection->report.threshold, "identify_threshold",
        (double)projection->report.identify_threshold);
}

static vultus_status write_manifest(const struct writing *writing)
{
    struct buffer bytes;
    uint8_t hash[HASH_SIZE];
    char hex[HASH_HEX_SIZE];
    vultus_status status = file_read(writing->tensors, TRAINED_BYTES_MAX, &bytes, writing->error);
    if (status)
        return status;
    status = hash_bytes(bytes.data, bytes.size, hash, writing->error);
    if (!status) {
        hash_hex(hash, hex);
        json_t *root = make_manifest(writing, hex, bytes.size);
        status = root ? pack_write_manifest(writing->path, root, writing->error)
                      : status_memory(writing->error, "a contract");
        json_decref(root);
    }
    buffer_clear(&bytes);
    return status;
}

vultus_status vultus_projection_write(const vultus_projection *projection, const char *path,
                                      const char *name, const char *models, vultus_error *error)
{
    struct writing writing = {.projection = projection, .name = name, .path = path, .error = error};
    char manifest[FILE_PATH_MAX];
    if (!projection || !path || !name || !contract_name_valid(name))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "\"%.64s\" is not a pack's name (letters, digits and . _ -)",
                          name ? name : "");
    bool existed = file_exists(path);
    vultus_status status = find_base(&writing, models);
    if (!status)
        status = file_join(writing.tensors, sizeof writing.tensors, path, FILE_NAME, error);
    if (!status)
        status = file_join(manifest, sizeof manifest, path, PACK_MANIFEST, error);
    if (!status && file_exists(manifest))
        return status_set(error, VULTUS_ERR_EXISTS, "%s exists already; give another folder",
                          file_shown(manifest));
    if (!status)
        status = file_make_folders(path, error);
    if (status)
        return status;
    status = write_tensors(&writing);
    if (!status)
        status = write_manifest(&writing);
    if (status) {
        unlink(writing.tensors);
        if (!existed)
            rmdir(path);
    }
    return status;
}
