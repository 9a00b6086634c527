/*
 * The container. Tensors lie behind the header in the order given, each on eight bytes, so that readers
 * may use them in place. JSON is sorted by key and written without spaces: what is equal is byte for
 * byte equal.
 */
#include "model/trained.h"
#include "base/file.h"
#include "base/memory.h"

#include <string.h>

#define METADATA "__metadata__"
#define HEAD "vultus"
#define FLAGS (JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17))

static vultus_status no_memory(vultus_error *error)
{
    return status_memory(error, "a trained file");
}

/* ------------------------------------------------------------------ writing */

struct dump {
    struct buffer *buffer;
    vultus_status status;
    vultus_error *error;
};

static int append(const char *text, size_t size, void *context)
{
    struct dump *dump = context;
    dump->status = buffer_append(dump->buffer, text, size, dump->error);
    return dump->status ? -1 : 0;
}

static vultus_status print_json(const json_t *value, struct buffer *out, vultus_error *error)
{
    struct dump dump = {out, VULTUS_OK, error};
    if (value && !json_dump_callback(value, append, &dump, FLAGS))
        return VULTUS_OK;
    return dump.status ? dump.status : no_memory(error);
}

static size_t padded(size_t size)
{
    return (size + 7) / 8 * 8;
}

/* Bytes of a tensor; false when there are too many. */
static bool size_of(const struct trained_tensor *tensor, size_t *out)
{
    size_t size = weights_type_size(tensor->type);
    for (size_t i = 0; i < tensor->shape.rank; i++)
        if (__builtin_mul_overflow(size, tensor->shape.sizes[i], &size))
            return false;
    *out = size;
    return size <= TRAINED_BYTES_MAX;
}

static json_t *describe(const struct trained_tensor *tensor, size_t begin, size_t size)
{
    json_t *shape = json_array();
    bool good = shape != NULL;
    for (size_t i = 0; good && i < tensor->shape.rank; i++)
        good = !json_array_append_new(shape, json_integer((json_int_t)tensor->shape.sizes[i]));
    if (good)
        return json_pack("{s:s, s:o, s:[I, I]}", "dtype", weights_type_name(tensor->type), "shape",
                         shape, "data_offsets", (json_int_t)begin, (json_int_t)(begin + size));
    json_decref(shape);
    return NULL;
}

/* The metadata: the head as text, with kind and version. */
static vultus_status make_metadata(const struct trained_file *file, json_t **out,
                                   vultus_error *error)
{
    struct buffer text;
    json_t *head = json_deep_copy(file->head);
    vultus_status status = no_memory(error);
    buffer_init(&text, TRAINED_HEAD_MAX);
    if (head && !json_object_set_new(head, "kind", json_string(file->kind)) &&
        !json_object_set_new(head, "version", json_integer((json_int_t)file->version)))
        status = print_json(head, &text, error);
    json_decref(head);
    if (!status) {
        *out = json_pack("{s:s%}", HEAD, text.data, text.size);
        status = *out ? VULTUS_OK : no_memory(error);
    }
    buffer_clear(&text);
    return status;
}

static vultus_status make_header(const struct trained_file *file, struct buffer *out,
                                 vultus_error *error)
{
    json_t *root = json_object(), *metadata = NULL;
    size_t begin = 0, size = 0;
    vultus_status status = root ? make_metadata(file, &metadata, error) : no_memory(error);
    if (!status && json_object_set_new(root, METADATA, metadata))
        status = no_memory(error);
    for (size_t i = 0; !status && i < file->tensor_count; i++) {
        if (!size_of(&file->tensors[i], &size) || begin + size > TRAINED_BYTES_MAX)
            status = status_set(error, VULTUS_ERR_LIMIT, "%s: more than %zu MB to write",
                                file->kind, TRAINED_BYTES_MAX >> 20);
        else if (json_object_set_new(root, file->tensors[i].name,
                                     describe(&file->tensors[i], begin, size)))
            status = no_memory(error);
        begin += padded(size);
    }
    if (!status)
        status = print_json(root, out, error);
    json_decref(root);
    while (!status && out->size % 8)
        status = buffer_append(out, " ", 1, error);
    return status;
}

vultus_status trained_print(const struct trained_file *file, struct buffer *out,
                            vultus_error *error)
{
    static const uint8_t zeros[8];
    struct buffer header;
    buffer_init(&header, WEIGHTS_HEADER_MAX);
    buffer_init(out, TRAINED_BYTES_MAX);
    vultus_status status = make_header(file, &header, error);
    uint64_t length = header.size;
    if (!status)
        status = buffer_append(out, &length, sizeof length, error);
    if (!status)
        status = buffer_append(out, header.data, header.size, error);
    for (size_t i = 0; !status && i < file->tensor_count; i++) {
        size_t size = 0;
        size_of(&file->tensors[i], &size);
        status = buffer_append(out, file->tensors[i].data, size, error);
        if (!status)
            status = buffer_append(out, zeros, padded(size) - size, error);
    }
    buffer_clear(&header);
    return status;
}

