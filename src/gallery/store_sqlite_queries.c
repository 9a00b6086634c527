/* The statements of the SQLite store; enum store_sqlite_query names them. Nothing is ever pasted into them: values are bound. */
#include "gallery/store_sqlite.h"

/* As enum column of store_sqlite_records.c has them. */
#define FACE_COLUMNS                                                                               \
    "SELECT f.id, f.source, e.name, f.x, f.y, f.width, f.height, f.landmarks, f.score, f.size, "   \
    "f.sharpness, f.brightness, f.roll, f.yaw, v.vector, t.jpeg, f.created, e.dimension, "         \
    "f.picture FROM faces AS f LEFT JOIN embedders AS e ON e.id = f.embedder "                     \
    "LEFT JOIN embeddings AS v ON v.face = f.id LEFT JOIN thumbnails AS t ON t.face = f.id "

const char *const store_sqlite_texts[QUERY_COUNT] = {
    [QUERY_BEGIN_READ] = "BEGIN",
    [QUERY_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [QUERY_COMMIT] = "COMMIT",
    [QUERY_ROLLBACK] = "ROLLBACK",
    [QUERY_EMBEDDER] = "SELECT id, dimension FROM embedders WHERE name = ?",
    [QUERY_ADD_EMBEDDER] = "INSERT INTO embedders (name, dimension) VALUES (?, ?)",
    [QUERY_OTHER_EMBEDDER] = "SELECT id, name FROM embedders AS e WHERE name <> ? AND EXISTS "
                             "(SELECT 1 FROM faces WHERE embedder = e.id) ORDER BY id DESC LIMIT 1",
    [QUERY_PICTURE] =
        "SELECT f.id, p.id, p.name FROM faces AS f JOIN people AS p ON p.id = f.person "
        "JOIN embedders AS e ON e.id = f.embedder WHERE e.name = ? AND f.picture = ?",
    [QUERY_PERSON] = "SELECT id FROM people WHERE name = ?",
    [QUERY_ADD_PERSON] = "INSERT INTO people (name, created) VALUES (?, ?)",
    [QUERY_ADD_FACE] = "INSERT INTO faces (person, embedder, picture, source, x, y, width, height, "
                       "landmarks, score, size, sharpness, brightness, roll, yaw, created) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [QUERY_ADD_EMBEDDING] = "INSERT INTO embeddings (face, vector) VALUES (?, ?)",
    [QUERY_ADD_THUMBNAIL] = "INSERT INTO thumbnails (face, jpeg) VALUES (?, ?)",
    [QUERY_PEOPLE] = "SELECT p.id, p.name, p.created, (SELECT count(*) FROM faces AS f WHERE "
                     "f.person = p.id) FROM people AS p ORDER BY p.name",
    [QUERY_FACES] = FACE_COLUMNS "WHERE f.person = ? ORDER BY f.id",
    [QUERY_RENAME] = "UPDATE people SET name = ? WHERE id = ?",
    [QUERY_MOVE_FACES] = "UPDATE faces SET person = ? WHERE person = ?",
    [QUERY_DELETE_PERSON] = "DELETE FROM people WHERE id = ?",
    [QUERY_FOREIGN_CHANGES] = "PRAGMA data_version",
    [QUERY_EDITS] = "SELECT count FROM edits",
    [QUERY_COUNT_FACES] = "SELECT count(*) FROM faces WHERE embedder = ?",
    [QUERY_LAST_FACE] = "SELECT coalesce(max(id), 0) FROM faces",
    [QUERY_NEW_PEOPLE] = "SELECT id, name FROM people WHERE id > ? ORDER BY id",
    /* In the order of the table, not of the index by embedder: embeddings lie in the same order. */
    [QUERY_NEW_FACES] = "SELECT f.id, f.person, v.vector, f.score, f.size, f.sharpness, "
                        "f.brightness, f.roll, f.yaw FROM faces AS f NOT INDEXED "
                        "LEFT JOIN embeddings AS v ON v.face = f.id "
                        "WHERE f.id > ? AND f.embedder = ? ORDER BY f.id",
    [QUERY_ALL_FACES] = FACE_COLUMNS "ORDER BY f.id",
    [QUERY_A_VECTOR] = "SELECT v.vector FROM faces AS f JOIN embeddings AS v ON v.face = f.id "
                       "WHERE f.embedder = ? LIMIT 1",
    [QUERY_TRACE] = "SELECT coalesce(sum(t = ?1), 0), coalesce(sum(t <> ?1 AND instr(t, ?1)), 0) "
                    "FROM (SELECT name AS t FROM people UNION ALL SELECT source FROM faces)",
};
