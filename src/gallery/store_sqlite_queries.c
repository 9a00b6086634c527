/* The statements of the SQLite store; enum store_sqlite_query names them. Nothing is ever pasted into them: values are bound. */
#include "gallery/store_sqlite.h"

/* As enum column of store_sqlite_records.c has them. */
#define FACE_COLUMNS                                                                               \
    "SELECT f.id, f.source, e.name, f.x, f.y, f.width, f.height, f.landmarks, f.score, f.size, "   \
    "f.sharpness, f.brightness, f.roll, f.yaw, v.vector, t.jpeg, f.created, e.dimension, "         \
    "f.picture, f.sealed, f.person FROM faces AS f LEFT JOIN embedders AS e ON e.id = f.embedder " \
    "LEFT JOIN embeddings AS v ON v.face = f.id LEFT JOIN thumbnails AS t ON t.face = f.id "

/* Faces for an index: those that count at ?3. */
#define INDEX_COLUMNS                                                                              \
    "SELECT f.id, f.person, v.vector, f.score, f.size, f.sharpness, f.brightness, f.roll, f.yaw "
#define INDEX_COUNTS                                                                               \
    "AND NOT EXISTS (SELECT 1 FROM refusals AS r WHERE r.person = f.person AND r.picture = "       \
    "f.picture) AND NOT EXISTS (SELECT 1 FROM facts AS x WHERE x.person = f.person AND x.kind = "  \
    "'retain' AND x.value <= ?3) ORDER BY f.id"

#define PERSON_COLUMNS                                                                             \
    "SELECT p.id, p.name, p.sealed, p.created, (SELECT count(*) FROM faces AS f WHERE f.person = " \
    "p.id) FROM people AS p "

/* Who is in the group ?1, has the tag ?2 and the text ?3 in the name; NULL: everybody. */
#define ALLOWED                                                                                    \
    "(?1 IS NULL OR p.id IN (SELECT person FROM facts WHERE kind = 'group' AND key = ?1)) AND "    \
    "(?2 IS NULL OR p.id IN (SELECT person FROM facts WHERE kind = 'tag' AND key = ?2)) "
#define CONTAINS "AND (?3 IS NULL OR instr(lower(p.name), lower(?3))) "

/* As enum column of store_sqlite_events_read.c has them; ?8: with the pictures. */
#define EVENTS(pictures)                                                                           \
    "SELECT e.id, e.at, e.visit, e.kind, e.camera, e.sealed, e.track, e.person, p.name, "          \
    "p.sealed, "                                                                                   \
    "e.former, b.name, b.sealed, e.similarity, e.far, e.quality, e.time, e.x, e.y, e.width, "      \
    "e.height, e.frame, e.frame_width, e.frame_height, length(i.jpeg), " pictures                  \
    ", e.expires FROM events AS e LEFT JOIN people AS p ON p.id = e.person LEFT JOIN people AS b " \
    "ON b.id = "                                                                                   \
    "e.former LEFT JOIN event_pictures AS i ON i.event = e.id "
/* Behind ?1 and before ?2, still there at ?3, from ?4 on, before ?5, by the camera ?6, of the kinds ?7; ?9 at most,
 * of the person ?10. */
#define WANTED                                                                                     \
    EVENTS("CASE WHEN ?8 THEN i.jpeg END")                                                         \
    "WHERE e.id > ?1 AND e.id < ?2 AND (e.expires IS NULL OR e.expires > ?3) AND (?4 IS NULL OR "  \
    "e.at >= ?4) AND (?5 IS NULL OR e.at < ?5) AND (?6 IS NULL OR e.camera = ?6) AND "             \
    "(?7 & (1 << e.kind)) "
