/*
 * The thorough check of a gallery's search files: their checksums, also those of all embeddings, and whether a file that
 * says that it stands for the database as it is has the same people, faces and embeddings. One that stands for
 * another state is no fault: the next search makes it anew.
 */
#include "base/memory.h"
#include "gallery/search_map.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct place { /* where a face is in the file */
    int64_t face;
    uint32_t row;
};

struct look { /* at one file */
    struct store_sqlite *store;
    const char *name; /* of the file */
    struct search *index;
    struct search_file_mark mark;
    struct store_sqlite_findings *findings;
    struct place *places; /* of those that are there, by face */
    size_t count;
};

static vultus_status add_fault(struct look *look, const char *what, int64_t id, vultus_error *error)
{
    return store_faults_add(look->findings->faults, error, "the search file %s %s %lld", look->name,
                            what, (long long)id);
}

/* ------------------------------------------------------------------ people */

static vultus_status check_person(struct look *look, sqlite3_stmt *statement, size_t *next,
                                  vultus_error *error)
{
    const struct search *index = look->index;
    const int64_t id = sqlite3_column_int64(statement, 0);
    char buffer[VULTUS_NAME_MAX + 1];
    const char *name = store_sqlite_name(look->store, statement, 1, id, buffer);
    if (!name) /* a fault of the database */
        return sqlite3_errcode(look->store->db) == SQLITE_NOMEM ? status_memory(error, "the check")
                                                                : VULTUS_OK;
    vultus_status status = VULTUS_OK;
    for (; !status && *next < index->members_count && index->members[*next].id < id; ++*next)
        if (search_name(index, *next)[0]) /* who was erased has none */
            status = add_fault(look, "names somebody who is not in the gallery: person",
                               index->members[*next].id, error);
    if (status)
        return status;
    if (*next == index->members_count || index->members[*next].id != id)
        return add_fault(look, "lacks person", id, error);
    if (strcmp(search_name(index, (*next)++), name) != 0)
        return add_fault(look, "has another name of person", id, error);
    return VULTUS_OK;
}

static vultus_status check_people(struct look *look, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    size_t next = 0;
    vultus_status status = store_sqlite_query(look->store, QUERY_NEW_PEOPLE, &statement, error);
    if (!status)
        status =
            store_sqlite_status(look->store, sqlite3_bind_int64(statement, 1, INT64_MIN), error);
    while (!status && !(status = store_sqlite_step(look->store, statement, &row, error)) && row &&
           sqlite3_column_int64(statement, 0) <= look->mark.person)
        status = check_person(look, statement, &next, error);
    store_sqlite_done(statement);
    for (; !status && next < look->index->members_count; next++)
        if (search_name(look->index, next)[0])
            status = add_fault(look, "names somebody who is not in the gallery: person",
                               look->index->members[next].id, error);
    return status;
}

/* ------------------------------------------------------------------ faces */

static int by_face(const void *a, const void *b)
{
    const struct place *one = a, *other = b;
    return (one->face > other->face) - (one->face < other->face);
}

/* Those whose embeddings are what their rows say. */
static vultus_status find_places(struct look *look, vultus_error *error)
{
    const struct search *index = look->index;
    vultus_status status = VULTUS_OK;
    look->places = mem_array(index->faces + 1, sizeof *look->places);
    if (!look->places)
        return status_memory(error, "the check");
    for (size_t i = 0; !status && i < index->faces; i++) {
        search_map_passed(index, i);
        if (index->rows[i].member == NOBODY)
            continue;
        if (!search_whole(index, i))
            status =
                add_fault(look, "is damaged: the embedding of face", index->rows[i].face, error);
        look->places[look->count++] = (struct place){index->rows[i].face, (uint32_t)i};
    }
    qsort(look->places, look->count, sizeof *look->places, by_face);
    for (size_t i = 1; !status && i < look->count; i++)
        if (look->places[i].face == look->places[i - 1].face)
            status = add_fault(look, "has a face twice: face", look->places[i].face, error);
    return status;
}

static vultus_status check_face(struct look *look, sqlite3_stmt *statement, size_t *next,
                                vultus_error *error)
{
    const struct search *index = look->index;
    const int64_t face = sqlite3_column_int64(statement, 0);
    const int64_t person = sqlite3_column_int64(statement, 1);
    const void *vector = sqlite3_column_blob(statement, 2);
    const size_t bytes = index->dimension * sizeof(float);
    vultus_status status = VULTUS_OK;
    for (; !status && *next < look->count && look->places[*next].face < face; ++*next)
        status = add_fault(look, "has a face that is not in the gallery: face",
                           look->places[*next].face, error);
    if (status)
        return status;
    if (*next == look->count || look->places[*next].face != face)
        return add_fault(look, "lacks face", face, error);
    const size_t row = look->places[(*next)++].row;
    search_map_passed(index, row);
    if (index->members[index->rows[row].member].id != person)
        return add_fault(look, "gives somebody else face", face, error);
    if (vector && (size_t)sqlite3_column_bytes(statement, 2) == bytes &&
        memcmp(vector, search_vector(index, row), bytes) != 0 && search_whole(index, row))
        return add_fault(look, "has another embedding of face", face, error);
    return VULTUS_OK;
}

