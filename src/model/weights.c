/*
 * safetensors: eight bytes with the header's length, the header (JSON: name -> dtype, shape,
 * data_offsets), the data. Nothing is copied and nothing is converted; the hash of a large file, which would
 * be all the time that opening it takes, is taken beside what else there is to load.
 */
#include "model/weights.h"
#include "base/hash_job.h"
#include "base/memory.h"
#include "model/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "weights are read in place: only little-endian machines"
#endif

#define HASHED_AT_ONCE ((size_t)1 << 22) /* bytes: 3 ms, which a thread is not worth */

struct tensor {
    char name[WEIGHTS_NAME_MAX + 1];
    enum weights_type type;
    struct weights_shape shape;
    const uint8_t *data;
};

struct weights {
    char name[64]; /* the file's, for messages */
    struct tensor *tensors;
    size_t count;
    void *mapped;
    size_t mapped_size;
    struct hash_job *job; /* NULL: there is nothing to wait for */
    uint8_t hash[HASH_SIZE];
    char *path, *pack;
};

static const struct {
    const char *name;
    size_t size;
} types[] = {[WEIGHTS_F32] = {"F32", 4}, [WEIGHTS_F16] = {"F16", 2}, [WEIGHTS_I32] = {"I32", 4},
             [WEIGHTS_I16] = {"I16", 2}, [WEIGHTS_U16] = {"U16", 2}, [WEIGHTS_I8] = {"I8", 1},
             [WEIGHTS_U8] = {"U8", 1}};

const char *weights_type_name(enum weights_type type)
{
    return types[type].name;
}

size_t weights_type_size(enum weights_type type)
{
    return types[type].size;
}

static vultus_status odd(const struct weights *weights, const char *tensor, const char *why,
                         vultus_error *error)
{
    return status_set(error, VULTUS_ERR_MODEL, "%s: %s%.63s%s%s", weights->name,
                      tensor[0] ? "tensor " : "", tensor, tensor[0] ? ": " : "", why);
}

static bool read_type(const char *name, enum weights_type *out)
{
    for (size_t i = 0; name && i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].name, name)) {
            *out = (enum weights_type)i;
            return true;
        }
    return false;
}

static vultus_status read_tensor(struct weights *weights, const char *name, const json_t *value,
                                 const uint8_t *data, size_t size, vultus_error *error)
{
    struct tensor *tensor = &weights->tensors[weights->count];
    const json_t *shape = json_object_get(value, "shape");
    const json_t *offsets = json_object_get(value, "data_offsets");
    if (strlen(name) > WEIGHTS_NAME_MAX)
        return odd(weights, name, "its name is too long", error);
    memcpy(tensor->name, name, strlen(name) + 1);
    if (!read_type(json_string_value(json_object_get(value, "dtype")), &tensor->type))
        return odd(weights, name, "of an unknown type", error);
    size_t bytes = types[tensor->type].size;
    tensor->shape.rank = json_array_size(shape);
    if (!json_is_array(shape) || tensor->shape.rank > WEIGHTS_RANK_MAX)
        return odd(weights, name, "of too many dimensions", error);
    for (size_t i = 0; i < tensor->shape.rank; i++) {
        json_int_t length = json_integer_value(json_array_get(shape, i));
        if (!json_is_integer(json_array_get(shape, i)) || length < 0 ||
            __builtin_mul_overflow(bytes, (size_t)length, &bytes))
            return odd(weights, name, "of an impossible shape", error);
        tensor->shape.sizes[i] = (size_t)length;
    }
    const json_t *first = json_array_get(offsets, 0), *last = json_array_get(offsets, 1);
    json_int_t begin = json_integer_value(first), end = json_integer_value(last);
    if (json_array_size(offsets) != 2 || !json_is_integer(first) || !json_is_integer(last) ||
        begin < 0 || end < begin || (uint64_t)end > size || (size_t)(end - begin) != bytes)
        return odd(weights, name, "its bytes are not in the file", error);
    tensor->data = data + begin;
    if ((uintptr_t)tensor->data % types[tensor->type].size)
        return odd(weights, name, "is not aligned", error);
    weights->count++;
    return VULTUS_OK;
}

static vultus_status read_header(struct weights *weights, const uint8_t *bytes, size_t size,
                                 vultus_error *error)
{
    uint64_t length = 0;
    json_error_t trouble;
    const char *name;
    json_t *value;
    vultus_status status = VULTUS_OK;
    if (size > 8)
        memcpy(&length, bytes, sizeof length);
    if (length < 2 || length > WEIGHTS_HEADER_MAX || length > size - 8)
        return odd(weights, "", "not a safetensors file", error);
    json_t *root = json_loadb((const char *)bytes + 8, length, JSON_REJECT_DUPLICATES, &trouble);
    if (!json_is_object(root)) {
        json_decref(root);
        return odd(weights, "", "its header is not JSON", error);
    }
    if (json_object_size(root) > WEIGHTS_TENSORS_MAX)
        status = odd(weights, "", "too many tensors", error);
    if (!status) {
        weights->tensors = mem_zalloc(json_object_size(root) + 1, sizeof *weights->tensors);
        if (!weights->tensors)
            status = status_memory(error, "weights");
    }
    json_object_foreach(root, name, value)
    {
        if (!status && strcmp(name, "__metadata__") != 0)
            status =
                read_tensor(weights, name, value, bytes + 8 + length, size - 8 - length, error);
    }
    json_decref(root);
    return status;
}

