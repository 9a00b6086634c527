/* Rows on their way into a table by COPY in the binary format, in pieces. */
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <string.h>

#define PIECE ((size_t)64 << 10)
#define ROW_MAX ((size_t)4 << 20) /* a thumbnail, with room */

vultus_status store_postgres_copy_begin(struct store_postgres *store, const char *table,
                                        struct store_postgres_copy *copy, vultus_error *error)
{
    static const uint8_t head[19] = "PGCOPY\n\377\r\n";
    struct buffer sql;
    copy->store = store;
    buffer_init(&copy->rows, PIECE + ROW_MAX);
    buffer_init(&sql, 1024);
    vultus_status status = buffer_print(&sql, error, "COPY %s FROM STDIN (FORMAT binary)", table);
    if (!status)
        status = store_postgres_execute(store, (char *)sql.data, NULL, error);
    buffer_clear(&sql);
    return status ? status : buffer_append(&copy->rows, head, sizeof head, error);
}

static vultus_status send(struct store_postgres_copy *copy, vultus_error *error)
{
    struct store_postgres *store = copy->store;
    int sent = PQputCopyData(store->link, (char *)copy->rows.data, (int)copy->rows.size);
    copy->rows.size = 0;
    return sent == 1 ? VULTUS_OK : store_postgres_status(store, NULL, error);
}

vultus_status store_postgres_copy_row(struct store_postgres_copy *copy, unsigned fields,
                                      vultus_error *error)
{
    uint8_t count[2];
    store_postgres_put(count, fields, 2);
    vultus_status status = copy->rows.size > PIECE ? send(copy, error) : VULTUS_OK;
    return status ? status : buffer_append(&copy->rows, count, 2, error);
}

static vultus_status put(struct store_postgres_copy *copy, uint64_t number, size_t bytes,
                         vultus_error *error)
{
    uint8_t field[12];
    store_postgres_put(field, bytes, 4);
    store_postgres_put(field + 4, number, bytes);
    return buffer_append(&copy->rows, field, 4 + bytes, error);
}

vultus_status store_postgres_copy_number(struct store_postgres_copy *copy, int64_t number,
                                         vultus_error *error)
{
    return put(copy, (uint64_t)number, 8, error);
}

vultus_status store_postgres_copy_real(struct store_postgres_copy *copy, float number,
                                       vultus_error *error)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return put(copy, bits, 4, error);
}

vultus_status store_postgres_copy_bytes(struct store_postgres_copy *copy, const void *data,
                                        size_t size, vultus_error *error)
{
    static const uint8_t null[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    return data ? store_postgres_item(&copy->rows, data, size, error)
                : buffer_append(&copy->rows, null, sizeof null, error);
}

vultus_status store_postgres_copy_vector(struct store_postgres_copy *copy, const float *values,
                                         size_t dimension, vultus_error *error)
{
    uint8_t length[4];
    store_postgres_put(length, 4 + 4 * dimension, 4);
    vultus_status status = buffer_append(&copy->rows, length, sizeof length, error);
    return status ? status : store_postgres_vector(&copy->rows, values, dimension, error);
}

vultus_status store_postgres_copy_end(struct store_postgres_copy *copy, vultus_status status,
                                      vultus_error *error)
{
    static const uint8_t tail[2] = {0xFF, 0xFF};
    struct store_postgres *store = copy->store;
    if (!status)
        status = buffer_append(&copy->rows, tail, sizeof tail, error);
    if (!status)
        status = send(copy, error);
    buffer_clear(&copy->rows);
    if (!store->link || PQstatus(store->link) == CONNECTION_BAD)
        return status ? status : store_postgres_status(store, NULL, error);
    PQputCopyEnd(store->link, status ? "given up" : NULL);
    for (PGresult *result; (result = PQgetResult(store->link)); PQclear(result)) {
        vultus_status end = store_postgres_status(store, result, status ? NULL : error);
        if (!status)
            status = end;
        if (PQresultStatus(result) == PGRES_COPY_IN || PQstatus(store->link) == CONNECTION_BAD) {
            PQclear(result);
            break;
        }
    }
    return status;
}
