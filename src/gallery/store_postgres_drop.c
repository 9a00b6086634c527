/* Dropping an embedder of a PostgreSQL gallery once all of its pictures have a face by another one. Its empty table stays. */
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <string.h>

struct dropping {
    const char *embedder, *kept;
    size_t faces;
};

static vultus_status find_both(struct store_postgres *store, const struct dropping *dropping,
                               int64_t ids[2], vultus_error *error)
{
    const char *const names[] = {dropping->embedder, dropping->kept};
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < 2; i++) {
        PGresult *rows = NULL;
        struct store_postgres_values values = {0};
        store_postgres_add_text(&values, names[i]);
        status = store_postgres_ask(store, POSTGRES_EMBEDDER, 0, &values, &rows, error);
        ids[i] = status ? 0 : store_postgres_number(rows, 0, 0);
        PQclear(rows);
        if (!status && !ids[i])
            status = store_no_embedder(names[i], error);
    }
    return status;
}

static vultus_status drop(struct store_postgres *store, void *context, vultus_error *error)
{
    static const enum store_postgres_query steps[] = {POSTGRES_DROP_UNDO, POSTGRES_DROP_THUMBNAILS,
                                                      POSTGRES_DROP_FACES};
    struct dropping *dropping = context;
    const struct store_postgres_note note = {.action = "drop", .after = dropping->embedder};
    int64_t ids[2] = {0}, missing = 0, faces = 0;
    vultus_status status = find_both(store, dropping, ids, error);
    if (!status)
        status =
            store_postgres_ask_number(store, POSTGRES_DROP_MISSING, 0, ids, 2, &missing, error);
    if (!status && missing)
        status = store_still_needed(dropping->embedder, dropping->kept, missing, error);
    if (!status)
        status = store_postgres_ask_number(store, POSTGRES_DROP_COUNT, 0, ids, 1, &faces, error);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_DROP_VECTORS, ids[0], NULL, NULL, error);
    for (size_t i = 0; !status && i < sizeof steps / sizeof *steps; i++)
        status = store_postgres_do(store, steps[i], ids, 1, error);
    store->state.edits++;
    dropping->faces = (size_t)faces;
    return status ? status : store_postgres_note(store, &note, NULL, error);
}

vultus_status store_postgres_drop(struct store *base, const char *embedder, const char *kept,
                                  size_t *faces, vultus_error *error)
{
    struct dropping dropping = {.embedder = embedder, .kept = kept};
    vultus_status status =
        store_postgres_write((struct store_postgres *)base, drop, &dropping, error);
    if (!status)
        *faces = dropping.faces;
    return status;
}
