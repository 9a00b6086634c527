/*
 * gallery import FILE.npz: arrays as export writes them, or as somebody has made them with numpy.savez: embeddings,
 * names and embedder are enough. What is missing is not known; a face without the hash of a picture gets that of
 * its embedding. Rows that cannot be used are named, from 0 as NumPy counts them, and left out.
 */
#include "base/hash.h"
#include "base/memory.h"
#include "base/npz.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "npz_rows.h"

#include <math.h>
#include <string.h>

#define ROWS_MAX 10000000           /* as many as galleries were tried with */
#define ARRAY_MAX ((size_t)4 << 30) /* bytes */
#define DIMENSION_MAX 4096
#define TEXT_MAX 4096 /* code points of a text */

enum array {
    EMBEDDINGS,
    NAMES,
    EMBEDDER,
    PICTURES,
    BOXES,
    LANDMARKS,
    SCORES,
    QUALITY,
    SOURCES,
    CREATED,
    THUMBNAILS,
    OFFSETS,
    PEOPLE,
    ARRAYS
};

enum wanted { NUMBERS, TEXTS, BYTES, PLACES };

/* What each must be; an axis of 0 is as long as it is. */
static const struct {
    const char *name;
    enum wanted wanted;
    bool needed, each; /* one item for each face */
    size_t axes, shape[NPY_AXES_MAX];
} specs[ARRAYS] = {
    [EMBEDDINGS] = {"embeddings", NUMBERS, true, true, 2, {0, 0}},
    [NAMES] = {"names", TEXTS, true, true, 1, {0}},
    [EMBEDDER] = {"embedder", TEXTS, true, false, 0, {0}},
    [PICTURES] = {"pictures", BYTES, false, true, 2, {0, 32}},
    [BOXES] = {"boxes", NUMBERS, false, true, 2, {0, 4}},
    [LANDMARKS] = {"landmarks", NUMBERS, false, true, 3, {0, VULTUS_LANDMARKS, 2}},
    [SCORES] = {"scores", NUMBERS, false, true, 1, {0}},
    [QUALITY] = {"quality", NUMBERS, false, true, 2, {0, NPZ_QUALITY}},
    [SOURCES] = {"sources", TEXTS, false, true, 1, {0}},
    [CREATED] = {"created", TEXTS, false, true, 1, {0}},
    [THUMBNAILS] = {"thumbnails", BYTES, false, false, 1, {0}},
    [OFFSETS] = {"thumbnail_offsets", PLACES, false, false, 1, {0}},
    [PEOPLE] = {"people", BYTES, false, false, 1, {0}},
};

struct arrays {
    struct npz_array items[ARRAYS];
    bool there[ARRAYS];
    size_t count, dimension;
};

/* ------------------------------------------------------------------ the arrays */

static bool is_wanted(enum wanted wanted, const struct npy *npy)
{
    switch (wanted) {
    case NUMBERS: return npy->kind == NPY_FLOAT32 || npy->kind == NPY_FLOAT64;
    case TEXTS: return npy->kind == NPY_TEXT && npy->width <= TEXT_MAX;
    case BYTES: return npy->kind == NPY_UINT8;
    default: return npy->kind == NPY_INT64;
    }
}

/* What is wrong with an array, as the end of a sentence, or NULL. */
static const char *fault_of(const struct arrays *arrays, enum array which)
{
    const struct npy *npy = &arrays->items[which].npy;
    if (!is_wanted(specs[which].wanted, npy))
        return specs[which].wanted == NUMBERS ? "must be float32 or float64"
               : specs[which].wanted == TEXTS ? "must be texts (str), and not longer than 4096"
               : specs[which].wanted == BYTES ? "must be uint8"
                                              : "must be int64";
    if (npy->axes != specs[which].axes)
        return "has another number of axes than it must have";
    for (size_t i = 0; i < npy->axes; i++)
        if (specs[which].shape[i] && npy->shape[i] != specs[which].shape[i])
            return "has another shape than it must have";
    if (specs[which].each && npy->shape[0] != arrays->items[EMBEDDINGS].npy.shape[0])
        return "has another number of rows than embeddings";
    return NULL;
}

