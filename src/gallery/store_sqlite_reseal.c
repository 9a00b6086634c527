/*
 * What changes hands in an encrypted gallery. An embedding, an event, a fact and a refused picture are sealed for the person
 * who has them, so that nobody can give them to somebody else by changing a number in the file. Who moves or
 * merges them seals them anew, in the same transaction.
 */
#include "base/memory.h"
#include "gallery/store_sqlite_events.h"

#include <sqlite3.h>
#include <string.h>

#define EMBEDDING_MAX ((size_t)4 * SEARCH_DIMENSION_MAX)

/* What is sealed for somebody in a table: rows of a query are (id, from, to, the seal). */
struct sealed {
    struct vault_place (*place)(int64_t id, int64_t person);
    enum store_sqlite_query write;
    const char *table, *fault;
    size_t max; /* bytes */
};

static const struct sealed embeddings = {.place = store_sqlite_embedding_place,
                                         .write = QUERY_SEAL_EMBEDDING,
                                         .table = "faces",
                                         .fault = "has no embedding, or a bad one",
                                         .max = EMBEDDING_MAX};
static const struct sealed cameras = {.place = store_sqlite_event_place,
                                      .write = QUERY_SEAL_EVENT,
                                      .table = "events",
                                      .fault = "has a bad camera",
                                      .max = VULTUS_SOURCE_MAX};

static vultus_status reseal_row(struct store_sqlite *store, sqlite3_stmt *row,
                                const struct sealed *what, uint8_t *plain, vultus_error *error)
{
    int64_t id = sqlite3_column_int64(row, 0);
    const struct vault_place from = what->place(id, sqlite3_column_int64(row, 1));
    const struct vault_place into = what->place(id, sqlite3_column_int64(row, 2));
    size_t size = 0;
    if (!store_sqlite_open_sealed(store, row, 3, &from, plain, what->max, &size))
        return store_sqlite_bad_row(store, what->table, id, what->fault, error);
    const struct store_sqlite_value values[] = {{.seal = &into, .bytes = plain, .size = size},
                                                {.number = id}};
    return store_sqlite_do(store, what->write, values, 2, error);
}

static vultus_status reseal(struct store_sqlite *store, enum store_sqlite_query query,
                            int64_t first, int64_t second, const struct sealed *what,
                            vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    if (!store->vault)
        return VULTUS_OK;
    uint8_t *plain = mem_secret(1, what->max);
    vultus_status status = plain ? store_sqlite_query(store, query, &statement, error)
                                 : status_memory(error, "what is sealed");
    if (!status) {
        int code = sqlite3_bind_int64(statement, 1, first);
        if (!code && second)
            code = sqlite3_bind_int64(statement, 2, second);
        status = store_sqlite_status(store, code, error);
    }
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row)
        status = reseal_row(store, statement, what, plain, error);
    store_sqlite_done(statement);
    mem_free_secret(plain, 1, what->max);
    return status;
}

vultus_status store_sqlite_reseal_faces(struct store_sqlite *store, enum store_sqlite_query query,
                                        int64_t first, int64_t second, vultus_error *error)
{
    return reseal(store, query, first, second, &embeddings, error);
}

vultus_status store_sqlite_reseal_events(struct store_sqlite *store, enum store_sqlite_query query,
                                         int64_t first, int64_t second, vultus_error *error)
{
    return reseal(store, query, first, second, &cameras, error);
}

static vultus_status reseal_fact(struct store_sqlite *store, sqlite3_stmt *row, int64_t from,
                                 int64_t into, vultus_error *error)
{
    char plain[STORE_FACT_MAX];
    size_t size = 0;
    const char *kind = store_sqlite_text(row, 0, 31);
    const char *key = store_sqlite_text(row, 1, STORE_KEY_SIZE);
    const struct vault_place old = store_sqlite_fact_place(from, store_sqlite_fact_kind(kind));
    const struct vault_place new = store_sqlite_fact_place(into, store_sqlite_fact_kind(kind));
    if (!kind || !key || !store_sqlite_open_sealed(store, row, 2, &old, plain, sizeof plain, &size))
        return store_sqlite_bad_row(store, "people", from, "has a bad fact", error);
    const struct store_sqlite_value values[] = {{.number = from},
                                                {.text = kind},
                                                {.text = key},
                                                {.seal = &new, .bytes = plain, .size = size}};
    return store_sqlite_do(store, QUERY_SEAL_FACT, values, 4, error);
}

static vultus_status reseal_refusal(struct store_sqlite *store, sqlite3_stmt *row, int64_t from,
                                    int64_t into, vultus_error *error)
{
    uint8_t plain[HASH_SIZE];
    size_t size = 0;
    const uint8_t *picture = sqlite3_column_blob(row, 0);
    const struct vault_place old = {.kind = VAULT_REFUSAL, .row = from};
    const struct vault_place new = {.kind = VAULT_REFUSAL, .row = into};
    if (!picture || sqlite3_column_bytes(row, 0) != HASH_SIZE ||
        !store_sqlite_open_sealed(store, row, 1, &old, plain, sizeof plain, &size))
        return store_sqlite_bad_row(store, "people", from, "has a bad refused picture", error);
    const struct store_sqlite_value values[] = {{.number = from},
                                                {.bytes = picture, .size = HASH_SIZE},
                                                {.seal = &new, .bytes = plain, .size = size}};
    return store_sqlite_do(store, QUERY_SEAL_REFUSAL, values, 3, error);
}

vultus_status store_sqlite_reseal_facts(struct store_sqlite *store, int64_t from, int64_t into,
                                        vultus_error *error)
{
    static const struct {
        enum store_sqlite_query query;
        vultus_status (*reseal)(struct store_sqlite *store, sqlite3_stmt *row, int64_t from,
                                int64_t into, vultus_error *error);
    } parts[] = {{QUERY_MERGED_FACTS, reseal_fact}, {QUERY_MERGED_REFUSALS, reseal_refusal}};
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; store->vault && !status && i < sizeof parts / sizeof *parts; i++) {
        sqlite3_stmt *statement = NULL;
        bool row = false;
        status = store_sqlite_query(store, parts[i].query, &statement, error);
        if (!status) {
            int code = sqlite3_bind_int64(statement, 1, from);
            if (!code)
                code = sqlite3_bind_int64(statement, 2, into);
            status = store_sqlite_status(store, code, error);
        }
        while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row)
            status = parts[i].reseal(store, statement, from, into, error);
        store_sqlite_done(statement);
    }
    return status;
}
