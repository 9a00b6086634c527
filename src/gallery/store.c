/*
 * The kinds of stores, which one a location means, and how the lists that stores make are freed. A
 * location without a kind is a path, so a file may be called anything; only "KIND:" of a kind in
 * the table, and "scheme://", are special.
 */
#include "gallery/store.h"
#include "base/memory.h"

#include <string.h>

static const struct store_methods *const kinds[] = {&store_sqlite};

#define KINDS (sizeof kinds / sizeof kinds[0])

static const struct store_methods *kind_of(const char *location, const char **place)
{
    for (size_t i = 0; i < KINDS; i++) {
        size_t length = strlen(kinds[i]->name);
        if (!strncmp(location, kinds[i]->name, length) && location[length] == ':') {
            *place = location + length + 1;
            return kinds[i];
        }
    }
    *place = location;
    return strstr(location, "://") ? NULL : kinds[0];
}

const char *store_place(const char *location)
{
    const char *place;
    kind_of(location, &place);
    return place;
}

vultus_status store_open(const char *location, const vultus_gallery_options *options,
                         struct store **out, vultus_error *error)
{
    const char *place;
    const struct store_methods *methods = kind_of(location, &place);
    if (!methods)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%.100s: no such kind of gallery; give a path, or sqlite:PATH", location);
    if (!place[0])
        return status_set(error, VULTUS_ERR_ARGUMENT, "the gallery's path is empty; give a path");
    return methods->open(place, options, out, error);
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

void vultus_face_records_clear(vultus_face_records *records)
{
    if (!records)
        return;
    for (size_t i = 0; i < records->count; i++) {
        vultus_face_record *record = records->items + i;
        mem_free(record->source);
        mem_free(record->embedder);
        mem_free_wiped(record->embedding, record->dimension * sizeof *record->embedding);
        mem_free_wiped(record->thumbnail, record->thumbnail_size);
    }
    mem_free(records->items);
    *records = (vultus_face_records){0};
}
