/* Pages of people and of faces, and which groups and tags there are, in the PostgreSQL store. */
#include "gallery/store_postgres_pages.h"
#include "base/memory.h"
#include "gallery/names.h"

#include <libpq-fe.h>
#include <string.h>

/* ------------------------------------------------------------------ people */

struct people_page {
    const vultus_people_query *query;
    vultus_people people;
    size_t total;
};

static vultus_status count_people(struct store_postgres *store, struct people_page *page,
                                  const struct store_postgres_values *values, vultus_error *error)
{
    struct store_postgres_values allowed = *values;
    PGresult *rows = NULL;
    allowed.count = 3;
    vultus_status status =
        store_postgres_ask(store, POSTGRES_PEOPLE_TOTAL, 0, &allowed, &rows, error);
    if (!status)
        page->total = (size_t)store_postgres_number(rows, 0, 0);
    PQclear(rows);
    return status;
}

static vultus_status read_people(struct store_postgres *store, void *context, vultus_error *error)
{
    struct people_page *page = context;
    vultus_people *people = &page->people;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    vultus_people_clear(people);
    store_postgres_add_text(&values, page->query->group);
    store_postgres_add_text(&values, page->query->tag);
    store_postgres_add_text(&values, page->query->search);
    store_postgres_add_text(&values, page->query->after ? page->query->after : "");
    store_postgres_add_number(&values, (int64_t)page->query->most);
    vultus_status status =
        store_postgres_ask(store, POSTGRES_PEOPLE_PAGE, 0, &values, &rows, error);
    if (status)
        return status;
    people->items = mem_array((size_t)PQntuples(rows) + 1, sizeof *people->items);
    if (!people->items)
        status = status_memory(error, "the list of people");
    for (int i = 0; !status && i < PQntuples(rows); i++) {
        status = store_postgres_read_person(store, rows, i, &people->items[i], error);
        people->count += !status;
    }
    PQclear(rows);
    return status ? status : count_people(store, page, &values, error);
}

vultus_status store_postgres_people_page(struct store *base, const vultus_people_query *query,
                                         vultus_people *out, size_t *total, vultus_error *error)
{
    struct people_page page = {.query = query};
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, read_people, &page, error);
    if (status) {
        vultus_people_clear(&page.people);
        return status;
    }
    *out = page.people;
    *total = page.total;
    return VULTUS_OK;
}

struct one_person {
    const char *name;
    vultus_person person;
};

static void one_person_clear(struct one_person *one)
{
    mem_free(one->person.name);
    one->person = (vultus_person){0};
}

static vultus_status read_one(struct store_postgres *store, void *context, vultus_error *error)
{
    struct one_person *one = context;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    one_person_clear(one);
    store_postgres_add_text(&values, one->name);
    vultus_status status = store_postgres_ask(store, POSTGRES_ONE_PERSON, 0, &values, &rows, error);
    if (status)
        return status;
    if (PQntuples(rows))
        status = store_postgres_read_person(store, rows, 0, &one->person, error);
    else
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "nobody is called \"%.100s\"", one->name);
    PQclear(rows);
    return status;
}

vultus_status store_postgres_one_person(struct store *base, const char *name, vultus_person *out,
                                        vultus_error *error)
{
    struct one_person one = {.name = name};
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, read_one, &one, error);
    if (status)
        one_person_clear(&one);
    else
        *out = one.person;
    return status;
}

/* ------------------------------------------------------------------ faces */

struct faces_page {
    int64_t face;
    size_t most;
    vultus_named_faces faces;
};

/* Those by one embedder, which has a table of its own, at their places among the rows of the page. */
static vultus_status read_by(struct store_postgres *store, struct faces_page *page,
                             const PGresult *ids, int64_t embedder, vultus_error *error)
{
    vultus_named_faces *faces = &page->faces;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    store_postgres_add_number(&values, embedder);
    store_postgres_add_number(&values, store_postgres_number(ids, 0, 0));
    store_postgres_add_number(&values, store_postgres_number(ids, (int)faces->count - 1, 0));
    vultus_status status =
        store_postgres_ask(store, POSTGRES_FACE_RANGE, embedder, &values, &rows, error);
    for (int row = 0, at = 0; !status && row < PQntuples(rows); row++) {
        bool memory = false;
        int64_t id = store_postgres_number(rows, row, 0);
        while (at < (int)faces->count && store_postgres_number(ids, at, 0) < id)
            at++;
        if (at == (int)faces->count || store_postgres_number(ids, at, 0) != id)
            continue;
        const char *fault = store_postgres_record(store, rows, row, &faces->items[at], &memory);
        if (memory)
            status = status_memory(error, "the list of faces");
        else if (fault)
            status = store_postgres_bad_row(store, "faces", id, fault, error);
    }
    PQclear(rows);
    return status;
}

