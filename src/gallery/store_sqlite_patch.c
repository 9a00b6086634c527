/*
 * What becomes of search files when somebody is renamed, merged, erased, or gets or loses faces: the files that stand for the
 * database as it is are opened before the change, told inside its transaction what the database says of the people concerned, and valid
 * again once it is certain. A file that cannot be changed is made anew by the next search; from one that may have somebody
 * who is erased, all is removed.
 */
#include "base/memory.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <string.h>

#define WAIT_MS 5000  /* somebody is erased: for whoever makes the file */
#define MOMENT_MS 250 /* a file that another process makes goes stale, which is no harm */

/* ------------------------------------------------------------------ before the change */

/* NOT_FOUND: there is no such file, or not one that stands for the database as it is. */
static vultus_status open_file(struct store_sqlite *store, const char *path, bool erase,
                               struct search_file_change **out, vultus_error *error)
{
    struct search_file_change *change = NULL;
    struct store_mark now = {0};
    int64_t embedder;
    vultus_status status =
        search_file_change_begin(path, erase ? WAIT_MS : MOMENT_MS, &change, error);
    if (status)
        return status;
    struct search *index = search_file_change_index(change);
    search_set_weigher(index, store->base.weigher);
    status = store->base.private
                 ? VULTUS_ERR_NOT_FOUND
                 : store_sqlite_look(store, search_file_change_embedder(change),
                                     search_dimension(index), &now, &embedder, error);
    if (!status)
        status = store_sqlite_file_fits(store, &now, search_file_change_mark(change), error);
    if (status)
        search_file_change_finish(change, NULL);
    else
        *out = change;
    return status == VULTUS_ERR_MISMATCH ? VULTUS_ERR_NOT_FOUND : status;
}

static vultus_status open_files(struct store_sqlite *store, struct store_sqlite_changes *changes,
                                vultus_error *error)
{
    vultus_error why = {0};
    vultus_status status = store_sqlite_ask(store, QUERY_EDITS, NULL, &changes->edits, error);
    if (!status)
        status = store_sqlite_search_files(store, &changes->files, error);
    for (size_t i = 0; !status && i < changes->files.count; i++) {
        const char *path = changes->files.items[i];
        vultus_status opened = VULTUS_ERR_NOT_FOUND;
        if (i < STORE_SQLITE_SEARCHES_MAX)
            opened = open_file(store, path, changes->erase, &changes->items[i], &why);
        if (opened == VULTUS_ERR_NOT_FOUND && changes->erase)
            status = search_file_remove(path, error);
        else if (opened && opened != VULTUS_ERR_NOT_FOUND && changes->erase)
            status = status_set(error, opened, "%s", why.message);
    }
    return status;
}

vultus_status store_sqlite_concern(struct store_sqlite *store, struct store_sqlite_changes *changes,
                                   int64_t person, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (!changes->people.count)
        status = open_files(store, changes, error);
    return status ? status : store_ids_add(&changes->people, person, error);
}

/* ------------------------------------------------------------------ inside its transaction */

static vultus_status say_name(struct store_sqlite *store, struct search_file_change *change,
                              int64_t person, vultus_error *error)
{
    char buffer[VULTUS_NAME_MAX + 1];
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_NEW_PEOPLE, &statement, error);
    if (!status)
        status = store_sqlite_status(store, sqlite3_bind_int64(statement, 1, person - 1), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    row = !status && row && sqlite3_column_int64(statement, 0) == person;
    const char *name = row ? store_sqlite_name(store, statement, 1, person, buffer) : NULL;
    if (!status && row && !name)
        status = store_sqlite_bad_row(store, "people", person, "has a bad name", error);
    if (!status)
        status = search_file_change_name(change, person, name, error);
    store_sqlite_done(statement);
    return status;
}

static vultus_status ask_faces_of(struct store_sqlite *store, int64_t person, int64_t embedder,
                                  int64_t last, sqlite3_stmt **out, vultus_error *error)
{
    char now[STORE_DATE_SIZE];
    store_now(now);
    vultus_status status = store_sqlite_query(store, QUERY_FACES_OF, out, error);
    if (status)
        return status;
    int code = sqlite3_bind_int64(*out, 1, person);
    if (!code)
        code = sqlite3_bind_int64(*out, 2, embedder);
    if (!code)
        code = sqlite3_bind_text(*out, 3, now, -1, SQLITE_TRANSIENT);
    if (!code)
        code = sqlite3_bind_int64(*out, 4, last);
    return store_sqlite_status(store, code, error);
}

