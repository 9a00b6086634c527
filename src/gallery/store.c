/*
 * The kinds of stores, which one a location means, and the lists that stores make. A
 * location without a kind is a path, so a file may be called anything; only "KIND:" of a kind in
 * the table, and "scheme://", are special.
 */
#include "gallery/store.h"
#include "base/date.h"
#include "base/memory.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct {
    const char *name;
    const struct store_methods *methods;
} kinds[] = {
    {"sqlite", &store_sqlite}, {"postgresql", &store_postgres}, {"postgres", &store_postgres}};

#define KINDS (sizeof kinds / sizeof kinds[0])

static const struct store_methods *kind_of(const char *location, const char **place)
{
    for (size_t i = 0; i < KINDS; i++) {
        size_t length = strlen(kinds[i].name);
        if (!strncmp(location, kinds[i].name, length) && location[length] == ':') {
            *place = location + length + 1;
            return kinds[i].methods;
        }
    }
    *place = location;
    return strstr(location, "://") ? NULL : kinds[0].methods;
}

char *store_shown(const char *location)
{
    const char *place;
    const struct store_methods *methods = kind_of(location, &place);
    return methods && methods->show ? methods->show(place) : mem_string(place);
}

static vultus_status need_kind(const char *location, const struct store_methods **methods,
                               const char **place, vultus_error *error)
{
    *methods = kind_of(location, place);
    if (!*methods)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%.*s://: no such kind of gallery; give a path, sqlite:PATH or "
                          "postgresql://USER@HOST/DATABASE",
                          (int)strcspn(location, ":"), location);
    if (!(*place)[0])
        return status_set(error, VULTUS_ERR_ARGUMENT, "the gallery's path is empty; give a path");
    return VULTUS_OK;
}

vultus_status store_open(const char *location, const vultus_gallery_options *options,
                         struct store **out, vultus_error *error)
{
    const char *place;
    const struct store_methods *methods;
    vultus_status status = need_kind(location, &methods, &place, error);
    return status ? status : methods->open(place, options, out, error);
}

vultus_status store_restore(const char *location, const char *path, const struct store_copying *how,
                            vultus_error *error)
{
    const char *place;
    const struct store_methods *methods;
    vultus_status status = need_kind(location, &methods, &place, error);
    return status ? status : methods->restore(place, path, how, error);
}

vultus_status store_none_beside(vultus_error *error)
{
    return status_set(error, VULTUS_ERR_ARGUMENT,
                      "the gallery is in a file, which has no other galleries");
}

vultus_status store_beside(const char *location, const char *suffix, struct buffer *out,
                           vultus_error *error)
{
    const char *place;
    const struct store_methods *methods;
    vultus_status status = need_kind(location, &methods, &place, error);
    if (status)
        return status;
    return methods->beside ? methods->beside(place, suffix, out, error) : store_none_beside(error);
}

void store_actor(const char *actor, char out[VULTUS_NAME_MAX + 1])
{
    char texts[1024];
    struct passwd entry, *found = NULL;
    if (!actor && !getpwuid_r(geteuid(), &entry, texts, sizeof texts, &found) && found)
        actor = entry.pw_name;
    if (actor)
        snprintf(out, VULTUS_NAME_MAX + 1, "%s", actor);
    else
        snprintf(out, VULTUS_NAME_MAX + 1, "user %u", (unsigned)geteuid());
}

void store_now(char out[STORE_DATE_SIZE])
{
    date_now(out);
}

void store_stamp(unsigned days, char out[STORE_STAMP_SIZE])
{
    date_stamp(days, out);
}

vultus_status store_progress(const vultus_progress *progress, size_t done, size_t total,
                             vultus_error *error)
{
    if (!progress || !progress->step || progress->step(progress->context, done, total))
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_CANCELLED, "interrupted");
}

vultus_status store_ids_add(struct store_ids *ids, int64_t id, vultus_error *error)
{
    if (ids->count == ids->capacity) {
        size_t capacity = 2 * ids->capacity + 64;
        int64_t *items = mem_resize(ids->items, capacity, sizeof *items);
        if (!items)
            return status_memory(error, "a filter");
        ids->items = items;
        ids->capacity = capacity;
    }
    ids->items[ids->count++] = id;
    return VULTUS_OK;
}

vultus_status store_split_not_theirs(const struct store_split *split, int64_t face,
                                     vultus_error *error)
{
    return status_set(error, VULTUS_ERR_NOT_FOUND, "face %lld is not of \"%.100s\"",
                      (long long)face, split->name);
}

vultus_status store_nobody_has(vultus_fact_kind kind, const char *key, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_NOT_FOUND,
                      kind == VULTUS_FACT_TAG ? "nobody has the tag \"%.100s\""
                                              : "nobody is in the group \"%.100s\"",
                      key);
}

vultus_status store_named_faces_room(vultus_named_faces *faces, size_t *capacity,
                                     vultus_error *error)
{
    if (faces->count < *capacity)
        return VULTUS_OK;
    size_t more = 2 * *capacity + 8;
    vultus_face_record *items = mem_resize(faces->items, more, sizeof *items);
    if (items)
        faces->items = items;
    char **names = items ? mem_resize(faces->names, more, sizeof *names) : NULL;
    if (!names)
        return status_memory(error, "the list of faces");
    faces->names = names;
    *capacity = more;
    return VULTUS_OK;
}

