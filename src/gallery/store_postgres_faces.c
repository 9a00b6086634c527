/*
 * Enrolment in the PostgreSQL store: finding a picture again, and adding faces with their people, embedders,
 * embeddings and thumbnails in one transaction, however many there are. Rows travel by COPY.
 */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_postgres_batch.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#define BOLD_LEAST 256 /* samples */

/* ------------------------------------------------------------------ finding */

struct finding {
    const uint8_t *picture;
    const char *embedder;
    vultus_enrolled *out;
    bool found;
};

static vultus_status find(struct store_postgres *store, void *context, vultus_error *error)
{
    struct finding *finding = context;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    store_postgres_add_text(&values, finding->embedder);
    store_postgres_add_bytes(&values, finding->picture, HASH_SIZE);
    vultus_status status = store_postgres_ask(store, POSTGRES_PICTURE, 0, &values, &rows, error);
    if (status)
        return status;
    const char *name = store_postgres_text(rows, 0, 2, VULTUS_NAME_MAX);
    vultus_enrolled enrolled = {.face = store_postgres_number(rows, 0, 0),
                                .person = store_postgres_number(rows, 0, 1),
                                .duplicate = true};
    finding->found = PQntuples(rows) > 0;
    if (finding->found && (!name || names_fault(name, strlen(name))))
        status = store_postgres_bad_row(store, "people", enrolled.person,
                                        "has a name that cannot be one", error);
    else if (finding->found) {
        strncpy(enrolled.name, name, sizeof enrolled.name - 1);
        *finding->out = enrolled;
    }
    PQclear(rows);
    return status;
}

vultus_status store_postgres_find(struct store *base, const uint8_t *picture, const char *embedder,
                                  vultus_enrolled *out, bool *found, vultus_error *error)
{
    struct finding finding = {picture, embedder, out, false};
    vultus_status status =
        store_postgres_glance((struct store_postgres *)base, find, &finding, error);
    if (!status)
        *found = finding.found;
    return status;
}

/* ------------------------------------------------------------------ before adding */

/* One bad length would make all faces of the embedder unreadable. The first decides. */
static vultus_status check_lengths(struct store_postgres *store, struct store_postgres_batch *batch,
                                   struct batch_group *group, uint32_t number, vultus_error *error)
{
    bool some = group->embedder.some, adds = false, was = group->embedder.unit;
    for (size_t i = 0; i < batch->count; i++) {
        const struct store_sample *sample = &batch->samples[i];
        if (batch->groups_of[i] != number || !store_postgres_batch_adds(batch, i))
            continue;
        bool unit = store_is_unit(sample->embedding, sample->dimension);
        if (!some)
            group->embedder.unit = unit;
        adds = some = true;
        if (group->embedder.unit && !unit)
            return status_set(error, VULTUS_ERR_MISMATCH,
                              "%s: the embeddings of %.80s are of unit length, and one here is "
                              "not; export them again",
                              store->place.shown, group->name);
    }
    if (!adds || (group->embedder.id && group->embedder.unit == was))
        return VULTUS_OK;
    return store_postgres_add_embedder(store, group->name, &group->embedder, error);
}

/* Ids are given in the order of the samples, and so are those of new people. */
static void give_ids(struct store_postgres *store, struct store_postgres_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_name *name = batch->names_of[i];
        vultus_enrolled *out = &batch->out[i];
        if (!name)
            continue;
        out->new_person = name->is_new && name->at == i;
        if (out->new_person)
            name->id = ++store->state.person;
        out->person = name->id;
        out->face = ++store->state.face;
        strncpy(out->name, name->name, sizeof out->name - 1);
    }
    for (size_t i = 0; i < batch->count; i++)
        if (batch->same[i] != BATCH_NOBODY) {
            batch->out[i] = batch->out[batch->same[i]];
            batch->out[i].duplicate = true;
            batch->out[i].new_person = false;
        }
}

/* ------------------------------------------------------------------ rows */

typedef vultus_status put_row(struct store_postgres_copy *copy,
                              const struct store_postgres_batch *batch, size_t at,
                              vultus_error *error);

