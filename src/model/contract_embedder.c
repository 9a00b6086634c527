/*
 * What a contract says of embedders: how a face is turned into the chip that the network expects, and
 * how embeddings are compared.
 */
#include "model/contract_read.h"
#include "base/memory.h"

#include <string.h>

static vultus_status read_shape(struct contract_reader *reader, const json_t *object,
                                struct contract_shape *out)
{
    const json_t *use = json_object_get(object, "use"),
                 *points = json_object_get(object, "template");
    static const char *const keys[] = {"of", "use", "template", NULL};
    vultus_status status = contract_known_keys(reader, object, keys, NULL);
    if (!status)
        status = contract_read_whole(reader, object, "of", 5, VULTUS_SHAPE_MAX, &out->of);
    if (!status && out->of != 5 && out->of != VULTUS_SHAPE_MAX)
        status = contract_wrong(reader, "of", "5 or 68 is expected");
    if (status)
        return status;
    out->count = json_array_size(points);
    if (out->count < 2 || out->count > out->of || json_array_size(use) != out->count)
        return contract_wrong(reader, "template",
                              "as many points as \"use\" has numbers are expected");
    for (size_t i = 0; i < out->count; i++) {
        const json_t *index = json_array_get(use, i);
        json_int_t number = json_integer_value(index);
        if (!json_is_integer(index) || number < 0 || (size_t)number >= out->of)
            return contract_wrong(reader, "use",
                                  "numbers of points of the shape, from 0, are expected");
        out->use[i] = (uint8_t)number;
        if (!contract_read_point(json_array_get(points, i), &out->points[i]))
            return contract_wrong(reader, "template", "points [x, y] are expected");
    }
    return VULTUS_OK;
}

static vultus_status read_shapes(struct contract_reader *reader, const json_t *alignment,
                                 struct contract_model *out)
{
    const json_t *shapes = json_object_get(alignment, "shapes");
    struct contract_reader inner = *reader;
    vultus_status status = VULTUS_OK;
    if (json_array_size(shapes) > CONTRACT_SHAPES_MAX)
        return contract_wrong(reader, "shapes", "at most two shapes are expected");
    for (size_t i = 0; !status && i < json_array_size(shapes); i++) {
        (void)snprintf(inner.where, sizeof inner.where, "%.60s.shapes[%zu]", reader->where, i);
        status = read_shape(&inner, json_array_get(shapes, i), &out->shapes[i]);
        if (!status && out->alignment == CONTRACT_ALIGN_AFFINE && out->shapes[i].count != 3)
            status = contract_wrong(&inner, "template",
                                    "three points are expected for affine alignment");
        out->shape_count = i + 1;
    }
    return status;
}

static vultus_status read_template(struct contract_reader *reader, const json_t *object,
                                   struct contract_model *out)
{
    const json_t *alignment = json_object_get(object, "alignment");
    const json_t *points = json_object_get(alignment, "template");
    size_t width = 0, height = 0;
    struct contract_reader inner = *reader;
    (void)snprintf(inner.where, sizeof inner.where, "%.60s.alignment", reader->where);
    vultus_status status =
        contract_read_whole(&inner, alignment, "width", 16, CONTRACT_SIDE_MAX, &width);
    if (!status)
        status = contract_read_whole(&inner, alignment, "height", 16, CONTRACT_SIDE_MAX, &height);
    if (!status && ((uint32_t)width != out->width || (uint32_t)height != out->height))
        status = contract_wrong(&inner, "width", "the size of the input is expected");
    if (!status && json_array_size(points) != VULTUS_LANDMARKS)
        status = contract_wrong(&inner, "template", "five points are expected");
    for (size_t i = 0; !status && i < VULTUS_LANDMARKS; i++) {
        const json_t *point = json_array_get(points, i);
        double x = json_number_value(json_array_get(point, 0));
        double y = json_number_value(json_array_get(point, 1));
        if (json_array_size(point) != 2 || !(x > 0 && x < (double)width) ||
            !(y > 0 && y < (double)height))
            status =
                contract_wrong(&inner, "template", "points [x, y] inside the chip are expected");
        out->points[i] = (vultus_point){(float)x, (float)y};
        for (size_t k = 0; !status && k < i; k++)
            if (out->points[k].x == out->points[i].x && out->points[k].y == out->points[i].y)
                status = contract_wrong(&inner, "template", "five different points are expected");
    }
    return status;
}

