/* The statements of the PostgreSQL store; enum store_postgres_query names them. Values are bound, "#" is the number
 * of an embedder's table; "@" is a limit. */
#include "gallery/store_postgres_sql.h"

/* As enum column of store_postgres_records.c has them; the vector is the last. */
#define FACE_COLUMNS                                                                               \
    "SELECT f.id, f.source, n.name, f.x, f.y, f.width, f.height, f.score, f.size, f.sharpness, "   \
    "f.brightness, f.roll, f.yaw, f.landmarks, t.jpeg, f.created, n.dimension::bigint, "           \
    "f.picture, v.e FROM faces AS f JOIN embedders AS n ON n.id = f.embedder LEFT JOIN "           \
    "embeddings_# AS v ON v.face = f.id LEFT JOIN thumbnails AS t ON t.face = f.id "

#define PERSON_COLUMNS                                                                             \
    "SELECT p.id, p.name, p.created, (SELECT count(*) FROM faces AS f WHERE f.person = p.id) "     \
    "FROM "                                                                                        \
    "people AS p "

/* Who is in the group $1, has the tag $2 and the text $3 in the name; NULL: everybody. */
#define ALLOWED                                                                                    \
    "($1::text IS NULL OR p.id IN (SELECT person FROM facts WHERE kind = 'group' AND key = "       \
    "$1::text)) AND ($2::text IS NULL OR p.id IN (SELECT person FROM facts WHERE kind = 'tag' "    \
    "AND key = $2::text)) AND ($3::text IS NULL OR strpos(lower(p.name COLLATE \"C\"), "           \
    "lower($3::text COLLATE \"C\")) > 0) "

/* A person of a change who is gone, and whom nothing can bring back. */
#define LOST(person)                                                                               \
    person " NOT IN (SELECT id FROM people) AND " person                                           \
           " NOT IN (SELECT person FROM undo WHERE what = 'person')"

/* The faces nearest to $1, with the counters, and whether they count. The first way of ordering uses an index
 * where there is one; a sum is nothing that an index is for. */
#define NEAR(nearness)                                                                             \
    "SELECT c.face, f.person, p.name, c.e, (EXISTS (SELECT 1 FROM refusals AS r WHERE r.person = " \
    "f.person AND r.picture = f.picture) OR EXISTS (SELECT 1 FROM facts AS x WHERE x.person = "    \
    "f.person AND x.kind = 'retain' AND x.value <= $2::text))::int::bigint, (SELECT edits FROM "   \
    "state), (SELECT person FROM state), (SELECT face FROM state) FROM (SELECT face, e FROM "      \
    "embeddings_# ORDER BY " nearness " LIMIT @) AS c LEFT JOIN faces AS f ON f.id = c.face LEFT " \
    "JOIN people AS p ON p.id = f.person"

/* As enum column of store_postgres_events.c has them. */
#define EVENTS(picture)                                                                            \
    "SELECT e.id, e.at, e.visit, e.kind, e.camera, e.track, e.person, p.name, b.name, "            \
    "e.similarity, e.far, e.quality, e.time, e.x, e.y, e.width, e.height, e.frame, "               \
    "e.frame_width, e.frame_height, octet_length(i.jpeg)::bigint, " picture                        \
    ", e.expires FROM events AS e LEFT JOIN people AS p ON p.id = e.person LEFT JOIN people AS b " \
    "ON b.id = "                                                                                   \
    "e.former LEFT JOIN event_pictures AS i ON i.event = e.id "
/* Behind $1 and before $2, still there at $3, from $4 on, before $5, by the camera $6, of the kinds $7, $8: with
 * the pictures, $9 at most, of the person $10 (0: any). */
#define WANTED                                                                                     \
    EVENTS("CASE WHEN $8::bigint = 1 THEN i.jpeg END")                                             \
    "WHERE e.id > $1::bigint AND e.id < $2::bigint AND (e.expires IS NULL OR e.expires > "         \
    "$3::text) AND ($4::text IS NULL OR e.at >= $4::text) AND ($5::text IS NULL OR e.at < "        \
    "$5::text) AND ($6::text IS NULL OR e.camera = $6::text) AND ($7::bigint >> e.kind::int) & "   \
    "1 = 1 AND ($10::bigint = 0 OR e.person = $10::bigint) "
#define OF_VISITS                                                                                  \
    "visit IN (SELECT visit FROM events WHERE person = $1::bigint OR former = $1::bigint)"