#define FIRST "ORDER BY e.id LIMIT ?9"
#define LATEST "ORDER BY e.id DESC LIMIT ?9"

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
        "SELECT f.id, p.id, p.name, p.sealed FROM faces AS f JOIN people AS p ON p.id = f.person "
        "JOIN embedders AS e ON e.id = f.embedder WHERE e.name = ? AND f.picture = ?",
    [QUERY_PERSON] = "SELECT id FROM people WHERE name = ?",
    [QUERY_ADD_PERSON] = "INSERT INTO people (name, created, id, sealed) VALUES (?, ?, ?, ?)",
    [QUERY_ADD_FACE] = "INSERT INTO faces (person, embedder, picture, source, x, y, width, height, "
                       "landmarks, score, size, sharpness, brightness, roll, yaw, created, id, "
                       "sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [QUERY_ADD_EMBEDDING] = "INSERT INTO embeddings (face, vector) VALUES (?, ?)",
    [QUERY_ADD_THUMBNAIL] = "INSERT INTO thumbnails (face, jpeg) VALUES (?, ?)",
    [QUERY_PEOPLE] = PERSON_COLUMNS "ORDER BY p.name",
    [QUERY_FACES] = FACE_COLUMNS "WHERE f.person = ? ORDER BY f.id",
    [QUERY_RENAME] = "UPDATE people SET name = ?, sealed = ? WHERE id = ?",
    [QUERY_MOVE_FACES] = "UPDATE faces SET person = ? WHERE person = ?",
    [QUERY_DELETE_PERSON] = "DELETE FROM people WHERE id = ?",
    [QUERY_FOREIGN_CHANGES] = "PRAGMA data_version",
    [QUERY_EDITS] = "SELECT count FROM edits",
    [QUERY_COUNT_FACES] = "SELECT count(*) FROM faces WHERE embedder = ?",
    [QUERY_LAST_FACE] = "SELECT coalesce(max(id), 0) FROM faces",
    [QUERY_NEW_PEOPLE] = "SELECT id, name, sealed FROM people WHERE id > ? ORDER BY id",
    /* In the order of the table, not of the index by embedder: embeddings lie in the same order. */
    [QUERY_NEW_FACES] =
        INDEX_COLUMNS "FROM faces AS f NOT INDEXED LEFT JOIN embeddings AS v ON v.face = f.id "
                      "WHERE f.id > ?1 AND f.embedder = ?2 " INDEX_COUNTS,
    [QUERY_FACES_OF] =
        INDEX_COLUMNS "FROM faces AS f LEFT JOIN embeddings AS v ON v.face = f.id "
                      "WHERE f.person = ?1 AND f.embedder = ?2 AND f.id <= ?4 " INDEX_COUNTS,
    [QUERY_ALL_FACES] = FACE_COLUMNS "ORDER BY f.id",
    [QUERY_A_VECTOR] =
        "SELECT v.vector, f.id, f.person FROM faces AS f JOIN embeddings AS v ON v.face = f.id "
        "WHERE f.embedder = ? LIMIT 1",
    [QUERY_TRACE] =
        "SELECT coalesce(sum(t = ?1), 0), coalesce(sum(t <> ?1 AND instr(t, ?1)), 0) "
        "FROM (SELECT name AS t FROM people UNION ALL SELECT source FROM faces UNION ALL "
        "SELECT key FROM facts UNION ALL SELECT value FROM facts UNION ALL SELECT camera "
        "FROM events UNION ALL SELECT before FROM history UNION ALL SELECT after FROM history "
        "UNION ALL SELECT value FROM undo)",
    [QUERY_NOTE] = "INSERT INTO history (at, actor, action, person, face, before, after, id, "
                   "sealed_actor, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [QUERY_FORGET_UNDO] =
        "DELETE FROM undo WHERE history IN (SELECT history FROM undo WHERE "
        "person = ?1 OR value = ?2 UNION SELECT id FROM history WHERE person = ?1)",
    /* of people whom nothing can bring back */
    [QUERY_FORGET_LOST] = "DELETE FROM undo WHERE person NOT IN (SELECT id FROM people) AND person "
                          "NOT IN (SELECT person FROM undo WHERE what = 'person')",
    [QUERY_FORGET_TEXTS] =
        "UPDATE history SET before = NULL, after = NULL, sealed = NULL WHERE person = ?1 OR "
        "before = ?2 OR after = ?2 OR (person > 0 AND person NOT IN (SELECT id "
        "FROM people) AND person NOT IN (SELECT person FROM undo WHERE what = "
        "'person'))",
    [QUERY_CHANGES] =
        "SELECT h.id, at, actor, action, person, face, before, after, undone, p.name, "
        "p.sealed, EXISTS (SELECT 1 FROM undo WHERE history = h.id), sealed_actor, h.sealed, p.id "
        "FROM history AS h "
        "LEFT JOIN people AS p ON p.id = person WHERE ?1 IN (0, person) "
        "ORDER BY h.id DESC LIMIT ?2",
    [QUERY_LATEST_UNDO] = "SELECT id, action, person, face FROM history WHERE id = "
                          "(SELECT max(history) FROM undo)",
    [QUERY_UNDO_CONCERNS] = "SELECT person FROM undo WHERE history = ?1 UNION SELECT f.person FROM "
                            "undo AS u JOIN faces AS f ON f.id = u.face WHERE u.history = ?1 AND "
                            "u.what = 'face'",
    [QUERY_UNDO_PERSON] =
        "INSERT INTO people (id, name, created, sealed) SELECT person, value, since, sealed FROM "
        "undo WHERE history = ? AND what = 'person'",
    [QUERY_UNDO_NAME] =
        "UPDATE people SET (name, sealed) = (SELECT value, sealed FROM undo WHERE history = ?1 "
        "AND what = 'name') WHERE id IN (SELECT person FROM undo WHERE history = ?1 AND "
        "what = 'name')",
    [QUERY_UNDO_FACE] = "UPDATE faces SET person = (SELECT u.person FROM undo AS u WHERE history = "
                        "?1 AND what = 'face' AND u.face = faces.id) WHERE id IN (SELECT face FROM "
                        "undo WHERE history = ?1 AND what = 'face')",
    [QUERY_UNDO_NO_FACT] = "DELETE FROM facts WHERE (person, kind, key) IN (SELECT person, kind, "
                           "key FROM undo WHERE history = ? AND what = 'no fact')",
    [QUERY_UNDO_FACT] =
        "INSERT OR REPLACE INTO facts SELECT person, kind, key, value, since, sealed FROM "
        "undo WHERE history = ? AND what = 'fact'",
    [QUERY_UNDO_NO_REFUSAL] = "DELETE FROM refusals WHERE (person, picture) IN (SELECT person, "
                              "picture FROM undo WHERE history = ? AND what = 'no refusal')",
    [QUERY_UNDO_REFUSAL] =
        "INSERT OR REPLACE INTO refusals SELECT person, picture, since, sealed FROM "
        "undo WHERE history = ? AND what = 'refusal'",
    [QUERY_UNDO_DROP] = "DELETE FROM undo WHERE history = ?",
    [QUERY_UNDO_DONE] = "UPDATE history SET undone = 1 WHERE id = ?",
    [QUERY_KEEP_FACT] =
        "INSERT INTO undo (history, what, person, kind, key, value, since, sealed) SELECT "
        "?1, 'fact', person, kind, key, value, since, sealed FROM facts WHERE person = ?2 "
        "AND kind = ?3 AND key = ?4",
    [QUERY_KEEP_NO_FACT] = "INSERT INTO undo (history, what, person, kind, key, sealed) VALUES (?, "
                           "'no fact', ?, ?, ?, ?)",
    [QUERY_SET_FACT] = "INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?)",
    [QUERY_REMOVE_FACT] = "DELETE FROM facts WHERE person = ? AND kind = ? AND key = ?",
    [QUERY_FACT] = "SELECT kind, key, value, sealed FROM facts WHERE person = ? AND kind = ? AND "
                   "key = ?",
    [QUERY_FACTS] = "SELECT kind, key, value, since, person, sealed FROM facts WHERE person = ? "
                    "ORDER BY kind, key",
    [QUERY_FACE] = "SELECT person, picture, source, landmarks, sealed FROM faces WHERE id = ?",
    [QUERY_KEEP_FACE] = "INSERT INTO undo (history, what, person, face) SELECT ?1, 'face', person, "
                        "id FROM faces WHERE id = ?2",
    [QUERY_MOVE_FACE] = "UPDATE faces SET person = ? WHERE id = ?",
    [QUERY_KEEP_NAME] =
        "INSERT INTO undo (history, what, person, value, sealed) SELECT ?1, 'name', id, "
        "name, sealed FROM people WHERE id = ?2",
    /* ?1 the change, ?2 who is merged, ?3 into whom */
    [QUERY_KEEP_MERGE_PERSON] =
        "INSERT INTO undo (history, what, person, value, since, sealed) SELECT ?1, "
        "'person', id, name, created, sealed FROM people WHERE id = ?2",
    [QUERY_KEEP_MERGE_FACES] = "INSERT INTO undo (history, what, person, face) SELECT ?1, 'face', "
                               "person, id FROM faces WHERE person = ?2",
    [QUERY_KEEP_MERGE_NO_FACTS] =
        "INSERT INTO undo (history, what, person, kind, key, sealed) SELECT ?1, 'no fact', ?3, "
        "kind, key, sealed "
        "FROM facts AS s WHERE person = ?2 AND NOT EXISTS (SELECT 1 FROM facts AS t WHERE "
        "t.person = ?3 AND t.kind = s.kind AND t.key = s.key)",
    [QUERY_KEEP_MERGE_FACTS] =
        "INSERT INTO undo (history, what, person, kind, key, value, since, sealed) SELECT ?1, "
        "'fact', "
        "person, kind, key, value, since, sealed FROM facts WHERE person = ?2",
    [QUERY_KEEP_MERGE_NO_REFUSALS] =
        "INSERT INTO undo (history, what, person, picture, sealed) SELECT ?1, 'no refusal', ?3, "
        "picture, sealed "
        "FROM refusals AS s WHERE person = ?2 AND NOT EXISTS (SELECT 1 FROM refusals AS t WHERE "
        "t.person = ?3 AND t.picture = s.picture)",
    [QUERY_KEEP_MERGE_REFUSALS] = "INSERT INTO undo (history, what, person, picture, since, "
                                  "sealed) SELECT ?1, 'refusal', person, "
                                  "picture, since, sealed FROM refusals WHERE person = ?2",
    [QUERY_MERGE_FACTS] = "UPDATE OR IGNORE facts SET person = ?3 WHERE person = ?2",
    [QUERY_MERGE_REFUSALS] = "UPDATE OR IGNORE refusals SET person = ?3 WHERE person = ?2",
    [QUERY_KEEP_NO_REFUSAL] =
        "INSERT INTO undo (history, what, person, picture, sealed) VALUES (?, "
        "'no refusal', ?, ?, ?)",
    [QUERY_KEEP_REFUSAL] =
        "INSERT INTO undo (history, what, person, picture, since, sealed) SELECT ?1, "
        "'refusal', person, picture, since, sealed FROM refusals WHERE person = ?2 AND "
        "picture = ?3",
    [QUERY_REFUSE] = "INSERT INTO refusals VALUES (?, ?, ?, ?)",
    [QUERY_ACCEPT] = "DELETE FROM refusals WHERE person = ? AND picture = ?",
    [QUERY_REFUSED] = "SELECT 1 FROM refusals WHERE person = ? AND picture = ?",
    [QUERY_REFUSALS] = "SELECT person FROM refusals WHERE picture = ?",
    [QUERY_REFUSED_OF] =
        "SELECT picture, sealed, since FROM refusals WHERE person = ? ORDER BY since, picture",
    [QUERY_DROP_MISSING] =
        "SELECT count(*) FROM faces AS f WHERE f.embedder = ?1 AND NOT EXISTS (SELECT 1 FROM faces "
        "AS g WHERE g.embedder = ?2 AND g.picture = f.picture) AND NOT EXISTS (SELECT 1 FROM "
        "refusals AS r WHERE r.person = f.person AND r.picture = f.picture)",
    [QUERY_DROP_UNDO] = "DELETE FROM undo WHERE what = 'face' AND face IN (SELECT id FROM faces "
                        "WHERE embedder = ?)",
    [QUERY_DROP_FACES] = "DELETE FROM faces WHERE embedder = ?",
    [QUERY_NEXT_EXPIRY] = "SELECT min(value) FROM facts WHERE kind = 'retain' AND value > ?",
    [QUERY_EXPIRED] = "SELECT p.id, p.name FROM facts AS x JOIN people AS p ON p.id = x.person "
                      "WHERE x.kind = 'retain' AND x.value <= ? ORDER BY p.id LIMIT 1",
    [QUERY_PROTECTION] = "SELECT version, gallery, proof FROM protection",
    [QUERY_PROTECT] = "INSERT INTO protection VALUES (1, ?, ?, ?)",
    [QUERY_UNPROTECT] = "DELETE FROM protection",
    [QUERY_NEXT_ID] = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = ?",
    /* what changes hands is sealed for whom it had, and is sealed again: face, from, to, the seal */
    [QUERY_SEALS_OF_PERSON] = "SELECT f.id, f.person, ?2, v.vector FROM faces AS f JOIN embeddings "
                              "AS v ON v.face = f.id WHERE f.person = ?1",
    [QUERY_SEALS_OF_FACE] = "SELECT f.id, f.person, ?2, v.vector FROM faces AS f JOIN embeddings "
                            "AS v ON v.face = f.id WHERE f.id = ?1",
    [QUERY_SEALS_OF_UNDO] =
        "SELECT f.id, f.person, u.person, v.vector FROM undo AS u JOIN faces AS f ON f.id = u.face "
        "JOIN embeddings AS v ON v.face = f.id WHERE u.history = ?1 AND u.what = 'face'",
    [QUERY_SEAL_EMBEDDING] = "UPDATE embeddings SET vector = ? WHERE face = ?",
    [QUERY_MERGED_FACTS] = "SELECT kind, key, sealed FROM facts AS s WHERE person = ?1 AND NOT "
                           "EXISTS (SELECT 1 FROM facts AS t WHERE t.person = ?2 AND t.kind = "
                           "s.kind AND t.key = s.key)",
    [QUERY_SEAL_FACT] = "UPDATE facts SET sealed = ?4 WHERE person = ?1 AND kind = ?2 AND key = ?3",
    [QUERY_REKEY_FACE] = "UPDATE faces SET picture = ?, source = ?, landmarks = ?, sealed = ? "
                         "WHERE id = ?",
    [QUERY_REKEY_THUMBNAIL] = "UPDATE thumbnails SET jpeg = ? WHERE face = ?",
    [QUERY_REKEY_CHANGE] = "UPDATE history SET actor = ?, before = ?, after = ?, sealed_actor = ?, "
                           "sealed = ? WHERE id = ?",
    [QUERY_REKEY_UNDO] = "UPDATE undo SET key = ?, value = ?, picture = ?, sealed = ? WHERE id = ?",
    [QUERY_MERGED_REFUSALS] = "SELECT picture, sealed FROM refusals AS s WHERE person = ?1 AND NOT "
                              "EXISTS (SELECT 1 FROM refusals AS t WHERE t.person = ?2 AND "
                              "t.picture = s.picture)",
    [QUERY_SEAL_REFUSAL] = "UPDATE refusals SET sealed = ?3 WHERE person = ?1 AND picture = ?2",
    [QUERY_HAVING] = "SELECT person FROM facts WHERE kind = ? AND key = ?",
    [QUERY_PEOPLE_SAMPLE] =
        "SELECT id, name, created FROM people WHERE id <= ? ORDER BY id DESC LIMIT ?",
    [QUERY_FACES_SAMPLE] = "SELECT id, embedder, picture, created FROM faces WHERE id <= ? "
                           "ORDER BY id DESC LIMIT ?",
    [QUERY_PEOPLE_SIZE] = "SELECT coalesce(sum(octets), 0), count(*) FROM (SELECT "
                          "length(CAST(name AS BLOB)) + 1 AS octets FROM people)",
    [QUERY_COUNT_PEOPLE] = "SELECT count(*) FROM people",
    [QUERY_PEOPLE_PAGE] =
        PERSON_COLUMNS "WHERE " ALLOWED CONTAINS "AND p.name > ?4 ORDER BY p.name LIMIT ?5",
    [QUERY_PEOPLE_TOTAL] = "SELECT count(*) FROM people AS p WHERE " ALLOWED CONTAINS,
    [QUERY_PEOPLE_NAMES] = "SELECT p.id, p.name, p.sealed FROM people AS p WHERE " ALLOWED,
    [QUERY_ONE_PERSON] = PERSON_COLUMNS "WHERE p.id = ?",
    [QUERY_NAME] = "SELECT name, sealed FROM people WHERE id = ?",
    [QUERY_FACES_FROM] = FACE_COLUMNS "WHERE f.id >= ? ORDER BY f.id LIMIT ?",
    /* with min() the other columns are of its row */
    [QUERY_COUNT_FACTS] = "SELECT kind, key, value, sealed, min(person), count(*) FROM facts WHERE "
                          "kind = ? GROUP BY key ORDER BY key",
    [QUERY_DELETE_FACE] = "DELETE FROM faces WHERE id = ?",
    [QUERY_FORGET_FACE] = "DELETE FROM undo WHERE what = 'face' AND face = ?",
    [QUERY_KEEP_NO_PERSON] = "INSERT INTO undo (history, what, person) VALUES (?, 'no person', ?)",
    [QUERY_UNDO_NO_PERSON] =
        "DELETE FROM people WHERE id IN (SELECT person FROM undo WHERE history = ? AND what = "
        "'no person') AND NOT EXISTS (SELECT 1 FROM faces WHERE person = people.id) AND NOT EXISTS "
        "(SELECT 1 FROM events WHERE person = people.id)",
    [QUERY_ADD_EVENT] =
        "INSERT INTO events (id, at, expires, visit, kind, camera, sealed, track, person, former, "
        "similarity, far, quality, time, x, y, width, height, frame, frame_width, frame_height) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [QUERY_ADD_EVENT_PICTURE] = "INSERT INTO event_pictures (event, jpeg) VALUES (?, ?)",
    [QUERY_VISITOR] = "SELECT person FROM events WHERE visit = ? AND person IS NOT NULL "
                      "ORDER BY id DESC LIMIT 1",
    [QUERY_BOUND_EVENTS] = "DELETE FROM events WHERE id <= (SELECT max(seq) FROM sqlite_sequence "
                           "WHERE name = 'events') - ?",
    [QUERY_EVENTS] = WANTED FIRST,
    [QUERY_EVENTS_LATEST] = WANTED LATEST,
    [QUERY_EVENTS_OF] = WANTED "AND e.person = ?10 " FIRST,
    [QUERY_EVENTS_OF_LATEST] = WANTED "AND e.person = ?10 " LATEST,
    [QUERY_ALL_EVENTS] = EVENTS("i.jpeg") "ORDER BY e.id",
    [QUERY_DELETE_EVENT] = "DELETE FROM events WHERE id = ?",
    [QUERY_EXPIRE_EVENTS] = "DELETE FROM events WHERE expires <= ?",
    [QUERY_PRUNE_EVENTS] = "DELETE FROM events WHERE at < ?",
    [QUERY_ERASE_VISITS] = "DELETE FROM events WHERE visit IN (SELECT visit FROM events WHERE "
                           "person = ?1 UNION SELECT visit FROM events WHERE former = ?1)",
    [QUERY_KEEP_MERGE_EVENTS] = "INSERT INTO undo (history, what, person, face) SELECT ?1, "
                                "'event', person, id FROM events WHERE person = ?2",
    [QUERY_MOVE_EVENTS] = "UPDATE events SET person = ? WHERE person = ?",
    [QUERY_UNDO_EVENT] =
        "UPDATE events SET person = (SELECT u.person FROM undo AS u WHERE history = ?1 AND what = "
        "'event' AND u.face = events.id) WHERE id IN (SELECT face FROM undo WHERE history = ?1 AND "
        "what = 'event')",
    /* event, from, to, the seal */
    [QUERY_SEALS_OF_EVENTS] = "SELECT id, person, ?2, sealed FROM events WHERE person = ?1",
    [QUERY_SEALS_OF_UNDO_EVENTS] =
        "SELECT e.id, e.person, u.person, e.sealed FROM undo AS u JOIN events AS e ON e.id = "
        "u.face WHERE u.history = ?1 AND u.what = 'event'",
    [QUERY_SEAL_EVENT] = "UPDATE events SET sealed = ? WHERE id = ?",
    [QUERY_REKEY_EVENT] = "UPDATE events SET camera = ?, sealed = ? WHERE id = ?",
    [QUERY_REKEY_EVENT_PICTURE] = "UPDATE event_pictures SET jpeg = ? WHERE event = ?",
    [QUERY_EVENT_THERE] = "SELECT id FROM events WHERE visit = ? AND at = ? AND kind = ?",
    [QUERY_LAST_EVENT] = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'",
    [QUERY_READERS_SKIP] = "UPDATE readers SET event = ?2 WHERE event = ?1",
    [QUERY_READER] = "SELECT event FROM readers WHERE name = ?",
    [QUERY_ADD_READER] = "INSERT INTO readers SELECT ?, coalesce(max(seq), 0), ? FROM "
                         "sqlite_sequence WHERE name = 'events'",
    [QUERY_READER_DONE] = "UPDATE readers SET event = max(event, ?2) WHERE name = ?1",
};
