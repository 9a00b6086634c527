/* Learnt comparisons as files. */
#include "base/memory.h"
#include "engine/siamese_file.h"
#include "gallery/search.h"
#include "model/trained.h"

#include <math.h>
#include <string.h>

#define KIND "siamese"
#define VERSION 1
#define LARGE 1e12f /* sums of such numbers stay finite */

vultus_status vultus_siamese_write(const vultus_siamese *siamese, const char *path,
                                   vultus_error *error)
{
    if (!siamese || !path)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a comparison and a path are needed");
    json_t *head = json_pack("{s:s, s:b}", "embedder", siamese->embedder, "raw", siamese->raw);
    if (!head)
        return status_memory(error, "a comparison");
    const struct trained_tensor tensor = {
        "weights", WEIGHTS_F32, {1, {siamese->dimension + 1}}, siamese->weights};
    const struct trained_file file = {KIND, VERSION, head, &tensor, 1};
    vultus_status status = trained_write(path, &file, error);
    json_decref(head);
    return status;
}

static vultus_status read_all(const struct trained *file, const char *path, vultus_siamese *out,
                              vultus_error *error)
{
    struct weights_shape shape = {1, {0}};
    const float *weights = NULL;
    const char *embedder = NULL;
    vultus_error why = {0};
    vultus_status status = trained_text(file, "embedder", SIAMESE_EMBEDDER_MAX, &embedder, &why);
    if (!status)
        status = weights_tensor(file->weights, "weights", WEIGHTS_F32, &shape,
                                (const void **)&weights, &why);
    if (status)
        return status_set(error, VULTUS_ERR_FORMAT, "%.140s: %.90s", path, why.message);
    bool sound = shape.sizes[0] >= 2 && shape.sizes[0] <= SEARCH_DIMENSION_MAX + 1;
    for (size_t i = 0; sound && i < shape.sizes[0]; i++)
        sound = fabsf(weights[i]) <= LARGE;
    if (!sound)
        return status_set(error, VULTUS_ERR_FORMAT, "%.140s: its weights are damaged", path);
    memcpy(out->embedder, embedder, strlen(embedder) + 1);
    out->raw = json_is_true(json_object_get(file->head, "raw"));
    out->dimension = shape.sizes[0] - 1;
    out->weights = mem_copy(weights, shape.sizes[0] * sizeof *weights);
    return out->weights ? VULTUS_OK : status_memory(error, "a comparison");
}

static vultus_status take(struct trained *file, const char *path, vultus_siamese **out,
                          vultus_error *error)
{
    vultus_siamese *siamese = mem_zalloc(1, sizeof *siamese);
    vultus_status status =
        siamese ? read_all(file, path, siamese, error) : status_memory(error, "a comparison");
    trained_clear(file);
    if (status)
        vultus_siamese_free(siamese);
    else
        *out = siamese;
    return status;
}

vultus_status vultus_siamese_read(const char *path, vultus_siamese **out, vultus_error *error)
{
    struct trained file;
    if (!path || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a path and a place for it are needed");
    vultus_status status = trained_read(path, KIND, VERSION, &file, error);
    return status ? status : take(&file, path, out, error);
}

vultus_status siamese_parse_file(const void *bytes, size_t size, const char *name,
                                 vultus_siamese **out, vultus_error *error)
{
    struct trained file;
    vultus_status status = trained_parse(bytes, size, name, KIND, VERSION, &file, error);
    return status ? status : take(&file, name, out, error);
}
