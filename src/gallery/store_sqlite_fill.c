/*
 * Filling an index anew. A large gallery's is mapped from its search file; where there is none that fits, it is
 * filled in a new one, by one process at a time, or in memory where no file can be. What comes later is
 * appended to the file by whoever may write.
 */
#include "base/file_lock.h"
#include "gallery/search_map.h"
#include "gallery/store_sqlite_index.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

size_t store_search_file_faces = STORE_SEARCH_FILE_FACES;

/* Reads all rows of the database. */
static vultus_status read_all(struct store_sqlite_filling *filling, vultus_error *error)
{
    struct store_sqlite *store = filling->store;
    struct store_mark *now = filling->now;
    vultus_status status = store->large ? store_sqlite_check_faces(store, error) : VULTUS_OK;
    now->person = now->face = INT64_MIN;
    store_now(now->filled_at);
    return status ? status : store_sqlite_add_new(store, filling->id, filling->index, now, error);
}

static vultus_status fill_in_memory(struct store_sqlite_filling *filling, int64_t faces,
                                    vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    search_clear(filling->index);
    if (faces > 0) /* and some more, so that the next enrolments copy nothing */
        status = search_reserve(filling->index, (size_t)faces + (size_t)faces / 8, error);
    return status ? status : read_all(filling, error);
}

/* NOT_FOUND: there is no file that can be used; `why` is the end of a sentence about it. */
static vultus_status fill_from_file(struct store_sqlite_filling *filling, const char *path,
                                    vultus_error *why, vultus_error *error)
{
    struct store_mark *now = filling->now;
    struct search_file_mark mark;
    vultus_status status = search_file_open(path, filling->embedder, filling->index, &mark, why);
    if (status)
        return status == VULTUS_ERR_MEMORY ? status_memory(error, "the search index")
                                           : VULTUS_ERR_NOT_FOUND;
    status_set(why, VULTUS_ERR_NOT_FOUND, "does not go with the gallery as it is");
    status = store_sqlite_file_fits(filling->store, now, &mark, error);
    if (!status) {
        now->person = mark.person;
        now->face = mark.face;
        memcpy(now->filled_at, mark.filled, sizeof now->filled_at);
        status = store_sqlite_add_new(filling->store, filling->id, filling->index, now, error);
    }
    if (status == VULTUS_ERR_NOT_FOUND)
        search_clear(filling->index);
    return status;
}

/* ------------------------------------------------------------------ making one */

static vultus_status measure(struct store_sqlite *store, int64_t faces,
                             struct search_file_size *out, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_PEOPLE_SIZE, &statement, error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row)
        *out = (struct search_file_size){
            .faces = (size_t)faces,
            .people = (size_t)sqlite3_column_int64(statement, 1),
            .name_bytes = (size_t)sqlite3_column_int64(statement, 0),
        };
    store_sqlite_done(statement);
    return status;
}

/* IO, LIMIT: there can be no file. */
static vultus_status make_file(struct store_sqlite_filling *filling, const char *path,
                               int64_t faces, vultus_error *error)
{
    struct store_mark *now = filling->now;
    struct search_file_mark mark;
    struct search_file_size size = {0};
    vultus_status status = measure(filling->store, faces, &size, error);
    if (!status)
        status = search_file_begin(path, &size, filling->index, error);
    if (status)
        return status;
    status = read_all(filling, error);
    if (!status)
        status = store_sqlite_file_mark(filling->store, now, &mark, error);
    if (!status)
        status = search_file_seal(path, filling->embedder, &mark, filling->index, error);
    if (status)
        search_clear(filling->index);
    return status;
}

/* Who waited for the lock sees the gallery, and perhaps the file, as they are now. */
static vultus_status look_again(struct store_sqlite_filling *filling, vultus_error *error)
{
    struct store_mark now = {.alone = filling->now->alone};
    vultus_status status = store_sqlite_end(filling->store, VULTUS_OK, error);
    if (!status)
        status = store_sqlite_begin(filling->store, false, error);
    if (!status)
        status = store_sqlite_look(filling->store, filling->embedder,
                                   search_dimension(filling->index), &now, &filling->id, error);
    if (!status)
        *filling->now = now;
    return status;
}

/* With the lock held. NOT_FOUND: there can be no file. */
static vultus_status fill_locked(struct store_sqlite_filling *filling, const char *path,
                                 vultus_error *error)
{
    struct store_sqlite *store = filling->store;
    int64_t faces = 0;
    vultus_error why = {0};
    vultus_status status = look_again(filling, error);
    if (!status && filling->broken)
        status_set(&why, VULTUS_ERR_FORMAT, "is damaged: an embedding");
    if (!status && !filling->broken)
        status = fill_from_file(filling, path, &why, error);
    if (status != VULTUS_ERR_NOT_FOUND && !(filling->broken && !status))
        return status;
    status = store_sqlite_ask(store, QUERY_COUNT_FACES, &filling->id, &faces, error);
    if (status)
        return status;
    store_sqlite_tell(store, "%s: the search file %s; making it anew", store->shown, why.message);
    status = make_file(filling, path, faces, &why);
    if (status == VULTUS_ERR_IO || status == VULTUS_ERR_LIMIT || status == VULTUS_ERR_MEMORY) {
        store_sqlite_tell(store, "%s: the search file %s; going on in memory", store->shown,
                          why.message);
        return VULTUS_ERR_NOT_FOUND;
    }
    if (status)
        return status_set(error, status, "%s", why.message);
    return VULTUS_OK;
}