static vultus_status check_faces(struct look *look, int64_t embedder, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    size_t next = 0, done = 0;
    vultus_status status =
        store_sqlite_ask_faces(look->store, INT64_MIN, embedder, &statement, error);
    while (!status && !(status = store_sqlite_step(look->store, statement, &row, error)) && row &&
           sqlite3_column_int64(statement, 0) <= look->mark.face) {
        status = check_face(look, statement, &next, error);
        if (!status && ++done % 256 == 0)
            status = store_progress(look->findings->progress, 1, 1, error);
    }
    store_sqlite_done(statement);
    for (; !status && next < look->count; next++)
        status = add_fault(look, "has a face that is not in the gallery: face",
                           look->places[next].face, error);
    return status;
}

/* ------------------------------------------------------------------ a file, all files */

/* Of a file that is whole as far as opening it says. NOT_FOUND: it stands for another state. */
static vultus_status compare(struct look *look, vultus_error *error)
{
    struct store_mark now = {0};
    int64_t embedder = 0;
    vultus_status status = store_sqlite_look(look->store, look->index->map->head.embedder,
                                             look->index->dimension, &now, &embedder, error);
    if (status == VULTUS_ERR_MISMATCH)
        return VULTUS_ERR_NOT_FOUND;
    if (!status)
        status = store_sqlite_file_fits(look->store, &now, &look->mark, error);
    if (!status)
        status = check_people(look, error);
    if (!status)
        status = find_places(look, error);
    return status ? status : check_faces(look, embedder, error);
}

/* Takes back what was found in a file that others changed meanwhile. */
static void forget(vultus_faults *faults, size_t count, size_t found)
{
    while (faults->count > count)
        mem_free(faults->items[--faults->count]);
    faults->found = found;
}

static vultus_status check_file(struct store_sqlite *store, const char *path,
                                struct store_sqlite_findings *findings, vultus_error *error)
{
    struct look look = {.store = store, .name = file_name(path), .findings = findings};
    const size_t count = findings->faults->count, found = findings->faults->found;
    vultus_error why = {0};
    vultus_status status = search_file_open_any(path, &look.index, &look.mark, &why);
    if (status == VULTUS_ERR_MEMORY)
        status = status_memory(error, "the check");
    else if (status == VULTUS_ERR_BUSY)
        store_sqlite_tell(store, "%s: the search file %s; the next search makes it anew",
                          store->shown, why.message);
    else if (status && status != VULTUS_ERR_NOT_FOUND)
        status = store_faults_add(findings->faults, error, "the search file %s %s", look.name,
                                  why.message);
    else if (!status && store->base.private)
        status =
            store_faults_add(findings->faults, error,
                             "the search file %s is not encrypted, as the gallery is", look.name);
    else if (!status && (status = compare(&look, error)) == VULTUS_ERR_NOT_FOUND)
        store_sqlite_tell(store,
                          "%s: the search file %s does not go with the gallery as it is; the next "
                          "search makes it anew",
                          store->shown, look.name);
    if (look.index && search_state(look.index) == SEARCH_CHANGED)
        forget(findings->faults, count, found);
    search_free(look.index);
    mem_free(look.places);
    return status == VULTUS_ERR_NOT_FOUND || status == VULTUS_ERR_BUSY ? VULTUS_OK : status;
}

static vultus_status mend(const char *path, struct store_sqlite_findings *findings, size_t before,
                          vultus_error *error)
{
    if (!findings->repair || findings->faults->found == before)
        return VULTUS_OK;
    findings->faults->mended += findings->faults->found - before;
    return search_file_remove(path, error);
}

vultus_status store_sqlite_check_searches(struct store_sqlite *store,
                                          struct store_sqlite_findings *findings,
                                          vultus_error *error)
{
    struct file_list files = {0};
    vultus_status status = store_sqlite_search_files(store, &files, error);
    for (size_t i = 0; !status && i < files.count; i++) {
        const size_t before = findings->faults->found;
        status = check_file(store, files.items[i], findings, error);
        if (!status)
            status = mend(files.items[i], findings, before, error);
    }
    file_list_clear(&files);
    return status;
}
