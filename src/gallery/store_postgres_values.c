/* Values on their way to a PostgreSQL server and back, in its binary formats: big-endian. */
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <math.h>
#include <string.h>

void store_postgres_put(uint8_t *out, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
}

static uint64_t get(const char *data, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | (uint8_t)data[i];
    return number;
}

/* ------------------------------------------------------------------ to the server */

static void add(struct store_postgres_values *values, const char *data, size_t size, int format)
{
    values->data[values->count] = data;
    values->sizes[values->count] = (int)size;
    values->formats[values->count++] = format;
}

void store_postgres_add_number(struct store_postgres_values *values, int64_t number)
{
    char *place = values->numbers[values->count];
    store_postgres_put((uint8_t *)place, (uint64_t)number, 8);
    add(values, place, 8, 1);
}

void store_postgres_add_real(struct store_postgres_values *values, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    if (isnan(number))
        add(values, NULL, 0, 1);
    else
        store_postgres_add_number(values, (int64_t)bits);
}

void store_postgres_add_text(struct store_postgres_values *values, const char *text)
{
    add(values, text, text ? strlen(text) : 0, 0);
}

void store_postgres_add_bytes(struct store_postgres_values *values, const void *data, size_t size)
{
    add(values, data, size, 1);
}

vultus_status store_postgres_vector(struct buffer *out, const float *values, size_t dimension,
                                    vultus_error *error)
{
    vultus_status status = buffer_reserve(out, 4 + 4 * dimension, error);
    if (status)
        return status;
    uint8_t *at = out->data + out->size;
    store_postgres_put(at, (uint64_t)dimension << 16, 4);
    for (size_t i = 0; i < dimension; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        store_postgres_put(at + 4 + 4 * i, bits, 4);
    }
    out->size += 4 + 4 * dimension;
    return VULTUS_OK;
}

vultus_status store_postgres_array(struct buffer *out, enum store_postgres_array type, size_t count,
                                   vultus_error *error)
{
    uint8_t head[20];
    const uint32_t fields[5] = {count != 0, 0, (uint32_t)type, (uint32_t)count, 1};
    for (size_t i = 0; i < 5; i++)
        store_postgres_put(head + 4 * i, fields[i], 4);
    return buffer_append(out, head, count ? 20 : 12, error);
}

vultus_status store_postgres_item(struct buffer *out, const void *data, size_t size,
                                  vultus_error *error)
{
    uint8_t length[4];
    store_postgres_put(length, size, 4);
    vultus_status status = buffer_append(out, length, 4, error);
    return status ? status : buffer_append(out, data, size, error);
}

/* ------------------------------------------------------------------ from the server */

static const char *value(const PGresult *result, int row, int column, size_t *size)
{
    if (row >= PQntuples(result) || column >= PQnfields(result) || PQgetisnull(result, row, column))
        return NULL;
    *size = (size_t)PQgetlength(result, row, column);
    return PQgetvalue(result, row, column);
}

int64_t store_postgres_number(const PGresult *result, int row, int column)
{
    size_t size = 0;
    const char *data = value(result, row, column, &size);
    return data && size == 8 ? (int64_t)get(data, 8) : 0;
}

double store_postgres_real(const PGresult *result, int row, int column)
{
    size_t size = 0;
    const char *data = value(result, row, column, &size);
    float number = NAN;
    double wide;
    if (data && size == sizeof wide) {
        uint64_t bits = get(data, 8);
        memcpy(&wide, &bits, sizeof wide);
        return wide;
    }
    if (data && size == sizeof number) {
        uint32_t bits = (uint32_t)get(data, 4);
        memcpy(&number, &bits, sizeof number);
    }
    return (double)number;
}

const char *store_postgres_text(const PGresult *result, int row, int column, size_t max)
{
    size_t size = 0;
    const char *data = value(result, row, column, &size);
    return data && size <= max && strlen(data) == size ? data : NULL;
}

struct store_bytes store_postgres_bytes(const PGresult *result, int row, int column)
{
    struct store_bytes bytes = {0};
    bytes.data = (const uint8_t *)value(result, row, column, &bytes.size);
    return bytes;
}

struct store_bytes store_postgres_floats(struct store_postgres *store, const PGresult *result,
                                         int row, int column)
{
    size_t size = 0;
    const char *data = value(result, row, column, &size);
    size_t dimension = data && size >= 4 ? (size_t)get(data, 2) : 0;
    if (!dimension || dimension > SEARCH_DIMENSION_MAX || size != 4 + 4 * dimension)
        return (struct store_bytes){0};
    for (size_t i = 0; i < dimension; i++)
        for (size_t k = 0; k < 4; k++)
            store->vector[4 * i + k] = (uint8_t)data[4 + 4 * i + 3 - k];
    return (struct store_bytes){store->vector, 4 * dimension};
}
