/*
 * What a SQLite gallery knows of people beside their faces: facts, faces that move, and pictures that are
 * not theirs. Each change is one transaction with its line of history and what takes it back.
 */
#include "base/memory.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_pages.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ facts */

vultus_status store_sqlite_put_fact(struct store_sqlite *store, int64_t person,
                                    const struct store_fact *fact, const char *since,
                                    vultus_error *error)
{
    char key[STORE_KEY_SIZE], packed[STORE_FACT_MAX + 1];
    const struct vault_place place = store_sqlite_fact_place(person, fact->kind);
    /* a date stays a date: the store compares it */
    const bool hide = store->vault && fact->kind != VULTUS_FACT_RETAIN;
    const struct store_sqlite_value values[] = {
        {.number = person},
        {.text = vultus_fact_name(fact->kind)},
        {.text = store_sqlite_key(store, fact->key, key)},
        {.text = hide ? "" : fact->value},
        {.text = since},
        {.seal = &place,
         .bytes = packed,
         .size = store_sqlite_pack_fact(fact->key, fact->value, packed)}};
    return store_sqlite_do(store, QUERY_SET_FACT, values, 6, error);
}

static vultus_status write_fact(struct store_sqlite *store, int64_t person,
                                const struct store_fact *fact, const char *before,
                                vultus_error *error)
{
    char now[STORE_DATE_SIZE], old[STORE_CHANGE_MAX + 1], new[STORE_CHANGE_MAX + 1];
    char key[STORE_KEY_SIZE], packed[STORE_FACT_MAX + 1];
    const char *value = fact->value ? fact->value : "";
    const struct vault_place place = store_sqlite_fact_place(person, fact->kind);
    int64_t history = 0;
    const struct store_sqlite_note note = {.action = fact->value ? "set" : "remove",
                                           .person = person,
                                           .before = store_fact_tell(fact, before, old, sizeof old),
                                           .after =
                                               store_fact_tell(fact, fact->value, new, sizeof new)};
    store_now(now);
    vultus_status status = store_sqlite_note(store, &note, &history, error);
    const struct store_sqlite_value seal = {
        .seal = &place, .bytes = packed, .size = store_sqlite_pack_fact(fact->key, value, packed)};
    const struct store_sqlite_value keep[] = {{.number = history},
                                              {.number = person},
                                              {.text = vultus_fact_name(fact->kind)},
                                              {.text = store_sqlite_key(store, fact->key, key)},
                                              seal};
    if (!status && before)
        status = store_sqlite_do(store, QUERY_KEEP_FACT, keep, 4, error);
    else if (!status)
        status = store_sqlite_do(store, QUERY_KEEP_NO_FACT, keep, 5, error);
    if (!status && fact->value)
        status = store_sqlite_put_fact(store, person, fact, now, error);
    else if (!status)
        status = store_sqlite_do(store, QUERY_REMOVE_FACT, keep + 1, 3, error);
    return status;
}

vultus_status store_sqlite_fact_value(struct store_sqlite *store, int64_t person,
                                      const struct store_fact *fact, char **out,
                                      vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    char key[STORE_KEY_SIZE];
    struct store_sqlite_fact found;
    vultus_status status = store_sqlite_query(store, QUERY_FACT, &statement, error);
    if (!status) {
        int code = sqlite3_bind_int64(statement, 1, person);
        if (!code)
            code = sqlite3_bind_text(statement, 2, vultus_fact_name(fact->kind), -1, SQLITE_STATIC);
        if (!code)
            code = sqlite3_bind_text(statement, 3, store_sqlite_key(store, fact->key, key), -1,
                                     SQLITE_STATIC);
        status = store_sqlite_status(store, code, error);
    }
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row) {
        bool good = store_sqlite_read_fact(store, statement, 0, 3, person, &found);
        if (!good && sqlite3_errcode(store->db) == SQLITE_NOMEM)
            status = status_memory(error, "a fact");
        else if (!good)
            status = store_sqlite_bad_row(store, "people", person, "has a bad fact", error);
        else if (!(*out = mem_string(found.value)))
            status = status_memory(error, "a fact");
    }
    store_sqlite_done(statement);
    return status;
}

