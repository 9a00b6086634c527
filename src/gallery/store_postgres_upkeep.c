/* Upkeep of the PostgreSQL store: its indexes and dead rows, what it is made of, and what is left of a name. */
#include "base/memory.h"
#include "gallery/store_postgres_events.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_FACES 20000 /* fewer are looked through faster than an index is kept */

static vultus_status run_filled(struct store_postgres *store, const char *text, int64_t number,
                                const char *word, const vultus_progress *progress,
                                vultus_error *error)
{
    struct buffer sql;
    buffer_init(&sql, 4096);
    vultus_status status = store_postgres_fill(text, number, word, &sql, error);
    if (!status)
        status = store_postgres_long(store, (char *)sql.data, progress, error);
    buffer_clear(&sql);
    return status;
}

static vultus_status ask_number(struct store_postgres *store, const char *text, int64_t number,
                                int64_t *out, vultus_error *error)
{
    struct buffer sql;
    PGresult *rows = NULL;
    buffer_init(&sql, 4096);
    vultus_status status = store_postgres_fill(text, number, "", &sql, error);
    if (!status)
        status = store_postgres_execute(store, (char *)sql.data, &rows, error);
    buffer_clear(&sql);
    if (status)
        return status;
    *out = PQntuples(rows) ? strtoll(PQgetvalue(rows, 0, 0), NULL, 10) : 0;
    PQclear(rows);
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ compacting */

/* Makes the index of an embedder with enough faces, or writes it anew without those that went. */
static vultus_status index_embedder(struct store_postgres *store,
                                    const struct store_postgres_embedder *embedder,
                                    const vultus_progress *progress, vultus_error *error)
{
    struct buffer sql;
    int64_t faces = 0, indexes = 0;
    if (!store_postgres_can_index(embedder->dimension))
        return VULTUS_OK;
    vultus_status status =
        ask_number(store, "SELECT count(*) FROM embeddings_#", embedder->id, &faces, error);
    if (!status)
        status = ask_number(store, store->dialect->has_index, embedder->id, &indexes, error);
    if (status || (!indexes && faces < INDEX_FACES))
        return status;
    if (indexes)
        return store->dialect->rebuild
                   ? run_filled(store, store->dialect->rebuild, embedder->id, "", progress, error)
                   : VULTUS_OK;
    buffer_init(&sql, 4096);
    status = store_postgres_index_sql(store->dialect, embedder->id, embedder->unit, &sql, error);
    if (!status)
        status = store_postgres_long(store, (char *)sql.data, progress, error);
    buffer_clear(&sql);
    return status;
}

static vultus_status tidy(struct store_postgres *store, void *context, vultus_error *error)
{
    static const char *const tables[] = {"people", "embedders", "faces",         "thumbnails",
                                         "facts",  "refusals",  "history",       "undo",
                                         "state",  "events",    "event_pictures"};
    const vultus_progress *progress = context;
    struct store_postgres_embedders embedders = {0};
    char table[48];
    vultus_status status = store_postgres_embedders(store, &embedders, error);
    for (size_t i = 0; !status && store->dialect->tidy && i < sizeof tables / sizeof *tables; i++)
        status = run_filled(store, store->dialect->tidy, 0, tables[i], progress, error);
    for (size_t i = 0; !status && i < embedders.count; i++) {
        snprintf(table, sizeof table, "embeddings_%lld", (long long)embedders.items[i].id);
        if (store->dialect->tidy)
            status = run_filled(store, store->dialect->tidy, 0, table, progress, error);
        if (!status)
            status = index_embedder(store, &embedders.items[i], progress, error);
    }
    mem_free(embedders.items);
    return status;
}

vultus_status store_postgres_compact(struct store *base, const vultus_progress *progress,
                                     vultus_error *error)
{
    struct store_postgres *store = (struct store_postgres *)base;
    size_t erased = 0;
    vultus_status status = store_postgres_expire(store, error);
    if (!status)
        status = store_postgres_prune_events(base, NULL, &erased, error);
    return status ? status : store_postgres_glance(store, tidy, (void *)progress, error);
}

/* ------------------------------------------------------------------ the end */

static vultus_status drop(struct store_postgres *store, void *context, vultus_error *error)
{
    char sql[128];
    (void)context;
    snprintf(sql, sizeof sql, "DROP SCHEMA %s CASCADE", store->place.schema);
    return store_postgres_long(store, sql, NULL, error);
}

vultus_status store_postgres_destroy(struct store *base, vultus_error *error)
{
    return store_postgres_glance((struct store_postgres *)base, drop, NULL, error);
}

/* ------------------------------------------------------------------ statistics */

static vultus_status read_embedders(struct store_postgres *store, vultus_gallery_stats *stats,
                                    vultus_error *error)
{
    PGresult *rows = NULL;
    vultus_status status =
        store_postgres_ask(store, POSTGRES_EMBEDDER_COUNTS, 0, NULL, &rows, error);
    if (status)
        return status;
    stats->embedders = mem_zalloc((size_t)PQntuples(rows) + 1, sizeof *stats->embedders);
    if (!stats->embedders)
        status = status_memory(error, "the list of embedders");
    for (int i = 0; !status && i < PQntuples(rows); i++) {
        vultus_gallery_embedder *item = &stats->embedders[stats->embedder_count++];
        const char *name = store_postgres_text(rows, i, 0, STORE_EMBEDDER_MAX);
        item->dimension = (size_t)store_postgres_number(rows, i, 1);
        item->faces = (size_t)store_postgres_number(rows, i, 2);
        if (!(item->id = mem_string(name ? name : "")))
            status = status_memory(error, "the list of embedders");
    }
    PQclear(rows);
    return status;
}

static vultus_status read_stats(struct store_postgres *store, void *context, vultus_error *error)
{
    vultus_gallery_stats *stats = context;
    PGresult *rows = NULL;
    int64_t bytes = 0, version = 0;
    vultus_gallery_stats_clear(stats);
    vultus_status status = store_postgres_ask(store, POSTGRES_COUNTS, 0, NULL, &rows, error);
    if (status)
        return status;
    stats->people = (size_t)store_postgres_number(rows, 0, 0);
    stats->faces = (size_t)store_postgres_number(rows, 0, 1);
    PQclear(rows);
    if (store->dialect->bytes)
        status = ask_number(store, store->dialect->bytes, 0, &bytes, error);
    if (!status)
        status = ask_number(store, "SELECT version FROM state", 0, &version, error);
    stats->bytes = (uint64_t)bytes;
    stats->schema = (unsigned)version;
    snprintf(stats->journal, sizeof stats->journal, "%s", store->dialect->name);
    return status ? status : read_embedders(store, stats, error);
}

vultus_status store_postgres_stats(struct store *base, vultus_gallery_stats *out,
                                   vultus_error *error)
{
    vultus_gallery_stats stats = {0};
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, read_stats, &stats, error);
    if (status)
        vultus_gallery_stats_clear(&stats);
    else
        *out = stats;
    return status;
}

/* ------------------------------------------------------------------ traces */

struct tracing {
    const char *name;
    vultus_trace trace;
};

/* Every text of every table. The server's files are not ours to look into: docs/postgresql.md says what is
 * left there. */
static vultus_status count_texts(struct store_postgres *store, void *context, vultus_error *error)
{
    struct tracing *tracing = context;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    store_postgres_add_text(&values, tracing->name);
    vultus_status status = store_postgres_ask(store, POSTGRES_TRACE, 0, &values, &rows, error);
    if (status)
        return status;
    tracing->trace = (vultus_trace){.texts = (size_t)store_postgres_number(rows, 0, 0),
                                    .mentions = (size_t)store_postgres_number(rows, 0, 1)};
    tracing->trace.gone = !tracing->trace.texts;
    PQclear(rows);
    return VULTUS_OK;
}

vultus_status store_postgres_trace(struct store *base, const char *name, vultus_trace *out,
                                   vultus_error *error)
{
    struct tracing tracing = {.name = name};
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, count_texts, &tracing, error);
    if (!status)
        *out = tracing.trace;
    return status;
}
