/*
 * The tables, their versions, and the checks at opening. A gallery's schema must be to the letter
 * what our own statements make (a database in memory says what that is), so no trigger, view or
 * column that somebody planted ever runs. Then SQLite's quick_check reads all but the pictures.
 */
#include "base/clock.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define APPLICATION_ID 0x76756C74 /* "vult" */
#define VERSION ((int)(sizeof steps / sizeof steps[0]))
/* Of a gallery of an older version, which readers bring up to date in memory: more takes too long each time. */
#define OLD_BYTES_MAX ((int64_t)1 << 30)

/*
 * A face is one picture by one embedder. Ids are never used again (AUTOINCREMENT), and whatever
 * renames, moves or removes counts up `edits`: so an index in memory needs only the rows behind the
 * last it knows, or, when `edits` has changed, everything again. Vectors and thumbnails have tables
 * of their own because searching reads all of the first and none of the second.
 */
static const char version_1[] =
    "CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, "
    "created TEXT NOT NULL) STRICT;"
    "CREATE TABLE embedders (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
    "dimension INTEGER NOT NULL) STRICT;"
    "CREATE TABLE faces (id INTEGER PRIMARY KEY AUTOINCREMENT, "
    "person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE, "
    "embedder INTEGER NOT NULL REFERENCES embedders, picture BLOB NOT NULL, source TEXT, "
    "x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL, height REAL NOT NULL, "
    "landmarks BLOB NOT NULL, score REAL NOT NULL, size REAL NOT NULL, sharpness REAL NOT NULL, "
    "brightness REAL NOT NULL, roll REAL NOT NULL, yaw REAL NOT NULL, created TEXT NOT NULL, "
    "UNIQUE (embedder, picture)) STRICT;"
    "CREATE INDEX faces_by_person ON faces (person);"
    "CREATE TABLE embeddings (face INTEGER PRIMARY KEY REFERENCES faces ON DELETE CASCADE, "
    "vector BLOB NOT NULL) STRICT;"
    "CREATE TABLE thumbnails (face INTEGER PRIMARY KEY REFERENCES faces ON DELETE CASCADE, "
    "jpeg BLOB NOT NULL) STRICT;"
    "CREATE TABLE edits (count INTEGER NOT NULL) STRICT;"
    "INSERT INTO edits VALUES (0);"
    "CREATE TRIGGER people_edited AFTER UPDATE ON people BEGIN "
    "UPDATE edits SET count = count + 1; END;"
    "CREATE TRIGGER faces_edited AFTER UPDATE ON faces BEGIN "
    "UPDATE edits SET count = count + 1; END;"
    "CREATE TRIGGER faces_removed AFTER DELETE ON faces BEGIN "
    "UPDATE edits SET count = count + 1; END;"
    "CREATE TRIGGER embeddings_edited AFTER UPDATE ON embeddings BEGIN "
    "UPDATE edits SET count = count + 1; END;";

/*
 * What is known of people beside their faces, pictures that are not theirs, and the history of changes; `undo`
 * has what was there before the changes that can be taken back. Retention and refusals count as edits: they change
 * which faces an index has.
 */
static const char version_2[] =
    "CREATE TABLE facts (person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE, "
    "kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, since TEXT NOT NULL, "
    "PRIMARY KEY (person, kind, key)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX facts_by_kind ON facts (kind, key, value);"
    "CREATE TABLE refusals (person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE, "
    "picture BLOB NOT NULL, since TEXT NOT NULL, PRIMARY KEY (person, picture)) STRICT, "
    "WITHOUT ROWID;"
    "CREATE INDEX refusals_by_picture ON refusals (picture);"
    "CREATE TABLE history (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, "
    "actor TEXT NOT NULL, action TEXT NOT NULL, person INTEGER NOT NULL, face INTEGER NOT NULL, "
    "before TEXT, after TEXT, undone INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX history_by_person ON history (person);"
    "CREATE TABLE undo (id INTEGER PRIMARY KEY, history INTEGER NOT NULL REFERENCES history "
    "ON DELETE CASCADE, what TEXT NOT NULL, person INTEGER NOT NULL, face INTEGER, kind TEXT, "
    "key TEXT, value TEXT, since TEXT, picture BLOB) STRICT;"
    "CREATE INDEX undo_by_history ON undo (history);"
    "CREATE TRIGGER facts_added AFTER INSERT ON facts WHEN new.kind = 'retain' BEGIN "
    "UPDATE edits SET count = count + 1; END;"
    "CREATE TRIGGER facts_edited AFTER UPDATE ON facts WHEN new.kind = 'retain' BEGIN "
    "UPDATE edits SET count = count + 1; END;"
    "CREATE TRIGGER facts_removed AFTER DELETE ON facts WHEN old.kind = 'retain' BEGIN "
    "UPDATE edits SET count = count + 1; END;"
    "CREATE TRIGGER refusals_added AFTER INSERT ON refusals BEGIN "
    "UPDATE edits SET count = count + 1; END;"
    "CREATE TRIGGER refusals_edited AFTER UPDATE ON refusals BEGIN "
    "UPDATE edits SET count = count + 1; END;"
    "CREATE TRIGGER refusals_removed AFTER DELETE ON refusals BEGIN "
    "UPDATE edits SET count = count + 1; END;";

