/* See shelf.h. Whether a gallery is still the same is asked of where it lies each time. */
#include "shelf.h"

#include <stdio.h>
#include <string.h>

static void close_place(struct shelf_place *place)
{
    vultus_gallery_close(place->gallery);
    *place = (struct shelf_place){0};
}

/* The place that has it, or else the one to be used for it. */
static struct shelf_place *find(struct shelf *shelf, const char *name, const char *actor)
{
    struct shelf_place *oldest = &shelf->places[0];
    for (size_t i = 0; i < SHELF_MAX; i++) {
        struct shelf_place *place = &shelf->places[i];
        if (place->gallery && !strcmp(place->name, name) && !strcmp(place->actor, actor))
            return place;
        if (place->used < oldest->used)
            oldest = place;
    }
    close_place(oldest);
    return oldest;
}

static vultus_status open_place(struct shelf_place *place, struct galleries *galleries,
                                const char *name, const struct gallery_spot *spot,
                                const vultus_gallery_options *options, vultus_error *error)
{
    vultus_gallery_options own = *options;
    struct gallery_spot now;
    own.must_exist |= strcmp(name, GALLERY_DEFAULT) != 0;
    vultus_status status = vultus_gallery_open(spot->place, &own, &place->gallery, error);
    vultus_status again = galleries_find(galleries, name, &now, NULL);
    if (status) /* it may have been deleted in this moment */
        return again ? galleries_find(galleries, name, &now, error) : status;
    place->device = now.device;
    place->id = now.id;
    snprintf(place->name, sizeof place->name, "%s", name);
    snprintf(place->actor, sizeof place->actor, "%s", options->actor ? options->actor : "");
    return VULTUS_OK;
}

vultus_status shelf_take(struct shelf *shelf, struct galleries *galleries, const char *name,
                         const vultus_gallery_options *options, vultus_gallery **out,
                         vultus_error *error)
{
    struct gallery_spot spot;
    struct shelf_place *place = find(shelf, name, options->actor ? options->actor : "");
    vultus_status status = galleries_find(galleries, name, &spot, error);
    if (status) {
        close_place(place);
        return status;
    }
    if (place->gallery && (place->device != spot.device || place->id != spot.id))
        close_place(place);
    if (!place->gallery)
        status = open_place(place, galleries, name, &spot, options, error);
    if (status)
        return status;
    place->used = ++shelf->uses;
    *out = place->gallery;
    return VULTUS_OK;
}

void shelf_drop(struct shelf *shelf, const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < SHELF_MAX; i++) {
        const char *own = shelf->places[i].name;
        if (!strcmp(own, name) ||
            (!strncmp(own, name, length) && !strcmp(own + length, GALLERY_UNKNOWN)))
            close_place(&shelf->places[i]);
    }
}

void shelf_clear(struct shelf *shelf)
{
    for (size_t i = 0; i < SHELF_MAX; i++)
        close_place(&shelf->places[i]);
}
