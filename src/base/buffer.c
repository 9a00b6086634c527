/*
 * Growable buffers. They double, never grow over their maximum, and are wiped when freed because
 * most of them hold pictures. Growth copies by hand: realloc would leave the old bytes behind.
 */
#include "base/buffer.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void buffer_init(struct buffer *buffer, size_t max)
{
    *buffer = (struct buffer){.max = max};
}

vultus_status buffer_reserve(struct buffer *buffer, size_t size, vultus_error *error)
{
    if (size > buffer->max - buffer->size)
        return status_set(error, VULTUS_ERR_LIMIT, "more than %zu bytes", buffer->max);
    size_t need = buffer->size + size + 1; /* the NUL */
    if (need <= buffer->capacity)
        return VULTUS_OK;
    size_t capacity = buffer->capacity > buffer->max / 2 ? buffer->max + 1 : buffer->capacity * 2;
    if (capacity < need)
        capacity = need < 256 ? 256 : need;
    uint8_t *data = mem_alloc(capacity);
    if (!data)
        return status_memory(error, "a buffer");
    if (buffer->size)
        memcpy(data, buffer->data, buffer->size);
    mem_free_wiped(buffer->data, buffer->size);
    buffer->data = data;
    buffer->capacity = capacity;
    return VULTUS_OK;
}

vultus_status buffer_append(struct buffer *buffer, const void *data, size_t size,
                            vultus_error *error)
{
    vultus_status status = buffer_reserve(buffer, size, error);
    if (status)
        return status;
    if (size)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    buffer->data[buffer->size] = 0;
    return VULTUS_OK;
}

vultus_status buffer_print(struct buffer *buffer, vultus_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return status_set(error, VULTUS_ERR_INTERNAL, "text cannot be formatted");
    vultus_status status = buffer_reserve(buffer, (size_t)length, error);
    if (status)
        return status;
    va_start(args, format);
    (void)vsnprintf((char *)buffer->data + buffer->size, (size_t)length + 1, format, args);
    va_end(args);
    buffer->size += (size_t)length;
    return VULTUS_OK;
}

void buffer_clear(struct buffer *buffer)
{
    mem_free_wiped(buffer->data, buffer->size);
    buffer->data = NULL;
    buffer->size = buffer->capacity = 0;
}