static vultus_status read_names(struct store_postgres *store, struct faces_page *page,
                                const PGresult *ids, vultus_error *error)
{
    vultus_named_faces *faces = &page->faces;
    for (size_t i = 0; i < faces->count; i++) {
        const char *name = store_postgres_text(ids, (int)i, 2, VULTUS_NAME_MAX);
        if (!faces->items[i].id)
            return store_postgres_bad_row(store, "faces", store_postgres_number(ids, (int)i, 0),
                                          "has no embedder", error);
        if (!name || names_fault(name, strlen(name)))
            return store_postgres_bad_row(store, "faces", faces->items[i].id,
                                          "is of somebody whose name cannot be one", error);
        if (!(faces->names[i] = mem_string(name)))
            return status_memory(error, "the list of faces");
    }
    return VULTUS_OK;
}

static vultus_status read_faces(struct store_postgres *store, void *context, vultus_error *error)
{
    struct faces_page *page = context;
    vultus_named_faces *faces = &page->faces;
    struct store_postgres_embedders embedders = {0};
    struct store_postgres_values values = {0};
    PGresult *ids = NULL;
    vultus_named_faces_clear(faces);
    store_postgres_add_number(&values, page->face);
    store_postgres_add_number(&values, (int64_t)page->most);
    vultus_status status = store_postgres_ask(store, POSTGRES_FACE_PAGE, 0, &values, &ids, error);
    if (status)
        return status;
    const size_t count = (size_t)PQntuples(ids);
    faces->items = mem_zalloc(count + 1, sizeof *faces->items);
    faces->names = mem_zalloc(count + 1, sizeof *faces->names);
    if (faces->items && faces->names)
        faces->count = count;
    else
        status = status_memory(error, "the list of faces");
    if (!status)
        status = store_postgres_embedders(store, &embedders, error);
    for (size_t i = 0; !status && count && i < embedders.count; i++)
        status = read_by(store, page, ids, embedders.items[i].id, error);
    if (!status)
        status = read_names(store, page, ids, error);
    mem_free(embedders.items);
    PQclear(ids);
    return status;
}

vultus_status store_postgres_faces_from(struct store *base, int64_t face, size_t most,
                                        vultus_named_faces *out, vultus_error *error)
{
    struct faces_page page = {.face = face, .most = most};
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, read_faces, &page, error);
    if (status)
        vultus_named_faces_clear(&page.faces);
    else
        *out = page.faces;
    return status;
}

/* ------------------------------------------------------------------ facts */

struct counting {
    vultus_fact_kind kind;
    vultus_fact_counts counts;
};

static vultus_status count(struct store_postgres *store, void *context, vultus_error *error)
{
    struct counting *counting = context;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    vultus_fact_counts_clear(&counting->counts);
    store_postgres_add_text(&values, vultus_fact_name(counting->kind));
    vultus_status status =
        store_postgres_ask(store, POSTGRES_COUNT_FACTS, 0, &values, &rows, error);
    for (int i = 0; !status && i < PQntuples(rows); i++) {
        const char *key = store_postgres_text(rows, i, 0, VULTUS_FACT_KEY_MAX);
        int64_t people = store_postgres_number(rows, i, 1);
        status = key ? store_count_fact(&counting->counts, key, people, error)
                     : store_postgres_bad_row(store, "facts", i, "has a bad key", error);
    }
    PQclear(rows);
    return status;
}

vultus_status store_postgres_count_facts(struct store *base, vultus_fact_kind kind,
                                         vultus_fact_counts *out, vultus_error *error)
{
    struct counting counting = {.kind = kind};
    vultus_status status =
        store_postgres_glance((struct store_postgres *)base, count, &counting, error);
    if (status)
        vultus_fact_counts_clear(&counting.counts);
    else
        *out = counting.counts;
    return status;
}