static const char *created_of(const struct store_postgres_batch *batch, size_t at)
{
    return batch->samples[at].created ? batch->samples[at].created : batch->created;
}

static vultus_status put_text(struct store_postgres_copy *copy, const char *text,
                              vultus_error *error)
{
    return store_postgres_copy_bytes(copy, text, text ? strlen(text) : 0, error);
}

static vultus_status put_person(struct store_postgres_copy *copy,
                                const struct store_postgres_batch *batch, size_t at,
                                vultus_error *error)
{
    if (!batch->out[at].new_person)
        return VULTUS_OK;
    vultus_status status = store_postgres_copy_row(copy, 3, error);
    if (!status)
        status = store_postgres_copy_number(copy, batch->out[at].person, error);
    if (!status)
        status = put_text(copy, batch->samples[at].name, error);
    return status ? status : put_text(copy, created_of(batch, at), error);
}

static vultus_status put_face(struct store_postgres_copy *copy,
                              const struct store_postgres_batch *batch, size_t at,
                              vultus_error *error)
{
    const struct store_sample *sample = &batch->samples[at];
    const int64_t ids[] = {batch->out[at].face, batch->out[at].person,
                           batch->groups[batch->groups_of[at]].embedder.id};
    uint8_t landmarks[8 * VULTUS_LANDMARKS];
    float numbers[STORE_NUMBERS];
    store_numbers(sample->face, numbers);
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        store_put_floats(
            (const float[]){sample->face->landmarks[i].x, sample->face->landmarks[i].y}, 2,
            landmarks + 8 * i);
    vultus_status status = store_postgres_copy_row(copy, 7 + STORE_NUMBERS, error);
    for (size_t i = 0; !status && i < 3; i++)
        status = store_postgres_copy_number(copy, ids[i], error);
    if (!status)
        status = store_postgres_copy_bytes(copy, sample->picture, HASH_SIZE, error);
    if (!status)
        status = put_text(copy, sample->source, error);
    for (size_t i = 0; !status && i < STORE_NUMBERS; i++)
        status = store_postgres_copy_real(copy, numbers[i], error);
    if (!status)
        status = store_postgres_copy_bytes(copy, landmarks, sizeof landmarks, error);
    return status ? status : put_text(copy, created_of(batch, at), error);
}

static vultus_status put_thumbnail(struct store_postgres_copy *copy,
                                   const struct store_postgres_batch *batch, size_t at,
                                   vultus_error *error)
{
    const struct store_sample *sample = &batch->samples[at];
    if (!sample->thumbnail_size)
        return VULTUS_OK;
    vultus_status status = store_postgres_copy_row(copy, 2, error);
    if (!status)
        status = store_postgres_copy_number(copy, batch->out[at].face, error);
    return status
               ? status
               : store_postgres_copy_bytes(copy, sample->thumbnail, sample->thumbnail_size, error);
}

static vultus_status put_vector(struct store_postgres_copy *copy,
                                const struct store_postgres_batch *batch, size_t at,
                                vultus_error *error)
{
    const struct store_sample *sample = &batch->samples[at];
    vultus_status status = store_postgres_copy_row(copy, 2, error);
    if (!status)
        status = store_postgres_copy_number(copy, batch->out[at].face, error);
    return status ? status
                  : store_postgres_copy_vector(copy, sample->embedding, sample->dimension, error);
}

/* What is added: of one group, or (BATCH_NOBODY) of all. */
static vultus_status copy_rows(struct store_postgres *store,
                               const struct store_postgres_batch *batch, const char *table,
                               put_row *put, size_t group, vultus_error *error)
{
    struct store_postgres_copy copy;
    vultus_status status = store_postgres_copy_begin(store, table, &copy, error);
    for (size_t i = 0; !status && i < batch->count; i++)
        if (store_postgres_batch_adds(batch, i) &&
            (group == BATCH_NOBODY || batch->groups_of[i] == group))
            status = put(&copy, batch, i, error);
    return store_postgres_copy_end(&copy, status, error);
}