static vultus_status read_alignment(struct contract_reader *reader, const json_t *object,
                                    struct contract_model *out)
{
    const json_t *alignment = json_object_get(object, "alignment");
    const char *method = json_string_value(json_object_get(alignment, "method"));
    static const char *const keys[] = {"method",   "margin", "width", "height",
                                       "template", "shapes", NULL};
    double margin = 0;
    struct contract_reader inner = *reader;
    (void)snprintf(inner.where, sizeof inner.where, "%.60s.alignment", reader->where);
    vultus_status status = contract_known_keys(&inner, alignment, keys, NULL);
    if (status)
        return status;
    out->alignment = CONTRACT_ALIGN_SIMILARITY;
    if (method && !strcmp(method, "affine"))
        out->alignment = CONTRACT_ALIGN_AFFINE;
    else if (method && !strcmp(method, "box"))
        out->alignment = CONTRACT_ALIGN_BOX;
    else if (method && strcmp(method, "similarity") != 0)
        return contract_wrong(&inner, "method",
                              "\"similarity\", \"affine\" or \"box\" is expected");
    if (json_object_get(alignment, "margin"))
        status = contract_read_number(&inner, alignment, "margin", -0.5, 4, &margin);
    out->margin = (float)margin;
    if (!status)
        status = read_template(reader, object, out);
    if (!status)
        status = read_shapes(&inner, alignment, out);
    if (!status && out->alignment == CONTRACT_ALIGN_AFFINE && !out->shape_count)
        status = contract_wrong(&inner, "shapes", "affine alignment needs a shape of three points");
    return status;
}

static bool read_base_text(const json_t *object, const char *field, char *out, size_t size)
{
    const json_t *value = json_object_get(object, field);
    const char *text = json_string_value(value);
    if (!text || !text[0] || json_string_length(value) >= size ||
        strlen(text) != json_string_length(value))
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

vultus_status contract_read_base(struct contract_reader *reader, const json_t *object,
                                 struct contract_model *out)
{
    if (!json_object_get(object, "base") && !json_object_get(object, "base_id"))
        return VULTUS_OK;
    if (!read_base_text(object, "base", out->base, sizeof out->base))
        return contract_wrong(reader, "base", "the name PACK/MODEL of an embedder is expected");
    if (!read_base_text(object, "base_id", out->base_id, sizeof out->base_id))
        return contract_wrong(reader, "base_id", "the id of the base's embeddings is expected");
    return VULTUS_OK;
}

/* Kept as text: what it says is for those who decide, not for those who load networks. */
static vultus_status read_calibration(struct contract_reader *reader, const json_t *object,
                                      struct contract_model *out)
{
    const json_t *calibration = json_object_get(object, "calibration");
    if (!calibration)
        return VULTUS_OK;
    if (!json_is_object(calibration) && !json_is_array(calibration))
        return contract_wrong(reader, "calibration", "what vultus calibrate writes is expected");
    size_t size = json_dumpb(calibration, NULL, 0, JSON_COMPACT);
    if (size > CONTRACT_CALIBRATION_MAX)
        return contract_wrong(reader, "calibration", "at most 64 KiB are expected");
    char *text = mem_alloc(size + 1);
    if (!text || json_dumpb(calibration, text, size, JSON_COMPACT) != size) {
        mem_free(text);
        return status_memory(reader->error, "a contract");
    }
    text[size] = '\0';
    out->calibration = text;
    return VULTUS_OK;
}

vultus_status contract_read_embedder(struct contract_reader *reader, const json_t *object,
                                     struct contract_model *out)
{
    const char *metric = json_string_value(json_object_get(object, "metric"));
    static const char *const keys[] = {"dimension", "normalise", NULL};
    double threshold = 0;
    struct contract_reader inner = *reader;
    const json_t *output = json_object_get(object, "output");
    const json_t *normalise = json_object_get(output, "normalise");
    (void)snprintf(inner.where, sizeof inner.where, "%.60s.output", reader->where);
    vultus_status status = contract_known_keys(&inner, output, keys, NULL);
    if (!status)
        status = contract_read_whole(&inner, output, "dimension", 2, CONTRACT_DIMENSION_MAX,
                                     &out->dimension);
    if (!status && normalise && !json_is_boolean(normalise))
        status = contract_wrong(&inner, "normalise", "true or false is expected");
    out->raw = json_is_false(normalise);
    if (!status && out->base[0] && out->raw)
        status = contract_wrong(&inner, "normalise", "embeddings with a base are of unit length");
    if (!status && !out->base[0])
        status = read_alignment(reader, object, out);
    if (!status && (!metric || (strcmp(metric, "cosine") && strcmp(metric, "euclidean"))))
        status = contract_wrong(reader, "metric", "\"cosine\" or \"euclidean\" is expected");
    if (status)
        return status;
    out->metric = strcmp(metric, "cosine") ? VULTUS_METRIC_EUCLIDEAN : VULTUS_METRIC_COSINE;
    status = contract_read_number(reader, object, "threshold", -1, 2, &threshold);
    out->threshold = (float)threshold;
    out->has_identify_threshold = json_object_get(object, "identify_threshold") != NULL;
    if (!status && out->has_identify_threshold)
        status = contract_read_number(reader, object, "identify_threshold", -1, 2, &threshold);
    out->identify_threshold = (float)threshold;
    return status ? status : read_calibration(reader, object, out);
}