static int check(const char *path, struct arrays *arrays)
{
    for (unsigned i = 0; i < ARRAYS; i++) {
        const char *fault = arrays->there[i] ? fault_of(arrays, (enum array)i) : NULL;
        if (fault) {
            complain("%s: the array \"%s\" %s", path, specs[i].name, fault);
            return EXIT_INPUTS;
        }
    }
    arrays->count = arrays->items[EMBEDDINGS].npy.shape[0];
    arrays->dimension = arrays->items[EMBEDDINGS].npy.shape[1];
    bool pictures = arrays->there[THUMBNAILS] && arrays->there[OFFSETS];
    if (arrays->count > ROWS_MAX || !arrays->dimension || arrays->dimension > DIMENSION_MAX ||
        (pictures && arrays->items[OFFSETS].npy.shape[0] != arrays->count + 1)) {
        complain("%s: %zu embeddings of %zu numbers; at most %d of 1 to %d are read, and one place "
                 "more of thumbnails",
                 path, arrays->count, arrays->dimension, ROWS_MAX, DIMENSION_MAX);
        return EXIT_INPUTS;
    }
    arrays->there[THUMBNAILS] = pictures;
    return EXIT_DONE;
}

static int load(const char *path, struct arrays *arrays)
{
    struct npz *npz = NULL;
    vultus_error error = {0};
    vultus_status status = npz_open(path, &npz, &error);
    for (unsigned i = 0; !status && i < ARRAYS; i++) {
        arrays->there[i] = specs[i].needed || npz_has(npz, specs[i].name);
        if (arrays->there[i])
            status = npz_read(npz, specs[i].name, ARRAY_MAX, &arrays->items[i], &error);
    }
    npz_close(npz);
    if (!status)
        return check(path, arrays);
    fail(&error);
    return status == VULTUS_ERR_MEMORY ? EXIT_ENVIRONMENT : EXIT_INPUTS;
}

/* ------------------------------------------------------------------ items of them */

