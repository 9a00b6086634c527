/* Builds small safetensors files in memory: good ones tensor by tensor, and any others by hand. */
#ifndef TEST_TENSORS_H
#define TEST_TENSORS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENSORS_BYTES ((size_t)1 << 16)

struct tensors { /* all zero: none */
    char header[TENSORS_BYTES];
    size_t header_size;
    uint8_t data[TENSORS_BYTES];
    size_t data_size;
    uint64_t file[TENSORS_BYTES / 4]; /* aligned as weights_wrap wants it */
};

/* "shape" as in the header, "5,2". The data are copied. */
static inline void tensors_add(struct tensors *tensors, const char *name, const char *type,
                               const char *shape, const void *data, size_t size)
{
    char *end = tensors->header + tensors->header_size;
    int length = snprintf(end, sizeof tensors->header - tensors->header_size,
                          "%c\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
                          tensors->header_size ? ',' : '{', name, type, shape, tensors->data_size,
                          tensors->data_size + size);
    if (length < 0 || tensors->header_size + (size_t)length + 16 > sizeof tensors->header ||
        tensors->data_size + size > sizeof tensors->data)
        abort();
    tensors->header_size += (size_t)length;
    memcpy(tensors->data + tensors->data_size, data, size);
    tensors->data_size += size;
}

/* The file with any header; the data begin at a multiple of 8. Lives in `tensors`. */
static inline const void *tensors_file_of(struct tensors *tensors, const char *header, size_t *size)
{
    uint64_t length = (strlen(header) + 7) / 8 * 8;
    uint8_t *file = (uint8_t *)tensors->file;
    memcpy(file, &length, 8);
    memset(file + 8, ' ', length);
    memcpy(file + 8, header, strlen(header));
    memcpy(file + 8 + length, tensors->data, tensors->data_size);
    *size = 8 + length + tensors->data_size;
    return file;
}

static inline const void *tensors_file(struct tensors *tensors, size_t *size)
{
    memcpy(tensors->header + tensors->header_size, "}", 2);
    return tensors_file_of(tensors, tensors->header, size);
}

#endif
