/*
 * What a PostgreSQL gallery knows of people beside their faces: facts, faces that move, and pictures that are
 * not theirs. Each change is one transaction with its line of history and what takes it back.
 */
#include "base/memory.h"
#include "gallery/store_postgres_pages.h"

#include <libpq-fe.h>
#include <string.h>

/* ------------------------------------------------------------------ facts */

struct setting {
    const char *name;
    const struct store_fact *fact;
};

static vultus_status write_fact(struct store_postgres *store, int64_t person,
                                const struct store_fact *fact, const char *before,
                                vultus_error *error)
{
    char now[STORE_DATE_SIZE], old[STORE_CHANGE_MAX + 1], new[STORE_CHANGE_MAX + 1];
    int64_t history = 0;
    const char *kind = vultus_fact_name(fact->kind);
    const struct store_postgres_note note = {
        .action = fact->value ? "set" : "remove",
        .person = person,
        .before = store_fact_tell(fact, before, old, sizeof old),
        .after = store_fact_tell(fact, fact->value, new, sizeof new)};
    struct store_postgres_values keep = {0}, set = {0};
    store_now(now);
    vultus_status status = store_postgres_note(store, &note, &history, error);
    store_postgres_add_number(&keep, history);
    store_postgres_add_number(&keep, person);
    store_postgres_add_text(&keep, kind);
    store_postgres_add_text(&keep, fact->key);
    store_postgres_add_number(&set, person);
    store_postgres_add_text(&set, kind);
    store_postgres_add_text(&set, fact->key);
    if (fact->value) {
        store_postgres_add_text(&set, fact->value);
        store_postgres_add_text(&set, now);
    }
    if (!status)
        status = store_postgres_ask(store, before ? POSTGRES_KEEP_FACT : POSTGRES_KEEP_NO_FACT, 0,
                                    &keep, NULL, error);
    if (!status)
        status = store_postgres_ask(store, fact->value ? POSTGRES_SET_FACT : POSTGRES_REMOVE_FACT,
                                    0, &set, NULL, error);
    store->state.edits += fact->kind == VULTUS_FACT_RETAIN;
    return status;
}

/* The value of a fact: NULL where it is not there. Free it. */
static vultus_status read_value(struct store_postgres *store, int64_t person,
                                const struct store_fact *fact, char **out, vultus_error *error)
{
    PGresult *rows = NULL;
    struct store_postgres_values values = {0};
    store_postgres_add_number(&values, person);
    store_postgres_add_text(&values, vultus_fact_name(fact->kind));
    store_postgres_add_text(&values, fact->key);
    vultus_status status = store_postgres_ask(store, POSTGRES_FACT, 0, &values, &rows, error);
    if (status)
        return status;
    if (PQntuples(rows)) {
        const char *text = store_postgres_text(rows, 0, 0, VULTUS_FACT_VALUE_MAX);
        if (!(*out = mem_string(text ? text : "")))
            status = status_memory(error, "a fact");
    }
    PQclear(rows);
    return status;
}

static vultus_status set_fact(struct store_postgres *store, void *context, vultus_error *error)
{
    const struct setting *setting = context;
    const struct store_fact *fact = setting->fact;
    int64_t person = 0;
    char *before = NULL;
    vultus_status status = store_postgres_known(store, setting->name, &person, error);
    if (!status)
        status = read_value(store, person, fact, &before, error);
    if (!status && !fact->value && !before)
        status =
            status_set(error, VULTUS_ERR_NOT_FOUND, "\"%.80s\" has no %s%s%.80s", setting->name,
                       vultus_fact_name(fact->kind), fact->key[0] ? " " : "", fact->key);
    bool same = before && fact->value && !strcmp(before, fact->value);
    if (!status && !same)
        status = write_fact(store, person, fact, before, error);
    mem_free(before);
    return status;
}

vultus_status store_postgres_set_fact(struct store *base, const char *name,
                                      const struct store_fact *fact, vultus_error *error)
{
    struct setting setting = {name, fact};
    return store_postgres_write((struct store_postgres *)base, set_fact, &setting, error);
}