/* Those up to the last that the file has; later ones are added as they always are. */
static vultus_status say_faces(struct store_sqlite *store, struct search_file_change *change,
                               int64_t embedder, int64_t person, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = ask_faces_of(store, person, embedder,
                                        search_file_change_mark(change)->face, &statement, error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        const int64_t face = sqlite3_column_int64(statement, 0);
        bool there = false;
        status = search_file_change_face(change, face, person, &there, error);
        if (!status && !there)
            status = store_sqlite_add_face(store, search_file_change_index(change), statement, face,
                                           error);
    }
    store_sqlite_done(statement);
    return status;
}

static vultus_status say(struct store_sqlite *store, const struct store_sqlite_changes *changes,
                         struct search_file_change *change, struct search_file_mark *out,
                         vultus_error *error)
{
    struct search *index = search_file_change_index(change);
    const struct search_file_mark *before = search_file_change_mark(change);
    struct store_mark now = {0};
    int64_t embedder = 0;
    vultus_status status = store_sqlite_look(store, search_file_change_embedder(change),
                                             search_dimension(index), &now, &embedder, error);
    now.person = before->person;
    now.face = before->face;
    memcpy(now.filled_at, before->filled, sizeof now.filled_at);
    if (!status)
        status =
            search_file_change_people(change, changes->people.items, changes->people.count, error);
    if (!status) /* somebody new may get an old face */
        status = store_sqlite_add_people(store, index, &now, error);
    for (size_t i = 0; !status && i < changes->people.count; i++)
        status = say_name(store, change, changes->people.items[i], error);
    for (size_t i = 0; !status && i < changes->people.count; i++)
        status = say_faces(store, change, embedder, changes->people.items[i], error);
    if (!status)
        status = store_sqlite_add_new(store, embedder, index, &now, error);
    if (!status)
        status = search_file_change_write(change, error);
    return status ? status : store_sqlite_file_mark(store, &now, out, error);
}

static vultus_status say_all(struct store_sqlite *store, struct store_sqlite_changes *changes,
                             vultus_error *error)
{
    int64_t edits = 0;
    vultus_error why = {0};
    vultus_status status = store_sqlite_ask(store, QUERY_EDITS, NULL, &edits, error);
    changes->changed = edits != changes->edits;
    changes->edits = edits;
    for (size_t i = 0; !status && changes->changed && i < STORE_SQLITE_SEARCHES_MAX; i++) {
        if (!changes->items[i] || !say(store, changes, changes->items[i], &changes->marks[i], &why))
            continue;
        search_file_change_finish(changes->items[i], NULL);
        changes->items[i] = NULL;
        if (changes->erase)
            status = search_file_remove(changes->files.items[i], error);
    }
    return status;
}

vultus_status store_sqlite_end_changes(struct store_sqlite *store,
                                       struct store_sqlite_changes *changes, vultus_status status,
                                       vultus_error *error)
{
    if (!status && changes->people.count)
        status = say_all(store, changes, error);
    status = store_sqlite_end(store, status, error);
    for (size_t i = 0; i < STORE_SQLITE_SEARCHES_MAX; i++)
        search_file_change_finish(changes->items[i],
                                  !status && changes->changed ? &changes->marks[i] : NULL);
    file_list_clear(&changes->files);
    mem_free(changes->people.items);
    return status;
}

/* Somebody may have been filling a file from before a deletion. */
vultus_status store_sqlite_remove_stale(struct store_sqlite *store, int64_t edits,
                                        vultus_error *error)
{
    struct file_list files = {0};
    struct search_file_mark mark;
    vultus_status status = store_sqlite_search_files(store, &files, error);
    for (size_t i = 0; !status && i < files.count; i++)
        if (!search_file_peek(files.items[i], &mark) || mark.edits != edits)
            status = search_file_remove(files.items[i], error);
    file_list_clear(&files);
    return status;
}