const char *const store_postgres_texts[POSTGRES_QUERY_COUNT] = {
    [POSTGRES_STATE] = "SELECT edits, person, face, history, event FROM state",
    [POSTGRES_LOCK_STATE] = "SELECT edits, person, face, history, event FROM state FOR UPDATE",
    [POSTGRES_SAVE_STATE] = "UPDATE state SET edits = $1::bigint, person = $2::bigint, "
                            "face = $3::bigint, history = $4::bigint, event = $5::bigint",
    [POSTGRES_SAVED] =
        "SELECT (SELECT count(*) FROM history WHERE id = $1::bigint AND token = $2::bigint) + "
        "(SELECT count(*) FROM events WHERE id = $3::bigint AND token = $2::bigint)",
    [POSTGRES_EMBEDDER] = "SELECT id, dimension::bigint, unit::int::bigint FROM embedders "
                          "WHERE name = $1::text",
    [POSTGRES_ADD_EMBEDDER] = "INSERT INTO embedders (id, name, dimension, unit) SELECT "
                              "coalesce(max(id), 0) + 1, $1::text, $2::bigint, $3::bigint = 1 FROM "
                              "embedders RETURNING id",
    [POSTGRES_EMBEDDER_UNIT] = "UPDATE embedders SET unit = ($2::bigint = 1) WHERE id = $1::bigint",
    [POSTGRES_EMBEDDERS] = "SELECT id, dimension::bigint, unit::int::bigint FROM embedders "
                           "ORDER BY id",
    [POSTGRES_OTHER_EMBEDDER] =
        "SELECT id, name FROM embedders WHERE name <> $1::text ORDER BY id DESC",
    [POSTGRES_EMBEDDER_SOME] = "SELECT EXISTS (SELECT 1 FROM embeddings_#)::int::bigint",
    [POSTGRES_PICTURE] =
        "SELECT f.id, p.id, p.name FROM faces AS f JOIN people AS p ON p.id = f.person JOIN "
        "embedders AS n ON n.id = f.embedder WHERE n.name = $1::text AND f.picture = $2::bytea",
    [POSTGRES_PICTURES] =
        "SELECT f.picture, f.id, p.id, p.name FROM faces AS f JOIN people AS p ON p.id = f.person "
        "WHERE f.embedder = $1::bigint AND f.picture = ANY ($2::bytea[])",
    [POSTGRES_NAMES] = "SELECT id, name FROM people WHERE name = ANY ($1::text[])",
    [POSTGRES_REFUSED_SOME] = "SELECT EXISTS (SELECT 1 FROM refusals)::int::bigint",
    [POSTGRES_REFUSED_PICTURES] =
        "SELECT person, picture FROM refusals WHERE picture = ANY ($1::bytea[])",
    [POSTGRES_PERSON] = "SELECT id FROM people WHERE name = $1::text",
    [POSTGRES_PEOPLE] = "SELECT p.id, p.name, p.created, coalesce(c.faces, 0) FROM people AS p "
                        "LEFT JOIN (SELECT person, count(*) AS faces FROM faces GROUP BY person) "
                        "AS c ON c.person = p.id ORDER BY p.name",
    [POSTGRES_FACES] = FACE_COLUMNS "WHERE f.person = $1::bigint AND f.embedder = $2::bigint AND "
                                    "f.id > $3::bigint ORDER BY f.id LIMIT 256",
    [POSTGRES_ALL_FACES] = FACE_COLUMNS "WHERE f.embedder = $1::bigint AND f.id > $2::bigint "
                                        "ORDER BY f.id LIMIT 256",
    [POSTGRES_RENAME] = "UPDATE people SET name = $2::text WHERE id = $1::bigint",
    [POSTGRES_MOVE_FACES] = "UPDATE faces SET person = $2::bigint WHERE person = $1::bigint",
    [POSTGRES_DELETE_VECTORS] = "DELETE FROM embeddings_# WHERE face IN (SELECT id FROM faces "
                                "WHERE person = $1::bigint AND embedder = $2::bigint)",
    [POSTGRES_DELETE_THUMBNAILS] =
        "DELETE FROM thumbnails WHERE face IN (SELECT id FROM faces WHERE "
        "person = $1::bigint)",
    [POSTGRES_DELETE_FACES] = "DELETE FROM faces WHERE person = $1::bigint",
    [POSTGRES_DELETE_PERSON] = "DELETE FROM people WHERE id = $1::bigint",
    [POSTGRES_NEW_PEOPLE] = "SELECT id, name FROM people WHERE id > $1::bigint ORDER BY id "
                            "LIMIT 4096",
    [POSTGRES_NEW_FACES] =
        "SELECT f.id, f.person, v.e, f.score, f.size, f.sharpness, f.brightness, f.roll, f.yaw, "
        "(EXISTS (SELECT 1 FROM refusals AS r WHERE r.person = f.person AND r.picture = f.picture) "
        "OR EXISTS (SELECT 1 FROM facts AS x WHERE x.person = f.person AND x.kind = 'retain' AND "
        "x.value <= $3::text))::int::bigint FROM faces AS f LEFT JOIN embeddings_# AS v ON "
        "v.face = f.id WHERE f.id > $1::bigint AND f.embedder = $2::bigint ORDER BY f.id "
        "LIMIT 1024",
    [POSTGRES_NEAR_COSINE] = NEAR("e <=> $1::vector"),
    [POSTGRES_NEAR_EUCLIDEAN] = NEAR("e <-> $1::vector"),
    [POSTGRES_ALL_COSINE] = NEAR("(e <=> $1::vector) + 0.0::float8"),
    [POSTGRES_ALL_EUCLIDEAN] = NEAR("(e <-> $1::vector) + 0.0::float8"),
    [POSTGRES_COMPARED] =
        "SELECT s.edits, s.person, s.face, c.faces, c.people FROM state AS s, (SELECT count(*) AS "
        "faces, count(DISTINCT f.person) AS people FROM faces AS f WHERE f.embedder = $1::bigint "
        "AND NOT EXISTS (SELECT 1 FROM refusals AS r WHERE r.person = f.person AND r.picture = "
        "f.picture) AND NOT EXISTS (SELECT 1 FROM facts AS x WHERE x.person = f.person AND x.kind "
        "= 'retain' AND x.value <= $2::text)) AS c",
    [POSTGRES_NEXT_EXPIRY] =
        "SELECT min(value) FROM facts WHERE kind = 'retain' AND value > $1::text",
    [POSTGRES_EXPIRED] = "SELECT p.id, p.name FROM facts AS x JOIN people AS p ON p.id = x.person "
                         "WHERE x.kind = 'retain' AND x.value <= $1::text ORDER BY p.id LIMIT 1",
    [POSTGRES_NOTE] = "INSERT INTO history (id, at, actor, action, person, face, before, after, "
                      "token) VALUES ($1::bigint, $2::text, $3::text, $4::text, $5::bigint, "
                      "$6::bigint, $7::text, $8::text, $9::bigint)",
    [POSTGRES_FORGET_UNDO] =
        "DELETE FROM undo WHERE history IN (SELECT history FROM undo WHERE person = $1::bigint OR "
        "value = $2::text UNION SELECT id FROM history WHERE person = $1::bigint)",
    [POSTGRES_FORGET_LOST] = "DELETE FROM undo WHERE " LOST("person"),
    [POSTGRES_FORGET_TEXTS] =
        "UPDATE history SET before = NULL, after = NULL WHERE (before IS NOT NULL OR after IS NOT "
        "NULL) AND (person = $1::bigint OR before = $2::text OR after = $2::text OR (person > 0 "
        "AND " LOST("person") "))",
    [POSTGRES_CHANGES] =
        "SELECT h.id, h.at, h.actor, h.action, h.person, h.face, h.before, h.after, "
        "h.undone::int::bigint, p.name, EXISTS (SELECT 1 FROM undo WHERE history = "
        "h.id)::int::bigint FROM history AS h LEFT JOIN people AS p ON p.id = h.person WHERE "
        "$1::bigint IN (0, h.person) ORDER BY h.id DESC LIMIT $2::bigint",
    [POSTGRES_LATEST_UNDO] = "SELECT id, action, person, face FROM history WHERE id = "
                             "(SELECT max(history) FROM undo)",
    [POSTGRES_UNDO_PERSON] = "INSERT INTO people (id, name, created) SELECT person, value, since "
                             "FROM undo WHERE history = $1::bigint AND what = 'person'",
    [POSTGRES_UNDO_GONE] =
        "SELECT count(*) FROM undo AS u WHERE history = $1::bigint AND NOT EXISTS "
        "(SELECT 1 FROM people AS p WHERE p.id = u.person)",
    [POSTGRES_UNDO_NAME] = "UPDATE people SET name = u.value FROM undo AS u WHERE u.history = "
                           "$1::bigint AND u.what = 'name' AND u.person = people.id",
    [POSTGRES_UNDO_FACE] = "UPDATE faces SET person = u.person FROM undo AS u WHERE u.history = "
                           "$1::bigint AND u.what = 'face' AND u.face = faces.id",
    [POSTGRES_UNDO_NO_FACT] =
        "DELETE FROM facts WHERE (person, kind, key) IN (SELECT person, kind, key FROM undo WHERE "
        "history = $1::bigint AND what = 'no fact')",
    [POSTGRES_UNDO_FACT] =
        "INSERT INTO facts (person, kind, key, value, since) SELECT person, kind, key, value, "
        "since FROM undo WHERE history = $1::bigint AND what = 'fact' ON CONFLICT (person, kind, "
        "key) DO UPDATE SET value = excluded.value, since = excluded.since",
    [POSTGRES_UNDO_NO_REFUSAL] =
        "DELETE FROM refusals WHERE (person, picture) IN (SELECT person, picture FROM undo WHERE "
        "history = $1::bigint AND what = 'no refusal')",
    [POSTGRES_UNDO_REFUSAL] =
        "INSERT INTO refusals (person, picture, since) SELECT person, picture, since FROM undo "
        "WHERE history = $1::bigint AND what = 'refusal' ON CONFLICT (person, picture) DO UPDATE "
        "SET since = excluded.since",
    [POSTGRES_UNDO_DROP] = "DELETE FROM undo WHERE history = $1::bigint",
    [POSTGRES_UNDO_DONE] = "UPDATE history SET undone = true WHERE id = $1::bigint",
    [POSTGRES_KEEP_FACT] = "INSERT INTO undo (history, what, person, kind, key, value, since) "
                           "SELECT $1::bigint, 'fact', person, kind, key, value, since FROM facts "
                           "WHERE person = $2::bigint AND kind = $3::text AND key = $4::text",
    [POSTGRES_KEEP_NO_FACT] = "INSERT INTO undo (history, what, person, kind, key) VALUES "
                              "($1::bigint, 'no fact', $2::bigint, $3::text, $4::text)",
    [POSTGRES_SET_FACT] =
        "INSERT INTO facts (person, kind, key, value, since) VALUES ($1::bigint, $2::text, "
        "$3::text, $4::text, $5::text) ON CONFLICT (person, kind, key) DO UPDATE SET value = "
        "excluded.value, since = excluded.since",
    [POSTGRES_REMOVE_FACT] =
        "DELETE FROM facts WHERE person = $1::bigint AND kind = $2::text AND key = $3::text",
    [POSTGRES_FACT] =
        "SELECT value FROM facts WHERE person = $1::bigint AND kind = $2::text AND key = $3::text",
    [POSTGRES_FACTS] = "SELECT kind, key, value, since FROM facts WHERE person = $1::bigint "
                       "ORDER BY kind, key",
    [POSTGRES_FACE] = "SELECT person, picture, embedder FROM faces WHERE id = $1::bigint",
    [POSTGRES_KEEP_FACE] = "INSERT INTO undo (history, what, person, face) SELECT $1::bigint, "
                           "'face', person, id FROM faces WHERE id = $2::bigint",
    [POSTGRES_MOVE_FACE] = "UPDATE faces SET person = $2::bigint WHERE id = $1::bigint",
    [POSTGRES_KEEP_NAME] = "INSERT INTO undo (history, what, person, value) SELECT $1::bigint, "
                           "'name', id, name FROM people WHERE id = $2::bigint",
    /* $1 the change, $2 who is merged, $3 into whom */
    [POSTGRES_KEEP_MERGE_PERSON] =
        "INSERT INTO undo (history, what, person, value, since) SELECT $1::bigint, 'person', id, "
        "name, created FROM people WHERE id = $2::bigint",
    [POSTGRES_KEEP_MERGE_FACES] =
        "INSERT INTO undo (history, what, person, face) SELECT $1::bigint, 'face', person, id FROM "
        "faces WHERE person = $2::bigint",
    [POSTGRES_KEEP_MERGE_NO_FACTS] =
        "INSERT INTO undo (history, what, person, kind, key) SELECT $1::bigint, 'no fact', "
        "$3::bigint, kind, key FROM facts AS s WHERE person = $2::bigint AND NOT EXISTS (SELECT 1 "
        "FROM facts AS t WHERE t.person = $3::bigint AND t.kind = s.kind AND t.key = s.key)",
    [POSTGRES_KEEP_MERGE_FACTS] =
        "INSERT INTO undo (history, what, person, kind, key, value, since) SELECT $1::bigint, "
        "'fact', person, kind, key, value, since FROM facts WHERE person = $2::bigint",
    [POSTGRES_KEEP_MERGE_NO_REFUSALS] =
        "INSERT INTO undo (history, what, person, picture) SELECT $1::bigint, 'no refusal', "
        "$3::bigint, picture FROM refusals AS s WHERE person = $2::bigint AND NOT EXISTS (SELECT 1 "
        "FROM refusals AS t WHERE t.person = $3::bigint AND t.picture = s.picture)",
    [POSTGRES_KEEP_MERGE_REFUSALS] =
        "INSERT INTO undo (history, what, person, picture, since) SELECT $1::bigint, 'refusal', "
        "person, picture, since FROM refusals WHERE person = $2::bigint",
    /* of $1 to $2 */
    [POSTGRES_MERGE_FACTS] =
        "UPDATE facts AS s SET person = $2::bigint WHERE person = $1::bigint AND NOT EXISTS "
        "(SELECT 1 FROM facts AS t WHERE t.person = $2::bigint AND t.kind = s.kind AND "
        "t.key = s.key)",
    [POSTGRES_MERGE_REFUSALS] =
        "UPDATE refusals AS s SET person = $2::bigint WHERE person = $1::bigint AND NOT EXISTS "
        "(SELECT 1 FROM refusals AS t WHERE t.person = $2::bigint AND t.picture = s.picture)",
    [POSTGRES_KEEP_NO_REFUSAL] = "INSERT INTO undo (history, what, person, picture) VALUES "
                                 "($1::bigint, 'no refusal', $2::bigint, $3::bytea)",
    [POSTGRES_KEEP_REFUSAL] =
        "INSERT INTO undo (history, what, person, picture, since) SELECT $1::bigint, 'refusal', "
        "person, picture, since FROM refusals WHERE person = $2::bigint AND picture = $3::bytea",
    [POSTGRES_REFUSE] = "INSERT INTO refusals (person, picture, since) VALUES ($1::bigint, "
                        "$2::bytea, $3::text)",
    [POSTGRES_ACCEPT] = "DELETE FROM refusals WHERE person = $1::bigint AND picture = $2::bytea",
    [POSTGRES_ADD_PERSON] = "INSERT INTO people (id, name, created) VALUES ($1::bigint, $2::text, "
                            "$3::text)",
    [POSTGRES_ADD_FACT] =
        "INSERT INTO facts (person, kind, key, value, since) VALUES ($1::bigint, $2::text, "
        "$3::text, $4::text, $5::text) ON CONFLICT (person, kind, key) DO NOTHING RETURNING person",
    [POSTGRES_ADD_REFUSAL] =
        "INSERT INTO refusals (person, picture, since) VALUES ($1::bigint, $2::bytea, $3::text) ON "
        "CONFLICT (person, picture) DO NOTHING RETURNING person",
    [POSTGRES_REFUSED_OF] =
        "SELECT picture, since FROM refusals WHERE person = $1::bigint ORDER BY since, picture",
    [POSTGRES_DROP_MISSING] =
        "SELECT count(*) FROM faces AS f WHERE f.embedder = $1::bigint AND NOT EXISTS (SELECT 1 "
        "FROM faces AS g WHERE g.embedder = $2::bigint AND g.picture = f.picture) AND NOT EXISTS "
        "(SELECT 1 FROM refusals AS r WHERE r.person = f.person AND r.picture = f.picture)",
    [POSTGRES_DROP_COUNT] = "SELECT count(*) FROM faces WHERE embedder = $1::bigint",
    [POSTGRES_DROP_VECTORS] = "DELETE FROM embeddings_#",
    [POSTGRES_DROP_UNDO] = "DELETE FROM undo WHERE what = 'face' AND face IN (SELECT id FROM "
                           "faces WHERE embedder = $1::bigint)",
    [POSTGRES_DROP_THUMBNAILS] = "DELETE FROM thumbnails WHERE face IN (SELECT id FROM faces WHERE "
                                 "embedder = $1::bigint)",
    [POSTGRES_DROP_FACES] = "DELETE FROM faces WHERE embedder = $1::bigint",
    [POSTGRES_HAVING] = "SELECT person FROM facts WHERE kind = $1::text AND key = $2::text",
    [POSTGRES_REFUSALS] = "SELECT person FROM refusals WHERE picture = $1::bytea",
    [POSTGRES_TRACE] =
        "SELECT coalesce(sum((t = $1::text)::int), 0)::bigint, coalesce(sum((t <> $1::text AND "
        "strpos(t, $1::text) > 0)::int), 0)::bigint FROM (SELECT name AS t FROM people UNION ALL "
        "SELECT source FROM faces UNION ALL SELECT key FROM facts UNION ALL SELECT value FROM "
        "facts UNION ALL SELECT camera FROM events UNION ALL SELECT before FROM history UNION ALL "
        "SELECT after FROM history UNION ALL "
        "SELECT value FROM undo) AS texts",
    [POSTGRES_CHECK_PEOPLE] = "SELECT id, name, created FROM people WHERE id > $1::bigint ORDER BY "
                              "id LIMIT 4096",
    [POSTGRES_CHECK_EMBEDDERS] = "SELECT id, name, dimension::bigint FROM embedders ORDER BY id",
    [POSTGRES_CHECK_FACTS] = "SELECT person, kind, key, value, since FROM facts ORDER BY person",
    [POSTGRES_CHECK_REFUSALS] = "SELECT person, picture FROM refusals ORDER BY person",
    [POSTGRES_CHECK_LOST] = "SELECT face FROM embeddings_# AS v WHERE NOT EXISTS (SELECT 1 FROM "
                            "faces AS f WHERE f.id = v.face AND f.embedder = $1::bigint) LIMIT 100",
    [POSTGRES_CHECK_NOBODYS] =
        "SELECT id FROM faces AS f WHERE NOT EXISTS (SELECT 1 FROM people AS "
        "p WHERE p.id = f.person) LIMIT 100",
    [POSTGRES_COUNTS] = "SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM faces)",
    [POSTGRES_EMBEDDER_COUNTS] = "SELECT name, dimension::bigint, (SELECT count(*) FROM faces "
                                 "WHERE embedder = n.id) FROM embedders AS n ORDER BY name",
    [POSTGRES_PEOPLE_PAGE] =
        PERSON_COLUMNS "WHERE " ALLOWED "AND p.name > $4::text ORDER BY p.name "
                       "LIMIT $5::bigint",
    [POSTGRES_BESIDES] = "SELECT n.nspname::text, n.oid::bigint FROM pg_namespace AS n WHERE "
                         "left(n.nspname::text, length($1::text)) = $1::text ORDER BY 1",
    [POSTGRES_ONE_PERSON] = PERSON_COLUMNS "WHERE p.name = $1::text",
    [POSTGRES_PEOPLE_TOTAL] = "SELECT count(*) FROM people AS p WHERE " ALLOWED,
    [POSTGRES_FACE_PAGE] = "SELECT f.id, f.embedder, p.name FROM faces AS f JOIN people AS p ON "
                           "p.id = f.person WHERE f.id >= $1::bigint ORDER BY f.id LIMIT "
                           "$2::bigint",
    [POSTGRES_FACE_RANGE] = FACE_COLUMNS "WHERE f.embedder = $1::bigint AND f.id >= $2::bigint AND "
                                         "f.id <= $3::bigint ORDER BY f.id",
    [POSTGRES_COUNT_FACTS] = "SELECT key, count(*) FROM facts WHERE kind = $1::text GROUP BY key "
                             "ORDER BY key",
    [POSTGRES_DELETE_VECTOR] = "DELETE FROM embeddings_# WHERE face = $1::bigint",
    [POSTGRES_DELETE_THUMBNAIL] = "DELETE FROM thumbnails WHERE face = $1::bigint",
    [POSTGRES_DELETE_FACE] = "DELETE FROM faces WHERE id = $1::bigint",
    [POSTGRES_FORGET_FACE] = "DELETE FROM undo WHERE what = 'face' AND face = $1::bigint",
    [POSTGRES_KEEP_NO_PERSON] = "INSERT INTO undo (history, what, person) VALUES ($1::bigint, "
                                "'no person', $2::bigint)",
    [POSTGRES_UNDO_NO_PERSON] =
        "DELETE FROM people AS p WHERE p.id IN (SELECT person FROM undo WHERE history = $1::bigint "
        "AND what = 'no person') AND NOT EXISTS (SELECT 1 FROM faces AS f WHERE f.person = p.id) "
        "AND "
        "NOT EXISTS (SELECT 1 FROM events AS e WHERE e.person = p.id)",
    [POSTGRES_ADD_EVENT] =
        "INSERT INTO events (id, at, expires, visit, kind, camera, track, person, former, "
        "similarity, far, quality, time, x, y, width, height, frame, frame_width, frame_height, "
        "token) VALUES ($1::bigint, $2::text, $3::text, $4::bigint, $5::bigint, $6::text, "
        "$7::bigint, $8::bigint, $9::bigint, $10::float8, $11::float8, $12::float8, $13::float8, "
        "$14::float8, $15::float8, $16::float8, $17::float8, $18::bigint, $19::bigint, "
        "$20::bigint, $21::bigint)",
    [POSTGRES_ADD_EVENT_PICTURE] =
        "INSERT INTO event_pictures (event, jpeg) VALUES ($1::bigint, $2::bytea)",
    [POSTGRES_VISITOR] = "SELECT person FROM events WHERE visit = $1::bigint AND person IS NOT "
                         "NULL ORDER BY id DESC LIMIT 1",
    [POSTGRES_BOUND_EVENT_PICTURES] = "DELETE FROM event_pictures WHERE event <= $1::bigint",
    [POSTGRES_BOUND_EVENTS] = "DELETE FROM events WHERE id <= $1::bigint",
    [POSTGRES_EVENTS] = WANTED "ORDER BY e.id LIMIT $9::bigint",
    [POSTGRES_EVENTS_LATEST] = WANTED "ORDER BY e.id DESC LIMIT $9::bigint",
    [POSTGRES_CHECK_EVENTS] = EVENTS("i.jpeg") "WHERE e.id > $1::bigint ORDER BY e.id LIMIT 256",
    [POSTGRES_CHECK_STRAY_EVENTS] =
        "SELECT id FROM events AS e WHERE person IS NOT NULL AND NOT EXISTS (SELECT 1 FROM people "
        "AS p WHERE p.id = e.person) LIMIT 100",
    [POSTGRES_DELETE_EVENT_PICTURE] = "DELETE FROM event_pictures WHERE event = $1::bigint",
    [POSTGRES_DELETE_EVENT] = "DELETE FROM events WHERE id = $1::bigint RETURNING id",
    [POSTGRES_PRUNE_EVENT_PICTURES] =
        "DELETE FROM event_pictures WHERE event IN (SELECT id FROM events WHERE expires <= "
        "$1::text OR at < $2::text)",
    [POSTGRES_PRUNE_EVENTS] =
        "DELETE FROM events WHERE expires <= $1::text OR at < $2::text RETURNING id",
    [POSTGRES_ERASE_VISIT_PICTURES] = "DELETE FROM event_pictures WHERE event IN (SELECT id FROM "
                                      "events WHERE " OF_VISITS ")",
    [POSTGRES_ERASE_VISITS] = "DELETE FROM events WHERE " OF_VISITS,
    [POSTGRES_KEEP_MERGE_EVENTS] =
        "INSERT INTO undo (history, what, person, face) SELECT $1::bigint, 'event', person, id "
        "FROM events WHERE person = $2::bigint",
    [POSTGRES_MOVE_EVENTS] = "UPDATE events SET person = $2::bigint WHERE person = $1::bigint",
    [POSTGRES_UNDO_EVENT] = "UPDATE events SET person = u.person FROM undo AS u WHERE u.history = "
                            "$1::bigint AND u.what = 'event' AND u.face = events.id",
    [POSTGRES_EVENT_THERE] = "SELECT id FROM events WHERE visit = $1::bigint AND at = $2::text AND "
                             "kind = $3::bigint",
    [POSTGRES_READERS_SKIP] = "UPDATE readers SET event = $2::bigint WHERE event = $1::bigint",
    [POSTGRES_READER] = "SELECT event FROM readers WHERE name = $1::text",
    [POSTGRES_ADD_READER] = "INSERT INTO readers (name, event, since) SELECT $1::text, event, "
                            "$2::text FROM state",
    [POSTGRES_READER_DONE] = "UPDATE readers SET event = greatest(event, $2::bigint) WHERE name = "
                             "$1::text RETURNING event",
};