static vultus_status copy_all(struct store_postgres *store,
                              const struct store_postgres_batch *batch, vultus_error *error)
{
    static const char faces[] =
        "faces (id, person, embedder, picture, source, x, y, width, height, score, size, "
        "sharpness, brightness, roll, yaw, landmarks, created)";
    bool people = false, thumbnails = false;
    char table[64];
    for (size_t i = 0; i < batch->count; i++) {
        people |= batch->out[i].new_person;
        thumbnails |= store_postgres_batch_adds(batch, i) && batch->samples[i].thumbnail_size;
    }
    vultus_status status = VULTUS_OK;
    if (people)
        status =
            copy_rows(store, batch, "people (id, name, created)", put_person, BATCH_NOBODY, error);
    if (!status)
        status = copy_rows(store, batch, faces, put_face, BATCH_NOBODY, error);
    if (!status && thumbnails)
        status =
            copy_rows(store, batch, "thumbnails (face, jpeg)", put_thumbnail, BATCH_NOBODY, error);
    for (size_t i = 0; !status && i < batch->group_count; i++) {
        snprintf(table, sizeof table, "embeddings_%lld (face, e)",
                 (long long)batch->groups[i].embedder.id);
        if (batch->groups[i].embedder.id)
            status = copy_rows(store, batch, table, put_vector, i, error);
    }
    return status;
}

/* ------------------------------------------------------------------ adding */

/* One line for a transaction, whose texts have no name: those who are deleted leave none. */
static vultus_status note_added(struct store_postgres *store,
                                const struct store_postgres_batch *batch, vultus_error *error)
{
    char text[32];
    struct store_postgres_note note = {.action = batch->count == 1 ? "enroll" : "import"};
    snprintf(text, sizeof text, "%zu faces", store_added(batch->out, batch->count));
    if (batch->count == 1)
        note.person = batch->out->person, note.face = batch->out->face;
    else
        note.after = text;
    return store_postgres_note(store, &note, NULL, error);
}

static vultus_status add(struct store_postgres *store, void *context, vultus_error *error)
{
    struct store_postgres_batch *batch = context;
    vultus_status status = store_postgres_batch_look(store, batch, error);
    for (size_t i = 0; !status && i < batch->group_count; i++)
        status = check_lengths(store, batch, &batch->groups[i], (uint32_t)i, error);
    if (status)
        return status;
    give_ids(store, batch);
    if (!batch->name_count)
        return VULTUS_OK;
    status = copy_all(store, batch, error);
    return status ? status : note_added(store, batch, error);
}

/* A failure that the pictures' being there already may explain. */
static bool may_be_there(const struct store_postgres *store, vultus_status status)
{
    return status == VULTUS_ERR_ARGUMENT || status == VULTUS_ERR_MISMATCH ||
           (status && store->failure == POSTGRES_CONSTRAINT);
}

/*
 * Looking for the pictures of a large import costs a fifth of it, and mostly none is there. So they are looked for only
 * after some were: until then the index, in which a picture is once, is what finds them, and all is done again.
 */
static vultus_status add_batch(struct store_postgres *store, struct store_postgres_batch *batch,
                               vultus_error *error)
{
    const bool large = batch->count >= BOLD_LEAST;
    batch->bold = large && !store->wary;
    vultus_status status = store_postgres_write(store, add, batch, error);
    if (batch->bold && may_be_there(store, status)) {
        batch->bold = false;
        status = store_postgres_write(store, add, batch, error);
    }
    if (!status && large && !batch->bold)
        store->wary = store_added(batch->out, batch->count) < batch->count;
    return status;
}

vultus_status store_postgres_add(struct store *base, const struct store_sample *samples,
                                 size_t count, vultus_enrolled *out, vultus_error *error)
{
    struct store_postgres_batch batch;
    vultus_status status = store_postgres_batch_make(&batch, samples, count, out, error);
    if (!status && count)
        status = add_batch((struct store_postgres *)base, &batch, error);
    store_postgres_batch_free(&batch);
    return status;
}
