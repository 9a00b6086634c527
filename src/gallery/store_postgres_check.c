/*
 * The thorough check of a PostgreSQL gallery: each row by the same rules as when it is read in use. Pages are
 * the server's.
 */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_postgres_events.h"

#include <libpq-fe.h>
#include <string.h>

struct check {
    const vultus_progress *progress;
    vultus_faults faults;
    size_t faces, done;
};

/* One page of a query of POSTGRES_CHECK_*; the last id, where it goes on. */
typedef const char *row_fault(const PGresult *rows, int row);

static const char *person_fault(const PGresult *rows, int row)
{
    const char *name = store_postgres_text(rows, row, 1, VULTUS_NAME_MAX);
    if (!name || names_fault(name, strlen(name)))
        return "has a name that cannot be one";
    return store_postgres_text(rows, row, 2, 31) ? NULL : "has a bad date";
}

static const char *embedder_fault(const PGresult *rows, int row)
{
    const char *name = store_postgres_text(rows, row, 1, STORE_EMBEDDER_MAX);
    int64_t dimension = store_postgres_number(rows, row, 2);
    if (!name || !name[0])
        return "has a bad name";
    return dimension < 1 || dimension > SEARCH_DIMENSION_MAX ? "has a bad dimension" : NULL;
}

/* Of the person whose fact it is. */
static const char *fact_fault(const PGresult *rows, int row)
{
    vultus_fact_kind kind;
    const char *const texts[] = {store_postgres_text(rows, row, 1, 31),
                                 store_postgres_text(rows, row, 2, VULTUS_FACT_KEY_MAX),
                                 store_postgres_text(rows, row, 3, VULTUS_FACT_VALUE_MAX),
                                 store_postgres_text(rows, row, 4, 31)};
    return store_fact_fault(texts, &kind);
}

static const char *refusal_fault(const PGresult *rows, int row)
{
    return store_postgres_bytes(rows, row, 1).size == HASH_SIZE
               ? NULL
               : "has a bad hash of a refused picture";
}

static vultus_status check_rows(struct store_postgres *store, struct check *check,
                                enum store_postgres_query query, const char *table,
                                row_fault *fault, vultus_error *error)
{
    bool paged = query == POSTGRES_CHECK_PEOPLE;
    int64_t last = INT64_MIN;
    vultus_status status = VULTUS_OK;
    for (int count = 1; !status && count;) {
        struct store_postgres_values values = {0};
        PGresult *rows = NULL;
        if (paged)
            store_postgres_add_number(&values, last);
        status = store_postgres_ask(store, query, 0, &values, &rows, error);
        if (status)
            return status;
        count = PQntuples(rows);
        for (int i = 0; !status && i < count; i++) {
            const char *why = fault(rows, i);
            last = store_postgres_number(rows, i, 0);
            if (why)
                status = store_faults_add(&check->faults, error, "row %lld of %s %s",
                                          (long long)last, table, why);
        }
        PQclear(rows);
        if (!paged)
            return status;
    }
    return status;
}

static vultus_status check_face(struct store_postgres *store, struct check *check,
                                const PGresult *rows, int row, vultus_error *error)
{
    vultus_face_record record = {0};
    bool memory = false;
    vultus_status status = VULTUS_OK;
    const char *why = store_postgres_record(store, rows, row, &record, &memory);
    double squared = 0;
    for (size_t i = 0; !why && !memory && i < record.dimension; i++)
        squared += (double)record.embedding[i] * (double)record.embedding[i];
    if (!why && !memory && !(squared > 1e-12 && squared < 1e12))
        why = "has an embedding without length";
    if (memory)
        status = status_memory(error, "the check");
    else if (why)
        status = store_faults_add(&check->faults, error, "row %lld of faces %s",
                                  (long long)record.id, why);
    vultus_row_clear(NULL, &record);
    return status;
}

static vultus_status check_faces(struct store_postgres *store, struct check *check,
                                 int64_t embedder, vultus_error *error)
{
    int64_t last = INT64_MIN;
    vultus_status status = VULTUS_OK;
    for (int count = 1; !status && count;) {
        struct store_postgres_values values = {0};
        PGresult *rows = NULL;
        store_postgres_add_number(&values, embedder);
        store_postgres_add_number(&values, last);
        status = store_postgres_ask(store, POSTGRES_ALL_FACES, embedder, &values, &rows, error);
        if (status)
            return status;
        count = PQntuples(rows);
        for (int i = 0; !status && i < count; i++) {
            last = store_postgres_number(rows, i, 0);
            status = check_face(store, check, rows, i, error);
        }
        PQclear(rows);
        check->done += (size_t)count;
        if (!status)
            status = store_progress(check->progress, check->done, check->faces, error);
    }
    return status;
}

