/*
 * People of a gallery: listing, their faces, renaming, merging, deleting. What callers pass in is
 * checked here; whether it exists, in the store.
 */
#include "base/memory.h"
#include "engine/gallery.h"
#include "face/quality.h"
#include "gallery/names.h"

#include <math.h>

static vultus_status check(const vultus_gallery *gallery, const char *name, vultus_error *error)
{
    if (!gallery)
        return status_set(error, VULTUS_ERR_ARGUMENT, "no gallery is open");
    return names_check(name, error);
}

vultus_status vultus_gallery_people(vultus_gallery *gallery, vultus_people *out,
                                    vultus_error *error)
{
    if (!gallery)
        return status_set(error, VULTUS_ERR_ARGUMENT, "no gallery is open");
    return gallery->store->methods->people(gallery->store, out, error);
}

vultus_status vultus_gallery_person(vultus_gallery *gallery, const char *name, vultus_people *out,
                                    vultus_error *error)
{
    vultus_people people = {0};
    vultus_status status = check(gallery, name, error);
    if (status)
        return status;
    if (!(people.items = mem_zalloc(1, sizeof *people.items)))
        return status_memory(error, "a person");
    status = gallery->store->methods->person(gallery->store, name, people.items, error);
    people.count = !status;
    if (status)
        vultus_people_clear(&people);
    else
        *out = people;
    return status;
}

void gallery_complete(vultus_face *face)
{
    vultus_quality *quality = &face->quality, pose = {0};
    quality_pose(face->landmarks, &pose);
    quality->pitch = pose.pitch;
    quality->contrast = quality->occlusion = NAN;
    quality->score = quality_score(quality, face->score);
}

vultus_status vultus_gallery_faces(vultus_gallery *gallery, const char *name,
                                   vultus_face_records *out, vultus_error *error)
{
    vultus_status status = check(gallery, name, error);
    if (!status)
        status = gallery->store->methods->faces(gallery->store, name, out, error);
    for (size_t i = 0; !status && i < out->count; i++)
        gallery_complete(&out->items[i].face);
    return status;
}

vultus_status vultus_gallery_rename(vultus_gallery *gallery, const char *name, const char *new_name,
                                    vultus_error *error)
{
    vultus_status status = check(gallery, name, error);
    if (!status)
        status = names_check(new_name, error);
    if (!status)
        status = gallery->store->methods->rename(gallery->store, name, new_name, error);
    return status;
}

vultus_status vultus_gallery_merge(vultus_gallery *gallery, const char *from, const char *into,
                                   vultus_error *error)
{
    vultus_status status = check(gallery, from, error);
    if (!status)
        status = names_check(into, error);
    if (!status)
        status = gallery->store->methods->merge(gallery->store, from, into, error);
    return status;
}

vultus_status vultus_gallery_delete(vultus_gallery *gallery, const char *name, vultus_error *error)
{
    vultus_status status = check(gallery, name, error);
    if (!status)
        status = gallery->store->methods->erase(gallery->store, name, error);
    return status;
}