/* Whether this process could make files here at all: what it may not do it does not speak of. */
static bool may_make(const struct store_sqlite *store, const char *path)
{
    char folder[FILE_PATH_MAX];
    const size_t length = (size_t)(file_name(path) - path);
    memcpy(folder, path, length);
    folder[length] = '\0';
    return store->write_searches && !access(folder, W_OK);
}

vultus_status store_sqlite_fill(struct store_sqlite_filling *filling, vultus_error *error)
{
    struct store_sqlite *store = filling->store;
    char path[FILE_PATH_MAX];
    int64_t faces = 0;
    int lock = -1;
    vultus_error why = {0};
    vultus_status status =
        store_sqlite_ask(store, QUERY_LAST_FACE, NULL, &faces, error); /* at most so many */
    bool large = !status && (size_t)faces >= store_search_file_faces && !filling->now->alone &&
                 store_sqlite_search_path(store, filling->embedder, path);
    if (!status && large && !filling->broken) {
        status = fill_from_file(filling, path, &why, error);
        if (status != VULTUS_ERR_NOT_FOUND)
            return status;
        status = VULTUS_OK;
    }
    if (!status)
        status = store_sqlite_ask(store, QUERY_COUNT_FACES, &filling->id, &faces, error);
    if (status)
        return status;
    large = large && (size_t)faces >= store_search_file_faces;
    if (large && may_make(store, path) &&
        !search_map_lock(path, STORE_SQLITE_BUSY_MS, &lock, &why)) {
        status = fill_locked(filling, path, error);
        file_unlock(lock);
        if (status != VULTUS_ERR_NOT_FOUND)
            return status;
    } else if (large && (filling->broken || (why.code && why.code != VULTUS_ERR_NOT_FOUND))) {
        store_sqlite_tell(store, "%s: the search file %s; going on in memory", store->shown,
                          filling->broken ? "is damaged" : why.message);
    }
    return fill_in_memory(filling, faces, error);
}

/* ------------------------------------------------------------------ what comes later */

/* A deletion that was committed while the file was made is not in it. */
static void check_edits(struct store_sqlite *store, const struct store_mark *now, const char *path)
{
    vultus_error error;
    struct search_file_mark there;
    int64_t edits = 0;
    if (store_sqlite_ask(store, QUERY_EDITS, NULL, &edits, &error) || edits == now->edits ||
        (search_file_peek(path, &there) && there.edits != now->edits) || /* who deleted has it */
        !search_file_remove(path, &error))
        return;
    store_sqlite_tell(store, "%s", error.message);
}

static vultus_status renew(const struct store_sqlite_filling *filling, const char *path,
                           const struct search_file_mark *mark, vultus_error *error)
{
    int lock = -1;
    struct search_file_mark there;
    vultus_status status = search_map_lock(path, 0, &lock, error);
    if (!status && search_file_peek(path, &there) && there.face > mark->face)
        status = status_set(error, VULTUS_ERR_BUSY, "was written by another process");
    if (!status)
        status = search_file_renew(path, filling->embedder, mark, filling->index, error);
    file_unlock(lock);
    return status;
}

void store_sqlite_keep(const struct store_sqlite_filling *filling)
{
    struct store_sqlite *store = filling->store;
    struct search_file_mark mark;
    char path[FILE_PATH_MAX];
    vultus_error error = {0};
    if (!filling->index->map || !store->write_searches || filling->now->alone ||
        !store_sqlite_search_path(store, filling->embedder, path) || !may_make(store, path))
        return;
    if (store_sqlite_begin(store, false, &error))
        return;
    vultus_status status = store_sqlite_file_mark(store, filling->now, &mark, &error);
    status = store_sqlite_end(store, status, &error);
    if (!status)
        status = search_file_append(path, &mark, filling->index, &error);
    if (status == VULTUS_ERR_LIMIT)
        status = renew(filling, path, &mark, &error);
    if (status == VULTUS_ERR_IO)
        store_sqlite_tell(store, "%s: the search file %s; going on in memory", store->shown,
                          error.message);
    else if (!status)
        check_edits(store, filling->now, path);
}

void store_sqlite_keep_file(struct store *base, const char *embedder, struct search *index,
                            struct store_mark *mark)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    char path[FILE_PATH_MAX];
    vultus_error error;
    int64_t last = 0;
    if (store_sqlite_ask(store, QUERY_LAST_FACE, NULL, &last, &error) ||
        (size_t)last < store_search_file_faces || !store->write_searches ||
        !store_sqlite_search_path(store, embedder, path) || !may_make(store, path))
        return;
    if (store_sqlite_sync(base, embedder, index, mark, &error))
        store_sqlite_tell(store, "%s", error.message);
}