vultus_status store_sqlite_set_fact(struct store *base, const char *name,
                                    const struct store_fact *fact, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    int64_t person = 0;
    char *before = NULL;
    struct store_sqlite_changes changes = {0};
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_known(store, name, &person, error);
    if (!status)
        status = store_sqlite_fact_value(store, person, fact, &before, error);
    if (!status && !fact->value && !before)
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "\"%.80s\" has no %s%s%.80s", name,
                            vultus_fact_name(fact->kind), fact->key[0] ? " " : "", fact->key);
    bool same = before && fact->value && !strcmp(before, fact->value);
    if (!status && !same && fact->kind == VULTUS_FACT_RETAIN) /* others are not in indexes */
        status = store_sqlite_concern(store, &changes, person, error);
    if (!status && !same)
        status = write_fact(store, person, fact, before, error);
    mem_free(before);
    return store_sqlite_end_changes(store, &changes, status, error);
}

static vultus_status read_fact(struct store_sqlite *store, sqlite3_stmt *row, vultus_facts *facts,
                               vultus_error *error)
{
    int64_t person = sqlite3_column_int64(row, 4);
    struct store_sqlite_fact fact;
    bool good = store_sqlite_read_fact(store, row, 0, 5, person, &fact);
    bool memory = sqlite3_errcode(store->db) == SQLITE_NOMEM;
    const char *const texts[] = {good ? vultus_fact_name(fact.kind) : NULL, fact.key, fact.value,
                                 store_sqlite_text(row, 3, 31)};
    const char *fault = memory ? NULL : store_fact_read(texts, facts, &memory);
    if (memory)
        return status_memory(error, "the list of facts");
    return fault ? store_sqlite_bad_row(store, "people", person, fault, error) : VULTUS_OK;
}

/* As SQLite puts them: by the word of the kind, then by key. */
static int by_kind(const void *a, const void *b)
{
    const vultus_fact *one = a, *other = b;
    int order = strcmp(vultus_fact_name(one->kind), vultus_fact_name(other->kind));
    return order ? order : strcmp(one->key, other->key);
}

vultus_status store_sqlite_facts(struct store *base, const char *name, vultus_facts *out,
                                 vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_facts facts = {0};
    sqlite3_stmt *statement = NULL;
    int64_t person = 0;
    bool row = false;
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    status = store_sqlite_ask_about(store, name, QUERY_FACTS, &person, &statement, error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row)
        status = read_fact(store, statement, &facts, error);
    store_sqlite_done(statement);
    status = store_sqlite_end(store, status, error);
    if (status) {
        vultus_facts_clear(&facts);
        return status;
    }
    if (store->vault && facts.count) /* SQLite has put the hashes of their keys in order */
        qsort(facts.items, facts.count, sizeof *facts.items, by_kind);
    *out = facts;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ faces and pictures */

vultus_status store_sqlite_find_face(struct store_sqlite *store, int64_t face, int64_t *person,
                                     uint8_t picture[HASH_SIZE], vultus_error *error)
{
    struct store_sqlite_face found = {.source = NULL};
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_FACE, &statement, error);
    if (!status)
        status = store_sqlite_status(store, sqlite3_bind_int64(statement, 1, face), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && !row)
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "there is no face %lld", (long long)face);
    if (!status) {
        static const struct store_sqlite_face_columns columns = {
            .picture = 1, .source = 2, .landmarks = 3, .seal = 4};
        const char *fault = store_sqlite_read_face(store, statement, &columns, face, &found);
        *person = sqlite3_column_int64(statement, 0);
        memcpy(picture, found.picture, HASH_SIZE);
        if (fault)
            status = store_sqlite_bad_row(store, "faces", face, fault, error);
    }
    store_sqlite_done(statement);
    return status;
}

vultus_status store_sqlite_face_picture(struct store *base, int64_t face, uint8_t out[HASH_SIZE],
                                        vultus_error *error)
{
    int64_t person;
    return store_sqlite_find_face((struct store_sqlite *)base, face, &person, out, error);
}

vultus_status store_sqlite_move(struct store *base, int64_t face, const char *into,
                                vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    uint8_t picture[HASH_SIZE];
    int64_t target = 0, from = 0, history = 0;
    struct store_sqlite_changes changes = {0};
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_known(store, into, &target, error);
    if (!status)
        status = store_sqlite_find_face(store, face, &from, picture, error);
    if (!status && from != target) {
        const struct store_sqlite_note note = {.action = "move", .person = target, .face = face};
        status = store_sqlite_concern(store, &changes, from, error);
        if (!status)
            status = store_sqlite_concern(store, &changes, target, error);
        if (!status)
            status = store_sqlite_note(store, &note, &history, error);
        const struct store_sqlite_value keep[] = {{.number = history}, {.number = face}};
        const struct store_sqlite_value move[] = {{.number = target}, {.number = face}};
        if (!status)
            status = store_sqlite_do(store, QUERY_KEEP_FACE, keep, 2, error);
        if (!status)
            status = store_sqlite_reseal_faces(store, QUERY_SEALS_OF_FACE, face, target, error);
        if (!status)
            status = store_sqlite_do(store, QUERY_MOVE_FACE, move, 2, error);
    }
    return store_sqlite_end_changes(store, &changes, status, error);
}