static uint64_t little_endian(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* `count` numbers from the index on. */
static void numbers(const struct arrays *arrays, enum array which, size_t index, size_t count,
                    float *out)
{
    const struct npz_array *array = &arrays->items[which];
    for (size_t i = 0; i < count; i++) {
        if (array->npy.kind == NPY_FLOAT32) {
            uint32_t bits = (uint32_t)little_endian(array->data + 4 * (index + i), 4);
            memcpy(out + i, &bits, sizeof bits);
        } else {
            uint64_t bits = little_endian(array->data + 8 * (index + i), 8);
            double value;
            memcpy(&value, &bits, sizeof bits);
            out[i] = (float)value;
        }
    }
}

/* UTF-8, without what fills up; false where it is none. */
static bool text_of(const struct arrays *arrays, enum array which, size_t index, char *out,
                    size_t size)
{
    const struct npz_array *array = &arrays->items[which];
    const uint8_t *item = array->data + index * npy_item(&array->npy);
    size_t width = array->npy.width, length = 0;
    while (width && !little_endian(item + 4 * (width - 1), 4))
        width--;
    for (size_t i = 0; i < width; i++) {
        uint32_t point = (uint32_t)little_endian(item + 4 * i, 4);
        unsigned more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
        static const uint8_t first[] = {0, 0xC0, 0xE0, 0xF0};
        if (!point || point > 0x10FFFF || length + more + 2 > size)
            return false;
        out[length++] = (char)(first[more] | point >> (6 * more));
        while (more--)
            out[length++] = (char)(0x80 | (point >> (6 * more) & 0x3F));
    }
    out[length] = '\0';
    return true;
}

/* ------------------------------------------------------------------ rows */

static bool all_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

static bool read_measures(const struct arrays *arrays, size_t row, vultus_face *face)
{
    float box[4] = {0}, points[2 * VULTUS_LANDMARKS] = {0}, quality[NPZ_QUALITY] = {0};
    if (arrays->there[BOXES])
        numbers(arrays, BOXES, 4 * row, 4, box);
    if (arrays->there[LANDMARKS])
        numbers(arrays, LANDMARKS, 2 * VULTUS_LANDMARKS * row, 2 * VULTUS_LANDMARKS, points);
    if (arrays->there[QUALITY])
        numbers(arrays, QUALITY, NPZ_QUALITY * row, NPZ_QUALITY, quality);
    if (arrays->there[SCORES])
        numbers(arrays, SCORES, row, 1, &face->score);
    face->box = (vultus_box){box[0], box[1], box[2], box[3]};
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        face->landmarks[i] = (vultus_point){points[2 * i], points[2 * i + 1]};
    face->quality = (vultus_quality){.size = quality[0],
                                     .sharpness = quality[1],
                                     .brightness = quality[2],
                                     .roll = quality[3],
                                     .yaw = quality[4]};
    return all_finite(box, 4) && all_finite(points, 2 * VULTUS_LANDMARKS) &&
           all_finite(quality, NPZ_QUALITY) && isfinite(face->score);
}

static const char *read_thumbnail(const struct arrays *arrays, size_t row, vultus_face_record *out,
                                  bool *memory)
{
    if (!arrays->there[THUMBNAILS])
        return NULL;
    const uint8_t *places = arrays->items[OFFSETS].data + 8 * row;
    uint64_t from = little_endian(places, 8), to = little_endian(places + 8, 8);
    if (from > to || to > arrays->items[THUMBNAILS].size || to - from > 1u << 20)
        return "has a thumbnail that is not there, or too large";
    if (from == to)
        return NULL;
    out->thumbnail_size = (size_t)(to - from);
    out->thumbnail = mem_copy(arrays->items[THUMBNAILS].data + from, out->thumbnail_size);
    *memory |= !out->thumbnail;
    return NULL;
}

static const char *read_texts(const struct arrays *arrays, size_t row, char **name,
                              vultus_face_record *out, bool *memory)
{
    char text[4 * TEXT_MAX + 1];
    vultus_error error;
    if (!text_of(arrays, NAMES, row, text, VULTUS_NAME_MAX + 1) || vultus_name_check(text, &error))
        return "has a name that cannot be one";
    *name = mem_string(text);
    if (!text_of(arrays, EMBEDDER, 0, text, sizeof text) || !text[0])
        return "has no embedder";
    out->embedder = mem_string(text);
    if (arrays->there[SOURCES] && !text_of(arrays, SOURCES, row, text, VULTUS_SOURCE_MAX + 1))
        return "has a bad source";
    out->source = arrays->there[SOURCES] && text[0] ? mem_string(text) : NULL;
    *memory |= !*name || !out->embedder || (arrays->there[SOURCES] && text[0] && !out->source);
    if (arrays->there[CREATED] && !text_of(arrays, CREATED, row, out->created, sizeof out->created))
        return "has a bad date";
    return NULL;
}

/* Returns what is wrong with a row, as the end of a sentence, or NULL. */
static const char *read_row(const struct arrays *arrays, size_t row, char **name,
                            vultus_face_record *out, bool *memory)
{
    const size_t dimension = arrays->dimension;
    vultus_error error;
    *out = (vultus_face_record){.dimension = dimension};
    const char *fault = read_texts(arrays, row, name, out, memory);
    out->embedding = mem_alloc(dimension * sizeof(float));
    *memory |= !out->embedding;
    if (fault || *memory)
        return fault;
    numbers(arrays, EMBEDDINGS, dimension * row, dimension, out->embedding);
    double squared = 0;
    for (size_t i = 0; i < dimension; i++)
        squared += (double)out->embedding[i] * (double)out->embedding[i];
    if (!all_finite(out->embedding, dimension) || !(squared > 0))
        return "has an embedding that is not finite, or without length";
    if (!read_measures(arrays, row, &out->face))
        return "has a box, landmark or measure that is not finite";
    if (arrays->there[PICTURES])
        memcpy(out->picture, arrays->items[PICTURES].data + 32 * row, 32);
    else if (hash_bytes(out->embedding, dimension * sizeof(float), out->picture, &error))
        *memory = true;
    return read_thumbnail(arrays, row, out, memory);
}

static int add_rows(struct import *import, const struct arrays *arrays)
{
    int code = EXIT_DONE;
    progress_begin("faces read", arrays->count);
    for (size_t row = 0; !code && row < arrays->count; row++) {
        char **name = &import->names[import->count];
        vultus_face_record *record = &import->records[import->count];
        bool memory = false;
        *name = NULL;
        const char *fault = read_row(arrays, row, name, record, &memory);
        if (fault || memory)
            vultus_row_clear(name, record);
        if (memory) {
            complain("not enough memory");
            code = EXIT_ENVIRONMENT;
        } else if (fault) {
            import_complain(import, "row", row, fault);
        } else {
            code = import_next(import);
        }
        progress_step(row + 1);
        code = code ? code : interrupted();
    }
    progress_end();
    return code;
}

/* What is known of people: lines as an export of lines has them. */
static int add_people(struct import *import, const struct npz_array *array)
{
    const char *at = (const char *)array->data, *end = at + array->size;
    int code = EXIT_DONE;
    for (size_t number = 1; !code && at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t size = (size_t)((newline ? newline : end) - at);
        if (size)
            code = import_person(import, at, size, number);
        at += size + 1;
        code = code ? code : interrupted();
    }
    return code;
}

int import_npz(struct import *import)
{
    struct arrays *arrays = mem_zalloc(1, sizeof *arrays);
    if (!arrays) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    int code = load(import->path, arrays);
    if (!code)
        code = add_rows(import, arrays);
    if (!code && arrays->there[PEOPLE])
        code = add_people(import, &arrays->items[PEOPLE]);
    code = import_end(import, "row", code);
    for (unsigned i = 0; i < ARRAYS; i++)
        npz_array_clear(&arrays->items[i]);
    mem_free(arrays);
    return code;
}