vultus_status weights_wrap(const void *bytes, size_t size, const char *name, struct weights **out,
                           vultus_error *error)
{
    struct weights *weights = mem_zalloc(1, sizeof *weights);
    if (!weights)
        return status_memory(error, "weights");
    (void)snprintf(weights->name, sizeof weights->name, "%s", name);
    vultus_status status = read_header(weights, bytes, size, error);
    if (status)
        weights_close(weights);
    else
        *out = weights;
    return status;
}

static vultus_status map_file(const char *path, void **out, size_t *size, vultus_error *error)
{
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return status_set(error, VULTUS_ERR_IO, "%s: %s", path, strerror(errno));
    bool good = !fstat(file, &about);
    if (good && (!S_ISREG(about.st_mode) || about.st_size < 1 ||
                 (uint64_t)about.st_size > WEIGHTS_BYTES_MAX)) {
        close(file);
        return status_set(error, VULTUS_ERR_MODEL, "%s: not a file of weights", path);
    }
    *size = good ? (size_t)about.st_size : 0;
    *out = good ? mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    int trouble = errno;
    close(file);
    if (*out == MAP_FAILED)
        return status_set(error, VULTUS_ERR_IO, "%s: %s", path, strerror(trouble));
    return VULTUS_OK;
}

/* What a file must be; `pack` is named in the mend. */
struct origin {
    const char *path, *pack;
    const uint8_t *hash;
};

static vultus_status compare(const struct origin *origin, const uint8_t *actual,
                             vultus_error *error)
{
    return memcmp(origin->hash, actual, HASH_SIZE) != 0
               ? pack_differs(origin->path, origin->pack, error)
               : VULTUS_OK;
}

static vultus_status check_now(const struct origin *origin, const void *bytes, size_t size,
                               vultus_error *error)
{
    uint8_t actual[HASH_SIZE];
    vultus_status status = hash_bytes(bytes, size, actual, error);
    return status ? status : compare(origin, actual, error);
}

static vultus_status begin_check(struct weights *weights, const struct origin *origin,
                                 const void *bytes, size_t size, vultus_error *error)
{
    memcpy(weights->hash, origin->hash, HASH_SIZE);
    weights->path = mem_string(origin->path);
    weights->pack = mem_string(origin->pack);
    if (!weights->path || !weights->pack)
        return status_memory(error, "weights");
    return hash_job_begin(bytes, size, &weights->job, error);
}

vultus_status weights_check(const struct weights *weights, vultus_error *error)
{
    const struct origin origin = {weights->path, weights->pack, weights->hash};
    uint8_t actual[HASH_SIZE];
    if (!weights->job)
        return VULTUS_OK;
    vultus_status status = hash_job_wait(weights->job, actual, error);
    return status ? status : compare(&origin, actual, error);
}

static vultus_status open_mapped(const struct origin *origin, const void *bytes, size_t size,
                                 struct weights **out, vultus_error *error)
{
    const char *slash = strrchr(origin->path, '/');
    bool later = origin->hash && size > HASHED_AT_ONCE;
    struct weights *weights = NULL;
    vultus_status status = VULTUS_OK;
    if (origin->hash && !later)
        status = check_now(origin, bytes, size, error);
    if (!status)
        status = weights_wrap(bytes, size, slash ? slash + 1 : origin->path, &weights, error);
    if (status == VULTUS_ERR_MODEL && later) { /* a changed file: that says how to mend it */
        vultus_status changed = check_now(origin, bytes, size, error);
        return changed ? changed : status;
    }
    if (!status && later)
        status = begin_check(weights, origin, bytes, size, error);
    if (status)
        weights_close(weights);
    else
        *out = weights;
    return status;
}

vultus_status weights_map(const char *path, const uint8_t *hash, const char *pack,
                          struct weights **out, vultus_error *error)
{
    const struct origin origin = {path, pack, hash};
    void *bytes = NULL;
    size_t size = 0;
    vultus_status status = map_file(path, &bytes, &size, error);
    if (status)
        return status;
    status = open_mapped(&origin, bytes, size, out, error);
    if (status) {
        munmap(bytes, size);
        return status;
    }
    (*out)->mapped = bytes;
    (*out)->mapped_size = size;
    return VULTUS_OK;
}

void weights_close(struct weights *weights)
{
    if (!weights)
        return;
    hash_job_close(weights->job);
    if (weights->mapped)
        munmap(weights->mapped, weights->mapped_size);
    mem_free(weights->tensors);
    mem_free(weights->path);
    mem_free(weights->pack);
    mem_free(weights);
}

vultus_status weights_tensor(const struct weights *weights, const char *name,
                             enum weights_type type, struct weights_shape *shape, const void **out,
                             vultus_error *error)
{
    for (size_t i = 0; i < weights->count; i++) {
        const struct tensor *tensor = &weights->tensors[i];
        if (strcmp(tensor->name, name) != 0)
            continue;
        bool fits = tensor->type == type && tensor->shape.rank == shape->rank;
        for (size_t k = 0; fits && k < shape->rank; k++)
            fits = !shape->sizes[k] || shape->sizes[k] == tensor->shape.sizes[k];
        if (!fits)
            return odd(weights, name, "not of the expected type and shape", error);
        *shape = tensor->shape;
        *out = tensor->data;
        return VULTUS_OK;
    }
    return odd(weights, name, "is missing", error);
}
