/*
 * The index behind identify. Rows are padded to whole cache lines, and their number to whole groups
 * of ROW_GROUP: kernels take rows in groups and add up a lone row in another order, so without the
 * padding rows two equal faces could differ in the last bit and a tie would not be a tie.
 */
#include "gallery/search.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#define ROW_GROUP 16
#define BLOCK 1024 /* rows scored at a time: their scores stay in the first cache */
#define LINE_FLOATS (MEM_ALIGNMENT / sizeof(float))
#define UNIT_TOLERANCE 1e-3f
#define NO_ROW UINT32_MAX

struct member {
    int64_t id;
    char *name;
    bool has_face;
};

struct row {
    int64_t face;
    uint32_t member;
    float squared; /* length of its vector */
};

struct best { /* of one person, for one probe */
    float score;
    uint32_t row;
};

struct search {
    size_t dimension, stride;
    bool raw;
    float *matrix; /* capacity rows; those from `faces` on are zero */
    struct row *rows;
    size_t faces, capacity;
    struct member *members; /* by id */
    struct best *best;      /* one for each member */
    size_t members_count, members_capacity;
    size_t people;
};

vultus_status search_new(size_t dimension, bool raw, struct search **out, vultus_error *error)
{
    if (!dimension || dimension > SEARCH_DIMENSION_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "embeddings of %zu floats; 1 to %d can be searched", dimension,
                          SEARCH_DIMENSION_MAX);
    struct search *search = mem_zalloc(1, sizeof *search);
    if (!search)
        return status_memory(error, "the search index");
    search->dimension = dimension;
    search->raw = raw;
    search->stride = (dimension + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
    *out = search;
    return VULTUS_OK;
}

void search_clear(struct search *search)
{
    if (!search)
        return;
    for (size_t i = 0; i < search->members_count; i++)
        mem_free(search->members[i].name);
    mem_free(search->members);
    mem_free(search->best);
    mem_free(search->rows);
    mem_free_wiped(search->matrix, search->capacity * search->stride * sizeof(float));
    *search = (struct search){
        .dimension = search->dimension, .stride = search->stride, .raw = search->raw};
}

void search_free(struct search *search)
{
    search_clear(search);
    mem_free(search);
}

size_t search_dimension(const struct search *search)
{
    return search->dimension;
}

size_t search_people(const struct search *search)
{
    return search->people;
}

size_t search_faces(const struct search *search)
{
    return search->faces;
}

vultus_status search_reserve(struct search *search, size_t faces, vultus_error *error)
{
    if (faces <= search->capacity)
        return VULTUS_OK;
    if (faces > SEARCH_FACES_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "more than %d faces in one index",
                          SEARCH_FACES_MAX);
    size_t capacity = (faces + ROW_GROUP - 1) / ROW_GROUP * ROW_GROUP;
    size_t used = search->faces * search->stride;
    float *matrix = mem_aligned(capacity, search->stride * sizeof(float));
    struct row *rows = matrix ? mem_resize(search->rows, capacity, sizeof *rows) : NULL;
    if (!rows) {
        mem_free(matrix);
        return status_memory(error, "the search index");
    }
    if (used)
        memcpy(matrix, search->matrix, used * sizeof(float));
    memset(matrix + used, 0, (capacity * search->stride - used) * sizeof(float));
    mem_free_wiped(search->matrix, search->capacity * search->stride * sizeof(float));
    search->matrix = matrix;
    search->rows = rows;
    search->capacity = capacity;
    return VULTUS_OK;
}

static vultus_status grow_members(struct search *search, vultus_error *error)
{
    size_t capacity = search->members_capacity ? 2 * search->members_capacity : 64;
    if (search->members_count < search->members_capacity)
        return VULTUS_OK;
    struct member *members = mem_resize(search->members, capacity, sizeof *members);
    if (!members)
        return status_memory(error, "the search index");
    search->members = members;
    struct best *best = mem_resize(search->best, capacity, sizeof *best);
    if (!best)
        return status_memory(error, "the search index");
    search->best = best;
    search->members_capacity = capacity;
    return VULTUS_OK;
}

vultus_status search_add_person(struct search *search, int64_t id, const char *name,
                                vultus_error *error)
{
    size_t count = search->members_count;
    if (count && id <= search->members[count - 1].id)
        return status_set(error, VULTUS_ERR_ARGUMENT, "people out of order");
    if (count >= SEARCH_FACES_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "more than %d people in one index",
                          SEARCH_FACES_MAX);
    vultus_status status = grow_members(search, error);
    if (status)
        return status;
    char *copy = mem_string(name);
    if (!copy)
        return status_memory(error, "the search index");
    search->members[search->members_count++] = (struct member){.id = id, .name = copy};
    return VULTUS_OK;
}

/* The place of a person among the members, or their number. */
static size_t find_member(const struct search *search, int64_t id)
{
    size_t low = 0, high = search->members_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (search->members[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < search->members_count && search->members[low].id == id)
        return low;
    return search->members_count;
}

static void read_floats(const uint8_t *bytes, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++, bytes += 4) {
        uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                        (uint32_t)bytes[3] << 24;
        memcpy(out + i, &bits, sizeof bits);
    }
}

static bool length_good(float squared, bool raw)
{
    if (raw)
        return squared > 1e-12f && squared < 1e12f;
    return fabsf(sqrtf(squared) - 1.0f) <= UNIT_TOLERANCE;
}

vultus_status search_add_face(struct search *search, int64_t face, int64_t person,
                              const uint8_t *vector, vultus_error *error)
{
    size_t member = find_member(search, person);
    if (member == search->members_count)
        return status_set(error, VULTUS_ERR_NOT_FOUND, "belongs to nobody");
    if (search->faces == search->capacity) {
        vultus_status status =
            search_reserve(search, search->faces + search->faces / 2 + 128, error);
        if (status)
            return status;
    }
    float *row = search->matrix + search->faces * search->stride;
    read_floats(vector, search->dimension, row);
    float squared = kernel_best()->dot(row, row, search->dimension);
    if (!length_good(squared, search->raw)) {
        memset(row, 0, search->dimension * sizeof *row); /* rows behind the last stay zero */
        return status_set(error, VULTUS_ERR_FORMAT, "is not an embedding of %s length",
                          search->raw ? "usable" : "unit");
    }
    search->rows[search->faces++] =
        (struct row){.face = face, .member = (uint32_t)member, .squared = squared};
    search->people += !search->members[member].has_face;
    search->members[member].has_face = true;
    return VULTUS_OK;
}

/* Of unit vectors the dot product ranks in every metric. Else |p - r|^2 = |p|^2 + |r|^2 - 2pr, where
 * |p| is the same for all rows, and the cosine is pr / |p||r|. */
static void weigh(const struct row *rows, size_t count, vultus_metric metric, float *scores)
{
    for (size_t i = 0; i < count; i++)
        scores[i] = metric == VULTUS_METRIC_EUCLIDEAN ? scores[i] - rows[i].squared / 2
                                                      : scores[i] / sqrtf(rows[i].squared);
}

static void score_rows(struct search *search, const float *probe, vultus_metric metric)
{
    float scores[BLOCK];
    const struct kernel_table *kernel = kernel_best();
    for (size_t start = 0; start < search->faces; start += BLOCK) {
        size_t left = search->faces - start;
        size_t count = left < BLOCK ? left : BLOCK;
        size_t padded = (count + ROW_GROUP - 1) / ROW_GROUP * ROW_GROUP;
        kernel->dot_rows(probe, search->matrix + start * search->stride, search->stride, padded,
                         search->dimension, scores);
        if (search->raw)
            weigh(search->rows + start, count, metric, scores);
        for (size_t i = 0; i < count; i++) {
            struct best *best = search->best + search->rows[start + i].member;
            if (best->row == NO_ROW || scores[i] > best->score ||
                (scores[i] == best->score &&
                 search->rows[start + i].face < search->rows[best->row].face))
                *best = (struct best){scores[i], (uint32_t)(start + i)};
        }
    }
}

size_t search_nearest(struct search *search, const float *probe, vultus_metric metric,
                      struct search_hit *hits, size_t capacity)
{
    uint32_t ranked[VULTUS_TOP_MAX];
    size_t count = 0;
    if (capacity > VULTUS_TOP_MAX)
        capacity = VULTUS_TOP_MAX;
    if (!capacity)
        return 0;
    for (size_t i = 0; i < search->members_count; i++)
        search->best[i] = (struct best){-INFINITY, NO_ROW};
    score_rows(search, probe, metric);
    /* Members come by id, so `>=` below leaves the smaller id in front of an equal one. */
    for (size_t i = 0; i < search->members_count; i++) {
        const struct best *best = search->best + i;
        if (best->row == NO_ROW ||
            (count == capacity && search->best[ranked[count - 1]].score >= best->score))
            continue;
        size_t at = count < capacity ? count++ : count - 1;
        for (; at > 0 && search->best[ranked[at - 1]].score < best->score; at--)
            ranked[at] = ranked[at - 1];
        ranked[at] = (uint32_t)i;
    }
    for (size_t i = 0; i < count; i++) {
        const struct best *best = search->best + ranked[i];
        hits[i] = (struct search_hit){
            .person = search->members[ranked[i]].id,
            .face = search->rows[best->row].face,
            .name = search->members[ranked[i]].name,
            .embedding = search->matrix + best->row * search->stride,
            .score = best->score,
        };
    }
    return count;
}
