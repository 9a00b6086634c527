/* The embedders of a PostgreSQL gallery, and the table of embeddings that each has. */
#include "base/memory.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <string.h>

/* Asks its own table: faces have no index that begins with the embedder. */
static vultus_status has_some(struct store_postgres *store, int64_t embedder, bool *out,
                              vultus_error *error)
{
    int64_t some = 0;
    vultus_status status =
        store_postgres_ask_number(store, POSTGRES_EMBEDDER_SOME, embedder, NULL, 0, &some, error);
    *out = some != 0;
    return status;
}

/* A row of POSTGRES_EMBEDDER or POSTGRES_EMBEDDERS. */
static vultus_status read_embedder(struct store_postgres *store, const PGresult *rows, int row,
                                   struct store_postgres_embedder *out, vultus_error *error)
{
    int64_t dimension = store_postgres_number(rows, row, 1);
    *out = (struct store_postgres_embedder){
        .id = store_postgres_number(rows, row, 0),
        .dimension = dimension < 0 || dimension > SEARCH_DIMENSION_MAX ? 0 : (size_t)dimension,
        .unit = store_postgres_number(rows, row, 2) != 0};
    return has_some(store, out->id, &out->some, error);
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
        status = read_embedder(store, rows, 0, out, error);
    PQclear(rows);
    if (!status && out->dimension != dimension)
        return status_set(error, VULTUS_ERR_MISMATCH,
                          "%s: %s has %zu floats in the gallery and %zu here; use another gallery",
                          store->place.shown, name, out->dimension, dimension);
    return status;
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
    if (!out->items)
        status = status_memory(error, "the list of embedders");
    for (size_t i = 0; !status && i < out->count; i++)
        status = read_embedder(store, rows, (int)i, &out->items[i], error);
    PQclear(rows);
    return status;
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
    bool some = false;
    for (int i = 0; !status && !some && i < PQntuples(rows); i++) {
        const int64_t id = store_postgres_number(rows, i, 0);
        const char *name = store_postgres_text(rows, i, 1, STORE_EMBEDDER_MAX);
        status = has_some(store, id, &some, error);
        if (!status && some && !name)
            status = store_postgres_bad_row(store, "embedders", id, "has a bad name", error);
        else if (!status && some)
            memcpy(other->out, name, strlen(name) + 1);
    }
    PQclear(rows);
    return status;
}

vultus_status store_postgres_other(struct store *base, const char *embedder,
                                   char out[STORE_EMBEDDER_MAX + 1], vultus_error *error)
{
    struct other other = {embedder, out};
    return store_postgres_glance((struct store_postgres *)base, find_other, &other, error);
}