struct reading {
    const char *name;
    vultus_facts facts;
};

static vultus_status read_facts(struct store_postgres *store, void *context, vultus_error *error)
{
    struct reading *reading = context;
    PGresult *rows = NULL;
    int64_t person = 0;
    vultus_facts_clear(&reading->facts);
    vultus_status status = store_postgres_known(store, reading->name, &person, error);
    struct store_postgres_values values = {0};
    store_postgres_add_number(&values, person);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_FACTS, 0, &values, &rows, error);
    if (status)
        return status;
    for (int i = 0; !status && i < PQntuples(rows); i++) {
        const char *const texts[] = {store_postgres_text(rows, i, 0, 31),
                                     store_postgres_text(rows, i, 1, VULTUS_FACT_KEY_MAX),
                                     store_postgres_text(rows, i, 2, VULTUS_FACT_VALUE_MAX),
                                     store_postgres_text(rows, i, 3, 31)};
        bool memory = false;
        const char *fault = store_fact_read(texts, &reading->facts, &memory);
        if (memory)
            status = status_memory(error, "the list of facts");
        else if (fault)
            status = store_postgres_bad_row(store, "people", person, fault, error);
    }
    PQclear(rows);
    return status;
}

vultus_status store_postgres_facts(struct store *base, const char *name, vultus_facts *out,
                                   vultus_error *error)
{
    struct reading reading = {.name = name};
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, read_facts, &reading, error);
    if (status)
        vultus_facts_clear(&reading.facts);
    else
        *out = reading.facts;
    return status;
}

/* ------------------------------------------------------------------ faces */

vultus_status store_postgres_find_face(struct store_postgres *store, void *context,
                                       vultus_error *error)
{
    struct store_postgres_face *moving = context;
    PGresult *rows = NULL;
    struct store_postgres_values values = {0};
    store_postgres_add_number(&values, moving->face);
    vultus_status status = store_postgres_ask(store, POSTGRES_FACE, 0, &values, &rows, error);
    if (status)
        return status;
    struct store_bytes picture = store_postgres_bytes(rows, 0, 1);
    moving->person = store_postgres_number(rows, 0, 0);
    moving->embedder = store_postgres_number(rows, 0, 2);
    if (!PQntuples(rows))
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "there is no face %lld",
                            (long long)moving->face);
    else if (picture.size != HASH_SIZE)
        status = store_postgres_bad_row(store, "faces", moving->face,
                                        "has a bad hash of its picture", error);
    else
        memcpy(moving->picture, picture.data, HASH_SIZE);
    PQclear(rows);
    return status;
}

vultus_status store_postgres_face_picture(struct store *base, int64_t face, uint8_t out[HASH_SIZE],
                                          vultus_error *error)
{
    struct store_postgres_face moving = {.face = face};
    vultus_status status = store_postgres_read((struct store_postgres *)base,
                                               store_postgres_find_face, &moving, error);
    if (!status)
        memcpy(out, moving.picture, HASH_SIZE);
    return status;
}

static vultus_status move(struct store_postgres *store, void *context, vultus_error *error)
{
    struct store_postgres_face *moving = context;
    int64_t target = 0, history = 0;
    vultus_status status = store_postgres_known(store, moving->into, &target, error);
    if (!status)
        status = store_postgres_find_face(store, moving, error);
    if (status || moving->person == target)
        return status;
    const struct store_postgres_note note = {
        .action = "move", .person = target, .face = moving->face};
    status = store_postgres_note(store, &note, &history, error);
    if (!status)
        status = store_postgres_do(store, POSTGRES_KEEP_FACE, (int64_t[]){history, moving->face}, 2,
                                   error);
    if (!status)
        status = store_postgres_do(store, POSTGRES_MOVE_FACE, (int64_t[]){moving->face, target}, 2,
                                   error);
    store->state.edits++;
    return status;
}

vultus_status store_postgres_move(struct store *base, int64_t face, const char *into,
                                  vultus_error *error)
{
    struct store_postgres_face moving = {.face = face, .into = into};
    return store_postgres_write((struct store_postgres *)base, move, &moving, error);
}

