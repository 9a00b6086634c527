/*
 * Many samples at once: a question for all pictures, one for all names and one for all refusals, instead of
 * three for each sample. Sorted lists find what an answer is about.
 */
#include "gallery/store_postgres_batch.h"
#include "base/memory.h"
#include "gallery/names.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define QUESTION_MAX ((size_t)64 << 20) /* bytes of an array of names or pictures */

/* ------------------------------------------------------------------ sorting */

static int by_entry(const void *a, const void *b)
{
    const struct batch_entry *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    int order = memcmp(x->picture, y->picture, HASH_SIZE);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int by_picture(const void *key, const void *entry)
{
    return memcmp(key, ((const struct batch_entry *)entry)->picture, HASH_SIZE);
}

static int by_name(const void *a, const void *b)
{
    const struct batch_name *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int is_named(const void *key, const void *name)
{
    return strcmp(key, ((const struct batch_name *)name)->name);
}

static vultus_status find_group(struct store_postgres_batch *batch,
                                const struct store_sample *sample, uint32_t *out,
                                vultus_error *error)
{
    for (size_t i = batch->group_count; i-- > 0;)
        if (batch->groups[i].dimension == sample->dimension &&
            !strcmp(batch->groups[i].name, sample->embedder)) {
            *out = (uint32_t)i;
            return VULTUS_OK;
        }
    struct batch_group *groups = mem_resize(batch->groups, batch->group_count + 1, sizeof *groups);
    if (!groups)
        return status_memory(error, "the faces of an import");
    batch->groups = groups;
    groups[batch->group_count] =
        (struct batch_group){.name = sample->embedder, .dimension = sample->dimension};
    *out = (uint32_t)batch->group_count++;
    return VULTUS_OK;
}

static void mark_groups(struct store_postgres_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_entry *entry = &batch->entries[i];
        struct batch_group *group = &batch->groups[entry->group];
        if (!i || batch->entries[i - 1].group != entry->group)
            group->first = i;
        group->end = i + 1;
        bool again = i > group->first && !memcmp(entry[-1].picture, entry->picture, HASH_SIZE);
        size_t before = again ? batch->same[entry[-1].at] : BATCH_NOBODY;
        batch->same[entry->at] = !again                   ? BATCH_NOBODY
                                 : before == BATCH_NOBODY ? entry[-1].at
                                                          : before;
    }
}

vultus_status store_postgres_batch_make(struct store_postgres_batch *batch,
                                        const struct store_sample *samples, size_t count,
                                        vultus_enrolled *out, vultus_error *error)
{
    *batch =
        (struct store_postgres_batch){.samples = samples,
                                      .count = count,
                                      .out = out,
                                      .entries = mem_array(count, sizeof *batch->entries),
                                      .same = mem_array(count, sizeof *batch->same),
                                      .groups_of = mem_array(count, sizeof(uint32_t)),
                                      .names = mem_array(count, sizeof *batch->names),
                                      .names_of = mem_array(count, sizeof(struct batch_name *))};
    vultus_status status = VULTUS_OK;
    store_now(batch->created);
    if (!batch->entries || !batch->same || !batch->groups_of || !batch->names || !batch->names_of)
        status = status_memory(error, "the faces of an import");
    for (size_t i = 0; !status && i < count; i++) {
        status = find_group(batch, &samples[i], &batch->groups_of[i], error);
        batch->entries[i] = (struct batch_entry){samples[i].picture, i, batch->groups_of[i]};
    }
    if (status)
        return status;
    qsort(batch->entries, count, sizeof *batch->entries, by_entry);
    mark_groups(batch);
    return VULTUS_OK;
}

void store_postgres_batch_free(struct store_postgres_batch *batch)
{
    mem_free(batch->groups);
    mem_free(batch->entries);
    mem_free(batch->same);
    mem_free(batch->groups_of);
    mem_free(batch->names);
    mem_free(batch->names_of);
}

bool store_postgres_batch_adds(const struct store_postgres_batch *batch, size_t at)
{
    return batch->same[at] == BATCH_NOBODY && !batch->out[at].duplicate;
}

/* ------------------------------------------------------------------ asking */

/* Pictures that the gallery has by this embedder. */
static vultus_status look_for_pictures(struct store_postgres *store,
                                       struct store_postgres_batch *batch,
                                       const struct batch_group *group, vultus_error *error)
{
    struct buffer pictures;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    const size_t count = group->end - group->first;
    const struct batch_entry *entries = batch->entries + group->first;
    buffer_init(&pictures, QUESTION_MAX);
    vultus_status status = store_postgres_array(&pictures, POSTGRES_BYTES, count, error);
    for (size_t i = 0; !status && i < count; i++)
        status = store_postgres_item(&pictures, entries[i].picture, HASH_SIZE, error);
    store_postgres_add_number(&values, group->embedder.id);
    store_postgres_add_bytes(&values, pictures.data, pictures.size);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_PICTURES, 0, &values, &rows, error);
    buffer_clear(&pictures);
    for (int i = 0; !status && i < PQntuples(rows); i++) {
        struct store_bytes picture = store_postgres_bytes(rows, i, 0);
        vultus_enrolled enrolled = {.face = store_postgres_number(rows, i, 1),
                                    .person = store_postgres_number(rows, i, 2),
                                    .duplicate = true};
        const char *name = store_postgres_text(rows, i, 3, VULTUS_NAME_MAX);
        const struct batch_entry *at =
            picture.size == HASH_SIZE
                ? bsearch(picture.data, entries, count, sizeof *entries, by_picture)
                : NULL;
        if (!name || names_fault(name, strlen(name)))
            status = store_postgres_bad_row(store, "people", enrolled.person,
                                            "has a name that cannot be one", error);
        else if (at) {
            strncpy(enrolled.name, name, sizeof enrolled.name - 1);
            for (; at > entries && !by_picture(picture.data, at - 1); at--)
                ;
            batch->out[at->at] = enrolled; /* the others are `same` */
        }
    }
    PQclear(rows);
    return status;
}

