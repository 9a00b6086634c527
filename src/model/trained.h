/*
 * Files of what was trained: one safetensors file, so that numbers are stored as they are and any tool
 * can read them, with a JSON object in its metadata ("vultus") that says what they mean. Knows kinds
 * and versions, not classifiers or projections.
 */
#ifndef MODEL_TRAINED_H
#define MODEL_TRAINED_H

#include "base/buffer.h"
#include "model/weights.h"

#include <jansson.h>

#define TRAINED_BYTES_MAX ((size_t)1 << 30) /* ten million rows of 25 floats, 2 million of 128 */
#define TRAINED_HEAD_MAX (WEIGHTS_HEADER_MAX / 4) /* its quotes may be written as two bytes */
#define TRAINED_TENSORS_MAX 64

struct trained_tensor {
    const char *name;
    enum weights_type type;
    struct weights_shape shape;
    const void *data; /* little-endian, packed, row by row */
};

/*
 * Writes through a temporary file, so that there is never half of one. `head` is the caller's; kind and
 * version are added to what is written. The same contents are the same bytes. LIMIT: too large.
 */
struct trained_file {
    const char *kind; /* such as "classifier" */
    unsigned version; /* of this kind's format, from 1 */
    const json_t *head;
    const struct trained_tensor *tensors;
    size_t tensor_count;
};
vultus_status trained_print(const struct trained_file *file, struct buffer *out,
                            vultus_error *error) VULTUS_MUST_USE; /* in memory; clear the buffer */
vultus_status trained_write(const char *path, const struct trained_file *file,
                            vultus_error *error) VULTUS_MUST_USE;
/* The same with mode 0600: for what its owner only may read. */
vultus_status trained_write_private(const char *path, const struct trained_file *file,
                                    vultus_error *error) VULTUS_MUST_USE;

struct trained {
    json_t *head;            /* an object */
    struct weights *weights; /* see weights_tensor */
    unsigned version;
    struct buffer bytes;
};

/*
 * Reads a file of one kind, up to a version. FORMAT: not such a file, or damaged, or of a newer version;
 * each says so. Clear with trained_clear.
 */
vultus_status trained_read(const char *path, const char *kind, unsigned version_max,
                           struct trained *out, vultus_error *error) VULTUS_MUST_USE;
/* The same from bytes in memory, which are copied; `name` stands in messages. */
vultus_status trained_parse(const void *bytes, size_t size, const char *name, const char *kind,
                            unsigned version_max, struct trained *out,
                            vultus_error *error) VULTUS_MUST_USE;
void trained_clear(struct trained *trained);

/* Fields of a head. FORMAT names the one that is missing or odd. A text lives as long as the head. */
vultus_status trained_text(const struct trained *trained, const char *key, size_t max,
                           const char **out, vultus_error *error) VULTUS_MUST_USE;
vultus_status trained_number(const struct trained *trained, const char *key, double low,
                             double high, double *out, vultus_error *error) VULTUS_MUST_USE;

/* Texts as a tensor WEIGHTS_U8. Clear the buffer, also after a failure. */
vultus_status trained_join(const char *const *texts, size_t count, struct buffer *out,
                           vultus_error *error) VULTUS_MUST_USE;
/* `count` texts in one block with their pointers (mem_free); *out stays as it is where there is no such tensor.
 * FORMAT: there are more or fewer. */
vultus_status trained_texts(const struct trained *trained, const char *name, size_t count,
                            const char *const **out, vultus_error *error) VULTUS_MUST_USE;

#endif