/* ------------------------------------------------------------------ refusals */

struct refusing {
    const char *name;
    const uint8_t *picture;
    bool refuse;
};

/* People of whom a picture is refused. */
static vultus_status ask_refusals(struct store_postgres *store, const uint8_t *picture,
                                  PGresult **rows, vultus_error *error)
{
    struct store_postgres_values values = {0};
    store_postgres_add_bytes(&values, picture, HASH_SIZE);
    return store_postgres_ask(store, POSTGRES_REFUSALS, 0, &values, rows, error);
}

static vultus_status write_refusal(struct store_postgres *store, int64_t person,
                                   const struct refusing *refusing, vultus_error *error)
{
    char now[STORE_DATE_SIZE];
    int64_t history = 0;
    const struct store_postgres_note note = {.action = refusing->refuse ? "not" : "not, taken back",
                                             .person = person};
    struct store_postgres_values keep = {0}, set = {0};
    store_now(now);
    vultus_status status = store_postgres_note(store, &note, &history, error);
    store_postgres_add_number(&keep, history);
    store_postgres_add_number(&keep, person);
    store_postgres_add_bytes(&keep, refusing->picture, HASH_SIZE);
    store_postgres_add_number(&set, person);
    store_postgres_add_bytes(&set, refusing->picture, HASH_SIZE);
    if (refusing->refuse)
        store_postgres_add_text(&set, now);
    if (!status)
        status = store_postgres_ask(
            store, refusing->refuse ? POSTGRES_KEEP_NO_REFUSAL : POSTGRES_KEEP_REFUSAL, 0, &keep,
            NULL, error);
    if (!status)
        status = store_postgres_ask(store, refusing->refuse ? POSTGRES_REFUSE : POSTGRES_ACCEPT, 0,
                                    &set, NULL, error);
    store->state.edits++;
    return status;
}

static vultus_status refuse(struct store_postgres *store, void *context, vultus_error *error)
{
    const struct refusing *refusing = context;
    PGresult *rows = NULL;
    int64_t person = 0;
    bool is = false;
    vultus_status status = store_postgres_known(store, refusing->name, &person, error);
    if (!status)
        status = ask_refusals(store, refusing->picture, &rows, error);
    if (status)
        return status;
    for (int i = 0; i < PQntuples(rows); i++)
        is |= store_postgres_number(rows, i, 0) == person;
    PQclear(rows);
    if (!refusing->refuse && !is)
        return status_set(error, VULTUS_ERR_NOT_FOUND,
                          "it was not noted that this picture is not of \"%.100s\"",
                          refusing->name);
    return refusing->refuse == is ? VULTUS_OK : write_refusal(store, person, refusing, error);
}

vultus_status store_postgres_refuse(struct store *base, const char *name, const uint8_t *picture,
                                    bool is, vultus_error *error)
{
    struct refusing refusing = {name, picture, is};
    return store_postgres_write((struct store_postgres *)base, refuse, &refusing, error);
}

struct refused {
    const uint8_t *picture;
    int64_t *people;
    size_t capacity, count;
};

static vultus_status read_refusals(struct store_postgres *store, void *context, vultus_error *error)
{
    struct refused *refused = context;
    PGresult *rows = NULL;
    refused->count = 0;
    vultus_status status = ask_refusals(store, refused->picture, &rows, error);
    if (status)
        return status;
    for (int i = 0; i < PQntuples(rows) && refused->count < refused->capacity; i++)
        refused->people[refused->count++] = store_postgres_number(rows, i, 0);
    PQclear(rows);
    return VULTUS_OK;
}

vultus_status store_postgres_refusals(struct store *base, const uint8_t *picture, int64_t *people,
                                      size_t capacity, size_t *count, vultus_error *error)
{
    struct refused refused = {picture, people, capacity, 0};
    vultus_status status =
        store_postgres_glance((struct store_postgres *)base, read_refusals, &refused, error);
    *count = refused.count;
    return status;
}