typedef vultus_status write_file(const char *path, const void *data, size_t size,
                                 vultus_error *error);

static vultus_status write_with(write_file *write, const char *path,
                                const struct trained_file *file, vultus_error *error)
{
    struct buffer bytes;
    vultus_status status = trained_print(file, &bytes, error);
    if (!status)
        status = write(path, bytes.data, bytes.size, error);
    buffer_clear(&bytes);
    return status;
}

vultus_status trained_write(const char *path, const struct trained_file *file, vultus_error *error)
{
    return write_with(file_write, path, file, error);
}

vultus_status trained_write_private(const char *path, const struct trained_file *file,
                                    vultus_error *error)
{
    return write_with(file_write_private, path, file, error);
}

/* ------------------------------------------------------------------ reading */

static vultus_status odd(const char *name, const char *why, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_FORMAT, "%s: %s", file_shown(name), why);
}

/* The head of a header that weights_wrap has already read as JSON. */
static json_t *find_head(const struct buffer *bytes)
{
    uint64_t length = 0;
    json_error_t trouble;
    json_t *head = NULL;
    memcpy(&length, bytes->data, sizeof length);
    json_t *root =
        json_loadb((const char *)bytes->data + 8, (size_t)length, JSON_REJECT_DUPLICATES, &trouble);
    const json_t *text = json_object_get(json_object_get(root, METADATA), HEAD);
    if (json_is_string(text) && json_string_length(text) <= TRAINED_HEAD_MAX)
        head = json_loadb(json_string_value(text), json_string_length(text), JSON_REJECT_DUPLICATES,
                          &trouble);
    json_decref(root);
    return head;
}

static vultus_status check_kind(const char *name, const char *kind, unsigned version_max,
                                struct trained *trained, vultus_error *error)
{
    const char *actual = json_string_value(json_object_get(trained->head, "kind"));
    const json_t *version = json_object_get(trained->head, "version");
    json_int_t number = json_integer_value(version);
    if (!json_is_object(trained->head) || !actual || !json_is_integer(version) || number < 1)
        return odd(name, "not a file that vultus wrote", error);
    if (strcmp(actual, kind) != 0)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: holds \"%.40s\", not \"%s\"",
                          file_shown(name), actual, kind);
    if (number > (json_int_t)version_max)
        return odd(name, "was written by a newer vultus; update this one", error);
    trained->version = (unsigned)number;
    return VULTUS_OK;
}

static vultus_status open_bytes(const char *name, const char *kind, unsigned version_max,
                                struct trained *trained, vultus_error *error)
{
    vultus_error why = {0};
    vultus_status status = weights_wrap(trained->bytes.data, trained->bytes.size, file_name(name),
                                        &trained->weights, &why);
    if (status == VULTUS_ERR_MEMORY)
        return no_memory(error);
    if (status)
        return status_set(error, VULTUS_ERR_FORMAT, "%s", why.message);
    trained->head = find_head(&trained->bytes);
    return check_kind(name, kind, version_max, trained, error);
}

vultus_status trained_read(const char *path, const char *kind, unsigned version_max,
                           struct trained *out, vultus_error *error)
{
    struct trained trained = {0};
    vultus_status status = file_read(path, TRAINED_BYTES_MAX, &trained.bytes, error);
    if (status)
        return status;
    status = open_bytes(path, kind, version_max, &trained, error);
    if (status)
        trained_clear(&trained);
    else
        *out = trained;
    return status;
}

vultus_status trained_parse(const void *bytes, size_t size, const char *name, const char *kind,
                            unsigned version_max, struct trained *out, vultus_error *error)
{
    struct trained trained = {0};
    buffer_init(&trained.bytes, TRAINED_BYTES_MAX);
    vultus_status status = buffer_append(&trained.bytes, bytes, size, error);
    if (!status)
        status = open_bytes(name, kind, version_max, &trained, error);
    if (status)
        trained_clear(&trained);
    else
        *out = trained;
    return status;
}

void trained_clear(struct trained *trained)
{
    json_decref(trained->head);
    weights_close(trained->weights);
    buffer_clear(&trained->bytes);
    *trained = (struct trained){0};
}

vultus_status trained_text(const struct trained *trained, const char *key, size_t max,
                           const char **out, vultus_error *error)
{
    const json_t *value = json_object_get(trained->head, key);
    if (!json_is_string(value) || json_string_length(value) > max ||
        strlen(json_string_value(value)) != json_string_length(value))
        return status_set(error, VULTUS_ERR_FORMAT, "\"%s\" must be a text of at most %zu bytes",
                          key, max);
    *out = json_string_value(value);
    return VULTUS_OK;
}

vultus_status trained_number(const struct trained *trained, const char *key, double low,
                             double high, double *out, vultus_error *error)
{
    const json_t *value = json_object_get(trained->head, key);
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= low && number <= high))
        return status_set(error, VULTUS_ERR_FORMAT, "\"%s\" must be a number from %g to %g", key,
                          low, high);
    *out = number;
    return VULTUS_OK;
}
