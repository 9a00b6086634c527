/*
 * What a SQLite gallery has of a face in a row: the hash of its picture, landmarks, source, embedding. In an
 * encrypted one the first three are one seal, and the column `picture` must be the keyed hash of what is in it.
 */
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <string.h>

const uint8_t *store_sqlite_embedding(const struct store_sqlite *store, sqlite3_stmt *row,
                                      int column, int64_t face, int64_t person, size_t count,
                                      uint8_t *scratch)
{
    const struct vault_place place = store_sqlite_embedding_place(face, person);
    const uint8_t *bytes = sqlite3_column_blob(row, column);
    size_t size = (size_t)sqlite3_column_bytes(row, column);
    if (!store->vault)
        return bytes && size == 4 * count ? bytes : NULL;
    return size == 4 * count + VAULT_OVERHEAD &&
                   store_sqlite_open_sealed(store, row, column, &place, scratch, 4 * count, &size)
               ? scratch
               : NULL;
}

/* ------------------------------------------------------------------ hash, landmarks, source */

size_t store_sqlite_pack_face(const struct store_sqlite_face *face, uint8_t out[STORE_FACE_MAX])
{
    size_t size = HASH_SIZE, length = face->source ? strlen(face->source) : 0;
    memcpy(out, face->picture, HASH_SIZE);
    memcpy(out + size, face->landmarks, STORE_LANDMARKS_SIZE);
    size += STORE_LANDMARKS_SIZE;
    if (face->source)
        out[size++] = 1; /* there is one, be it empty */
    if (length)
        memcpy(out + size, face->source, length);
    return size + length;
}

static const char *open_face(const struct store_sqlite *store, sqlite3_stmt *row,
                             const struct store_sqlite_face_columns *columns, int64_t id,
                             struct store_sqlite_face *out)
{
    const size_t least = HASH_SIZE + STORE_LANDMARKS_SIZE;
    const struct vault_place place = {.kind = VAULT_FACE, .row = id};
    uint8_t hash[HASH_SIZE];
    size_t size = 0;
    if (!store_sqlite_open_sealed(store, row, columns->seal, &place, out->opened, STORE_FACE_MAX,
                                  &size) ||
        size < least)
        return "was changed, or is another row's";
    memcpy(out->picture, out->opened, HASH_SIZE);
    memcpy(out->landmarks, out->opened + HASH_SIZE, STORE_LANDMARKS_SIZE);
    out->opened[size] = 0;
    out->source = size > least ? (const char *)out->opened + least + 1 : NULL;
    if (out->source && strlen(out->source) != size - least - 1)
        return "has a bad source";
    if (memcmp(store_sqlite_picture(store, out->picture, hash),
               sqlite3_column_blob(row, columns->picture), HASH_SIZE) != 0)
        return "has a bad hash of its picture";
    return NULL;
}

const char *store_sqlite_read_face(const struct store_sqlite *store, sqlite3_stmt *row,
                                   const struct store_sqlite_face_columns *columns, int64_t id,
                                   struct store_sqlite_face *out)
{
    const uint8_t *picture = sqlite3_column_blob(row, columns->picture);
    if (!picture || sqlite3_column_bytes(row, columns->picture) != HASH_SIZE)
        return "has a bad hash of its picture";
    if (store->vault)
        return open_face(store, row, columns, id, out);
    const uint8_t *landmarks = sqlite3_column_blob(row, columns->landmarks);
    out->source = store_sqlite_text(row, columns->source, VULTUS_SOURCE_MAX);
    if (!out->source && sqlite3_column_type(row, columns->source) != SQLITE_NULL)
        return "has a bad source";
    if (!landmarks || (size_t)sqlite3_column_bytes(row, columns->landmarks) != STORE_LANDMARKS_SIZE)
        return "has a bad box, landmark or measure";
    memcpy(out->picture, picture, HASH_SIZE);
    memcpy(out->landmarks, landmarks, STORE_LANDMARKS_SIZE);
    return NULL;
}
