/* Single faces in the PostgreSQL store: giving some of somebody to somebody else as one change, and erasing one. */
#include "gallery/store_postgres_pages.h"

/* ------------------------------------------------------------------ splitting */

struct splitting {
    const struct store_split *split;
    int64_t person, target, history;
};

static vultus_status add_person(struct store_postgres *store, const char *name, int64_t *id,
                                vultus_error *error)
{
    char now[STORE_DATE_SIZE];
    struct store_postgres_values values = {0};
    store_now(now);
    *id = ++store->state.person;
    store_postgres_add_number(&values, *id);
    store_postgres_add_text(&values, name);
    store_postgres_add_text(&values, now);
    return store_postgres_ask(store, POSTGRES_ADD_PERSON, 0, &values, NULL, error);
}

/* Who gets the faces, made where nobody has the name, and the line of history. */
static vultus_status find_target(struct store_postgres *store, struct splitting *splitting,
                                 vultus_error *error)
{
    const struct store_split *split = splitting->split;
    vultus_status status = store_postgres_person(store, split->into, &splitting->target, error);
    const bool new_person = !splitting->target;
    if (!status && new_person)
        status = add_person(store, split->into, &splitting->target, error);
    const struct store_postgres_note note = {.action = "split",
                                             .person = splitting->target,
                                             .before = split->name,
                                             .after = split->into};
    if (!status)
        status = store_postgres_note(store, &note, &splitting->history, error);
    if (!status && new_person)
        status = store_postgres_do(store, POSTGRES_KEEP_NO_PERSON,
                                   (int64_t[]){splitting->history, splitting->target}, 2, error);
    return status;
}

static vultus_status give(struct store_postgres *store, const struct splitting *splitting,
                          int64_t face, vultus_error *error)
{
    struct store_postgres_face found = {.face = face};
    vultus_status status = store_postgres_find_face(store, &found, error);
    if (!status && found.person != splitting->person)
        status = store_split_not_theirs(splitting->split, face, error);
    if (!status)
        status = store_postgres_do(store, POSTGRES_KEEP_FACE, (int64_t[]){splitting->history, face},
                                   2, error);
    if (!status)
        status = store_postgres_do(store, POSTGRES_MOVE_FACE, (int64_t[]){face, splitting->target},
                                   2, error);
    return status;
}

static vultus_status split_one(struct store_postgres *store, void *context, vultus_error *error)
{
    struct splitting *splitting = context;
    const struct store_split *split = splitting->split;
    vultus_status status = store_postgres_known(store, split->name, &splitting->person, error);
    if (!status)
        status = find_target(store, splitting, error);
    for (size_t i = 0; !status && i < split->count; i++)
        status = give(store, splitting, split->faces[i], error);
    store->state.edits++;
    return status;
}

vultus_status store_postgres_split(struct store *base, const struct store_split *split,
                                   vultus_error *error)
{
    struct splitting splitting = {.split = split};
    return store_postgres_write((struct store_postgres *)base, split_one, &splitting, error);
}

/* ------------------------------------------------------------------ erasing */

static vultus_status erase_face(struct store_postgres *store, void *context, vultus_error *error)
{
    static const enum store_postgres_query rest[] = {POSTGRES_DELETE_THUMBNAIL,
                                                     POSTGRES_DELETE_FACE, POSTGRES_FORGET_FACE};
    struct store_postgres_face *found = context;
    struct store_postgres_values values = {0};
    vultus_status status = store_postgres_find_face(store, found, error);
    if (status)
        return status;
    store_postgres_add_number(&values, found->face);
    status =
        store_postgres_ask(store, POSTGRES_DELETE_VECTOR, found->embedder, &values, NULL, error);
    for (size_t i = 0; !status && i < sizeof rest / sizeof *rest; i++)
        status = store_postgres_do(store, rest[i], &found->face, 1, error);
    const struct store_postgres_note note = {
        .action = "delete face", .person = found->person, .face = found->face};
    store->state.edits++;
    return status ? status : store_postgres_note(store, &note, NULL, error);
}

vultus_status store_postgres_erase_face(struct store *base, int64_t face, vultus_error *error)
{
    struct store_postgres_face found = {.face = face};
    return store_postgres_write((struct store_postgres *)base, erase_face, &found, error);
}