/* Embeddings whose face is gone. */
static vultus_status check_lost(struct store_postgres *store, struct check *check, int64_t embedder,
                                vultus_error *error)
{
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    store_postgres_add_number(&values, embedder);
    vultus_status status =
        store_postgres_ask(store, POSTGRES_CHECK_LOST, embedder, &values, &rows, error);
    if (status)
        return status;
    for (int i = 0; !status && i < PQntuples(rows); i++)
        status =
            store_faults_add(&check->faults, error,
                             "row %lld of embeddings_%lld refers to a row of faces that is "
                             "not there",
                             (long long)store_postgres_number(rows, i, 0), (long long)embedder);
    PQclear(rows);
    return status;
}

/* Rows of a table whose person is gone. */
static vultus_status check_owners(struct store_postgres *store, struct check *check,
                                  enum store_postgres_query query, const char *table,
                                  vultus_error *error)
{
    PGresult *rows = NULL;
    vultus_status status = store_postgres_ask(store, query, 0, NULL, &rows, error);
    if (status)
        return status;
    for (int i = 0; !status && i < PQntuples(rows); i++)
        status = store_faults_add(&check->faults, error, "row %lld of %s belongs to nobody",
                                  (long long)store_postgres_number(rows, i, 0), table);
    PQclear(rows);
    return status;
}

static vultus_status check_event(struct check *check, const PGresult *rows, int row,
                                 vultus_error *error)
{
    vultus_event_record record = {0};
    bool memory = false;
    const char *why = store_postgres_event(rows, row, &record, &memory);
    vultus_event_record_clear(&record);
    if (memory)
        return status_memory(error, "the check");
    return why ? store_faults_add(&check->faults, error, "row %lld of events %s",
                                  (long long)store_postgres_number(rows, row, 0), why)
               : VULTUS_OK;
}

static vultus_status check_events(struct store_postgres *store, struct check *check,
                                  vultus_error *error)
{
    int64_t last = INT64_MIN;
    vultus_status status = VULTUS_OK;
    for (int count = 1; !status && count;) {
        struct store_postgres_values values = {0};
        PGresult *rows = NULL;
        store_postgres_add_number(&values, last);
        status = store_postgres_ask(store, POSTGRES_CHECK_EVENTS, 0, &values, &rows, error);
        if (status)
            return status;
        count = PQntuples(rows);
        for (int i = 0; !status && i < count; i++) {
            last = store_postgres_number(rows, i, 0);
            status = check_event(check, rows, i, error);
        }
        PQclear(rows);
    }
    return status;
}

static vultus_status check_all(struct store_postgres *store, void *context, vultus_error *error)
{
    static const struct {
        enum store_postgres_query query;
        const char *table;
        row_fault *fault;
    } lists[] = {{POSTGRES_CHECK_PEOPLE, "people", person_fault},
                 {POSTGRES_CHECK_EMBEDDERS, "embedders", embedder_fault},
                 {POSTGRES_CHECK_FACTS, "people", fact_fault},
                 {POSTGRES_CHECK_REFUSALS, "people", refusal_fault}};
    struct check *check = context;
    struct store_postgres_embedders embedders = {0};
    PGresult *rows = NULL;
    vultus_faults_clear(&check->faults);
    check->done = 0;
    vultus_status status = store_postgres_ask(store, POSTGRES_COUNTS, 0, NULL, &rows, error);
    if (status)
        return status;
    check->faces = (size_t)store_postgres_number(rows, 0, 1);
    PQclear(rows);
    for (size_t i = 0; !status && i < sizeof lists / sizeof *lists; i++)
        status = check_rows(store, check, lists[i].query, lists[i].table, lists[i].fault, error);
    if (!status)
        status = check_owners(store, check, POSTGRES_CHECK_NOBODYS, "faces", error);
    if (!status)
        status = check_owners(store, check, POSTGRES_CHECK_STRAY_EVENTS, "events", error);
    if (!status)
        status = check_events(store, check, error);
    if (!status)
        status = store_postgres_embedders(store, &embedders, error);
    for (size_t i = 0; !status && i < embedders.count; i++) {
        status = check_faces(store, check, embedders.items[i].id, error);
        if (!status)
            status = check_lost(store, check, embedders.items[i].id, error);
    }
    mem_free(embedders.items);
    return status;
}

vultus_status store_postgres_check(struct store *base, bool repair, const vultus_progress *progress,
                                   vultus_faults *out, vultus_error *error)
{
    struct check check = {.progress = progress};
    (void)repair; /* it has no search files */
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, check_all, &check, error);
    if (status)
        vultus_faults_clear(&check.faults);
    else
        *out = check.faults;
    return status;
}
