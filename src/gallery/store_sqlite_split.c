/*
 * Giving some faces of somebody to somebody else in the SQLite store, as one change that is taken back as one. Who was
 * made for it goes again with that, unless other faces have come.
 */
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_pages.h"
#include "gallery/store_sqlite_sealed.h"

/* Who gets the faces, made where nobody has the name, and the line of history. */
static vultus_status find_target(struct store_sqlite *store, const struct store_split *split,
                                 int64_t *target, int64_t *history, vultus_error *error)
{
    char now[STORE_DATE_SIZE];
    store_now(now);
    vultus_status status = store_sqlite_person(store, split->into, target, error);
    const bool new_person = !*target;
    if (!status && new_person)
        status = store_sqlite_add_person(store, split->into, now, target, error);
    const struct store_sqlite_note note = {
        .action = "split", .person = *target, .before = split->name, .after = split->into};
    if (!status)
        status = store_sqlite_note(store, &note, history, error);
    const struct store_sqlite_value keep[] = {{.number = *history}, {.number = *target}};
    if (!status && new_person)
        status = store_sqlite_do(store, QUERY_KEEP_NO_PERSON, keep, 2, error);
    return status;
}

static vultus_status give(struct store_sqlite *store, const struct store_split *split, int64_t face,
                          const int64_t ids[3], vultus_error *error)
{
    uint8_t picture[HASH_SIZE];
    int64_t person = 0;
    const struct store_sqlite_value keep[] = {{.number = ids[2]}, {.number = face}};
    const struct store_sqlite_value move[] = {{.number = ids[1]}, {.number = face}};
    vultus_status status = store_sqlite_find_face(store, face, &person, picture, error);
    if (!status && person != ids[0])
        status = store_split_not_theirs(split, face, error);
    if (!status)
        status = store_sqlite_do(store, QUERY_KEEP_FACE, keep, 2, error);
    if (!status)
        status = store_sqlite_reseal_faces(store, QUERY_SEALS_OF_FACE, face, ids[1], error);
    return status ? status : store_sqlite_do(store, QUERY_MOVE_FACE, move, 2, error);
}

vultus_status store_sqlite_split(struct store *base, const struct store_split *split,
                                 vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    struct store_sqlite_changes changes = {0};
    int64_t ids[3] = {0}; /* who has them, who gets them, the change */
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_known(store, split->name, &ids[0], error);
    if (!status)
        status = store_sqlite_concern(store, &changes, ids[0], error);
    if (!status)
        status = find_target(store, split, &ids[1], &ids[2], error);
    if (!status)
        status = store_sqlite_concern(store, &changes, ids[1], error);
    for (size_t i = 0; !status && i < split->count; i++)
        status = give(store, split, split->faces[i], ids, error);
    return store_sqlite_end_changes(store, &changes, status, error);
}