/* The names of what is added, each once. */
static void list_names(struct store_postgres_batch *batch)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < batch->count; i++)
        if (store_postgres_batch_adds(batch, i))
            batch->names[count++] =
                (struct batch_name){.name = batch->samples[i].name, .at = i, .is_new = true};
    qsort(batch->names, count, sizeof *batch->names, by_name);
    for (size_t i = 0; i < count; i++)
        if (!kept || strcmp(batch->names[kept - 1].name, batch->names[i].name) != 0)
            batch->names[kept++] = batch->names[i];
    batch->name_count = kept;
    for (size_t i = 0; i < batch->count; i++)
        batch->names_of[i] = store_postgres_batch_adds(batch, i)
                                 ? bsearch(batch->samples[i].name, batch->names, kept,
                                           sizeof *batch->names, is_named)
                                 : NULL;
}

static vultus_status look_for_names(struct store_postgres *store,
                                    struct store_postgres_batch *batch, vultus_error *error)
{
    struct buffer names;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    buffer_init(&names, QUESTION_MAX);
    vultus_status status = store_postgres_array(&names, POSTGRES_TEXTS, batch->name_count, error);
    for (size_t i = 0; !status && i < batch->name_count; i++)
        status =
            store_postgres_item(&names, batch->names[i].name, strlen(batch->names[i].name), error);
    store_postgres_add_bytes(&values, names.data, names.size);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_NAMES, 0, &values, &rows, error);
    buffer_clear(&names);
    if (status)
        return status;
    for (int i = 0; i < PQntuples(rows); i++) {
        const char *name = store_postgres_text(rows, i, 1, VULTUS_NAME_MAX);
        struct batch_name *found =
            name ? bsearch(name, batch->names, batch->name_count, sizeof *batch->names, is_named)
                 : NULL;
        if (found) {
            found->id = store_postgres_number(rows, i, 0);
            found->is_new = false;
        }
    }
    PQclear(rows);
    return VULTUS_OK;
}

/* ARGUMENT: a picture was noted not to show who it is to be enrolled as. */
static vultus_status check_refusal(const struct store_postgres_batch *batch, int64_t person,
                                   struct store_bytes picture, vultus_error *error)
{
    for (size_t i = 0; i < batch->count && picture.size == HASH_SIZE; i++) {
        const struct batch_name *name = batch->names_of[i];
        if (name && !name->is_new && name->id == person &&
            !memcmp(batch->samples[i].picture, picture.data, HASH_SIZE))
            return status_set(error, VULTUS_ERR_ARGUMENT,
                              "it was noted that this picture does not show \"%.100s\"",
                              name->name);
    }
    return VULTUS_OK;
}

static vultus_status look_for_refusals(struct store_postgres *store,
                                       struct store_postgres_batch *batch, vultus_error *error)
{
    struct buffer pictures;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    int64_t some = 0;
    vultus_status status =
        store_postgres_ask_number(store, POSTGRES_REFUSED_SOME, 0, NULL, 0, &some, error);
    if (status || !some)
        return status;
    buffer_init(&pictures, QUESTION_MAX);
    status = store_postgres_array(&pictures, POSTGRES_BYTES, batch->count, error);
    for (size_t i = 0; !status && i < batch->count; i++)
        status = store_postgres_item(&pictures, batch->samples[i].picture, HASH_SIZE, error);
    store_postgres_add_bytes(&values, pictures.data, pictures.size);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_REFUSED_PICTURES, 0, &values, &rows, error);
    buffer_clear(&pictures);
    if (status)
        return status;
    for (int i = 0; !status && i < PQntuples(rows); i++)
        status = check_refusal(batch, store_postgres_number(rows, i, 0),
                               store_postgres_bytes(rows, i, 1), error);
    PQclear(rows);
    return status;
}

vultus_status store_postgres_batch_look(struct store_postgres *store,
                                        struct store_postgres_batch *batch, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    memset(batch->out, 0, batch->count * sizeof *batch->out);
    for (size_t i = 0; !status && i < batch->group_count; i++) {
        struct batch_group *group = &batch->groups[i];
        status =
            store_postgres_embedder(store, group->name, group->dimension, &group->embedder, error);
        if (!status && group->embedder.id && !batch->bold)
            status = look_for_pictures(store, batch, group, error);
    }
    if (status)
        return status;
    list_names(batch);
    if (!batch->name_count)
        return VULTUS_OK;
    status = look_for_names(store, batch, error);
    return status ? status : look_for_refusals(store, batch, error);
}
