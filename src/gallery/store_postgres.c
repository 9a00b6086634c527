/*
 * The PostgreSQL store: opening and closing, and its table of functions. A gallery is a schema of its own in
 * the database; the embeddings of each embedder are a table of pgvector's vectors. The rest is in
 * store_postgres_*.c.
 */
#include "gallery/store_postgres_pages.h"
#include "base/memory.h"
#include "gallery/key_source.h"

#include <string.h>

static void close_postgres(struct store *base)
{
    struct store_postgres *store = (struct store_postgres *)base;
    if (!store)
        return;
    store_postgres_disconnect(store);
    mem_free_wiped(store->vector, (size_t)4 * SEARCH_DIMENSION_MAX);
    mem_wipe(&store->place, sizeof store->place);
    mem_free(store);
}

static vultus_status open_postgres(const char *rest, const vultus_gallery_options *options,
                                   struct store **out, vultus_error *error)
{
    if (key_named(options->key_file) && !options->key_optional)
        return status_set(
            error, VULTUS_ERR_ARGUMENT,
            "a key is given, and vultus does not encrypt PostgreSQL galleries; encrypt "
            "the server's disk, and give no key");
    struct store_postgres *store = mem_zalloc(1, sizeof *store);
    if (!store)
        return status_memory(error, "the gallery");
    store->base.methods = &store_postgres;
    store->read_only = options->read_only;
    store_actor(options->actor, store->actor);
    vultus_status status = store_postgres_place(rest, &store->place, error);
    store->vector = mem_alloc((size_t)4 * SEARCH_DIMENSION_MAX);
    if (!status && !store->vector)
        status = status_memory(error, "the gallery");
    if (!status)
        status = store_postgres_connect(store, false, error);
    if (!status)
        status = store_postgres_prepare(store, options->must_exist, error);
    if (status)
        close_postgres(&store->base);
    else
        *out = &store->base;
    return status;
}

static vultus_status backup(struct store *store, const char *path, bool overwrite,
                            const vultus_progress *progress, vultus_error *error)
{
    (void)store, (void)path, (void)overwrite, (void)progress;
    return status_set(error, VULTUS_ERR_ARGUMENT,
                      "a PostgreSQL gallery is copied with PostgreSQL's own tools: pg_dump "
                      "--schema=vultus_NAME");
}

static vultus_status restore(const char *rest, const char *path, const struct store_copying *how,
                             vultus_error *error)
{
    (void)rest, (void)path, (void)how;
    return status_set(error, VULTUS_ERR_ARGUMENT,
                      "a PostgreSQL gallery is restored with PostgreSQL's own tools: pg_restore, "
                      "or psql");
}

static char *show(const char *rest)
{
    struct store_postgres_place place;
    char *shown =
        mem_string(store_postgres_place(rest, &place, NULL) ? "postgresql:" : place.shown);
    mem_wipe(&place, sizeof place);
    return shown;
}

const struct store_methods store_postgres = {
    .name = "postgresql",
    .show = show,
    .open = open_postgres,
    .close = close_postgres,
    .add = store_postgres_add,
    .find = store_postgres_find,
    .people = store_postgres_people,
    .person = store_postgres_one_person,
    .people_page = store_postgres_people_page,
    .faces = store_postgres_faces,
    .faces_from = store_postgres_faces_from,
    .rename = store_postgres_rename,
    .merge = store_postgres_merge,
    .erase = store_postgres_erase,
    .erase_face = store_postgres_erase_face,
    .sync = store_postgres_sync,
    .nearest = store_postgres_nearest,
    .other = store_postgres_other,
    .set_fact = store_postgres_set_fact,
    .facts = store_postgres_facts,
    .count_facts = store_postgres_count_facts,
    .move = store_postgres_move,
    .split = store_postgres_split,
    .refuse = store_postgres_refuse,
    .face_picture = store_postgres_face_picture,
    .know = store_postgres_know,
    .drop = store_postgres_drop,
    .refused_of = store_postgres_refused_of,
    .changes = store_postgres_changes,
    .undo = store_postgres_undo,
    .refusals = store_postgres_refusals,
    .having = store_postgres_having,
    .beside = store_postgres_beside,
    .besides = store_postgres_besides,
    .backup = backup,
    .restore = restore,
    .check = store_postgres_check,
    .trace = store_postgres_trace,
    .compact = store_postgres_compact,
    .destroy = store_postgres_destroy,
    .stats = store_postgres_stats,
};
