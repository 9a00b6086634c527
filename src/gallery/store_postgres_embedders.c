/* The embedders of a PostgreSQL gallery, and the table of embeddings that each has. */
#include "base/memory.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <string.h>

/* A row of POSTGRES_EMBEDDER or POSTGRES_EMBEDDERS. */
static struct store_postgres_embedder read_embedder(const PGresult *rows, int row)
{
    int64_t dimension = store_postgres_number(rows, row, 1);
    return (struct store_postgres_embedder){
        .id = store_postgres_number(rows, row, 0),
        .dimension = dimension < 0 || dimension > SEARCH_DIMENSION_MAX ? 0 : (size_t)dimension,
        .unit = store_postgres_number(rows, row, 2) != 0,
        .some = store_postgres_number(rows, row, 3) != 0};
}

vultus_status store_postgres_embedder(struct store_postgres *store, const char *name,
                                      size_t dimension, struct store_postgres_embedder *out,
                                      vultus_error *error)
{
    PGresult *rows = NULL;
    struct store_postgres_values values = {0};
    store_postgres_add_text(&values, name);
    *out = (struct store_postgres_embedder){.dimension = dimension};
    vultus_status status = store_postgres_ask(store, POSTGRES_EMBEDDER, 0, &values, &rows, error);
    if (status)
        return status;
    if (PQntuples(rows))
        *out = read_embedder(rows, 0);
    PQclear(rows);
    if (out->dimension != dimension)
        return status_set(error, VULTUS_ERR_MISMATCH,
                          "%s: %s has %zu floats in the gallery and %zu here; use another gallery",
                          store->place.shown, name, out->dimension, dimension);
    return VULTUS_OK;
}

static vultus_status make_table(struct store_postgres *store,
                                const struct store_postgres_embedder *embedder, vultus_error *error)
{
    struct buffer sql;
    const struct store_postgres_table table = {embedder->id, embedder->dimension,
                                               store->place.partitions};
    buffer_init(&sql, 1 << 16);
    vultus_status status = store_postgres_table_sql(store->dialect, &table, &sql, error);
    if (!status)
        status = store_postgres_execute(store, (char *)sql.data, NULL, error);
    buffer_clear(&sql);
    return status;
}

vultus_status store_postgres_add_embedder(struct store_postgres *store, const char *name,
                                          struct store_postgres_embedder *embedder,
                                          vultus_error *error)
{
    PGresult *rows = NULL;
    struct store_postgres_values values = {0};
    if (embedder->id) {
        store_postgres_add_number(&values, embedder->id);
        store_postgres_add_number(&values, embedder->unit);
        return store_postgres_ask(store, POSTGRES_EMBEDDER_UNIT, 0, &values, NULL, error);
    }
    store_postgres_add_text(&values, name);
    store_postgres_add_number(&values, (int64_t)embedder->dimension);
    store_postgres_add_number(&values, embedder->unit);
    vultus_status status =
        store_postgres_ask(store, POSTGRES_ADD_EMBEDDER, 0, &values, &rows, error);
    if (status)
        return status;
    embedder->id = store_postgres_number(rows, 0, 0);
    PQclear(rows);
    return make_table(store, embedder, error);
}

vultus_status store_postgres_embedders(struct store_postgres *store,
                                       struct store_postgres_embedders *out, vultus_error *error)
{
    PGresult *rows = NULL;
    vultus_status status = store_postgres_ask(store, POSTGRES_EMBEDDERS, 0, NULL, &rows, error);
    if (status)
        return status;
    *out = (struct store_postgres_embedders){.count = (size_t)PQntuples(rows)};
    out->items = mem_array(out->count, sizeof *out->items);
    for (size_t i = 0; out->items && i < out->count; i++)
        out->items[i] = read_embedder(rows, (int)i);
    PQclear(rows);
    return out->items ? VULTUS_OK : status_memory(error, "the list of embedders");
}

struct other {
    const char *embedder;
    char *out;
};

static vultus_status find_other(struct store_postgres *store, void *context, vultus_error *error)
{
    const struct other *other = context;
    PGresult *rows = NULL;
    struct store_postgres_values values = {0};
    store_postgres_add_text(&values, other->embedder);
    other->out[0] = '\0';
    vultus_status status =
        store_postgres_ask(store, POSTGRES_OTHER_EMBEDDER, 0, &values, &rows, error);
    if (status)
        return status;
    const char *name = store_postgres_text(rows, 0, 1, STORE_EMBEDDER_MAX);
    if (name)
        memcpy(other->out, name, strlen(name) + 1);
    else if (PQntuples(rows))
        status = store_postgres_bad_row(store, "embedders", store_postgres_number(rows, 0, 0),
                                        "has a bad name", error);
    PQclear(rows);
    return status;
}

vultus_status store_postgres_other(struct store *base, const char *embedder,
                                   char out[STORE_EMBEDDER_MAX + 1], vultus_error *error)
{
    struct other other = {embedder, out};
    return store_postgres_glance((struct store_postgres *)base, find_other, &other, error);
}
