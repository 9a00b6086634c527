/*
 * The index behind identify: what it holds and how it grows. search_scan.c looks through it.
 */
#include "gallery/search_index.h"
#include "base/checksum.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#define UNIT_TOLERANCE 1e-3f

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
    search->stride = SEARCH_STRIDE(dimension);
    *out = search;
    return VULTUS_OK;
}

void search_release(const struct search *search, void *block, size_t bytes)
{
    if (!search_map_holds(search->map, block))
        mem_free_wiped(block, block ? bytes : 0);
}

void *search_grow(const struct search *search, void *block, size_t used, size_t old_capacity,
                  size_t capacity, size_t size)
{
    void *bigger = mem_aligned(capacity, size);
    if (!bigger)
        return NULL;
    if (used)
        memcpy(bigger, block, used * size);
    search_release(search, block, old_capacity * size);
    return bigger;
}

void search_clear(struct search *search)
{
    if (!search)
        return;
    search_codes_clear(search);
    search_free(search->means);
    mem_free(search->tops);
    search_release(search, search->members, 0);
    search_release(search, search->names, search->names_capacity);
    search_release(search, search->rows, 0);
    search_release(search, search->matrix, search->capacity * search->stride * sizeof(float));
    mem_free(search->has_face);
    search_map_close(search);
    *search = (struct search){.dimension = search->dimension,
                              .stride = search->stride,
                              .raw = search->raw,
                              .guarded = search->guarded,
                              .weigher = search->weigher};
}

void search_free(struct search *search)
{
    search_clear(search);
    mem_free(search);
}

void search_guard(struct search *search)
{
    search->guarded = true;
}

void search_set_weigher(struct search *search, search_weigher *weigher)
{
    search->weigher = weigher;
}

size_t search_dimension(const struct search *search)
{
    return search->dimension;
}

size_t search_people(const struct search *search)
{
    return search->people;
}

size_t search_members(const struct search *search)
{
    return search->members_count;
}

size_t search_others(const struct search *search)
{
    return search->members_count - search->gone - search->people;
}

size_t search_faces(const struct search *search)
{
    return search->faces - search->erased;
}

vultus_status search_reserve(struct search *search, size_t faces, vultus_error *error)
{
    if (faces <= search->capacity)
        return VULTUS_OK;
    if (faces > SEARCH_FACES_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "more than %d faces in one index",
                          SEARCH_FACES_MAX);
    if (search->capacity && faces < search->capacity + search->capacity / 2)
        faces = search->capacity + search->capacity / 2; /* many small steps copy little */
    size_t capacity = (faces + CODES_GROUP - 1) / CODES_GROUP * CODES_GROUP;
    struct row *rows =
        search_grow(search, search->rows, search->faces, search->capacity, capacity, sizeof *rows);
    if (rows)
        search->rows = rows;
    float *matrix = rows ? search_grow(search, search->matrix, search->faces, search->capacity,
                                       capacity, search->stride * sizeof(float))
                         : NULL;
    if (!matrix)
        return status_memory(error, "the search index");
    size_t used = search->faces * search->stride;
    memset(matrix + used, 0, (capacity * search->stride - used) * sizeof(float));
    search->matrix = matrix;
    search->capacity = capacity;
    if (search->guarded)
        mem_guard(matrix, capacity * search->stride * sizeof(float));
    return VULTUS_OK;
}

static vultus_status grow_members(struct search *search, vultus_error *error)
{
    size_t capacity = search->members_capacity ? 2 * search->members_capacity : 64;
    if (search->members_count < search->members_capacity)
        return VULTUS_OK;
    struct member *members =
        search_grow(search, search->members, search->members_count, 0, capacity, sizeof *members);
    if (members)
        search->members = members;
    bool *has_face = members ? mem_resize(search->has_face, capacity, sizeof *has_face) : NULL;
    if (!has_face)
        return status_memory(error, "the search index");
    search->has_face = has_face;
    search->members_capacity = capacity;
    return VULTUS_OK;
}

static vultus_status grow_names(struct search *search, size_t more, vultus_error *error)
{
    size_t capacity = 2 * search->names_capacity + 1024;
    if (more <= search->names_capacity - search->names_size)
        return VULTUS_OK;
    if (capacity < search->names_size + more)
        capacity = search->names_size + more;
    char *names =
        search_grow(search, search->names, search->names_size, search->names_capacity, capacity, 1);
    if (!names)
        return status_memory(error, "the search index");
    search->names = names;
    search->names_capacity = capacity;
    return VULTUS_OK;
}

vultus_status search_add_name(struct search *search, const char *name, uint64_t *at,
                              vultus_error *error)
{
    const size_t size = strlen(name) + 1;
    vultus_status status = grow_names(search, size, error);
    if (status)
        return status;
    memcpy(search->names + search->names_size, name, size);
    *at = search->names_size;
    search->names_size += size;
    return VULTUS_OK;
}

vultus_status search_add_person(struct search *search, int64_t id, const char *name,
                                vultus_error *error)
{
    size_t count = search->members_count;
    uint64_t at = 0;
    if (count && id <= search->members[count - 1].id)
        return status_set(error, VULTUS_ERR_ARGUMENT, "people out of order");
    if (count >= SEARCH_FACES_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "more than %d people in one index",
                          SEARCH_FACES_MAX);
    vultus_status status = grow_members(search, error);
    if (!status)
        status = search_add_name(search, name, &at, error);
    if (status)
        return status;
    search->members[count] = (struct member){.id = id, .name = at};
    search->has_face[count] = false;
    search->members_count++;
    return VULTUS_OK;
}

size_t search_member(const struct search *search, int64_t id)
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

void search_count(const struct search *search, const uint64_t *allowed, size_t *people,
                  size_t *faces)
{
    *people = *faces = 0;
    for (size_t i = 0; i < search->members_count; i++)
        *people += search->has_face[i] && (allowed[i / 64] >> i % 64 & 1);
    for (size_t i = 0; i < search->faces; i++)
        *faces += search_counts(search, allowed, i);
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
    size_t member = search_member(search, person);
    if (member == search->members_count)
        return status_set(error, VULTUS_ERR_NOT_FOUND, "belongs to nobody");
    if (search->faces == search->capacity) {
        vultus_status status = search_reserve(search, search->faces + 128, error);
        if (status)
            return status;
    }
    float *row = search->matrix + search->faces * search->stride;
    read_floats(vector, search->dimension, row);
    float squared = kernel_best()->dot(row, row, search->dimension);
    if (!length_good(squared, search->raw)) {
        return status_set(error, VULTUS_ERR_FORMAT, "is not an embedding of %s length",
                          search->raw ? "usable" : "unit");
    }
    search->rows[search->faces++] =
        (struct row){.face = face,
                     .member = (uint32_t)member,
                     .squared = squared,
                     .weight = 1,
                     .check = (uint32_t)checksum(row, search->dimension * sizeof *row)};
    search->people += !search->has_face[member];
    search->has_face[member] = true;
    search_map_passed(search, search->faces);
    return VULTUS_OK;
}

void search_weigh_last(struct search *search, const vultus_face *measures)
{
    float weight = search->weigher ? search->weigher(measures) : NAN;
    if (search->faces && weight >= 0) /* not NaN: a face of which nothing is known counts in full */
        search->rows[search->faces - 1].weight = fmaxf(weight, SEARCH_WEIGHT_MIN);
}
