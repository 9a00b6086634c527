/*
 * What a PostgreSQL server may answer, and any address of one. An input is a row of a face, each value behind its length (two
 * bytes; 0xFFFF: NULL), or an address, where it begins with "//".
 */
#include "fuzz.h"

#include "base/memory.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 19

static void try_address(const uint8_t *data, size_t size)
{
    static struct store_postgres_place place;
    char text[1024];
    vultus_error error = {0};
    size = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, size);
    text[size] = '\0';
    vultus_status status = store_postgres_place(text, &place, &error);
    if (status && (error.code != status || !error.message[0]))
        abort();
    if (!status && (strncmp(place.schema, "vultus_", 7) != 0 || strlen(place.schema) > 47 ||
                    place.partitions > 256 || !place.timeout))
        abort();
}

/* A row as libpq would have made it of these bytes. */
static PGresult *make_row(const uint8_t *data, size_t size)
{
    static PGresAttDesc columns[COLUMNS];
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = (PGresAttDesc){.name = (char *)"x", .format = 1};
    if (!result || !PQsetResultAttrs(result, COLUMNS, columns))
        abort();
    for (int i = 0; i < COLUMNS; i++) {
        size_t length = size >= 2 ? (size_t)data[0] << 8 | data[1] : 0xFFFF;
        if (size >= 2)
            size -= 2, data += 2;
        else
            size = 0;
        size_t have = length < size ? length : size;
        if (length == 0xFFFF)
            PQsetvalue(result, 0, i, NULL, -1);
        else
            PQsetvalue(result, 0, i, (char *)data, (int)have);
        if (length != 0xFFFF)
            size -= have, data += have;
    }
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t vector[4 * SEARCH_DIMENSION_MAX];
    static struct store_postgres store = {.vector = vector};
    vultus_face_record record = {0};
    bool memory = false;
    long live = mem_live();
    if (size > 65536)
        return 0;
    if (size > 2 && !memcmp(data, "//", 2)) {
        try_address(data, size);
        return 0;
    }
    PGresult *row = make_row(data, size);
    const char *fault = store_postgres_record(&store, row, 0, &record, &memory);
    if (!fault && !memory) {
        if (!record.embedder || !record.dimension || record.dimension > SEARCH_DIMENSION_MAX)
            abort();
        for (size_t i = 0; i < record.dimension; i++)
            if (!isfinite(record.embedding[i]))
                abort();
    }
    vultus_row_clear(NULL, &record);
    PQclear(row);
    if (mem_live() != live)
        abort();
    return 0;
}

/* ------------------------------------------------------------------ seeds */

static size_t put(uint8_t *out, size_t at, const void *data, size_t size)
{
    out[at] = (uint8_t)(size >> 8);
    out[at + 1] = (uint8_t)size;
    memcpy(out + at + 2, data, size);
    return at + 2 + size;
}

/* The columns of POSTGRES_FACES: a good row, with a vector of two numbers. */
static size_t good_row(uint8_t *out)
{
    static const uint8_t one[8] = {0, 0, 0, 0, 0, 0, 0, 1}, two[8] = {0, 0, 0, 0, 0, 0, 0, 2};
    static const uint8_t half[4] = {0x3F, 0, 0, 0}, landmarks[8 * VULTUS_LANDMARKS] = {0};
    static const uint8_t picture[HASH_SIZE] = {1};
    static const uint8_t floats[12] = {0, 2, 0, 0, 0x3F, 0x80, 0, 0, 0, 0, 0, 0};
    size_t at = put(out, 0, one, 8);
    at = put(out, at, "a.jpg", 5);
    at = put(out, at, "model@1", 7);
    for (int i = 0; i < STORE_NUMBERS; i++)
        at = put(out, at, half, 4);
    at = put(out, at, landmarks, sizeof landmarks);
    at = put(out, at, "jpeg", 4);
    at = put(out, at, "2026-01-31T23:59:59Z", 20);
    at = put(out, at, two, 8);
    at = put(out, at, picture, sizeof picture);
    return put(out, at, floats, sizeof floats);
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const addresses[] = {
        "//ada:secret@db.example:5432/faces?gallery=staff&search=server&partitions=8&timeout=5",
        "///faces?host=/run/pg&user=ada&gallery=x&sslmode=require", "//[::1]/d?search=memory"};
    if (index < 3) {
        size_t size = strlen(addresses[index]);
        memcpy(out, addresses[index], size);
        return size;
    }
    return index == 3 && capacity >= 1024 ? good_row(out) : 0;
}