/*
 * Encryption (store_sqlite_seal.c): one row of `protection` where there is any, and what is sealed of each row.
 */
static const char version_3[] =
    "CREATE TABLE protection (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, "
    "gallery BLOB NOT NULL, proof BLOB NOT NULL) STRICT;"
    "ALTER TABLE people ADD COLUMN sealed BLOB;"
    "ALTER TABLE faces ADD COLUMN sealed BLOB;"
    "ALTER TABLE facts ADD COLUMN sealed BLOB;"
    "ALTER TABLE refusals ADD COLUMN sealed BLOB;"
    "ALTER TABLE history ADD COLUMN sealed_actor BLOB;"
    "ALTER TABLE history ADD COLUMN sealed BLOB;"
    "ALTER TABLE undo ADD COLUMN sealed BLOB;";

/*
 * What cameras saw, and how far those have come who read it. `sqlite_sequence` has the last id that was given, also
 * when its event is gone. Events count as no edits: indexes have nothing of them.
 */
static const char version_4[] =
    "CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, expires TEXT, "
    "visit INTEGER NOT NULL, kind INTEGER NOT NULL, camera TEXT NOT NULL, track INTEGER NOT NULL, "
    "person INTEGER REFERENCES people ON DELETE CASCADE, former INTEGER, similarity REAL, "
    "far REAL, quality REAL, time REAL NOT NULL, x REAL NOT NULL, y REAL NOT NULL, "
    "width REAL NOT NULL, height REAL NOT NULL, frame INTEGER NOT NULL, "
    "frame_width INTEGER NOT NULL, frame_height INTEGER NOT NULL, sealed BLOB) STRICT;"
    "CREATE INDEX events_by_visit ON events (visit);"
    "CREATE INDEX events_by_person ON events (person) WHERE person IS NOT NULL;"
    "CREATE INDEX events_by_former ON events (former) WHERE former IS NOT NULL;"
    "CREATE INDEX events_by_expiry ON events (expires) WHERE expires IS NOT NULL;"
    "CREATE TABLE event_pictures (event INTEGER PRIMARY KEY REFERENCES events ON DELETE CASCADE, "
    "jpeg BLOB NOT NULL) STRICT;"
    "CREATE TABLE readers (name TEXT PRIMARY KEY, event INTEGER NOT NULL, since TEXT NOT NULL) "
    "STRICT, WITHOUT ROWID;";

/* steps[n] brings version n to n + 1; version 0 is an empty database. Never change a step that was
 * released: add one. */
static const char *const steps[] = {version_1, version_2, version_3, version_4};

vultus_status store_sqlite_execute(struct store_sqlite *store, const char *sql, vultus_error *error)
{
    return store_sqlite_status(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL), error);
}

vultus_status store_sqlite_number(struct store_sqlite *store, const char *sql, int64_t *out,
                                  vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (!code)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return store_sqlite_status(store, code, error);
}

bool store_sqlite_is_gallery(sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, "PRAGMA application_id", -1, &statement, NULL);
    bool is = !code && sqlite3_step(statement) == SQLITE_ROW &&
              sqlite3_column_int64(statement, 0) == APPLICATION_ID;
    sqlite3_finalize(statement);
    return is;
}

struct header {
    int64_t application, version, objects, bytes;
};