vultus_status store_sqlite_put_refusal(struct store_sqlite *store, int64_t person,
                                       const uint8_t *picture, const char *since,
                                       vultus_error *error)
{
    uint8_t hash[HASH_SIZE];
    const struct vault_place place = {.kind = VAULT_REFUSAL, .row = person};
    const struct store_sqlite_value values[] = {
        {.number = person},
        {.bytes = store_sqlite_picture(store, picture, hash), .size = HASH_SIZE},
        {.text = since},
        {.seal = &place, .bytes = picture, .size = HASH_SIZE}};
    return store_sqlite_do(store, QUERY_REFUSE, values, 4, error);
}

vultus_status store_sqlite_refuse(struct store *base, const char *name, const uint8_t *picture,
                                  bool refuse, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    char now[STORE_DATE_SIZE];
    uint8_t hash[HASH_SIZE];
    int64_t person = 0, history = 0;
    struct store_sqlite_changes changes = {0};
    bool is = false;
    store_now(now);
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_known(store, name, &person, error);
    if (!status)
        status = store_sqlite_refused(store, person, picture, &is, error);
    if (!status && !refuse && !is)
        status = status_set(error, VULTUS_ERR_NOT_FOUND,
                            "it was not noted that this picture is not of \"%.100s\"", name);
    if (!status && refuse != is) {
        const struct store_sqlite_note note = {.action = refuse ? "not" : "not, taken back",
                                               .person = person};
        status = store_sqlite_concern(store, &changes, person, error);
        if (!status)
            status = store_sqlite_note(store, &note, &history, error);
        const struct vault_place place = {.kind = VAULT_REFUSAL, .row = person};
        const struct store_sqlite_value seal = {
            .seal = &place, .bytes = picture, .size = HASH_SIZE};
        const struct store_sqlite_value keep[] = {
            {.number = history},
            {.number = person},
            {.bytes = store_sqlite_picture(store, picture, hash), .size = HASH_SIZE},
            seal};
        if (!status && refuse)
            status = store_sqlite_do(store, QUERY_KEEP_NO_REFUSAL, keep, 4, error);
        else if (!status)
            status = store_sqlite_do(store, QUERY_KEEP_REFUSAL, keep, 3, error);
        if (!status && refuse)
            status = store_sqlite_put_refusal(store, person, picture, now, error);
        else if (!status)
            status = store_sqlite_do(store, QUERY_ACCEPT, keep + 1, 2, error);
    }
    return store_sqlite_end_changes(store, &changes, status, error);
}

vultus_status store_sqlite_refused(struct store_sqlite *store, int64_t person,
                                   const uint8_t *picture, bool *is, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    uint8_t hash[HASH_SIZE];
    vultus_status status = store_sqlite_query(store, QUERY_REFUSED, &statement, error);
    if (!status) {
        int code = sqlite3_bind_int64(statement, 1, person);
        if (!code)
            code = sqlite3_bind_blob(statement, 2, store_sqlite_picture(store, picture, hash),
                                     HASH_SIZE, SQLITE_STATIC);
        status = store_sqlite_status(store, code, error);
    }
    if (!status)
        status = store_sqlite_step(store, statement, is, error);
    store_sqlite_done(statement);
    return status;
}

vultus_status store_sqlite_refusals(struct store *base, const uint8_t *picture, int64_t *people,
                                    size_t capacity, size_t *count, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    sqlite3_stmt *statement = NULL;
    bool row = false;
    uint8_t hash[HASH_SIZE];
    *count = 0;
    vultus_status status = store_sqlite_query(store, QUERY_REFUSALS, &statement, error);
    if (!status)
        status = store_sqlite_status(store,
                                     sqlite3_bind_blob(statement, 1,
                                                       store_sqlite_picture(store, picture, hash),
                                                       HASH_SIZE, SQLITE_STATIC),
                                     error);
    while (!status && *count < capacity &&
           !(status = store_sqlite_step(store, statement, &row, error)) && row)
        people[(*count)++] = sqlite3_column_int64(statement, 0);
    store_sqlite_done(statement);
    return status;
}