vultus_status store_count_fact(vultus_fact_counts *counts, const char *key, int64_t people,
                               vultus_error *error)
{
    vultus_fact_count *items = mem_resize(counts->items, counts->count + 1, sizeof *items);
    if (items)
        counts->items = items;
    if (!items || !(items[counts->count].key = mem_string(key)))
        return status_memory(error, "the list of groups");
    items[counts->count++].people = people < 0 ? 0 : (size_t)people;
    return VULTUS_OK;
}

vultus_status store_faults_add(vultus_faults *faults, vultus_error *error, const char *format, ...)
{
    char line[256];
    va_list values;
    faults->found++;
    if (faults->count == VULTUS_FAULTS_MAX)
        return VULTUS_OK;
    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    char **items = mem_resize(faults->items, faults->count + 1, sizeof *items);
    if (items)
        faults->items = items;
    if (!items || !(items[faults->count] = mem_string(line)))
        return status_memory(error, "the list of faults");
    faults->count++;
    return VULTUS_OK;
}

void vultus_faults_clear(vultus_faults *faults)
{
    if (!faults)
        return;
    for (size_t i = 0; i < faults->count; i++)
        mem_free(faults->items[i]);
    mem_free(faults->items);
    *faults = (vultus_faults){0};
}

vultus_status store_no_embedder(const char *name, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_NOT_FOUND, "the gallery knows no embedder %.100s", name);
}

vultus_status store_still_needed(const char *embedder, const char *kept, int64_t faces,
                                 vultus_error *error)
{
    return status_set(error, VULTUS_ERR_ARGUMENT,
                      "%lld faces by %.80s have no embedding by %.80s, and all of them stay",
                      (long long)faces, embedder, kept);
}

vultus_status store_refusals_add(vultus_refusals *refusals, const uint8_t picture[HASH_SIZE],
                                 const char *since, vultus_error *error)
{
    vultus_refusal *items = mem_resize(refusals->items, refusals->count + 1, sizeof *items);
    if (!items)
        return status_memory(error, "the list of refused pictures");
    refusals->items = items;
    items += refusals->count++;
    *items = (vultus_refusal){.since = ""};
    memcpy(items->picture, picture, HASH_SIZE);
    strncpy(items->since, since, sizeof items->since - 1);
    return VULTUS_OK;
}

void vultus_refusals_clear(vultus_refusals *refusals)
{
    if (!refusals)
        return;
    mem_free(refusals->items);
    *refusals = (vultus_refusals){0};
}

void vultus_facts_clear(vultus_facts *facts)
{
    if (!facts)
        return;
    for (size_t i = 0; i < facts->count; i++) {
        mem_free(facts->items[i].key);
        mem_free(facts->items[i].value);
    }
    mem_free(facts->items);
    *facts = (vultus_facts){0};
}

void vultus_fact_counts_clear(vultus_fact_counts *counts)
{
    if (!counts)
        return;
    for (size_t i = 0; i < counts->count; i++)
        mem_free(counts->items[i].key);
    mem_free(counts->items);
    *counts = (vultus_fact_counts){0};
}

void vultus_changes_clear(vultus_changes *changes)
{
    if (!changes)
        return;
    for (size_t i = 0; i < changes->count; i++) {
        mem_free(changes->items[i].name);
        mem_free(changes->items[i].before);
        mem_free(changes->items[i].after);
    }
    mem_free(changes->items);
    *changes = (vultus_changes){0};
}

void vultus_gallery_stats_clear(vultus_gallery_stats *stats)
{
    if (!stats)
        return;
    for (size_t i = 0; i < stats->embedder_count; i++)
        mem_free(stats->embedders[i].id);
    mem_free(stats->embedders);
    *stats = (vultus_gallery_stats){0};
}

void vultus_people_clear(vultus_people *people)
{
    if (!people)
        return;
    for (size_t i = 0; i < people->count; i++)
        mem_free(people->items[i].name);
    mem_free(people->items);
    *people = (vultus_people){0};
}

void vultus_besides_clear(vultus_besides *besides)
{
    if (!besides)
        return;
    for (size_t i = 0; i < besides->count; i++)
        mem_free(besides->items[i].suffix);
    mem_free(besides->items);
    *besides = (vultus_besides){0};
}

void vultus_row_clear(char **name, vultus_face_record *record)
{
    if (name) {
        mem_free(*name);
        *name = NULL;
    }
    if (!record)
        return;
    mem_free(record->source);
    mem_free(record->embedder);
    mem_free_wiped(record->embedding, record->dimension * sizeof *record->embedding);
    mem_free_wiped(record->thumbnail, record->thumbnail_size);
    *record = (vultus_face_record){0};
}

void vultus_face_records_clear(vultus_face_records *records)
{
    if (!records)
        return;
    for (size_t i = 0; i < records->count; i++)
        vultus_row_clear(NULL, records->items + i);
    mem_free(records->items);
    *records = (vultus_face_records){0};
}

void vultus_named_faces_clear(vultus_named_faces *faces)
{
    if (!faces)
        return;
    for (size_t i = 0; i < faces->count; i++)
        vultus_row_clear(&faces->names[i], faces->items + i);
    mem_free(faces->names);
    mem_free(faces->items);
    *faces = (vultus_named_faces){0};
}