/* Inside a transaction, since another process may be making the tables. */
static vultus_status read_header(struct store_sqlite *store, struct header *out,
                                 vultus_error *error)
{
    int64_t pages = 0;
    *out = (struct header){0};
    const struct {
        const char *sql;
        int64_t *out;
    } numbers[] = {{"PRAGMA application_id", &out->application},
                   {"PRAGMA user_version", &out->version},
                   {"SELECT count(*) FROM sqlite_schema", &out->objects},
                   {"PRAGMA page_count", &pages},
                   {"PRAGMA page_size", &out->bytes}};
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < sizeof numbers / sizeof *numbers; i++)
        status = store_sqlite_number(store, numbers[i].sql, numbers[i].out, error);
    out->bytes *= pages;
    return status;
}

static bool is_empty(const struct header *header)
{
    return !header->application && !header->version && !header->objects;
}

static vultus_status check_header(struct store_sqlite *store, const struct header *header,
                                  vultus_error *error)
{
    if (is_empty(header))
        return store->read_only
                   ? status_set(error, VULTUS_ERR_DATABASE,
                                "%s: an empty file, not a gallery; enrol somebody first",
                                store->shown)
                   : VULTUS_OK;
    if (header->application != APPLICATION_ID || header->version < 1)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: the database of another program, not a gallery; give another path",
                          store->shown);
    if (header->version > VERSION)
        return status_set(
            error, VULTUS_ERR_DATABASE,
            "%s: version %lld, made by a newer vultus, this one knows %d; update vultus",
            store->shown, (long long)header->version, VERSION);
    if (header->version < VERSION && store->read_only && header->bytes > OLD_BYTES_MAX)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: version %lld must be brought to %d, once: vultus gallery compact",
                          store->shown, (long long)header->version, VERSION);
    return VULTUS_OK;
}

static vultus_status end(struct store_sqlite *store, vultus_status status, vultus_error *error)
{
    if (!status)
        status = store_sqlite_execute(store, "COMMIT", error);
    if (status && !sqlite3_get_autocommit(store->db) &&
        store_sqlite_execute(store, "ROLLBACK", NULL))
        return status; /* closing will */
    return status;
}

static vultus_status look(struct store_sqlite *store, struct header *header, vultus_error *error)
{
    vultus_status status = store_sqlite_execute(store, "BEGIN", error);
    if (status)
        return status;
    status = read_header(store, header, error);
    if (!status)
        status = check_header(store, header, error);
    return end(store, status, error);
}

static vultus_status migrate(struct store_sqlite *store, vultus_error *error)
{
    char stamp[96];
    struct header header;
    vultus_status status = store_sqlite_execute(store, "BEGIN IMMEDIATE", error);
    if (status)
        return status;
    status = read_header(store, &header, error);
    if (!status)
        status = check_header(store, &header, error);
    for (int64_t version = header.version; !status && version < VERSION; version++)
        status = store_sqlite_execute(store, steps[version], error);
    if (!status && header.version < VERSION) {
        snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
                 APPLICATION_ID, VERSION);
        status = store_sqlite_execute(store, stamp, error);
    }
    if (!status && is_empty(&header))
        status = store_sqlite_protect(store, error);
    return end(store, status, error);
}

/* ------------------------------------------------------------------ checks */

static const char schema_rows[] = "SELECT coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE "
                                  "'sqlite_stat%' ORDER BY type, name";

/* True when both statements give the same texts. */
static int same_rows(sqlite3_stmt *a, sqlite3_stmt *b, bool *same)
{
    for (;;) {
        int code_a = sqlite3_step(a), code_b = sqlite3_step(b);
        if (code_a != SQLITE_ROW && code_a != SQLITE_DONE)
            return code_a;
        if (code_b != SQLITE_ROW && code_b != SQLITE_DONE)
            return code_b;
        *same = code_a == code_b;
        if (code_a == SQLITE_DONE || !*same)
            return SQLITE_OK;
        const char *text_a = (const char *)sqlite3_column_text(a, 0);
        const char *text_b = (const char *)sqlite3_column_text(b, 0);
        if (!text_a || !text_b)
            return SQLITE_NOMEM;
        *same = !strcmp(text_a, text_b);
        if (!*same)
            return SQLITE_OK;
    }
}

static vultus_status check_schema(struct store_sqlite *store, vultus_error *error)
{
    sqlite3 *model = NULL;
    sqlite3_stmt *wanted = NULL, *found = NULL;
    bool same = false;
    int code =
        sqlite3_open_v2(":memory:", &model,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    for (int i = 0; !code && i < VERSION; i++)
        code = sqlite3_exec(model, steps[i], NULL, NULL, NULL);
    if (!code)
        code = sqlite3_prepare_v2(model, schema_rows, -1, &wanted, NULL);
    if (!code)
        code = sqlite3_prepare_v2(store->db, schema_rows, -1, &found, NULL);
    if (!code)
        code = same_rows(wanted, found, &same);
    sqlite3_finalize(wanted);
    sqlite3_finalize(found);
    sqlite3_close(model);
    vultus_status status = store_sqlite_status(store, code, error);
    if (!status && !same)
        status =
            status_set(error, VULTUS_ERR_DATABASE,
                       "%s: its tables are not those of a gallery; restore a copy", store->shown);
    return status;
}

static int check_table(struct store_sqlite *store, const char *table)
{
    char sql[64];
    sqlite3_stmt *statement = NULL;
    snprintf(sql, sizeof sql, "PRAGMA quick_check(%s)", table);
    int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (!code)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        code = !text ? SQLITE_NOMEM : strcmp(text, "ok") ? SQLITE_CORRUPT : SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return code;
}

/* A table is damaged when it is twice: a page that found no memory is reported as damage, too. */
static vultus_status check_tables(struct store_sqlite *store, const char *const *tables,
                                  size_t count, vultus_error *error)
{
    int code = SQLITE_OK;
    for (size_t i = 0; !code && i < count; i++) {
        code = check_table(store, tables[i]);
        if (code == SQLITE_CORRUPT)
            code = check_table(store, tables[i]);
    }
    return store_sqlite_status(store, code, error);
}

/* Of a large gallery they are nearly all of the file, and are looked at when all of them are to be read. */
vultus_status store_sqlite_check_faces(struct store_sqlite *store, vultus_error *error)
{
    static const char *const tables[] = {"people", "faces", "embeddings"};
    return check_tables(store, tables, sizeof tables / sizeof *tables, error);
}

/* Thumbnails and events are most of the file and harm nobody: each is checked when it is read. */
static vultus_status check_pages(struct store_sqlite *store, vultus_error *error)
{
    static const char *const tables[] = {"embedders", "edits", "facts",      "refusals",
                                         "history",   "undo",  "protection", "readers"};
    int64_t last = 0;
    vultus_status status = check_tables(store, tables, sizeof tables / sizeof *tables, error);
    if (!status)
        status = store_sqlite_number(store, "SELECT coalesce(max(id), 0) FROM faces", &last, error);
    store->large = last >= STORE_SEARCH_FILE_FACES;
    return status || store->large ? status : store_sqlite_check_faces(store, error);
}

/* Processes that turn a new file to WAL at once stand in each other's way, and SQLite then gives up
 * without waiting. A new file gets pages that hold three embeddings of 512 numbers; of 4096 bytes they hold one. */
static vultus_status set_writer(struct store_sqlite *store, vultus_error *error)
{
    static const char settings[] = "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA "
                                   "synchronous = FULL; PRAGMA secure_delete = ON; "
                                   "PRAGMA journal_size_limit = 16777216;";
    const struct timespec pause = {.tv_nsec = 5000000};
    uint64_t start = clock_ns();
    for (;;) {
        vultus_status status = store_sqlite_execute(store, settings, error);
        if (status != VULTUS_ERR_BUSY || clock_ns() - start > STORE_SQLITE_BUSY_MS * 1000000ull)
            return status;
        nanosleep(&pause, NULL);
    }
}

vultus_status store_sqlite_prepare(struct store_sqlite *store, vultus_error *error)
{
    /* Sorting in memory: embeddings do not belong into files under /tmp. */
    static const char settings[] = "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;";
    struct header header;
    vultus_status status = store_sqlite_execute(store, settings, error);
    if (!status)
        status = look(store, &header, error);
    if (!status && !store->read_only)
        status = set_writer(store, error);
    if (!status && header.version < VERSION && store->read_only)
        status = store_sqlite_load(store, error);
    if (!status && header.version < VERSION)
        status = migrate(store, error);
    if (!status)
        status = check_schema(store, error);
    if (!status)
        status = store_sqlite_unlock(store, error);
    if (!status)
        status = check_pages(store, error);
    return status;
}
